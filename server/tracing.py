"""Spans from a call of REST to the write on a socket of another node, by OpenTelemetry (the extra `tracing`).

Call, transaction, publish, receive and flush are one trace: the outbox row and the published message carry the
traceparent, and what players are sent does not. What no call has led to is not traced: frames, spins of websockets.
The SDK reads the standard's variables for sampler, resource and exporter.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from channels.channel import Channel
from channels.envelope import Broadcast
from persistence.tracing import TRACEPARENT
from server.version import VERSION

_W3C: Final = TraceContextTextMapPropagator()
#: Calls under this path are traced; pages and health are not.
_TRACED: Final = "/api/"


class Tracer:
    """Makes the spans of all rooms."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("wheelhouse", VERSION)

    @classmethod
    def from_environment(cls) -> "Tracer":
        """One that sends its spans where OTEL_EXPORTER_OTLP_ENDPOINT says."""
        named = Resource.create({SERVICE_INSTANCE_ID: uuid4().hex})
        if str(named.attributes[SERVICE_NAME]).startswith("unknown_service"):
            named = named.merge(Resource({SERVICE_NAME: "wheelhouse"}))
        provider = TracerProvider(resource=named)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    async def close(self) -> None:
        """Send what waits."""
        await asyncio.to_thread(self._provider.shutdown)

    # -- calls

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Traces each call, as part of the caller's trace when it names one."""

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(_TRACED):
                await app(scope, receive, send)
                return
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            method = str(scope["method"])
            with self._under(method, SpanKind.SERVER, _W3C.extract(headers)) as span:

                async def sending(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        span.set_attribute("http.response.status_code", message["status"])
                        if message["status"] >= 500:
                            span.set_status(StatusCode.ERROR)
                    await send(message)

                try:
                    await app(scope, receive, sending)
                finally:
                    # The route, never the address: a query may hold a ticket.
                    route = str(scope.get("path_template", _TRACED))
                    span.update_name(f"{method} {route}")
                    span.set_attributes({"http.request.method": method, "http.route": route})

        return traced

    # -- the database

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction of whatever is traced."""
        if not _is_traced(None):
            yield
            return
        with self._under("transaction", SpanKind.CLIENT, None, {"db.system.name": "postgresql"}):
            yield

    # -- live delivery

    @contextmanager
    def publishing(self, channel: Channel, event: str, cause: str) -> Iterator[str]:
        """An event is being published, because of `cause` or of what is under way."""
        parent = _context_of(cause) if cause else None
        if not _is_traced(parent):
            yield ""
            return
        with self._under(f"publish {event}", SpanKind.PRODUCER, parent, _about(channel, event)):
            yield TRACEPARENT.get()

    def received(self, channel: Channel, broadcast: Broadcast, cause: str) -> None:
        """An event has come to this node."""
        span = self._tracer.start_span(
            f"receive {broadcast.event}", _context_of(cause), SpanKind.CONSUMER, _about(channel, broadcast.event)
        )
        broadcast.trace = trace.set_span_in_context(span)
        span.end()

    def flushing(self, channel: Channel, broadcasts: Sequence[Broadcast], sockets: int) -> Callable[[], None] | None:
        """Events are being written to sockets."""
        spans = [
            self._tracer.start_span(
                f"flush {one.event}",
                one.trace,
                SpanKind.INTERNAL,
                {**_about(channel, one.event), "wheelhouse.connections": sockets},
            )
            for one in broadcasts
            if isinstance(one.trace, Context)
        ]
        if not spans:
            return None

        def served() -> None:
            for span in spans:
                span.end()

        return served

    @contextmanager
    def _under(
        self, name: str, kind: SpanKind, parent: Context | None, attributes: dict[str, Any] | None = None
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(name, parent, kind, attributes) as span:
            carrier: dict[str, str] = {}
            _W3C.inject(carrier)
            before = TRACEPARENT.set(carrier.get("traceparent", ""))
            try:
                yield span
            finally:
                TRACEPARENT.reset(before)


def _is_traced(context: Context | None) -> bool:
    return trace.get_current_span(context).get_span_context().is_valid


def _context_of(traceparent: str) -> Context:
    return _W3C.extract({"traceparent": traceparent})


def _about(channel: Channel, event: str) -> dict[str, Any]:
    """What is said of an event: its channel as clients call it, which names no player."""
    return {
        "messaging.system": "redis",
        "messaging.destination.name": channel.wire_name,
        "wheelhouse.event": event,
        "wheelhouse.tenant_id": channel.tenant,
    }
