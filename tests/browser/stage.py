"""A server for `client.js` that speaks the protocol word for word, and misbehaves exactly as a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

STATIC = Path(__file__).parents[2] / "static"
#: Longer than anything here takes, shorter than a test's patience.
PATIENCE_S = 10.0


class Visit:
    """One connection of the client: its commands in order, pings answered by the way unless `deaf`."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.deaf = False
        self.commands: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()

    async def command(self, type_: str) -> dict[str, Any]:
        """The next command, which must be of this type."""
        async with asyncio.timeout(PATIENCE_S):
            command = await self.commands.get()
        assert command["type"] == type_, command
        return command

    async def say(self, message: object) -> None:
        await self.socket.send(message if isinstance(message, str) else json.dumps(message))

    async def reply(self, command: dict[str, Any], **result: Any) -> None:
        await self.say({"type": "reply", "id": command["id"], "result": result})

    async def refuse(self, command: dict[str, Any], code: str, retry_after_ms: int = 0) -> None:
        error = {"code": code, "message": f"It is {code}.", "retry_after_ms": retry_after_ms}
        await self.say({"type": "error", "id": command["id"], "error": error})

    async def welcome(self, *, life_s: float = 3600, ping_interval_ms: int = 25_000) -> dict[str, Any]:
        """Answer the client's `connect`, which must come first; what it said."""
        command = await self.command("connect")
        await self.reply(
            command,
            connection="c",
            tenant="t",
            user="u",
            role="player",
            server_time=_wire(0),
            expires_at=_wire(life_s),
            ping_interval_ms=ping_interval_ms,
            limits={},
            spins=[],
            fairness=[],
        )
        return command

    async def subscribed(self, *, snapshot: object = None, **answer: Any) -> dict[str, Any]:
        """Answer the client's next `subscribe`; what it asked."""
        command = await self.command("subscribe")
        await self.answer(command, snapshot=snapshot, **answer)
        return command

    async def answer(self, command: dict[str, Any], *, snapshot: object = None, **answer: Any) -> None:
        known = {"epoch": "e1", "offset": 0, "recovered": False, "events": [], "latest": {}}
        whole = {**known, "channel": command["channel"], **answer}
        await self.reply(command, **whole, **({} if whole["recovered"] else {"snapshot": snapshot}))

    async def event(self, channel: str, event: str, data: object, **numbers: int) -> None:
        await self.say(event_of(channel, event, data, **numbers))

    async def lost(self) -> None:
        """Return when the client has let go of this connection."""
        async with asyncio.timeout(PATIENCE_S):
            await self.gone.wait()

    async def read(self) -> None:
        try:
            async for text in self.socket:
                command = json.loads(text)
                if command["type"] != "ping":
                    self.commands.put_nowait(command)
                elif not self.deaf:
                    await self.reply(command, server_time=_wire(0))
        except ConnectionClosed:
            pass
        self.gone.set()


class Stage:
    """Serves the client's modules, and hands each of its connections to the test."""

    def __init__(self) -> None:
        self.port = 0
        self._visits: asyncio.Queue[Visit] = asyncio.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def visit(self) -> Visit:
        """The next connection that the client makes."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._visits.get()

    @property
    def unseen_visits(self) -> int:
        return self._visits.qsize()

    async def receive(self, socket: ServerConnection) -> None:
        visit = Visit(socket)
        self._visits.put_nowait(visit)
        await visit.read()

    @staticmethod
    def files(_: ServerConnection, request: Request) -> Response | None:
        """Static files, an empty page at `/`, and nothing in the way of the websocket."""
        if request.path == "/ws":
            return None
        path = STATIC / request.path.removeprefix("/static/")
        if request.path == "/":
            return _page(HTTPStatus.OK, b"<!doctype html><title>Stage</title>", "text/html")
        if not path.is_file():
            return _page(HTTPStatus.NOT_FOUND, b"", "text/plain")
        return _page(HTTPStatus.OK, path.read_bytes(), "text/javascript")


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A stage on a free port."""
    it = Stage()
    async with serve(
        it.receive,
        "127.0.0.1",
        0,
        process_request=it.files,
        subprotocols=["wheelhouse.v1.json"],  # type: ignore[list-item]
        ping_interval=None,
        close_timeout=0.2,
    ) as server:
        it.port = next(iter(server.sockets)).getsockname()[1]
        yield it


def event_of(channel: str, event: str, data: object, **numbers: int) -> dict[str, Any]:
    """An event as it goes over the wire; `offset` of a kept one, `version` of a latest one."""
    return {"type": "event", "channel": channel, "event": event, "data": data, "at": _wire(0), **numbers}


def _page(status: HTTPStatus, body: bytes, media_type: str) -> Response:
    headers = Headers({"Content-Type": media_type, "Content-Length": str(len(body))})
    return Response(status, status.phrase, headers, body)


def _wire(in_s: float) -> str:
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() + in_s, UTC).isoformat()
