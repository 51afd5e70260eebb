"""The websocket's door: the handshake through Litestar, then the socket is handed to the live side."""

import asyncio
import sys
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from litestar import asgi
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from channels.envelope import Encoding
from channels.websocket import WebSocket as Handed
from games.errors import BadRequest
from server.live.handover import EXTENSION
from server.live.service import LiveService
from server.live.session import Session

#: Sub-protocols by name; the first is spoken when a client offers none.
SUBPROTOCOLS = {"wheelhouse.v1.json": Encoding.JSON, "wheelhouse.v1.msgpack": Encoding.MSGPACK}

#: The headers of a handshake that are looked at.
_READ = frozenset({b"host", b"origin", b"user-agent"})

HandOver = Callable[[Callable[[asyncio.Transport], Handed]], Handed]


@asgi("/ws", copy_scope=False)
async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept a browser or client whose origin may, and let the ASGI world forget it.

    Litestar routes it here and no more: nothing of what it prepares for a websocket handler is needed.
    """
    if scope["type"] != ScopeType.WEBSOCKET:
        raise BadRequest("This address speaks websocket. Connect to it with a websocket client.")
    live_service: LiveService = scope["litestar_app"].state.node.live_service
    settings = live_service.settings
    chosen = next((name for name in scope["subprotocols"] if name in SUBPROTOCOLS), None)
    headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _READ}
    await receive()
    await send({"type": "websocket.accept", "subprotocol": chosen, "headers": []})
    client = scope.get("client")
    # Many come with the same browser, and each connection keeps what it is called.
    user_agent = sys.intern(headers.get(b"user-agent", "")[:255])
    session = Session(live_service, client[0] if client else None, user_agent or None)
    hand_over = cast("HandOver", (scope["extensions"] or {})[EXTENSION])
    handed = hand_over(
        lambda transport: Handed(
            transport,
            session,
            SUBPROTOCOLS[chosen or "wheelhouse.v1.json"],
            settings.frame_bytes,
            settings.queued_bytes,
            settings.send_buffer_bytes,
        )
    )
    # A refusal is told by its close code, which a browser shows to nobody before the handshake is done.
    if live_service.draining:
        live_service.refuse(handed)
    elif not origin_allowed(headers.get(b"origin"), headers.get(b"host"), settings.origins):
        handed.close(4403, "forbidden")
    else:
        live_service.opened(session, handed)


def origin_allowed(origin: str | None, host: str | None, allowed: str) -> bool:
    """Whether a page of `origin` may open a websocket: one without an origin (no browser), our own, or a listed one."""
    if origin is None:
        return True
    if urlsplit(origin).netloc == host:
        return True
    return origin in {one.strip() for one in allowed.split(",") if one.strip()} or allowed.strip() == "*"
