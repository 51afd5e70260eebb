"""Event streams: a channel's events over plain HTTP, for clients that have no websocket."""

from typing import Any, cast

from litestar import Request

from channels.broker import Broker
from channels.envelope import Encoding
from channels.event_blocks import block
from channels.event_stream import EventStream
from channels.recovery import Position
from games.errors import BadRequest, Forbidden
from games.messages.replies import StreamOpened
from server.auth.tokens import Caller
from server.live.listener import Listener
from server.live.service import LiveService
from server.live.streaming import EXTENSION, HandOver
from server.moments import wire_time


class Streams:
    """Opens event streams: by right, within the limits of websockets, with history or a snapshot."""

    def __init__(self, live_service: LiveService, broker: Broker) -> None:
        self._live_service = live_service
        self._broker = broker

    async def open(
        self, request: Request[Any, Any, Any], caller: Caller, channel: str, since: Position | None, head: bytes
    ) -> None:
        """Subscribe, then take the request's connection over, answered with `head`.

        What is raised before that is answered as any other refusal. Raises `NotFound`, `Forbidden`, `LimitReached`.
        """
        service = self._live_service
        settings = service.settings
        client = request.client
        listener = Listener(
            service, client.host if client else None, request.headers.get("user-agent", "")[:255] or None
        )
        stream = EventStream(listener, settings.queued_bytes)
        listener.socket = stream
        if caller.tenant_id is None:
            raise Forbidden("A platform key holds no tenant, so it cannot listen. Use a token of the tenant.")
        name = channel.lower()
        subscription, snapshot = await service.subscriptions.listen(caller, stream, name, since)
        try:
            if service.draining:
                # A refusal by status would end a browser's stream for good: it is told when to come back.
                self._hand_over(request, stream, head)
                service.refuse(stream)
                return
            service.admit(listener, caller)
            service.subscriptions.enter(listener, name, subscription.channel)
            self._hand_over(request, stream, head)
            opened = StreamOpened(
                connection=listener.id,
                channel=name,
                epoch=subscription.epoch,
                offset=subscription.offset,
                recovered=subscription.recovered,
                latest=subscription.latest,
                snapshot=snapshot,
                expires_at=wire_time(caller.expires_at),
            )
            # Missed events each bring their own id; a snapshot stands for all that came before it.
            event_id = None if subscription.recovered else f"{subscription.epoch}:{subscription.offset}"
            first = block(Encoding.EVENT_STREAM.encode(opened), event_id)
            stream.send(b"".join([first, *(event.frame(Encoding.EVENT_STREAM) for event in subscription.missed)]))
            self._broker.release(subscription)
        finally:
            if name not in listener.channels:
                self._broker.unsubscribe(subscription.channel, stream)

    def _hand_over(self, request: Request[Any, Any, Any], stream: EventStream, head: bytes) -> None:
        settings = self._live_service.settings
        hand_over = cast("HandOver", cast("Any", request.scope)["extensions"][EXTENSION])
        hand_over(stream, head, settings.send_buffer_bytes, settings.ping_interval_s + settings.ping_timeout_s)


def position_of(text: str) -> Position:
    """Read a `Last-Event-ID`, `epoch:offset`; raises `BadRequest`."""
    epoch, _, offset = text.rpartition(":")
    if not epoch or not (offset.isascii() and offset.isdigit() and len(offset) <= 16):
        raise BadRequest("Last-Event-ID is `epoch:offset`, as an `id:` line of the stream says it. Or leave it out.")
    return Position(epoch, int(offset))
