"""A stake is taken once or given back, whatever dies between any two of its steps."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from games.errors import Closed, LimitReached, Unavailable
from persistence import books, ledger, stakes
from persistence.jobs import SETTLE_STAKE, RetryLater, put_back_lost
from persistence.ledger import Account
from persistence.stakes import Stake, StakeRow
from server.rewards.ledger_wallet import LedgerWallet
from server.rewards.stakes import Stakes
from server.rewards.wallet import Movement, Wallet, WalletUnknown
from server.settings import Settings
from tests.plays.conftest import House

PLAYER = Account("player", "ann", "EUR")


class Losing:
    """A wallet that does what it is asked and whose answers get lost: the first so many of each kind."""

    def __init__(self, wallet: LedgerWallet, debits: int = 0, roll_backs: int = 0) -> None:
        self._wallet, self._debits, self._roll_backs = wallet, debits, roll_backs

    async def credit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        return await self._wallet.credit(tenant_id, movement)

    async def debit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        amount = await self._wallet.debit(tenant_id, movement)
        self._debits -= 1
        if self._debits >= 0:
            raise WalletUnknown("the answer was lost")
        return amount

    async def roll_back(self, tenant_id: UUID, transaction_id: str) -> None:
        await self._wallet.roll_back(tenant_id, transaction_id)
        self._roll_backs -= 1
        if self._roll_backs >= 0:
            raise WalletUnknown("the answer was lost")


def saga(house: House, wallet: Wallet | None = None) -> Stakes:
    return Stakes(Settings(), house.database, {"ledger": wallet or LedgerWallet(house.database)})


async def reserve(house: House, amount: str = "2.00") -> StakeRow:
    stake = Stake("ann", "jackpot", uuid4(), Decimal(amount), "EUR")
    async with house.database.tenant(house.tenant_id) as connection:
        return await saga(house).reserve(connection, house.tenant_id, stake)


async def confirm(house: House, stake: StakeRow) -> StakeRow:
    async with house.database.tenant(house.tenant_id) as connection:
        return await saga(house).confirm(connection, house.tenant_id, stake.id)


async def status(house: House, stake: StakeRow) -> str:
    async with house.database.tenant(house.tenant_id) as connection:
        found = await stakes.by_id(connection, house.tenant_id, stake.id)
    assert found is not None
    return found.transaction_status


async def balance(house: House) -> Decimal:
    async with house.database.tenant(house.tenant_id) as connection:
        assert await books.faults(connection, house.tenant_id) == []
        return await ledger.balance(connection, house.tenant_id, PLAYER)


@pytest.fixture(autouse=True)
async def ten(house: House) -> None:
    """The player has 10.00."""
    wallet = LedgerWallet(house.database)
    await wallet.credit(house.tenant_id, Movement("first", "ann", "cash", Decimal(10), "EUR"))


async def test_a_stake_is_reserved_debited_and_confirmed_each_once(house):
    stake = await reserve(house)
    assert (stake.transaction_status, await balance(house)) == ("reserved", 10)
    for _ in range(2):
        assert (await saga(house).debit(house.tenant_id, stake.id)).transaction_status == "debited"
        assert await balance(house) == 8
    for _ in range(2):
        assert (await confirm(house, stake)).transaction_status == "confirmed"
    await saga(house).cancel(house.tenant_id, stake.id, "too late")
    await saga(house).heal(house.tenant_id, stake.id)
    assert (await status(house, stake), await balance(house)) == ("confirmed", 8)


async def test_reserving_again_for_the_same_ticket_is_the_same_stake(house):
    ticket = Stake("ann", "raffle", uuid4(), Decimal(1), "EUR")
    async with house.database.tenant(house.tenant_id) as connection:
        made = [await saga(house).reserve(connection, house.tenant_id, ticket) for _ in range(2)]
    assert made[0] == made[1]


async def test_what_the_wallet_refuses_is_refused_for_good(house):
    stake = await reserve(house, "11.00")
    for _ in range(2):
        with pytest.raises(LimitReached, match="not enough"):
            await saga(house).debit(house.tenant_id, stake.id)
    with pytest.raises(Closed):
        await confirm(house, stake)
    assert (await status(house, stake), await balance(house)) == ("refused", 10)


async def test_a_debit_without_an_answer_is_rolled_back_until_the_answer_is_definite(house):
    stake = await reserve(house)
    work = saga(house, Losing(LedgerWallet(house.database), debits=1, roll_backs=2))
    with pytest.raises(Unavailable):
        await work.debit(house.tenant_id, stake.id)
    with pytest.raises(Closed):
        await confirm(house, stake)
    for _ in range(2):
        with pytest.raises(RetryLater):
            await work.heal(house.tenant_id, stake.id)
        assert await status(house, stake) == "rolling_back"
        house.database.clock_offset += timedelta(seconds=60)
    await work.heal(house.tenant_id, stake.id)
    assert (await status(house, stake), await balance(house)) == ("rolled_back", 10)
    with pytest.raises(Closed):
        await work.debit(house.tenant_id, stake.id)


@pytest.mark.parametrize("died", ["reserved", "debiting, not asked", "debiting, done", "debited"])
async def test_a_crash_between_any_two_steps_heals(house, died):
    stake = await reserve(house)
    if died.startswith("debiting"):
        async with house.database.tenant(house.tenant_id) as connection:
            offset = house.database.clock_offset
            await stakes.move(
                connection, house.tenant_id, stake.id, ["reserved"], "debiting", clock_offset=offset, due_in_s=60
            )
    if died == "debiting, done":
        asked = Movement(f"stake:{stake.id}", "ann", "stake", Decimal(2), "EUR")
        await LedgerWallet(house.database).debit(house.tenant_id, asked)
    if died == "debited":
        await saga(house).debit(house.tenant_id, stake.id)
    with pytest.raises(RetryLater):
        await saga(house).heal(house.tenant_id, stake.id)
    house.database.clock_offset += timedelta(seconds=70)
    assert await put_back_lost(house.database, SETTLE_STAKE) == 1
    await saga(house).heal(house.tenant_id, stake.id)
    assert (await status(house, stake), await balance(house)) == ("rolled_back", 10)
    assert await put_back_lost(house.database, SETTLE_STAKE) == 0
    with pytest.raises(Closed):
        await confirm(house, stake)


async def test_a_debit_that_comes_after_its_roll_back_takes_nothing(house):
    stake = await reserve(house)
    taken, going = asyncio.Event(), asyncio.Event()

    class Slow(Losing):
        async def debit(self, tenant_id: UUID, movement: Movement) -> Decimal:
            taken.set()
            await going.wait()
            return await super().debit(tenant_id, movement)

    debit = asyncio.create_task(saga(house, Slow(LedgerWallet(house.database))).debit(house.tenant_id, stake.id))
    await taken.wait()
    await saga(house).cancel(house.tenant_id, stake.id, "the player has left")
    await saga(house).heal(house.tenant_id, stake.id)
    going.set()
    with pytest.raises(LimitReached, match="rolled back"):
        await debit
    assert (await status(house, stake), await balance(house)) == ("rolled_back", 10)


async def test_confirming_and_cancelling_race_and_one_of_them_holds(house):
    made = [await reserve(house, "1.00") for _ in range(8)]
    for stake in made:
        await saga(house).debit(house.tenant_id, stake.id)

    async def both(stake: StakeRow) -> None:
        gone = saga(house).cancel(house.tenant_id, stake.id, "changed my mind")
        await asyncio.gather(gone, confirm(house, stake), return_exceptions=True)
        await saga(house).heal(house.tenant_id, stake.id)

    await asyncio.gather(*(both(stake) for stake in made))
    ends = [await status(house, stake) for stake in made]
    assert set(ends) <= {"confirmed", "rolled_back"}
    assert await balance(house) == 10 - ends.count("confirmed")
