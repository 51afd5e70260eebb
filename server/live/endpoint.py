"""The websocket's door: the handshake through Litestar, then the socket is handed to the live side."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from litestar import WebSocket
from litestar.handlers import websocket

from channels.envelope import Encoding
from channels.websocket import WebSocket as Handed
from server.live.handover import EXTENSION
from server.live.service import LiveService
from server.live.session import Session

#: Sub-protocols by name; the first is spoken when a client offers none.
SUBPROTOCOLS = {"wheelhouse.v1.json": Encoding.JSON, "wheelhouse.v1.msgpack": Encoding.MSGPACK}

HandOver = Callable[[Callable[[asyncio.Transport], Handed]], Handed]


@websocket("/ws")
async def live(socket: WebSocket[Any, Any, Any], live_service: LiveService) -> None:
    """Accept a browser or client whose origin may, and let the ASGI world forget it."""
    settings = live_service.settings
    offered = socket.scope.get("subprotocols") or []
    chosen = next((name for name in offered if name in SUBPROTOCOLS), None)
    await socket.accept(subprotocols=chosen)
    client = socket.scope.get("client")
    # Many come with the same browser, and each connection keeps what it is called.
    user_agent = sys.intern((socket.headers.get("user-agent") or "")[:255])
    session = Session(live_service, client[0] if client else None, user_agent or None)
    hand_over = cast("HandOver", (socket.scope["extensions"] or {})[EXTENSION])
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
    elif not origin_allowed(socket.headers.get("origin"), socket.headers.get("host"), settings.origins):
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
