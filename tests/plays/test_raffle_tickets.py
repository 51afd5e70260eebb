"""Raffle tickets are there when their stake is kept, never one too many; a cancelled raffle gives all back once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest

from games.errors import BadRequest, Closed, Conflict, Forbidden, LimitReached, NotFound, SoldOut
from games.fairness import server_seed_hash
from games.messages.raffles import RafflePurchase
from games.raffle_campaign import CampaignConfig
from games.raffle_sale import PlannedDraw
from persistence import books, ledger
from persistence.ledger import Account
from persistence.raffle_tickets import let_go_overdue
from server.play.raffle_tickets import RaffleTickets, Reservation
from server.play.raffles import Raffles
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
    """A raffle on sale of thirty tickets for 2.50 each, of which a player may hold twelve."""

    house: House
    raffles: Raffles
    tickets: RaffleTickets
    stakes: Stakes
    id: UUID

    async def buy(
        self, quantity: int = 1, user: str = "ann", *, gift: bool = False, once=at_once, raffle_id: UUID | None = None
    ) -> RafflePurchase:
        return await self.tickets.buy(
            self.house.tenant_id, raffle_id or self.id, user, quantity, as_a_gift=gift, actor=user, once=once
        )

    async def move(self, to: str) -> None:
        await self.raffles.move(self.house.tenant_id, self.id, to, "operator", "A reason")

    async def balance(self, user: str = "ann") -> Decimal:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            assert await books.faults(connection, self.house.tenant_id) == []
            return await ledger.balance(connection, self.house.tenant_id, Account("player", user, "EUR"))

    async def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            return [tuple(row) for row in await connection.fetch(query, *values)]

    async def sold(self) -> int:
        """What the campaign's row says, which is what counting says."""
        ((counted,),) = await self.rows("SELECT count(*) FROM raffle_tickets WHERE ticket_status = 'sold'")
        told = (await self.raffles.read(self.house.tenant_id, self.id, drafts=True)).view.sold_tickets
        assert told == counted
        return told

    async def heal(self) -> None:
        """Work off the jobs of the stakes, as a node would."""
        for (stake_id,) in await self.rows("SELECT id FROM wallet_transactions"):
            assert isinstance(stake_id, UUID)
            await self.stakes.heal(self.house.tenant_id, stake_id)


def campaign(**changed: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "campaign_name": "Thirty",
        "campaign_description": None,
        "start_time": now - timedelta(hours=1),
        "end_time": now + timedelta(hours=1),
        "ticket_price": 250,
        "total_tickets": 30,
        "campaign_type": "paid",
        "campaign_config": CampaignConfig(number_width=4, max_per_user=12),
        **changed,
    }


DRAWS = [PlannedDraw("The boat", datetime.now(UTC) + timedelta(hours=2))]


@pytest.fixture
async def desk(house: House) -> Desk:
    relay = Nobody()
    raffles = Raffles(house.database, house.vault, relay)  # type: ignore[arg-type]
    stakes = Stakes(Settings(), house.database, {"ledger": LedgerWallet(house.database)})
    tickets = RaffleTickets(Settings(), house.database, stakes, relay)  # type: ignore[arg-type]
    stakes.on_given_back["raffle"] = tickets.given_back
    made = await raffles.make(house.tenant_id, campaign(), DRAWS, "operator")
    for to in ("committed", "on_sale"):
        await raffles.move(house.tenant_id, made.id, to, "operator")
    wallet = LedgerWallet(house.database)
    for user in ("ann", "ben", *(f"buyer-{number}" for number in range(40))):
        await wallet.credit(house.tenant_id, Movement(f"first-{user}", user, "cash", Decimal(50), "EUR"))
    return Desk(house, raffles, tickets, stakes, made.id)


async def test_tickets_cost_their_price_and_are_numbered_in_order(desk: Desk) -> None:
    bought = await desk.buy(3)
    assert [one.ticket_number for one in bought.tickets] == ["0001", "0002", "0003"]
    assert {one.ticket_status for one in bought.tickets} == {"sold"}
    assert (bought.amount, bought.currency, await desk.balance(), await desk.sold()) == (
        "7.50",
        "EUR",
        Decimal("42.5"),
        3,
    )
    told = await desk.rows("SELECT channel, event FROM outbox")
    assert ("user:ann", "raffle.tickets") in told
    assert (f"raffle:{desk.id}", "raffle.sold") in told
    assert await desk.house.audit_verdict()


async def test_of_many_buyers_at_once_as_many_are_served_as_there_are_tickets(desk: Desk) -> None:
    asked = [desk.buy(user=f"buyer-{number}") for number in range(40)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in answers if isinstance(one, BaseException)] == [SoldOut] * 10
    numbers = [one.tickets[0].ticket_number for one in answers if isinstance(one, RafflePurchase)]
    assert sorted(numbers) == [f"{number:04d}" for number in range(1, 31)]
    assert await desk.sold() == 30
    balances = [await desk.balance(f"buyer-{number}") for number in range(40)]
    assert sorted(balances) == [Decimal("47.5")] * 30 + [Decimal(50)] * 10


