"""A reward arrives once, whatever happens to the attempts; and the ledger always balances."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from games.errors import Conflict, LimitReached
from persistence import ledger, rewards
from persistence.jobs import DELIVER_REWARD, RetryLater, put_back_lost
from persistence.ledger import Account, Entry, Posting
from persistence.rewards import Delivery, Owed
from persistence.workers import Workers
from server.rewards.choosing import WalletChoice
from server.rewards.delivery import Deliveries, WalletPayer
from server.rewards.ledger_wallet import LedgerWallet
from server.rewards.wallet import Movement, WalletRefused, WalletUnknown
from server.settings import Settings
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House

PLAYER = Account("player", "ann", "EUR")
HOUSE = Account("house", "", "EUR")


class NobodyListens:
    """Where no relay runs: what is to be told waits in the outbox."""

    def wake(self, _tenant_id: UUID) -> None:
        return


class Losing:
    """A wallet whose first answers are lost: the money has moved, and nobody is told."""

    def __init__(self, wallet: LedgerWallet, lost: int) -> None:
        self._wallet, self._lost = wallet, lost

    async def credit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        amount = await self._wallet.credit(tenant_id, movement)
        self._lost -= 1
        if self._lost >= 0:
            raise WalletUnknown("the answer was lost")
        return amount

    async def debit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        raise NotImplementedError

    async def roll_back(self, tenant_id: UUID, transaction_id: str) -> None:
        raise NotImplementedError


def deliveries(house: House, wallet: object | None = None) -> Deliveries:
    payer = WalletPayer(house.database, wallet or LedgerWallet(house.database))  # type: ignore[arg-type]
    return Deliveries(Settings(), house.database, {"ledger": payer, "http": payer}, NobodyListens())  # type: ignore[arg-type]


def cash(amount: str = "5.00", source_id: UUID | None = None) -> Owed:
    detail = msgspec.json.encode({"amount": amount, "currency": "EUR"})
    return Owed("ann", "spin", source_id or uuid4(), "cash", detail, Decimal(amount), "EUR")


async def owe(house: House, *owed: Owed) -> list[Delivery]:
    async with house.database.tenant(house.tenant_id) as connection:
        return await rewards.owe(connection, house.tenant_id, owed, house.database.clock_offset)


async def status(house: House, delivery: Delivery) -> str:
    async with house.database.tenant(house.tenant_id) as connection:
        found = await rewards.by_id(connection, house.tenant_id, delivery.id)
    assert found is not None
    return found.delivery_status


async def balance(house: House, account: Account = PLAYER) -> Decimal:
    async with house.database.tenant(house.tenant_id) as connection:
        return await ledger.balance(connection, house.tenant_id, account)


async def balanced(house: House) -> bool:
    async with house.database.tenant(house.tenant_id) as connection:
        lines = await ledger.trial_balance(connection, house.tenant_id)
    return sum(line.balance for line in lines) == 0 and all(line.balance == line.entries for line in lines)


@pytest.fixture
async def working(house: House, database_urls: DatabaseUrls) -> AsyncIterator[None]:
    """Two nodes that work off the queue."""
    nodes = [
        Workers(
            database_urls.database_url,
            {DELIVER_REWARD.name: deliveries(house).deliver},
            at_once=20,
            of_slow_tenant=20,
            lost_s=30,
        )
        for _ in range(2)
    ]
    for node in nodes:
        node.start()
    yield
    for node in nodes:
        await node.stop(20)


async def until(house: House, query: str, wanted: int) -> None:
    async with asyncio.timeout(20):
        while await house.number(query, house.tenant_id) != wanted:  # noqa: ASYNC110 - other processes' doing
            await asyncio.sleep(0.02)


async def test_what_a_result_owes_is_written_once(house):
    session = uuid4()
    assert len(await owe(house, cash(source_id=session))) == 1
    assert await owe(house, cash(source_id=session)) == []
    assert await house.number("SELECT count(*) FROM reward_deliveries WHERE tenant_id = $1", house.tenant_id) == 1


async def test_an_owed_reward_that_is_rolled_back_leaves_no_job(house):
    async def owe_and_fail() -> None:
        async with house.database.tenant(house.tenant_id) as connection:
            await rewards.owe(connection, house.tenant_id, [cash()], house.database.clock_offset)
            raise RuntimeError("the transaction fails")

    with pytest.raises(RuntimeError):
        await owe_and_fail()
    async with house.database.platform() as connection:
        assert await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0


async def test_two_nodes_deliver_a_hundred_rewards_each_once(house, working):
    await owe(house, *(cash("1.00") for _ in range(100)))
    confirmed = "SELECT count(*) FROM reward_deliveries WHERE tenant_id = $1 AND delivery_status = 'confirmed'"
    await until(house, confirmed, 100)
    assert await balance(house) == 100
    assert await balance(house, HOUSE) == -100
    assert await balanced(house)
    assert (
        await house.number("SELECT sum(attempts) FROM reward_deliveries WHERE tenant_id = $1", house.tenant_id) == 100
    )


async def test_a_lost_answer_is_asked_for_again_and_pays_once(house):
    (delivery,) = await owe(house, cash())
    work = deliveries(house, Losing(LedgerWallet(house.database), lost=2))
    for _ in range(2):
        with pytest.raises(RetryLater):
            await work.deliver(house.tenant_id, delivery.id)
        assert await status(house, delivery) == "failed"
    await work.deliver(house.tenant_id, delivery.id)
    assert await status(house, delivery) == "confirmed"
    assert await balance(house) == 5
    await work.deliver(house.tenant_id, delivery.id)
    assert await balance(house) == 5


async def test_a_delivery_whose_node_died_is_taken_over_after_a_while_and_not_before(house):
    (delivery,) = await owe(house, cash())
    async with house.database.tenant(house.tenant_id) as connection:
        taken = [
            await rewards.take(connection, house.tenant_id, delivery.id, 60, house.database.clock_offset)
            for _ in range(2)
        ]
        assert [one is not None for one in taken] == [True, False]
        later = house.database.clock_offset + timedelta(seconds=61)
        assert await rewards.take(connection, house.tenant_id, delivery.id, 60, later) is not None


async def test_a_node_that_stops_does_not_wait_for_ever_for_its_jobs(house, database_urls):
    begun = asyncio.Event()

    async def never_ends(_tenant_id: UUID, _row_id: UUID) -> None:
        begun.set()
        await asyncio.Event().wait()

    node = Workers(
        database_urls.database_url, {DELIVER_REWARD.name: never_ends}, at_once=20, of_slow_tenant=20, lost_s=30
    )
    node.start()
    await owe(house, cash())
    async with asyncio.timeout(20):
        await begun.wait()
        await node.stop(0.1)


async def test_a_node_whose_connections_are_cut_works_on_and_stops(house, database_urls):
    node = Workers(
        database_urls.database_url,
        {DELIVER_REWARD.name: deliveries(house).deliver},
        at_once=20,
        of_slow_tenant=20,
        lost_s=30,
    )
    node.start()
    superuser = await asyncpg.connect(database_urls.migration_url)
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'wheelhouse jobs'"
    for _ in range(3):
        (delivery,) = await owe(house, cash("1.00"))
        async with asyncio.timeout(20):
            while await status(house, delivery) != "confirmed":  # noqa: ASYNC110 - another task's doing
                await asyncio.sleep(0.02)
        await superuser.execute(cut)
    await superuser.close()
    async with asyncio.timeout(20):
        await node.stop(5)


async def test_a_delivery_that_has_lost_its_job_is_found_by_the_sweep(house, working):
    async with house.database.tenant(house.tenant_id) as connection:
        (delivery,) = await rewards.owe(connection, house.tenant_id, [cash()], house.database.clock_offset)
        await connection.execute("SET LOCAL ROLE wheelhouse_platform")
        await connection.execute("DELETE FROM jobs.pgqueuer")
        await connection.execute("SET LOCAL ROLE wheelhouse_server")
        await connection.execute(
            "UPDATE reward_deliveries SET next_attempt_at = clock_timestamp() - interval '1 hour' WHERE tenant_id = $1",
            house.tenant_id,
        )
    assert await put_back_lost(house.database, DELIVER_REWARD) == 1
    confirmed = "SELECT count(*) FROM reward_deliveries WHERE tenant_id = $1 AND delivery_status = 'confirmed'"
    await until(house, confirmed, 1)
    assert await status(house, delivery) == "confirmed"


async def test_the_next_attempt_is_due_by_the_clock_that_rules(house):
    house.database.clock_offset += timedelta(days=3)
    (delivery,) = await owe(house, cash())
    work = deliveries(house, Losing(LedgerWallet(house.database), lost=1))

    async def due_in() -> timedelta:
        async with house.database.tenant(house.tenant_id) as connection:
            found = await rewards.by_id(connection, house.tenant_id, delivery.id)
            assert found is not None
            assert found.next_attempt_at is not None
            return found.next_attempt_at - await house.database.deciding_time(connection)

    assert abs(await due_in()) < timedelta(minutes=2)
    with pytest.raises(RetryLater):
        await work.deliver(house.tenant_id, delivery.id)
    assert abs(await due_in()) < timedelta(minutes=2)
    await work.send_again(house.tenant_id, delivery.id, "operator-1")
    assert abs(await due_in()) < timedelta(minutes=2)


async def test_a_delivery_keeps_the_wallet_of_its_first_attempt(house):
    old, new = await owe(house, cash(), cash())
    work = deliveries(house, Losing(LedgerWallet(house.database), lost=1))
    with pytest.raises(RetryLater):
        await work.deliver(house.tenant_id, old.id)
    settings = Settings(webhook_private=True)
    choice = WalletChoice(settings, house.database, house.vault)
    await choice.choose(house.tenant_id, "http", "http://127.0.0.1:9/wallet", None, "operator-1")
    for delivery in (old, new):
        await work.deliver(house.tenant_id, delivery.id)
    async with house.database.tenant(house.tenant_id) as connection:
        found = await rewards.page(connection, house.tenant_id, limit=2)
    assert {one.id: one.route for one in found} == {old.id: "ledger", new.id: "http"}


async def test_a_thing_is_an_order_that_an_operator_ships_and_says_how(house):
    thing = Owed("ann", "spin", uuid4(), "in_kind", b'{"item": "A cap"}', None, None)
    (delivery,) = await owe(house, thing)
    assert delivery.delivery_status == "manual"
    shown = await deliveries(house).handle(house.tenant_id, delivery.id, "operator-1", "sent by post")
    assert shown.delivery_status == "confirmed"
    with pytest.raises(Conflict):
        await deliveries(house).handle(house.tenant_id, delivery.id, "operator-1", "sent twice")
    assert await house.audit_verdict()


async def test_a_thing_is_never_sent_by_a_wallet(house):
    (delivery,) = await owe(house, Owed("ann", "spin", uuid4(), "in_kind", b'{"item": "A cap"}', None, None))
    with pytest.raises(Conflict, match="ship it"):
        await deliveries(house).send_again(house.tenant_id, delivery.id, "operator-1")
    await deliveries(house).deliver(house.tenant_id, delivery.id)
    assert await status(house, delivery) == "manual"


async def test_what_the_wallet_refuses_is_left_to_an_operator_who_may_send_it_again(house):
    class Refusing(Losing):
        async def credit(self, *_: object) -> Decimal:
            raise WalletRefused("this player is unknown")

    (delivery,) = await owe(house, cash())
    await deliveries(house, Refusing(LedgerWallet(house.database), 0)).deliver(house.tenant_id, delivery.id)
    assert await status(house, delivery) == "manual"
    await deliveries(house).send_again(house.tenant_id, delivery.id, "operator-1")
    await deliveries(house).deliver(house.tenant_id, delivery.id)
    assert await status(house, delivery) == "confirmed"
    assert await balance(house) == 5
    async with house.database.tenant(house.tenant_id) as connection:
        told = await connection.fetch(
            "SELECT payload ->> 'delivery_status' AS status FROM outbox WHERE channel = 'user:ann'"
            " AND event = 'reward.changed' ORDER BY id"
        )
    assert [one["status"] for one in told] == ["manual", "failed", "confirmed"]


async def test_a_boost_is_a_share_of_the_balance_of_its_first_moment(house):
    wallet = LedgerWallet(house.database)
    await wallet.credit(house.tenant_id, Movement("one", "ann", "cash", Decimal("33.33"), "EUR"))
    boost = Movement("two", "ann", "balance_boost", None, "EUR", percent=Decimal(10), cap=Decimal(50))
    assert await wallet.credit(house.tenant_id, boost) == Decimal("3.33")
    await wallet.credit(house.tenant_id, Movement("three", "ann", "cash", Decimal(1000), "EUR"))
    assert await wallet.credit(house.tenant_id, boost) == Decimal("3.33")
    assert await balance(house, Account("bonus", "ann", "EUR")) == Decimal("3.33")


async def test_a_player_cannot_be_debited_below_zero_and_nothing_has_moved(house):
    wallet = LedgerWallet(house.database)
    await wallet.credit(house.tenant_id, Movement("one", "ann", "cash", Decimal(5), "EUR"))
    with pytest.raises(WalletRefused, match=r"5\.0000 EUR"):
        await wallet.debit(house.tenant_id, Movement("two", "ann", "stake", Decimal(6), "EUR"))
    assert await balance(house) == 5
    assert await balanced(house)


async def test_ten_debits_race_for_money_that_is_enough_for_three(house):
    wallet = LedgerWallet(house.database)
    await wallet.credit(house.tenant_id, Movement("one", "ann", "cash", Decimal(9), "EUR"))
    asked = [
        wallet.debit(house.tenant_id, Movement(f"stake-{number}", "ann", "stake", Decimal(3), "EUR"))
        for number in range(10)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(answer == 3 for answer in answers) == 3
    assert sum(isinstance(answer, WalletRefused) for answer in answers) == 7
    assert await balance(house) == 0
    assert await balanced(house)


async def test_the_same_id_moves_money_once_and_another_movement_under_it_is_refused(house):
    wallet = LedgerWallet(house.database)
    credit = Movement("one", "ann", "cash", Decimal(5), "EUR")
    assert await asyncio.gather(*(wallet.credit(house.tenant_id, credit) for _ in range(5))) == [Decimal(5)] * 5
    assert await balance(house) == 5
    with pytest.raises(Conflict):
        await wallet.credit(house.tenant_id, Movement("one", "ann", "cash", Decimal(6), "EUR"))


async def test_what_is_posted_together_is_made_found_or_refused_one_by_one(house):
    def stake(key: str, amount: int, kind: str = "debit") -> Posting:
        return Posting(key, kind, [Entry(PLAYER, Decimal(-amount)), Entry(HOUSE, Decimal(amount))])

    together = [stake("gift", -5, "credit"), stake("a", 3), stake("b", 3), stake("a", 3), stake("c", 2)]
    async with house.database.tenant(house.tenant_id) as connection:
        gift, first, refused, again, last = await ledger.post_all(connection, house.tenant_id, together)
        assert (gift.fresh, first.fresh, last.fresh) == (True, True, True)
        assert isinstance(refused, LimitReached)
        assert again.id == first.id
        (found,) = await ledger.post_all(connection, house.tenant_id, together[:1])
        assert (found.id, found.fresh) == (gift.id, False)
    assert await balance(house) == 0
    assert await balanced(house)


async def test_a_roll_back_undoes_once_and_before_the_debit_leaves_a_tombstone(house):
    wallet = LedgerWallet(house.database)
    await wallet.credit(house.tenant_id, Movement("one", "ann", "cash", Decimal(5), "EUR"))
    await wallet.debit(house.tenant_id, Movement("stake", "ann", "stake", Decimal(2), "EUR"))
    for _ in range(2):
        await wallet.roll_back(house.tenant_id, "stake")
    assert await balance(house) == 5
    await wallet.roll_back(house.tenant_id, "late")
    with pytest.raises(WalletRefused, match="rolled back"):
        await wallet.debit(house.tenant_id, Movement("late", "ann", "stake", Decimal(2), "EUR"))
    assert await balance(house) == 5
    assert await balanced(house)


async def test_a_debit_and_its_roll_back_that_race_leave_the_balance_as_it_was(house):
    wallet = LedgerWallet(house.database)
    await wallet.credit(house.tenant_id, Movement("one", "ann", "cash", Decimal(100), "EUR"))

    async def both(number: int) -> None:
        stake = Movement(f"stake-{number}", "ann", "stake", Decimal(1), "EUR")
        await asyncio.gather(
            wallet.debit(house.tenant_id, stake),
            wallet.roll_back(house.tenant_id, stake.transaction_id),
            return_exceptions=True,
        )

    await asyncio.gather(*(both(number) for number in range(20)))
    assert await balance(house) == 100
    assert await balanced(house)


async def test_the_database_itself_refuses_a_transaction_that_does_not_sum_to_zero(house):
    with pytest.raises(asyncpg.CheckViolationError, match="does not sum to zero"):
        async with house.database.tenant(house.tenant_id) as connection:
            await ledger.post(connection, house.tenant_id, Posting("odd", "credit", [Entry(PLAYER, Decimal(1))]))
    assert await balance(house) == 0
