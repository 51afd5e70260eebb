"""The hand-over of an HTTP request: uvicorn and Litestar read and judge it, then its connection is an event stream's.

uvicorn is given `StreamingProtocol` as its `http`. A handler calls what it finds in
`scope["extensions"]["wheelhouse.stream"]` instead of answering; what it returns after that is sent nowhere.

Whoever connects has to send a request: uvicorn itself would wait without end for one that never becomes whole, and keep
a head of any length.
"""

import asyncio
import contextvars
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from channels.event_stream import EventStream
from channels.socket import GONE

EXTENSION: Final = "wheelhouse.stream"

#: What is found there: (stream, head of the answer, bytes the kernel may hold, seconds a peer may be silent).
HandOver = Callable[[EventStream, bytes, int | None, float | None], None]


#: What a timer would else carry of its connection's making would live as long as it.
_NO_CONTEXT: Final = contextvars.Context()


class StreamingProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which can be taken off its transport in the middle of a request.

    Arguments beside uvicorn's: `request_timeout_s`, the seconds in which a request has to come whole, the first one
    from the connection's beginning on; `head_bytes`, of a request's line and headers at the most.
    """

    def __init__(self, *args: Any, request_timeout_s: float, head_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request_timeout_s = request_timeout_s
        self._most_head_bytes = head_bytes
        #: of a head or of trailers that are not whole: what has come after the piece that they began in; else None
        self._head_bytes: int | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        goes_on = self._head_bytes is not None
        super().data_received(data)
        if goes_on and self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self._most_head_bytes:
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        if self._deadline is None:
            self._await_request()

    def on_chunk_header(self) -> None:
        """A piece of a body follows, or trailers: uvicorn keeps them as headers."""
        self._head_bytes = 0

    def on_body(self, body: bytes) -> None:
        self._head_bytes = None
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._head_bytes = None
        super().on_message_complete()
        self._await_no_longer()

    def handle_websocket_upgrade(self) -> None:
        self._await_no_longer()
        super().handle_websocket_upgrade()

    def _await_request(self) -> None:
        self._deadline = self.loop.call_later(self._request_timeout_s, self._too_late, context=_NO_CONTEXT)

    def _await_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.pipeline:
            # It is read no further until the one before it has been answered.
            self._await_request()
            return
        self.transport.close()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        super().on_headers_complete()
        extensions = cast("dict[str, Any]", self.scope.setdefault("extensions", {}))
        extensions[EXTENSION] = partial(self._hand_over, self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
        self._await_no_longer()
        super().connection_lost(exc)
        if self.scope is not None:
            # The scope and this object would otherwise hold each other.
            self.scope.pop("extensions", None)

    def _hand_over(
        self,
        cycle: RequestResponseCycle,
        stream: EventStream,
        head: bytes,
        send_buffer_bytes: int | None,
        silence_s: float | None,
    ) -> None:
        """Let `stream` answer the request. Raises `RuntimeError` when it has been answered."""
        if cycle.response_started or cycle.transport is GONE:
            raise RuntimeError("A request can be handed over once, before it is answered.")
        self._await_no_longer()
        transport, self.transport = self.transport, GONE
        gone = cycle.disconnected
        # What ASGI sends from here on goes nowhere.
        cycle.disconnected = True
        cycle.transport = GONE
        self.connections.discard(self)
        self.scope.pop("extensions", None)
        if gone:
            asyncio.get_running_loop().call_soon(stream.connection_lost, None)
            return
        transport.set_protocol(stream)
        stream.begin(transport, head, send_buffer_bytes, silence_s)
