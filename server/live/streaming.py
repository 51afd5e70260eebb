"""The hand-over of an HTTP request: uvicorn and Litestar read and judge it, then its connection is an event stream's.

uvicorn is given `StreamingProtocol` as its `http`. A handler calls what it finds in
`scope["extensions"]["wheelhouse.stream"]` instead of answering; what it returns after that is sent nowhere.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from channels.event_stream import EventStream
from channels.socket import GONE

EXTENSION: Final = "wheelhouse.stream"

#: What is found there: (stream, head of the answer, bytes the kernel may hold, seconds a peer may be silent).
HandOver = Callable[[EventStream, bytes, int | None, float | None], None]


class StreamingProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which can be taken off its transport in the middle of a request."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        extensions = cast("dict[str, Any]", self.scope.setdefault("extensions", {}))
        extensions[EXTENSION] = partial(self._hand_over, self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
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
