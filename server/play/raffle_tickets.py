"""Tickets of raffles: held back, bought by the steps of a stake, told to their players, refunded."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import BadRequest, Closed, LimitReached, NotFound, SoldOut
from games.messages.raffles import RafflePurchase, RaffleTicketView
from games.messages.webhooks import TicketRefunded
from games.raffle_sale import ticket_amount
from persistence import audit, chances, outbox, raffle_tickets, raffles, webhooks
from persistence.database import Database
from persistence.raffle_tickets import RaffleTicketRow
from persistence.raffles import RaffleRow
from persistence.stakes import Stake, StakeRow
from server.play import raffle_views as shown
from server.play import views
from server.play.game_moves import tell_raffle_tickets
from server.play.outbox import Relay
from server.play.raffles import PUBLIC_STATUSES
from server.rewards.stakes import Stakes
from server.settings import Settings


class Reservation(msgspec.Struct, frozen=True):
    """Tickets that are held back while their stake is taken: the same for every call under one key."""

    purchase_id: UUID
    #: null for tickets that cost nothing
    stake_id: UUID | None
    amount: str


#: Makes a reservation, once for the caller's key where there is one.
Once = Callable[[Callable[[], Awaitable[Reservation]]], Awaitable[Reservation]]


class RaffleTickets:
    """The use-cases of a raffle's tickets, for one node."""

    def __init__(self, settings: Settings, database: Database, stakes: Stakes, relay: Relay) -> None:
        self._settings = settings
        self._database = database
        self._stakes = stakes
        self._relay = relay

    async def buy(
        self, tenant_id: UUID, raffle_id: UUID, user_id: str, quantity: int, *, as_a_gift: bool, actor: str, once: Once
    ) -> RafflePurchase:
        """Reserve, debit, confirm: the tickets are there when their stake is kept, and otherwise it goes back.

        `as_a_gift`: they cost the player nothing. Raises `NotFound`; `Closed` when the raffle sells no tickets, or none
        any more; `Forbidden` where they are only given; `SoldOut` and `LimitReached` when there are not so many;
        `LimitReached` when the wallet says no; `Unavailable` when it says nothing.
        """
        most = self._settings.raffle_tickets_at_once
        if not 1 <= quantity <= most:
            raise BadRequest(f"Buy 1 to {most} tickets at once.")
        reserved = await once(lambda: self._reserve(tenant_id, raffle_id, user_id, quantity, as_a_gift=as_a_gift))
        try:
            if reserved.stake_id is not None:
                await self._stakes.debit(tenant_id, reserved.stake_id)
            return await self._confirm(tenant_id, raffle_id, reserved, actor)
        except (Closed, NotFound):
            if reserved.stake_id is not None:
                await self._stakes.cancel(tenant_id, reserved.stake_id, "the raffle sells no more tickets")
            await self._let_go(tenant_id, reserved.purchase_id)
            raise
        except LimitReached:
            await self._let_go(tenant_id, reserved.purchase_id)
            raise

    async def page(
        self, tenant_id: UUID, raffle_id: UUID, *, user_id: str | None, drafts: bool, after: UUID | None, limit: int
    ) -> list[RaffleTicketView]:
        """Tickets that were bought, newest first; of one player or of all. Raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            row = await raffles.by_id(connection, tenant_id, raffle_id)
            if row is None or not (drafts or row.campaign_status in PUBLIC_STATUSES):
                raise NotFound("There is no such raffle.")
            found = await raffle_tickets.page(
                connection, tenant_id, raffle_id, user_id=user_id, after=after, limit=limit
            )
        return [shown.ticket_view(one) for one in found]

    async def given_back(self, connection: Connection, tenant_id: UUID, stake: StakeRow) -> None:
        """A stake has gone back, in the transaction that notes it: so have its tickets, if there were any."""
        await raffle_tickets.let_go(connection, tenant_id, stake.source_id)
        tickets = await raffle_tickets.refund(connection, tenant_id, stake.source_id)
        if not tickets:
            return
        await tell_raffle_tickets(connection, tenant_id, [shown.ticket_view(one) for one in tickets])
        each = stake.amount / len(tickets)
        for one in tickets:
            told = TicketRefunded(one.id, one.user_id, f"{each:f}", stake.currency)
            await webhooks.emit(connection, tenant_id, "ticket.refunded", told, message_id=one.id)
        self._relay.wake(tenant_id)

    async def _reserve(
        self, tenant_id: UUID, raffle_id: UUID, user_id: str, quantity: int, *, as_a_gift: bool
    ) -> Reservation:
        async with self._database.tenant(tenant_id) as connection:
            views.must_not_be_blocked(await chances.lock_player(connection, tenant_id, user_id))
            row = await self._lock(connection, tenant_id, raffle_id)
            now = await self._database.deciding_time(connection)
            row.sale.must_sell(now)
            if not as_a_gift:
                row.sale.must_be_bought()
            taken = await raffle_tickets.taken(connection, tenant_id, raffle_id, user_id, row.sold_tickets, now)
            lack = row.sale.lack(quantity, *taken)
            if lack is not None:
                is_gone = row.total_tickets is not None and taken.tickets >= row.total_tickets
                raise SoldOut(lack) if is_gone else LimitReached(lack)
            held = taken.tickets - row.sold_tickets
            if row.numbers_given + held + quantity >= 10**row.config.number_width:
                raise SoldOut(f"There are no more numbers of {row.config.number_width} digits.")
            purchase_id = await raffle_tickets.new_purchase_id(connection)
            until = now + timedelta(seconds=row.config.reservation_s)
            await raffle_tickets.reserve(connection, tenant_id, raffle_id, purchase_id, user_id, quantity, until)
            amount = Decimal(0) if as_a_gift else quantity * ticket_amount(row.ticket_price, row.currency)
            stake_id = None
            if amount:
                stake = Stake(user_id, "raffle", purchase_id, amount, row.currency)
                stake_id = (await self._stakes.reserve(connection, tenant_id, stake)).id
        return Reservation(purchase_id, stake_id, f"{amount:f}")

    async def _confirm(self, tenant_id: UUID, raffle_id: UUID, reserved: Reservation, actor: str) -> RafflePurchase:
        async with self._database.tenant(tenant_id) as connection:
            row = await self._lock(connection, tenant_id, raffle_id)
            before = await raffle_tickets.of_purchase(connection, tenant_id, reserved.purchase_id)
            if before and all(one.ticket_purchased_at is not None for one in before):
                return self._purchase(row, reserved, before)
            now = await self._database.deciding_time(connection)
            row.sale.must_sell(now)
            if not before or any(one.ticket_status != "reserved" or one.reserved_until <= now for one in before):
                raise Closed("The tickets were held back too long and are let go. Buy others.")
            if reserved.stake_id is not None:
                await self._stakes.confirm(connection, tenant_id, reserved.stake_id)
            tickets = await raffle_tickets.sell(
                connection, tenant_id, reserved.purchase_id, row.numbers_given, row.config.number_width
            )
            if len(tickets) != len(before):
                raise Closed("The tickets were held back too long and are let go. Buy others.")
            count = row.sold_tickets + len(tickets)
            version = await raffles.set_sold(connection, tenant_id, raffle_id, count, numbered=len(tickets))
            told = shown.sold_at(row, count, version)
            await outbox.add(connection, tenant_id, f"raffle:{raffle_id}", "raffle.sold", told, version)
            await tell_raffle_tickets(connection, tenant_id, [shown.ticket_view(one) for one in tickets])
            bought = self._purchase(row, reserved, tickets)
            await audit.record(
                connection, tenant_id, actor, "raffle.tickets_bought", "raffle_campaigns", raffle_id, bought
            )
        self._relay.wake(tenant_id)
        return bought

    @staticmethod
    def _purchase(row: RaffleRow, reserved: Reservation, tickets: list[RaffleTicketRow]) -> RafflePurchase:
        return shown.purchase(row.id, reserved.purchase_id, reserved.amount, row.currency, tickets)

    async def _let_go(self, tenant_id: UUID, purchase_id: UUID) -> None:
        """The tickets may be had by others at once, rather than when their time is over."""
        async with self._database.tenant(tenant_id) as connection:
            await raffle_tickets.let_go(connection, tenant_id, purchase_id)

    async def _lock(self, connection: Connection, tenant_id: UUID, raffle_id: UUID) -> RaffleRow:
        row = await raffles.lock(connection, tenant_id, raffle_id)
        if row is None or row.campaign_status not in PUBLIC_STATUSES:
            raise NotFound("There is no such raffle.")
        return row