async def test_a_player_may_hold_so_many(desk: Desk) -> None:
    await desk.buy(10)
    with pytest.raises(LimitReached, match="you have 10"):
        await desk.buy(3)
    await desk.buy(2)
    await desk.buy(12, user="ben")
    with pytest.raises(LimitReached, match="Only 6 tickets are left"):
        await desk.buy(7, user="buyer-1")
    assert await desk.sold() == 24


async def test_under_one_key_tickets_are_bought_once(desk: Desk) -> None:
    kept: list[Reservation] = []

    async def once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
        if not kept:
            kept.append(await reserve())
        return kept[0]

    assert await desk.buy(2, once=once) == await desk.buy(2, once=once)
    assert (await desk.balance(), await desk.sold()) == (45, 2)


async def test_tickets_that_cannot_be_paid_for_are_there_for_others_at_once(desk: Desk) -> None:
    await desk.buy(12)
    await desk.buy(12, user="ben")
    with pytest.raises(LimitReached, match="not enough"):
        await desk.buy(6, user="poor")
    bought = await desk.buy(6, user="buyer-1")
    assert [one.ticket_number for one in bought.tickets] == [f"{number:04d}" for number in range(25, 31)]
    assert await desk.sold() == 30


async def test_who_cannot_pay_uses_up_no_numbers(desk: Desk) -> None:
    tenant_id = desk.house.tenant_id
    nine = campaign(total_tickets=9, campaign_config=CampaignConfig(number_width=1))
    made = await desk.raffles.make(tenant_id, nine, DRAWS, "operator")
    for to in ("committed", "on_sale"):
        await desk.raffles.move(tenant_id, made.id, to, "operator")
    for _ in range(3):
        with pytest.raises(LimitReached):
            await desk.buy(9, user="poor", raffle_id=made.id)
    bought = await desk.buy(9, raffle_id=made.id)
    assert [one.ticket_number for one in bought.tickets] == [str(number) for number in range(1, 10)]
    with pytest.raises(SoldOut):
        await desk.buy(user="ben", raffle_id=made.id)


@pytest.mark.parametrize("type_", ["earned", "grand"])
async def test_tickets_that_are_earned_are_given_and_not_taken(desk: Desk, type_: str) -> None:
    tenant_id = desk.house.tenant_id
    made = await desk.raffles.make(tenant_id, campaign(campaign_type=type_, ticket_price=0), DRAWS, "operator")
    for to in ("committed", "on_sale"):
        await desk.raffles.move(tenant_id, made.id, to, "operator")
    with pytest.raises(Forbidden):
        await desk.buy(raffle_id=made.id)
    assert len((await desk.buy(2, gift=True, raffle_id=made.id)).tickets) == 2


async def test_a_sale_that_closes_while_the_stake_is_taken_gives_it_back(desk: Desk) -> None:
    async def once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
        reserved = await reserve()
        await desk.move("closed")
        return reserved

    with pytest.raises(Closed):
        await desk.buy(2, once=once)
    await desk.heal()
    assert (await desk.balance(), await desk.sold()) == (50, 0)
    assert await desk.rows("SELECT DISTINCT ticket_status FROM raffle_tickets") == [("void",)]


async def test_what_is_held_back_too_long_is_let_go_and_cannot_be_kept(desk: Desk) -> None:
    async def once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
        reserved = await reserve()
        await desk.rows("UPDATE raffle_tickets SET reserved_until = clock_timestamp() - interval '1 second'")
        return reserved

    with pytest.raises(Closed, match="held back too long"):
        await desk.buy(2, once=once)
    await desk.heal()
    assert (await desk.balance(), await desk.sold()) == (50, 0)


async def test_what_a_buyer_who_died_held_back_is_let_go_by_the_sweep(desk: Desk) -> None:
    class Died(Exception):
        pass

    async def once(reserve: Callable[[], Awaitable[Reservation]]) -> Reservation:
        await reserve()
        raise Died

    await desk.buy(12)
    for user in ("ben", "buyer-1"):
        with pytest.raises(Died):
            await desk.buy(9, user=user, once=once)
    with pytest.raises(SoldOut):
        await desk.buy(user="buyer-2")
    assert await let_go_overdue(desk.house.database) == 0
    await desk.rows(
        "UPDATE raffle_tickets SET reserved_until = clock_timestamp() - interval '1 second' WHERE user_id = 'ben'"
    )
    # Correct before the sweep has come.
    await desk.buy(9, user="buyer-2")
    assert await let_go_overdue(desk.house.database) == 9
    assert await desk.sold() == 21


