"""The hand-over: uvicorn and Litestar do the handshake, then the connection belongs to a `Socket`.

uvicorn is given `HandoverProtocol` as its `ws`. The handler accepts as always, then calls what it finds in
`scope["extensions"]["wheelhouse.handover"]`. From then on nothing of ASGI lives for the connection: no task, no queue,
no scope. A handler that does not call it has an ordinary ASGI websocket.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from channels.socket import GONE, Socket

EXTENSION: Final = "wheelhouse.handover"

#: What a client may send before the handler has decided; more waits in the kernel.
_EARLY_BYTES: Final = 64 * 1024


class HandoverProtocol(WebSocketsSansIOProtocol):
    """uvicorn's websocket protocol, which can be taken off its transport after the handshake.

    Frames that come before the handler has decided are kept unread, since half a frame cannot be taken back out of a
    parser. permessage-deflate is never negotiated: it would halve the rate and take 50 KiB a connection.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = None
        self._early = bytearray()
        self._undecided = True

    async def run_asgi(self) -> None:
        extensions = cast("dict[str, Any]", self.scope["extensions"])
        extensions[EXTENSION] = self.hand_over
        try:
            await super().run_asgi()
        finally:
            # The scope and this object would otherwise hold each other.
            extensions.pop(EXTENSION, None)

    def hand_over(self, make: Callable[[asyncio.Transport], Socket]) -> Socket:
        """Give the connection to the socket that `make` builds on its transport, with all that has come in.

        Raises `RuntimeError` unless the websocket has been accepted and nothing has been received or sent on it.
        """
        if not self.handshake_complete or self.close_sent or not self._undecided:
            raise RuntimeError("A websocket can be handed over once, after accept() and before anything else.")
        transport, self.transport = self.transport, GONE
        self._undecided = False
        self.stop_keepalive()
        self.connections.discard(self)
        self.conn.parser.close()
        loop = asyncio.get_running_loop()
        # What is told to the socket waits for the next turn, so that the caller has it in hand before its handler does.
        if self.disconnected:
            socket = make(GONE)
            loop.call_soon(socket.connection_lost, None)
            return socket
        socket = make(transport)
        transport.pause_reading()
        transport.set_protocol(socket)
        loop.call_soon(_begin, socket, bytes(self._early))
        return socket

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated or not self._undecided:
            super().data_received(data)
            return
        self._early += data
        if len(self._early) > _EARLY_BYTES:
            self.transport.pause_reading()

    async def receive(self) -> Any:
        if self.handshake_complete:
            self._stay()
        return await super().receive()

    async def send(self, message: Any) -> None:
        if self.handshake_complete and self._undecided:
            self._stay()
        await super().send(message)

    def _stay(self) -> None:
        """The handler uses the websocket through ASGI: let it have what was kept."""
        if not self._undecided:
            return
        self._undecided = False
        early = bytes(self._early)
        self._early.clear()
        if self.disconnected:
            return
        self.transport.resume_reading()
        if early:
            super().data_received(early)


def _begin(socket: Socket, early: bytes) -> None:
    if socket.is_gone:
        return
    if early:
        socket.data_received(early)
    socket.transport.resume_reading()
