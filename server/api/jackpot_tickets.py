"""REST: tickets of jackpots."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post

from games.errors import Forbidden, NotFound
from games.ids import parse_uuid
from games.jackpot_tickets import TicketType
from games.messages.jackpots import TicketView
from server.api.access import acting_player, tenant_of
from server.api.idempotency import IdempotencyKey, KeyedCalls, kept_once
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.play.jackpot_tickets import JackpotTickets, Reservation


class TicketBody(msgspec.Struct, forbid_unknown_fields=True):
    """A ticket: `ticket_picks` by the order of events, `1,X,1|2`; `user_id` where a service buys for a player."""

    ticket_picks: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
    ticket_type: TicketType | None = None
    user_id: str | None = None


class JackpotTicketController(Controller):
    """/api/v1/jackpots/{id}/tickets."""

    path = "/api/v1/jackpots/{jackpot_id:str}/tickets"
    tags = ["jackpots"]

    @post("/", summary="Buy a ticket", description="A service names the player by user_id, and may give free tickets.")
    async def buy(
        self,
        caller: Caller,
        jackpot_tickets: JackpotTickets,
        keyed_calls: KeyedCalls,
        request: Request[Any, Any, Any],
        jackpot_id: str,
        data: TicketBody,
        idempotency_key: IdempotencyKey = None,
    ) -> TicketView:
        acting = acting_player(caller, data.user_id)
        if data.ticket_type == "free" and caller.role == "player":
            raise Forbidden("A free ticket is given by the platform.")

        # The stake is taken outside any transaction: what is kept under the key is what it is taken for.
        once = kept_once(keyed_calls, caller, request, idempotency_key, data, Reservation)
        return await jackpot_tickets.buy(
            acting.tenant_id,
            _id(jackpot_id),
            acting.user_id,
            data.ticket_picks,
            data.ticket_type,
            actor=caller.user_id,
            once=once,
        )

    @get("/", summary="Tickets, newest first: a player's own, or of all")
    async def list_tickets(
        self,
        caller: Caller,
        jackpot_tickets: JackpotTickets,
        jackpot_id: str,
        user_id: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[TicketView]:
        own = caller.role == "player"
        found = await jackpot_tickets.page(
            tenant_of(caller),
            _id(jackpot_id),
            user_id=caller.user_id if own else user_id,
            drafts=not own,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page(list(page), following)


def _id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such jackpot."))
