"""A client of event streams that knows nothing but the standard: lines in, messages and their ids out."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import quote, urlsplit


class StreamClient:
    """One stream over a real socket. `url` is the server's; `status` and `headers` are what it answered with."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.messages: list[dict[str, Any]] = []
        self.last_event_id: str | None = None
        self.retry_ms: int | None = None
        self.comments = 0

    @classmethod
    async def open(
        cls,
        url: str,
        channel: str,
        *,
        token: str | None = None,
        ticket: str | None = None,
        last_event_id: str | None = None,
        since: str | None = None,
    ) -> Self:
        """Ask for a stream, and read the head of the answer; of a refusal the body too."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 22)
        query = f"channel={quote(channel)}"
        query += f"&ticket={quote(ticket)}" if ticket else ""
        query += f"&since={quote(since)}" if since else ""
        lines = [f"GET /api/v1/events?{query} HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/event-stream"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"Last-Event-ID: {last_event_id}"] if last_event_id else []
        writer.write("\r\n".join([*lines, "", ""]).encode())
        client = cls(reader, writer)
        async with asyncio.timeout(15):
            await client._read_head()
        return client

    async def _read_head(self) -> None:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        if self.status != 200:
            self.body = await self._reader.readexactly(int(self.headers["content-length"]))
            await self.close()

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(json.loads(self.body)["code"])

    async def message(self, found: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next message for which `found` holds."""
        async with asyncio.timeout(15):
            while (message := await self._next()) is not None:
                if found(message):
                    return message
        raise AssertionError(f"the stream has ended: {self.messages[-3:]}")

    async def ended(self) -> list[dict[str, Any]]:
        """Read to the end; all messages that came."""
        async with asyncio.timeout(15):
            while await self._next() is not None:
                pass
        await self.close()
        return self.messages

    async def commented(self) -> None:
        """Return when a comment has come."""
        async with asyncio.timeout(15):
            while not self.comments:
                await self._block()

    async def _next(self) -> dict[str, Any] | None:
        while not self._reader.at_eof():
            payload = await self._block()
            if payload is not None:
                self.messages.append(json.loads(payload))
                return self.messages[-1]
        return None

    async def _block(self) -> str | None:
        data = None
        while (line := (await self._reader.readline()).decode()) not in ("\n", ""):
            field, _, value = line.rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if field == "":
                self.comments += 1
            elif field == "data":
                assert data is None, "one line a message"
                data = value
            elif field == "id":
                self.last_event_id = value
            elif field == "retry":
                self.retry_ms = int(value)
        return data

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
