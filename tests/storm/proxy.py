"""A TCP proxy that can cut, stall, delay and refuse, between clients and a node, or a node and Redis."""

import asyncio
import socket
from typing import Any

#: Small, so that a stalled reader is felt by the server and not swallowed here.
_BUFFER_BYTES = 16 * 1024


class _Side(asyncio.Protocol):
    """One end of a pipe; what comes in goes out at the other."""

    def __init__(self, pipe: "Pipe") -> None:
        self._pipe = pipe
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=_BUFFER_BYTES)
        self._pipe.made(self)

    def data_received(self, data: bytes) -> None:
        self._pipe.came(self, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._pipe.cut()

    def pause_writing(self) -> None:
        self._pipe.hold(self, True)

    def resume_writing(self) -> None:
        self._pipe.hold(self, False)


class Pipe:
    """One connection through the proxy."""

    def __init__(self, proxy: "Proxy") -> None:
        self._proxy = proxy
        self.client = _Side(self)
        self.server = _Side(self)
        self.stalled = False
        self._early: list[bytes] = []
        self._delay_s = proxy.delay_s
        self._over = False

    def made(self, side: _Side) -> None:
        if side is self.client:
            self._proxy.pipes.add(self)
            self._proxy.spawn(self._reach())
        else:
            for data in self._early:
                self._write(side, data)
            self._early.clear()
            if self.stalled:
                self.stall()

    async def _reach(self) -> None:
        try:
            await self._proxy.reach(lambda: self.server)
        except OSError:
            self.cut()
        if self._over:
            self.cut()

    def came(self, side: _Side, data: bytes) -> None:
        other = self.server if side is self.client else self.client
        if self._delay_s:
            asyncio.get_running_loop().call_later(self._delay_s, self._write, other, data)
        else:
            self._write(other, data)

    def _write(self, side: _Side, data: bytes) -> None:
        if self._over:
            return
        if side.transport is None:
            self._early.append(data)
        else:
            side.transport.write(data)

    def hold(self, side: _Side, held: bool) -> None:
        other = self.server if side is self.client else self.client
        if other.transport is None or self._over:
            return
        if held:
            other.transport.pause_reading()
        elif not self.stalled:
            other.transport.resume_reading()

    def stall(self) -> None:
        """Let nothing through, and tell nobody."""
        self.stalled = True
        for side in (self.client, self.server):
            if side.transport is not None:
                side.transport.pause_reading()

    def resume(self) -> None:
        self.stalled = False
        for side in (self.client, self.server):
            if side.transport is not None and not self._over:
                side.transport.resume_reading()

    def cut(self) -> None:
        """Cut both ends."""
        self._over = True
        self._proxy.pipes.discard(self)
        for side in (self.client, self.server):
            if side.transport is not None:
                side.transport.abort()


class Proxy:
    """Listens on a port of its own, or on a socket path's behalf, and carries bytes to `target`."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self.target = target
        self.pipes: set[Pipe] = set()
        #: what new connections' bytes are late by
        self.delay_s = 0.0
        #: whether newcomers are cut at once
        self.refuses = False
        #: whether newcomers are stalled at once
        self.stalls = False
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._pipe, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut_all()
        if self._tasks:
            await asyncio.gather(*self._tasks)

    def _pipe(self) -> asyncio.Protocol:
        pipe = Pipe(self)
        pipe.stalled = self.stalls
        return pipe.client

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reach(self, protocol: Any) -> None:
        """Connect to the target."""
        if self.refuses:
            raise ConnectionRefusedError
        loop = asyncio.get_running_loop()
        if isinstance(self.target, str):
            await loop.create_unix_connection(protocol, self.target)
            return
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, self.target)
        except OSError:
            connection.close()
            raise
        await loop.create_connection(protocol, sock=connection)

    def cut_all(self) -> None:
        for pipe in list(self.pipes):
            pipe.cut()
