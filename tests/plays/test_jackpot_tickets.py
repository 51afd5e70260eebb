"""A ticket is there when its stake is kept, and else the stake goes back; a cancelled jackpot gives all back once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from games.errors import BadRequest, Closed, Forbidden, LimitReached, NotFound
from games.jackpot import JackpotConfig, JackpotPrizeConfig, PlannedEvent, PlannedPrize
from games.messages.jackpots import TicketView
from persistence import books, ledger
from persistence.ledger import Account
from server.play.jackpot import Jackpots
from server.play.jackpot_tickets import JackpotTickets, Reservation
from server.rewards.ledger_wallet import LedgerWallet
from server.rewards.stakes import Stakes
from server.rewards.wallet import Movement
from server.settings import Settings
from tests.plays.conftest import House


class Nobody:
    """Whom nothing is told; the outbox keeps it."""

    def wake(self, _tenant_id: UUID) -> None:
        pass


async def at_once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
    return await reserve()


@dataclass
class Desk:
    """An open jackpot of two events, 2.00 a line, of which the pool gets half."""

    house: House
    jackpots: Jackpots
    tickets: JackpotTickets
    stakes: Stakes
    id: UUID

    async def buy(self, picks: str = "1,X", user: str = "ann", type_: str | None = None, once=at_once) -> TicketView:
        return await self.tickets.buy(self.house.tenant_id, self.id, user, picks, type_, actor=user, once=once)

    async def balance(self, user: str = "ann") -> Decimal:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            assert await books.faults(connection, self.house.tenant_id) == []
            return await ledger.balance(connection, self.house.tenant_id, Account("player", user, "EUR"))

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            return [tuple(row) for row in await connection.fetch(query)]

    async def pool(self) -> Decimal:
        return (await self.jackpots.read(self.house.tenant_id, self.id, drafts=True)).row.pool_amount

    async def heal(self) -> None:
        """Work off the jobs of the stakes, as a node would."""
        for (stake_id,) in await self.rows("SELECT id FROM wallet_transactions"):
            assert isinstance(stake_id, UUID)
            await self.stakes.heal(self.house.tenant_id, stake_id)


@pytest.fixture
async def desk(house: House) -> Desk:
    relay = Nobody()
    jackpots = Jackpots(house.database, relay)  # type: ignore[arg-type]
    stakes = Stakes(Settings(), house.database, {"ledger": LedgerWallet(house.database)})
    tickets = JackpotTickets(house.database, stakes, relay)  # type: ignore[arg-type]
    stakes.on_given_back["jackpot"] = tickets.given_back
    now = datetime.now(UTC)
    values = {
        "jackpot_id": uuid4().hex,
        "jackpot_title": "Two",
        "jackpot_description": None,
        "jackpot_banner": None,
        "jackpot_stake": Decimal(2),
        "start_time": now - timedelta(hours=1),
        "end_time": now + timedelta(hours=1),
        "supported_mode": "online",
        "jackpot_config": JackpotConfig(seed_amount="100", contribution_bps=5_000),
    }
    events = [PlannedEvent("A", "1,X,2"), PlannedEvent("B", "1,X,2")]
    prizes = [PlannedPrize("One", JackpotPrizeConfig(correct=1, share_bps=1))]
    made = await jackpots.make(house.tenant_id, values, events, prizes, "operator")
    await jackpots.move(house.tenant_id, made.id, "open", "operator")
    wallet = LedgerWallet(house.database)
    for user in ("ann", "ben"):
        await wallet.credit(house.tenant_id, Movement(f"first-{user}", user, "cash", Decimal(20), "EUR"))
    return Desk(house, jackpots, tickets, stakes, made.id)


async def test_a_ticket_costs_its_lines_and_the_pool_grows_by_its_share(desk: Desk) -> None:
    ticket = await desk.buy("1|X,2")
    assert (ticket.ticket_type, ticket.lines, ticket.ticket_stake) == ("permutation", 2, "4.00")
    assert (await desk.balance(), await desk.pool()) == (16, 102)
    told = await desk.rows("SELECT channel, event FROM outbox WHERE event IN ('ticket.changed', 'jackpot.pool')")
    assert ("user:ann", "ticket.changed") in told
    assert (f"jackpot:{desk.id}", "jackpot.pool") in told
    assert await desk.house.audit_verdict()


async def test_buyers_at_once_leave_no_stake_out_of_the_pool(desk: Desk) -> None:
    await asyncio.gather(*(desk.buy(user=user) for user in ("ann", "ben") for _ in range(5)))
    assert [await desk.balance(user) for user in ("ann", "ben")] == [10, 10]
    assert await desk.pool() == 110
    assert await desk.rows("SELECT count(*), sum(ticket_stake) FROM jackpot_tickets") == [(10, 20)]


async def test_under_one_key_a_ticket_is_bought_once(desk: Desk) -> None:
    kept: list[Reservation] = []

    async def once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
        if not kept:
            kept.append(await reserve())
        return kept[0]

    assert await desk.buy(once=once) == await desk.buy(once=once)
    assert (await desk.balance(), await desk.pool()) == (18, 101)


async def test_who_cannot_pay_has_no_ticket(desk: Desk) -> None:
    with pytest.raises(LimitReached, match="not enough"):
        await desk.buy(user="poor")
    assert (await desk.rows("SELECT count(*) FROM jackpot_tickets"), await desk.pool()) == ([(0,)], 100)


async def test_a_jackpot_that_locks_while_the_stake_is_taken_gives_it_back(desk: Desk) -> None:
    async def once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
        reserved = await reserve()
        await desk.jackpots.move(desk.house.tenant_id, desk.id, "locked", "operator")
        return reserved

    with pytest.raises(Closed):
        await desk.buy(once=once)
    await desk.heal()
    assert (await desk.balance(), await desk.pool()) == (20, 100)
    assert await desk.rows("SELECT count(*) FROM jackpot_tickets") == [(0,)]


async def test_a_cancelled_jackpot_gives_every_stake_back_once(desk: Desk) -> None:
    bought = [await desk.buy(user=user) for user in ("ann", "ben", "ann")]
    free = await desk.buy(user="ann", type_="free")
    await desk.jackpots.move(desk.house.tenant_id, desk.id, "cancelled", "operator", "Rain")
    assert {row[0] for row in await desk.rows("SELECT ticket_status FROM jackpot_tickets")} == {"void"}
    for _ in range(2):
        await desk.heal()
    assert [await desk.balance(user) for user in ("ann", "ben")] == [20, 20]
    statuses = dict(await desk.rows("SELECT id, ticket_status FROM jackpot_tickets"))
    assert statuses == {**{one.id: "refunded" for one in bought}, free.id: "void"}
    refunds = "SELECT count(*) FROM outbox WHERE event = 'ticket.changed' AND payload::text LIKE '%refunded%'"
    assert await desk.rows(refunds) == [(3,)]


@pytest.mark.parametrize(
    ("picks", "refused"), [("1", BadRequest), ("1,9", BadRequest), (",".join(["1|X|2"] * 2), None)]
)
async def test_picks_that_do_not_fit_cost_nothing(desk: Desk, picks: str, refused: type[Exception] | None) -> None:
    if refused is None:
        assert (await desk.buy(picks)).lines == 9
        return
    with pytest.raises(refused):
        await desk.buy(picks)
    assert await desk.balance() == 20
    assert await desk.rows("SELECT count(*) FROM wallet_transactions") == [(0,)]


async def test_drafts_and_blocked_players_have_no_tickets(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.tickets.buy(desk.house.tenant_id, uuid4(), "ann", "1,X", None, actor="ann", once=at_once)
    await desk.buy()
    async with desk.house.database.tenant(desk.house.tenant_id) as connection:
        await connection.execute("UPDATE players SET player_status = 'blocked' WHERE user_id = 'ann'")
    with pytest.raises(Forbidden):
        await desk.buy()
