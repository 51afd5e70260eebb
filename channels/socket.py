"""One client's open connection, as those see it who send to it: bounded in what may wait, ended in one way.

`WebSocket` and `EventStream` are the two there are.
"""

import asyncio
import os
import socket as stdlib_socket
from typing import TYPE_CHECKING, Final, Protocol, cast

from channels.envelope import Encoding

if TYPE_CHECKING:
    from channels.channel import Channel
    from channels.hub import Topic

#: Close codes of ours (docs/protocol.md, Close codes).
INTERNAL: Final = 4500
SLOW_CONSUMER: Final = 4508
MISSED_PING: Final = 4510
GAP: Final = 4511

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


class _Gone:
    """A transport that is over, or not there yet: whoever uses it does nothing."""

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def is_closing(self) -> bool:
        return True

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_extra_info(self, name: str, default: object = None) -> object:  # noqa: ARG002 - asyncio's signature
        return default


GONE: Final = cast("asyncio.Transport", _Gone())


class Socket(asyncio.Protocol):
    """The protocol object of a connection in use.

    Arguments: the handler; the encoding spoken; `max_queued_bytes` that may wait for a slow reader, beyond which it is
    closed with `SLOW_CONSUMER`.
    """

    __slots__ = (
        "__weakref__",
        "_close_code",
        "_cut",
        "_held",
        "behind",
        "encoding",
        "fd",
        "handler",
        "last_received_at",
        "max_queued_bytes",
        "opened_at",
        "topics",
        "transport",
    )

    def __init__(self, handler: SocketHandler, encoding: Encoding, max_queued_bytes: int) -> None:
        self.transport = GONE
        #: where to write while nothing waits in the transport, which costs less than to ask it; -1 when only it may
        self.fd = -1
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
        self._close_code: int | None = None
        self._cut: asyncio.TimerHandle | None = None

    def _use(self, transport: asyncio.Transport, send_buffer_bytes: int | None) -> None:
        """Send through `transport`; `send_buffer_bytes`, what the kernel may hold beside (None: its own choice)."""
        self.transport = transport
        # Whatever waits is told at once, with `pause_writing`. (One byte, since TLS transports take 0 for "always".)
        transport.set_write_buffer_limits(high=1, low=0)
        if transport.get_write_buffer_size() > 0:
            # Of the handshake: whoever had the transport before was told to wait, and this protocol is told to go on.
            self.behind = True
        if transport.get_extra_info("ssl_object") is None and (connection := transport.get_extra_info("socket")):
            self.fd = connection.fileno()
        if send_buffer_bytes is not None:
            _bound_send_buffer(transport, send_buffer_bytes)

    # -- sending

    def send(self, frame: bytes) -> None:
        """Send a frame now; nothing happens on a socket that is closing."""
        if self.behind:
            self.queue(frame)
        else:
            self.write(frame)

    def write(self, data: bytes) -> None:
        """Send on a socket that is not `behind`: what the kernel does not take at once waits in the transport."""
        if self.fd < 0:
            self.transport.write(data)
            return
        try:
            sent = os.write(self.fd, data)
        except OSError:
            # Full, or broken: the transport finds out which.
            self.transport.write(data)
        else:
            if sent < len(data):
                self.transport.write(data[sent:])

    def tell(self, message: object) -> None:
        """Send a message that is this socket's alone."""
        self.send(self.encoding.frame(message))

    def ping(self) -> bool:
        """Send something to see whether the peer is there; whether an answer is to be awaited."""
        raise NotImplementedError

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

    def holds(self, channel: "Channel", event: str) -> bool:
        """Whether a frame of this event is kept for when the reader has caught up."""
        return self._held is not None and (channel, event) in self._held

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
        """Begin the end, and tell the peer why. One that does not finish it in time is cut off."""
        raise NotImplementedError

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
        # The number will be another connection's.
        self.fd = -1
        self._held = None
        handler.closed(self, code)


def _bound_send_buffer(transport: asyncio.Transport, size: int) -> None:
    """Keep the kernel from swallowing megabytes before a slow reader is noticed."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(stdlib_socket.SOL_SOCKET, stdlib_socket.SO_SNDBUF, size)
