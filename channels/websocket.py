"""One open websocket after its handshake: the transport's protocol object, and nothing else lives for it.

No task waits on a connection. Its memory is this object, its parser and the transport, so that an idle connection
costs a few kilobytes.
"""

import asyncio
import logging
from typing import Final

from channels.envelope import Encoding
from channels.frames import BAD_FRAME, Close, Fault, FrameParser, Message, Ping, close_frame, ping_frame, pong_frame
from channels.socket import INTERNAL, Socket, SocketHandler

log = logging.getLogger(__name__)

_PING: Final = ping_frame()


class WebSocket(Socket):
    """A websocket in use; beside what every socket has, `max_frame_bytes` of a message that comes in."""

    __slots__ = ("_parser",)

    def __init__(
        self,
        transport: asyncio.Transport,
        handler: SocketHandler,
        encoding: Encoding,
        max_frame_bytes: int,
        max_queued_bytes: int,
        send_buffer_bytes: int | None = 64 * 1024,
    ) -> None:
        super().__init__(handler, encoding, max_queued_bytes)
        self._parser = FrameParser(max_frame_bytes)
        self._use(transport, send_buffer_bytes)

    def ping(self) -> bool:
        self.send(_PING)
        return True

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake. A peer that does not finish it in time is cut off."""
        if self._close_code is not None:
            return
        self._end(code)
        self.transport.write(close_frame(code, reason))

    # -- what the transport calls

    def data_received(self, data: bytes) -> None:
        self.last_received_at = asyncio.get_running_loop().time()
        for received in self._parser.feed(data):
            if isinstance(received, Close):
                self._peer_closes(received)
            elif self._close_code is not None:
                continue
            elif isinstance(received, Message):
                self._deliver(received)
            elif isinstance(received, Ping):
                self.send(pong_frame(received.payload))
            elif isinstance(received, Fault):
                self._refuse(received.code, received.reason)

    def _deliver(self, message: Message) -> None:
        if message.is_text is not (self.encoding is Encoding.JSON):
            self.close(BAD_FRAME, "bad_frame")
            return
        try:
            self.handler.received(self, message.payload)
        except Exception:
            log.exception("a message could not be taken in")
            self.close(INTERNAL, "internal")

    def _refuse(self, code: int, reason: str) -> None:
        """Close on a peer whose bytes cannot be read any further, its close frame included."""
        self.close(code, reason)
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _peer_closes(self, close: Close) -> None:
        answer_owed = self._close_code is None
        self._end(close.code)
        if answer_owed:
            self.transport.write(close_frame(close.code))
        self.transport.close()
