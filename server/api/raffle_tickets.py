"""REST: tickets of raffles."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post

from games.errors import Forbidden
from games.messages.raffles import RafflePurchase, RaffleTicketView
from server.api.access import acting_player, tenant_of
from server.api.idempotency import IdempotencyKey, KeyedCalls, kept_once
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.raffles import raffle_id_of
from server.auth.tokens import Caller
from server.play.raffle_tickets import RaffleTickets, Reservation


class RaffleTicketsBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many tickets; `user_id` where a service buys for a player, `free` where it gives them."""

    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    user_id: str | None = None
    free: bool = False


class RaffleTicketController(Controller):
    """/api/v1/raffles/{id}/tickets."""

    path = "/api/v1/raffles/{raffle_id:str}/tickets"
    tags = ["raffles"]

    @post("/", summary="Buy tickets", description="A service names the player by user_id, and may give free tickets.")
    async def buy(
        self,
        caller: Caller,
        raffle_tickets: RaffleTickets,
        keyed_calls: KeyedCalls,
        request: Request[Any, Any, Any],
        raffle_id: str,
        data: RaffleTicketsBody,
        idempotency_key: IdempotencyKey = None,
    ) -> RafflePurchase:
        acting = acting_player(caller, data.user_id)
        if data.free and caller.role == "player":
            raise Forbidden("Free tickets are given by the platform.")

        # The stake is taken outside any transaction: what is kept under the key is what it is taken for.
        once = kept_once(keyed_calls, caller, request, idempotency_key, data, Reservation)
        return await raffle_tickets.buy(
            acting.tenant_id,
            raffle_id_of(raffle_id),
            acting.user_id,
            data.quantity,
            as_a_gift=data.free,
            actor=caller.user_id,
            once=once,
        )

    @get("/", summary="Tickets that were bought, newest first: a player's own, or of all")
    async def list_tickets(
        self,
        caller: Caller,
        raffle_tickets: RaffleTickets,
        raffle_id: str,
        user_id: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RaffleTicketView]:
        own = caller.role == "player"
        found = await raffle_tickets.page(
            tenant_of(caller),
            raffle_id_of(raffle_id),
            user_id=caller.user_id if own else user_id,
            drafts=not own,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page(list(page), following)
