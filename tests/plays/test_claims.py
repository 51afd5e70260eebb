"""A reward that has to be claimed is owed when its player claims it, in time, and once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from games.errors import Closed, Conflict, NoChanceLeft, NotFound
from persistence import plays
from persistence.jobs import DueRow
from persistence.publishing import publish
from persistence.spin_states import Committed
from persistence.tables.wheels import WheelGame, WheelReward
from server.play import views
from server.rewards.claims import Claims
from server.rewards.delivery import Deliveries, WalletPayer
from server.rewards.ledger_wallet import LedgerWallet
from server.settings import Settings
from tests.plays.conftest import House

HOURS = 2


class NobodyListens:
    """Where no node runs: what is to be told waits in the outbox, and nobody follows the chances."""

    def wake(self, _tenant_id: UUID) -> None:
        return

    async def chances(self, _tenant_id: UUID, *_users: str) -> None:
        return


def claims(house: House) -> Claims:
    return Claims(house.database, house.versions, NobodyListens(), NobodyListens())  # type: ignore[arg-type]


async def offer(house: House, reward_type: str, detail: dict[str, Any]) -> None:
    """Publish the wheel with one kind of reward on every segment, to be claimed within two hours."""
    async with house.database.session(house.tenant_id) as session:
        wheel = await session.scalar(select(WheelGame).where(WheelGame.id == house.wheel_id))
        assert wheel is not None
        for reward in await session.scalars(select(WheelReward).where(WheelReward.wheel_game_id == house.wheel_id)):
            reward.reward_type = reward_type
            reward.reward_detail = {**detail, "claim": {"required": True, "expires_in_h": HOURS}}
    async with house.database.tenant(house.tenant_id) as connection:
        await publish(connection, house.tenant_id, house.wheel_id)


async def win(house: House, user: str = "ann") -> UUID:
    """A spin of the player whose wheel has stopped, completed as a node completes it."""
    await house.give(user, 1)
    committed = (await house.commit([house.spin(user, "one")]))[0]
    assert isinstance(committed, Committed)
    house.database.clock_offset += timedelta(minutes=1)
    session_id = committed.play.session_id
    dues = views.dues(house.versions, [committed.play])
    assert await plays.complete(house.database, house.tenant_id, [session_id], dues) == [session_id]
    return session_id


async def claim_status(house: House, session_id: UUID) -> str:
    async with house.database.tenant(house.tenant_id) as connection:
        (play,) = await plays.read(connection, house.tenant_id, [session_id])
    return play.claim_status


CASH = {"amount": "5.00", "currency": "EUR"}
DELIVERIES = "SELECT count(*) FROM reward_deliveries WHERE tenant_id = $1"


async def test_nothing_is_owed_before_the_claim_and_once_after_it(house):
    await offer(house, "cash", CASH)
    session_id = await win(house)
    assert await house.number(DELIVERIES, house.tenant_id) == 0
    asked = [claims(house).claim(house.tenant_id, "ann", session_id) for _ in range(10)]
    answers = await asyncio.gather(*asked)
    assert {answer.claim_status for answer in answers} == {"claiming"}
    assert len({answer.reward.id for answer in answers if answer.reward}) == 1
    assert await house.number(DELIVERIES, house.tenant_id) == 1


async def test_a_claim_after_its_time_is_refused_before_any_job_has_run(house):
    await offer(house, "cash", CASH)
    session_id = await win(house)
    house.database.clock_offset = timedelta(hours=HOURS, minutes=1)
    with pytest.raises(Closed):
        await claims(house).claim(house.tenant_id, "ann", session_id)
    assert await house.number(DELIVERIES, house.tenant_id) == 0


async def test_the_job_ends_a_claim_that_was_not_made_and_leaves_one_that_was(house):
    await offer(house, "cash", CASH)
    session_id = await win(house)
    async with house.database.platform() as connection:
        waiting = await connection.fetchval(
            "SELECT payload FROM jobs.pgqueuer WHERE entrypoint = 'expire_claim'"
            " AND execute_after > now() + interval '119 minutes'"
        )
    assert msgspec.json.decode(waiting, type=DueRow) == DueRow(house.tenant_id, session_id)
    await claims(house).expire(house.tenant_id, session_id)
    assert await claim_status(house, session_id) == "expired"
    with pytest.raises(Closed):
        await claims(house).claim(house.tenant_id, "ann", session_id)
    other = await win(house, "ben")
    await claims(house).claim(house.tenant_id, "ben", other)
    await claims(house).expire(house.tenant_id, other)
    assert await claim_status(house, other) == "claiming"


async def test_a_claim_is_met_when_its_reward_has_arrived(house):
    await offer(house, "cash", CASH)
    session_id = await win(house)
    answer = await claims(house).claim(house.tenant_id, "ann", session_id)
    assert answer.reward is not None
    payer = WalletPayer(house.database, LedgerWallet(house.database))
    deliveries = Deliveries(Settings(), house.database, {"ledger": payer}, NobodyListens())  # type: ignore[arg-type]
    await deliveries.deliver(house.tenant_id, answer.reward.id)
    assert await claim_status(house, session_id) == "claimed"
    assert (await claims(house).claim(house.tenant_id, "ann", session_id)).claim_status == "claimed"


async def test_claimed_chances_are_credited_at_once_and_once(house):
    await offer(house, "spin_chance", {"count": 3})
    session_id = await win(house)
    chances = "SELECT coalesce(sum(remaining_chances), 0) FROM spin_chances WHERE tenant_id = $1 AND user_id = 'ann'"
    assert await house.number(chances, house.tenant_id) == 0
    for _ in range(2):
        assert (await claims(house).claim(house.tenant_id, "ann", session_id)).claim_status == "claimed"
    assert await house.number(chances, house.tenant_id) == 3


async def test_claimed_chances_last_as_long_as_they_say_from_the_claim_on(house):
    await offer(house, "spin_chance", {"count": 3, "expires_in_h": 1})
    session_id = await win(house)
    house.database.clock_offset += timedelta(minutes=90)
    await claims(house).claim(house.tenant_id, "ann", session_id)
    house.database.clock_offset += timedelta(minutes=59)
    (in_time,) = await house.commit([house.spin("ann", "in time")])
    house.database.clock_offset += timedelta(minutes=1)
    (late,) = await house.commit([house.spin("ann", "late")])
    assert isinstance(in_time, Committed)
    assert isinstance(late, NoChanceLeft)


async def test_only_the_winner_claims_and_only_what_has_to_be_claimed(house):
    await offer(house, "cash", CASH)
    session_id = await win(house)
    with pytest.raises(NotFound):
        await claims(house).claim(house.tenant_id, "ben", session_id)
    with pytest.raises(NotFound):
        await claims(house).claim(house.tenant_id, "ann", UUID(int=1))
    await offer(house, "none", {})
    nothing = await win(house, "ben")
    with pytest.raises(Conflict):
        await claims(house).claim(house.tenant_id, "ben", nothing)
