"""One open event stream after its request: the same to the hub as a websocket, so that no task waits on it either.

The answer has neither length nor chunks: it ends with the connection, and every block is the same bytes for all.
"""

import asyncio
import random
import socket as stdlib_socket
from typing import Final

from channels import event_blocks
from channels.envelope import Closed, Closing, Encoding, Unsubscribed
from channels.socket import GAP, Socket, SocketHandler

#: When to come back where nothing else has been said: spread, since many streams may end for one reason.
_RETRY_MS: Final = (500, 3_000)
#: From this close code on, coming back may help (docs/protocol.md, Close codes).
_COME_BACK: Final = 4500


class EventStream(Socket):
    """An event stream, made before its connection is in hand, so that it can be subscribed first.

    Nothing is read from it: what a client sends after its request is ignored.
    """

    __slots__ = ("_retry_told",)

    def __init__(self, handler: SocketHandler, max_queued_bytes: int) -> None:
        super().__init__(handler, Encoding.EVENT_STREAM, max_queued_bytes)
        self._retry_told = False

    def begin(
        self, transport: asyncio.Transport, head: bytes, send_buffer_bytes: int | None, silence_s: float | None = None
    ) -> None:
        """Answer the request with `head`, and send on `transport` from here on.

        `silence_s`: how long what was sent may go without the kernel of the other side confirming it.
        """
        self._use(transport, send_buffer_bytes)
        if silence_s is not None:
            _bound_silence(transport, silence_s)
        transport.write(head)

    def tell(self, message: object) -> None:
        if isinstance(message, Closing) and not self.is_closing:
            self._tell_retry(message.reconnect_in_ms)
        super().tell(message)
        if isinstance(message, Unsubscribed):
            # There is nothing else on this stream: who comes back is told the whole state.
            self.close(GAP, "gap")

    def ping(self) -> bool:
        self.send(event_blocks.COMMENT)
        return False

    def close(self, code: int, reason: str = "") -> None:
        """Tell the code and the reason, and end when what waits has been sent."""
        if self._close_code is not None:
            return
        if code >= _COME_BACK and not self._retry_told:
            self._tell_retry(random.randint(*_RETRY_MS))  # noqa: S311 - spreads clients
        last = self.encoding.frame(Closed(code, reason))
        self._end(code)
        self.transport.write(last)
        self.transport.close()

    def _tell_retry(self, after_ms: int) -> None:
        self._retry_told = True
        self.transport.write(event_blocks.retry(after_ms))

    def data_received(self, data: bytes) -> None:
        pass


def _bound_silence(transport: asyncio.Transport, silence_s: float) -> None:
    """Let the kernel end a connection whose peer has vanished: nobody answers the comments of a stream."""
    connection = transport.get_extra_info("socket")
    option = getattr(stdlib_socket, "TCP_USER_TIMEOUT", None)
    if connection is not None and option is not None and connection.family != stdlib_socket.AF_UNIX:
        connection.setsockopt(stdlib_socket.IPPROTO_TCP, option, int(silence_s * 1000))
