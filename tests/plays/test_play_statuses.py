"""A play from its commit to its end: the moves of its spin and its result, and what is written with them at once."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from games.errors import BadRequest, Conflict
from games.messages.events import SpinVoided
from persistence import plays
from persistence.outbox import Message
from persistence.plays import Untold
from persistence.spin_states import Committed
from server.play import views
from server.rewards.wallet import Movement
from tests.plays.conftest import House
from tests.plays.test_claims import CASH, HOURS, win
from tests.plays.test_claims import offer as offer_to_be_claimed
from tests.plays.test_reward_deliveries import Losing, deliveries
from tests.plays.test_voids import PLAIN, read, voids
from tests.plays.test_wheel_changes import events

ONLY_CASH = {"only": PLAIN}
DELIVERY = "SELECT id FROM reward_deliveries WHERE tenant_id = $1 AND source_id = $2"


async def begin(house: House) -> Committed:
    """A spin that is turning."""
    await house.give("ann", 1)
    (outcome,) = await house.commit([house.spin("ann", "one")])
    assert isinstance(outcome, Committed)
    return outcome


async def stands(house: House, session_id: UUID) -> tuple[str, str]:
    play = await read(house, session_id)
    return play.spin_status, play.result_status


async def see(house: House, session_id: UUID) -> None:
    await plays.mark_shown(house.database, house.tenant_id, [session_id])


async def delivery_of(house: House, session_id: UUID) -> UUID:
    async with house.database.tenant(house.tenant_id) as connection:
        found: UUID = await connection.fetchval(DELIVERY, house.tenant_id, session_id)
    return found


async def test_a_play_is_committed_and_decided_then_completed_then_shown_then_settled(house: House) -> None:
    await house.offer(ONLY_CASH)
    turning = await begin(house)
    session_id = turning.play.session_id
    await see(house, session_id)
    assert await stands(house, session_id) == ("committed", "decided")
    dues = views.dues(house.versions, [turning.play])
    house.database.clock_offset -= timedelta(minutes=1)
    assert await plays.complete(house.database, house.tenant_id, [session_id], dues) == []
    assert await stands(house, session_id) == ("committed", "decided")
    house.database.clock_offset += timedelta(minutes=1)
    await house.complete([turning])
    assert await plays.complete(house.database, house.tenant_id, [session_id], dues) == []
    assert await stands(house, session_id) == ("completed", "decided")
    await see(house, session_id)
    assert await stands(house, session_id) == ("completed", "shown")
    await deliveries(house).deliver(house.tenant_id, await delivery_of(house, session_id))
    assert await stands(house, session_id) == ("completed", "settled")
    await see(house, session_id)
    with pytest.raises(Conflict):
        await voids(house).void(house.tenant_id, session_id, "olga", "too late")
    assert await stands(house, session_id) == ("completed", "settled")


async def test_what_is_paid_before_its_player_has_seen_it_is_settled_when_they_have(house: House) -> None:
    await house.offer(ONLY_CASH)
    turning = await begin(house)
    session_id = turning.play.session_id
    await house.complete([turning])
    await deliveries(house).deliver(house.tenant_id, await delivery_of(house, session_id))
    assert await stands(house, session_id) == ("completed", "decided")
    await see(house, session_id)
    assert await stands(house, session_id) == ("completed", "settled")


async def test_a_void_play_is_neither_shown_nor_settled_nor_completed_any_more(house: House) -> None:
    await house.offer(ONLY_CASH)
    turning = await begin(house)
    session_id = turning.play.session_id
    await house.complete([turning])
    delivery_id = await delivery_of(house, session_id)
    await voids(house).void(house.tenant_id, session_id, "olga", "a test")
    await see(house, session_id)
    await deliveries(house).deliver(house.tenant_id, delivery_id)
    dues = views.dues(house.versions, [turning.play])
    assert await plays.complete(house.database, house.tenant_id, [session_id], dues) == []
    assert await stands(house, session_id) == ("voided", "voided")


async def test_the_amount_paid_is_what_the_wallet_has_confirmed(house: House) -> None:
    class Elsewhere(Losing):
        async def credit(self, _tenant_id: UUID, _movement: Movement) -> Decimal:
            return Decimal("4.20")

    await house.offer({"only": (1_000_000, "balance_boost", {"percent": 10, "cap": "50"})})
    turning = await begin(house)
    session_id = turning.play.session_id
    await house.complete([turning])
    assert Decimal((await read(house, session_id)).paid_amount) == 0
    wallet = Elsewhere(None, 0)  # type: ignore[arg-type]
    await deliveries(house, wallet).deliver(house.tenant_id, await delivery_of(house, session_id))
    assert Decimal((await read(house, session_id)).paid_amount) == Decimal("4.20")


async def test_a_thing_is_told_when_it_is_won_and_money_when_it_arrives(house: House) -> None:
    async def told() -> list[str]:
        return [data["delivery_status"] for _, event, data in await events(house) if event == "reward.changed"]

    await house.offer(ONLY_CASH)
    await house.complete([await begin(house)])
    assert await told() == []
    await house.offer({"only": (1_000_000, "in_kind", {"item": "A cap"})})
    await house.give("ben", 1)
    outcomes = await house.commit([house.spin("ben", "one")])
    assert await told() == []
    await house.complete(outcomes)
    await house.complete(outcomes)
    assert await told() == ["manual"]


JOBS = "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = ANY ($1)"


async def jobs(house: House) -> int:
    async with house.database.platform() as connection:
        return int(await connection.fetchval(JOBS, ["deliver_reward", "expire_claim"]))


async def test_a_completion_writes_what_is_owed_and_the_job_that_delivers_it_or_nothing(house: House) -> None:
    await house.offer(ONLY_CASH)
    turning = await begin(house)
    session_id = turning.play.session_id
    house.database.clock_offset += timedelta(minutes=1)
    dues = views.dues(house.versions, [turning.play])
    unkept = Message("key", "user:\0", "spin.voided", SpinVoided(session_id, house.wheel_id, chance_returned=False))
    with pytest.raises(BadRequest):
        await plays.complete(house.database, house.tenant_id, [session_id], dues, [Untold(session_id, unkept)])
    assert await stands(house, session_id) == ("committed", "decided")
    assert (await delivery_of(house, session_id), await jobs(house)) == (None, 0)
    assert await plays.complete(house.database, house.tenant_id, [session_id], dues) == [session_id]
    assert await delivery_of(house, session_id) is not None
    assert await jobs(house) == 1


async def test_a_completion_writes_the_job_that_ends_a_claim(house: House) -> None:
    await offer_to_be_claimed(house, "cash", CASH)
    await win(house)
    async with house.database.platform() as connection:
        due = await connection.fetchval(
            "SELECT execute_after > now() + $1::interval FROM jobs.pgqueuer WHERE entrypoint = 'expire_claim'",
            timedelta(hours=HOURS, minutes=-1),
        )
    assert due
    assert await jobs(house) == 1
