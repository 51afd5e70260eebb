"""One open websocket after its handshake: the transport's protocol object, and nothing else lives for it.

No task waits on a connection. Its memory is this object, its parser and the transport, so that an idle connection
costs a few kilobytes.
"""

import asyncio
import logging
import socket as stdlib_socket
from typing import TYPE_CHECKING, Final, Protocol

from channels.envelope import Encoding
from channels.frames import BAD_FRAME, Close, Fault, FrameParser, Message, Ping, close_frame, pong_frame

if TYPE_CHECKING:
    from channels.channel import Channel
    from channels.hub import Topic

log = logging.getLogger(__name__)

#: Close codes of ours (docs/protocol.md, Close codes).
INTERNAL: Final = 4500
SLOW_CONSUMER: Final = 4508
PING_TIMEOUT: Final = 4510

#: What `SocketHandler.closed` is told when the connection ended without a close frame (RFC 6455, 7.1.5).
ABNORMAL: Final = 1006

#: How long the peer's close frame is awaited, and bytes that still wait are sent, before the connection is cut.
CLOSE_WAIT_S: Final = 3.0


class SocketHandler(Protocol):
    """Who is told what comes in."""

    def received(self, socket: "Socket", payload: bytes) -> None:
        """A whole message, in the socket's encoding."""

    def closed(self, socket: "Socket", code: int) -> None:
        """The connection is gone; `code` is the first close code sent or received. Called once, and last."""


class _Nobody:
    """Takes the handler's place once the connection is gone, so that nothing keeps the two alive together."""

    def received(self, socket: "Socket", payload: bytes) -> None:
        pass

    def closed(self, socket: "Socket", code: int) -> None:
        pass


_NOBODY: Final = _Nobody()


class Socket(asyncio.Protocol):
    """A websocket in use.

    Arguments: the transport, which is to be given this object as its protocol; the handler; the encoding spoken;
    `max_frame_bytes` of a message that comes in; `max_queued_bytes` that may wait for a slow reader, beyond which it is
    closed with `SLOW_CONSUMER`; `send_buffer_bytes`, what the kernel may hold on top of that (None: its own choice).
    """

    __slots__ = (
        "__weakref__",
        "_close_code",
        "_cut",
        "_held",
        "_parser",
        "behind",
        "encoding",
        "handler",
        "last_received_at",
        "max_queued_bytes",
        "opened_at",
        "topics",
        "transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        handler: SocketHandler,
        encoding: Encoding,
        max_frame_bytes: int,
        max_queued_bytes: int,
        send_buffer_bytes: int | None = 64 * 1024,
    ) -> None:
        self.transport = transport
        self.handler = handler
        self.encoding = encoding
        self.max_queued_bytes = max_queued_bytes
        self.opened_at = asyncio.get_running_loop().time()
        self.last_received_at = self.opened_at
        #: bytes wait in the transport, or the end has begun: a sender must ask `queue`, and may hold back instead
        self.behind = False
        #: the channels that it hears, kept by the hub
        self.topics: dict[Channel, Topic] | None = None
        #: the newest frame of each thing that need not be sent more than once, for when the reader has caught up
        self._held: dict[tuple[Channel, str], bytes] | None = None
        self._parser = FrameParser(max_frame_bytes)
        self._close_code: int | None = None
        self._cut: asyncio.TimerHandle | None = None
        # Whatever waits is told at once, with `pause_writing`. (One byte, since TLS transports take 0 for "always".)
        transport.set_write_buffer_limits(high=1, low=0)
        if send_buffer_bytes is not None:
            _bound_send_buffer(transport, send_buffer_bytes)

    # -- sending

    def send(self, frame: bytes) -> None:
        """Send a frame now; nothing happens on a socket that is closing."""
        if self.behind:
            self.queue(frame)
        else:
            self.transport.write(frame)

    def queue(self, frame: bytes) -> bool:
        """Send a frame behind those that wait; False when that was too much, and the socket is being closed."""
        if self._close_code is not None:
            return True
        if self.transport.get_write_buffer_size() + len(frame) > self.max_queued_bytes:
            self.close(SLOW_CONSUMER, "slow_consumer")
            return False
        self.transport.write(frame)
        return True

    def hold(self, channel: "Channel", event: str, frame: bytes) -> bool:
        """Keep the newest frame of an event for when the reader has caught up; whether it replaced an older one."""
        if self._close_code is not None:
            return False
        if self._held is None:
            self._held = {}
        replaced = self._held.pop((channel, event), None) is not None
        self._held[channel, event] = frame
        return replaced

    def forget(self, channel: "Channel") -> None:
        """Drop what is held of a channel."""
        if self._held is not None:
            self._held = {key: frame for key, frame in self._held.items() if key[0] != channel} or None

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait in the transport, the kernel's own buffer not counted."""
        return 0 if self.is_gone else self.transport.get_write_buffer_size()

    # -- ending

    @property
    def is_closing(self) -> bool:
        """Whether the end has begun, from whichever side."""
        return self._close_code is not None

    @property
    def is_gone(self) -> bool:
        """Whether the connection is over and the handler has been told."""
        return self.handler is _NOBODY

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake. A peer that does not finish it in time is cut off."""
        if self._close_code is not None:
            return
        self._end(code)
        self.transport.write(close_frame(code, reason))

    def abort(self) -> None:
        """Cut the connection."""
        self._end(ABNORMAL)
        self.transport.abort()

    def _end(self, code: int) -> None:
        """From here on nothing more is sent, and the connection's time is bounded."""
        if self._close_code is None:
            self._close_code = code
        self.behind = True
        self._held = None
        if self._cut is None and not self.is_gone:
            self._cut = asyncio.get_running_loop().call_later(CLOSE_WAIT_S, self.transport.abort)

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

    def eof_received(self) -> None:
        self._end(ABNORMAL)

    def pause_writing(self) -> None:
        self.behind = True

    def resume_writing(self) -> None:
        if self._close_code is not None:
            return
        self.behind = False
        if self._held is not None:
            held, self._held = self._held, None
            self.transport.write(b"".join(held.values()))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None
        handler, self.handler = self.handler, _NOBODY
        code = self._close_code = self._close_code or ABNORMAL
        self.behind = True
        self._held = None
        handler.closed(self, code)

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


def _bound_send_buffer(transport: asyncio.Transport, size: int) -> None:
    """Keep the kernel from swallowing megabytes before a slow reader is noticed."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(stdlib_socket.SOL_SOCKET, stdlib_socket.SO_SNDBUF, size)