async def test_a_cancelled_raffle_gives_every_stake_back_once(desk: Desk) -> None:
    bought = [await desk.buy(2, user=user) for user in ("ann", "ben", "ann")]
    free = await desk.buy(2, user="ann", gift=True)
    await desk.move("cancelled")
    assert await desk.sold() == 0
    assert {row[0] for row in await desk.rows("SELECT ticket_status FROM raffle_tickets")} == {"void"}
    for _ in range(2):
        await desk.heal()
    assert [await desk.balance(user) for user in ("ann", "ben")] == [50, 50]
    statuses = dict(await desk.rows("SELECT id, ticket_status FROM raffle_tickets"))
    paid_for = {ticket.id: "refunded" for one in bought for ticket in one.tickets}
    assert statuses == {**paid_for, **{ticket.id: "void" for ticket in free.tickets}}
    refunds = "SELECT count(*) FROM outbox WHERE event = 'raffle.tickets' AND payload::text LIKE '%refunded%'"
    assert await desk.rows(refunds) == [(3,)]


async def test_a_raffle_is_sold_only_when_its_draws_are_committed_to(desk: Desk) -> None:
    tenant_id = desk.house.tenant_id
    made = await desk.raffles.make(tenant_id, campaign(), DRAWS, "operator")
    with pytest.raises(Conflict):
        await desk.raffles.move(tenant_id, made.id, "on_sale", "operator")
    with pytest.raises(NotFound):
        await desk.buy(raffle_id=made.id)
    committed = await desk.raffles.move(tenant_id, made.id, "committed", "operator")
    ((sealed,),) = await desk.rows(
        "SELECT server_seed_encrypted FROM raffle_draws WHERE raffle_campaign_id = $1", made.id
    )
    assert isinstance(sealed, bytes)
    published = msgspec.json.decode(committed.draws[0].draw_results)
    seed = desk.house.vault.open(tenant_id, sealed).decode()
    assert published == {"server_seed_hash": server_seed_hash(seed)}
    with pytest.raises(Closed):
        await desk.buy(raffle_id=made.id)
    without = await desk.raffles.make(tenant_id, campaign(), [], "operator")
    with pytest.raises(Conflict, match="without a draw"):
        await desk.raffles.move(tenant_id, without.id, "committed", "operator")


@pytest.mark.parametrize("to", ["drawing", "drawn", "settled"])
async def test_draws_are_not_offered(desk: Desk, to: str) -> None:
    await desk.move("closed")
    with pytest.raises(Conflict):
        await desk.move(to)


async def test_a_raffle_opens_and_closes_by_the_clock(desk: Desk) -> None:
    tenant_id = desk.house.tenant_id
    now = datetime.now(UTC)
    later = campaign(start_time=now + timedelta(minutes=5))
    made = await desk.raffles.make(tenant_id, later, DRAWS, "operator")
    await desk.raffles.move(tenant_id, made.id, "committed", "operator")
    with pytest.raises(Conflict):
        await desk.raffles.move_by_clock(tenant_id, made.id, "on_sale")
    with pytest.raises(Conflict):
        await desk.raffles.move_by_clock(tenant_id, desk.id, "closed")
    opened = await desk.raffles.move(tenant_id, made.id, "on_sale", "operator")
    assert opened.row.start_time <= datetime.now(UTC) + timedelta(seconds=1)


async def test_every_fault_of_a_raffle_is_named(desk: Desk) -> None:
    wrong = campaign(
        end_time=datetime.now(UTC) - timedelta(hours=2),
        ticket_price=0,
        total_tickets=10_000,
        campaign_config=CampaignConfig(number_width=4, numbers="random"),
    )
    draws = [
        PlannedDraw("Too many", datetime.now(UTC) - timedelta(hours=3), 10_000),
        PlannedDraw("One", wrong["end_time"]),
    ]
    with pytest.raises(BadRequest) as refused:
        await desk.raffles.make(desk.house.tenant_id, wrong, draws, "operator")
    assert [fault.path for fault in refused.value.faults] == [
        "$.end_time",
        "$.draws[0].draw_time",
        "$.ticket_price",
        "$.campaign_config.number_width",
        "$.campaign_config.numbers",
        "$.draws",
    ]


async def test_what_does_not_fit_costs_nothing(desk: Desk) -> None:
    for quantity in (0, 101):
        with pytest.raises(BadRequest):
            await desk.buy(quantity)
    with pytest.raises(NotFound):
        await desk.buy(raffle_id=uuid4())
    await desk.move("paused")
    with pytest.raises(Closed, match="paused"):
        await desk.buy()
    await desk.move("on_sale")
    await desk.buy()
    async with desk.house.database.tenant(desk.house.tenant_id) as connection:
        await connection.execute("UPDATE players SET player_status = 'blocked' WHERE user_id = 'ann'")
    with pytest.raises(Forbidden):
        await desk.buy()
    assert await desk.balance() == Decimal("47.5")
