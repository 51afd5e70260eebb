"""REST: a channel's events as a stream (Server-Sent Events), and the tickets by which browsers open one."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter

from games.messages.commands import ChannelName
from server.api.access import provide_caller
from server.api.pages import SECURITY_HEADERS
from server.auth.tenants import Tenants
from server.auth.tickets import Tickets
from server.auth.tokens import Caller
from server.live.service import LiveService
from server.live.streams import Streams, position_of
from server.moments import wire_time
from server.pace import Pace

_HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "connection": "close",
    # nginx would otherwise gather blocks before it passes them on.
    "x-accel-buffering": "no",
    **SECURITY_HEADERS,
}
_HEAD: Final = ("HTTP/1.1 200 OK\r\n" + "".join(f"{k}: {v}\r\n" for k, v in _HEADERS.items()) + "\r\n").encode(
    "latin-1"
)

ChannelQuery = Annotated[ChannelName, QueryParameter(description="As in `subscribe`, for example `wheel:<id>`.")]
EventId = Annotated[str, msgspec.Meta(max_length=140)]


class StreamedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of a stream: `data` is an envelope as JSON, `id` the `epoch:offset` of a kept one."""

    data: str
    event: str = "message"
    id: str | None = None


class TicketBody(msgspec.Struct, forbid_unknown_fields=True):
    """The channel that is to be listened to."""

    channel: ChannelName


class Ticket(msgspec.Struct, frozen=True):
    """Good for one stream of this channel, opened before it expires."""

    ticket: str
    channel: str
    expires_at: str


async def provide_listening(
    request: Request[None, None, State],
    tenants: Tenants,
    tickets: Tickets,
    pace: Pace,
    channel: ChannelQuery,
    ticket: Annotated[
        str | None, QueryParameter(description="Instead of a token, for browsers: good once.", max_length=100)
    ] = None,
) -> Caller:
    """Who opens a stream: whom the ticket stands for, else the token's caller."""
    await pace.spend("connect", address=request.client.host if request.client else None)
    if ticket is not None:
        caller = await tickets.redeem(ticket, channel.lower())
    else:
        caller = await provide_caller(request, tenants, pace)
    await pace.spend("connect", tenant_id=caller.tenant_id, user_id=caller.user_id)
    return caller


class EventController(Controller):
    """/api/v1/events."""

    path = "/api/v1/events"
    tags = ["events"]

    @post("/tickets", summary="A ticket for one event stream, to be put into its address")
    async def ticket(self, data: TicketBody, caller: Caller, tickets: Tickets, live_service: LiveService) -> Ticket:
        """Judge the right to listen now, so that a page is told at once."""
        channel = data.channel.lower()
        live_service.subscriptions.check(caller, channel)
        text, expires_at = await tickets.make(caller, channel)
        return Ticket(text, channel, wire_time(expires_at))

    @get(
        "/",
        summary="A channel's events as a stream of Server-Sent Events",
        dependencies={"listening": Provide(provide_listening)},
        responses={
            200: ResponseSpec(
                StreamedEvent,
                description="The channel's state, then its events, while it lasts",
                media_type="text/event-stream",
                generate_examples=False,
            )
        },
    )
    async def stream(
        self,
        request: Request[None, None, State],
        listening: Caller,
        streams: Streams,
        channel: ChannelQuery,
        last_event_id: Annotated[
            EventId | None, HeaderParameter(name="Last-Event-ID", description="`epoch:offset` of the last event had.")
        ] = None,
        since: Annotated[
            EventId | None, QueryParameter(description="The same, for browsers that open a new stream.")
        ] = None,
    ) -> Response[Any]:
        """Begin with what was missed after `Last-Event-ID`, or with the channel's whole state."""
        place = last_event_id or since
        await streams.open(request, listening, channel, None if place is None else position_of(place), _HEAD)
        return Response(None, status_code=200)
