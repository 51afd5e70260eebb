"""Tickets of jackpots: bought by the steps of a stake, told to their players, refunded."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection

from games import jackpot as rules
from games.errors import Closed, Forbidden, NotFound
from games.jackpot_tickets import TicketType, contribution, parse_picks, ticket_type
from games.messages.jackpots import TicketView
from games.messages.webhooks import TicketRefunded
from persistence import audit, chances, jackpot_tickets, jackpots, outbox, webhooks
from persistence.database import Database
from persistence.jackpot_tickets import Bought
from persistence.jackpots import JackpotRow
from persistence.stakes import Stake, StakeRow
from server.moments import wire_time
from server.play import jackpot_views as shown
from server.play import views
from server.play.game_moves import tell_ticket
from server.play.jackpot import PUBLIC_STATUSES
from server.play.outbox import Relay
from server.rewards.stakes import Stakes


class Reservation(msgspec.Struct, frozen=True):
    """A ticket whose stake is being taken: the same for every call under one key."""

    ticket_id: UUID
    #: null for a ticket that costs nothing
    stake_id: UUID | None
    picks: str
    stake: str
    ticket_type: TicketType


#: Makes a reservation, once for the caller's key where there is one.
Once = Callable[[Callable[[], Awaitable[Reservation]]], Awaitable[Reservation]]


class JackpotTickets:
    """The use-cases of tickets, for one node."""

    def __init__(self, database: Database, stakes: Stakes, relay: Relay) -> None:
        self._database = database
        self._stakes = stakes
        self._relay = relay

    async def buy(
        self,
        tenant_id: UUID,
        jackpot_id: UUID,
        user_id: str,
        picks: str,
        wanted: TicketType | None,
        *,
        actor: str,
        once: Once,
    ) -> TicketView:
        """Reserve, debit, confirm: the ticket is there when its stake is kept, and otherwise the stake goes back.

        Raises `NotFound`; `Closed` when the jackpot takes no tickets, or none any more; `BadRequest` for picks that do
        not fit; `LimitReached` when the wallet says no; `Unavailable` when it says nothing.
        """
        reserved = await once(lambda: self._reserve(tenant_id, jackpot_id, user_id, picks, wanted))
        if reserved.stake_id is not None:
            await self._stakes.debit(tenant_id, reserved.stake_id)
        try:
            return await self._confirm(tenant_id, jackpot_id, user_id, reserved, actor)
        except (Closed, NotFound):
            if reserved.stake_id is not None:
                await self._stakes.cancel(tenant_id, reserved.stake_id, "the jackpot takes no more tickets")
            raise

    async def page(
        self, tenant_id: UUID, jackpot_id: UUID, *, user_id: str | None, drafts: bool, after: UUID | None, limit: int
    ) -> list[TicketView]:
        """Tickets, newest first; of one player or of all. Raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            row = await jackpots.by_id(connection, tenant_id, jackpot_id)
            if row is None or not (drafts or row.jackpot_status in PUBLIC_STATUSES):
                raise NotFound("There is no such jackpot.")
            found = await jackpot_tickets.page(
                connection, tenant_id, jackpot_id, user_id=user_id, after=after, limit=limit
            )
        return [shown.ticket_view(one) for one in found]

    async def given_back(self, connection: Connection, tenant_id: UUID, stake: StakeRow) -> None:
        """A stake has gone back, in the transaction that notes it: so has its ticket, if there was one."""
        ticket = await jackpot_tickets.refund(connection, tenant_id, stake.source_id)
        if ticket is None:
            return
        await tell_ticket(connection, tenant_id, shown.ticket_view(ticket))
        told = TicketRefunded(ticket.id, ticket.user_id, f"{ticket.ticket_stake:f}", ticket.currency)
        await webhooks.emit(connection, tenant_id, "ticket.refunded", told, message_id=ticket.id)
        self._relay.wake(tenant_id)

    async def _reserve(
        self, tenant_id: UUID, jackpot_id: UUID, user_id: str, picks: str, wanted: TicketType | None
    ) -> Reservation:
        async with self._database.tenant(tenant_id) as connection:
            views.must_not_be_blocked(await chances.lock_player(connection, tenant_id, user_id))
            row = await jackpots.by_id(connection, tenant_id, jackpot_id)
            if row is None or row.jackpot_status not in PUBLIC_STATUSES:
                raise NotFound("There is no such jackpot.")
            await self._must_take_tickets(connection, row)
            events = (await jackpots.events(connection, tenant_id, [jackpot_id]))[jackpot_id]
            called = [one for one in map(shown.planned_event, events) if not one.event_config.reserve]
            picked = parse_picks(picks, [rules.codes(one.event_pick) for one in called])
            type_ = ticket_type(picked, wanted)
            stake = Decimal(0) if type_ == "free" else row.jackpot_stake * picked.lines
            ticket_id = await jackpot_tickets.new_id(connection)
            stake_id = None
            if stake:
                wanted_stake = Stake(user_id, "jackpot", ticket_id, stake, row.currency)
                stake_id = (await self._stakes.reserve(connection, tenant_id, wanted_stake)).id
        return Reservation(ticket_id, stake_id, picked.text, f"{stake:f}", type_)

    async def _confirm(
        self, tenant_id: UUID, jackpot_id: UUID, user_id: str, reserved: Reservation, actor: str
    ) -> TicketView:
        async with self._database.tenant(tenant_id) as connection:
            row = await jackpots.lock(connection, tenant_id, jackpot_id)
            if row is None:
                raise NotFound("There is no such jackpot.")
            before = await jackpot_tickets.by_id(connection, tenant_id, reserved.ticket_id)
            if before is not None:
                return shown.ticket_view(before)
            await self._must_take_tickets(connection, row)
            if reserved.stake_id is not None:
                await self._stakes.confirm(connection, tenant_id, reserved.stake_id)
            stake = Decimal(reserved.stake)
            bought = Bought(reserved.ticket_id, jackpot_id, user_id, reserved.ticket_type, stake, reserved.picks)
            await jackpot_tickets.add(connection, tenant_id, bought)
            if share := contribution(stake, row.config.contribution_bps, row.currency):
                amount = row.pool_amount + share
                version = await jackpots.set_pool(connection, tenant_id, jackpot_id, amount)
                pool = shown.pool_at(row, amount, version)
                await outbox.add(connection, tenant_id, f"jackpot:{jackpot_id}", "jackpot.pool", pool, version)
            ticket = await jackpot_tickets.by_id(connection, tenant_id, reserved.ticket_id)
            assert ticket is not None
            view = shown.ticket_view(ticket)
            await tell_ticket(connection, tenant_id, view)
            await audit.record(connection, tenant_id, actor, "ticket.bought", "jackpot_tickets", ticket.id, view)
        self._relay.wake(tenant_id)
        return view

    async def _must_take_tickets(self, connection: Connection, row: JackpotRow) -> None:
        now = await self._database.deciding_time(connection)
        if row.supported_mode == "retail":
            raise Forbidden("Tickets of this jackpot are sold at the counter only.")
        if row.jackpot_status != "open" or now >= row.locks_at:
            raise Closed("This jackpot takes no more tickets.")
        if now < row.start_time:
            raise Closed(f"Tickets of this jackpot are sold from {wire_time(row.start_time)} on.")
