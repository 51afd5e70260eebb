"""A voided spin counts for nothing: its chance comes back, what it won is not paid, and all of it stays on record."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from games.errors import Conflict, Forbidden, NotFound, SpinInProgress
from games.messages.events import VoidView
from persistence import plays, rewards, spin_story
from persistence.chances import Grant, grant, lock_player
from persistence.plays import Play
from persistence.spin_states import Committed
from server.play.voids import Voids
from server.settings import Settings
from tests.plays.conftest import House

CASH = {"amount": "5.00", "currency": "EUR"}
PLAIN = (1_000_000, "cash", CASH)


class NobodyListens:
    """Where no node runs, what is to be told waits in the outbox."""

    def wake(self, _tenant_id: UUID) -> None:
        return


def voids(house: House, limit: str = "100") -> Voids:
    settings = Settings(void_consent_above=Decimal(limit))
    return Voids(settings, house.database, house.versions, NobodyListens())  # type: ignore[arg-type]


async def play_once(house: House, kind: str = "cash", detail: dict[str, Any] = CASH, user: str = "ann") -> UUID:
    """A completed play of a wheel that has but one reward."""
    await house.offer({"only": (1_000_000, kind, detail)})
    await house.give(user, 1)
    outcomes = await house.commit([house.spin(user, "one")])
    await house.complete(outcomes)
    assert isinstance(outcomes[0], Committed)
    return outcomes[0].play.session_id


async def read(house: House, session_id: UUID) -> Play:
    async with house.database.tenant(house.tenant_id) as connection:
        (play,) = await plays.read(connection, house.tenant_id, [session_id])
    return play


async def delivery_status(house: House) -> list[str]:
    async with house.database.tenant(house.tenant_id) as connection:
        return [one.delivery_status for one in await rewards.page(connection, house.tenant_id, limit=9)]


async def test_a_void_gives_the_chance_back_stops_the_reward_and_keeps_nonce_and_outcome(house):
    session_id = await play_once(house)
    before = await read(house, session_id)
    done = await voids(house).void(house.tenant_id, session_id, "olga", "the page showed another prize")
    after = await read(house, session_id)
    assert done.void_status == "voided"
    assert (after.spin_status, after.result_status, after.plan) == ("voided", "voided", None)
    assert (after.nonce, after.position, after.reward_id) == (before.nonce, before.position, before.reward_id)
    assert await delivery_status(house) == ["stopped"]
    left = "SELECT coalesce(sum(remaining_chances), 0) FROM spin_chances WHERE tenant_id = $1 AND user_id = 'ann'"
    assert await house.number(left, house.tenant_id) == 1
    told = "SELECT count(DISTINCT event) FROM outbox WHERE tenant_id = $1 AND channel = 'user:ann' AND event = ANY ($2)"
    assert await house.number(told, house.tenant_id, ["spin.voided", "chance.changed", "reward.changed"]) == 3
    assert await house.audit_verdict()


async def test_the_chance_comes_back_for_a_day_at_least_and_for_the_wheels_it_was_for(house):
    await house.offer({"only": PLAIN})
    async with house.database.tenant(house.tenant_id) as connection:
        await lock_player(connection, house.tenant_id, "ann")
        soon = await connection.fetchval("SELECT clock_timestamp() + interval '2 hours'")
        bound = Grant("ann", "bonus", 1, "a test", "test", "k", expires_at=soon, wheels=[house.wheel_id])
        await grant(connection, house.tenant_id, bound, "tester")
    outcomes = await house.commit([house.spin("ann", "one")])
    await house.complete(outcomes)
    house.database.clock_offset = timedelta(hours=10)
    back = await voids(house).void(house.tenant_id, outcomes[0].play.session_id, "olga", "why")
    async with house.database.tenant(house.tenant_id) as connection:
        row = await connection.fetchrow(
            "SELECT *, extract(epoch FROM expires_at - clock_timestamp() - interval '10 hours') / 3600 AS hours"
            " FROM spin_chances WHERE tenant_id = $1 AND id = $2",
            house.tenant_id,
            back.spin_chance_id,
        )
    assert (row["chance_type"], row["remaining_chances"]) == ("bonus", 1)
    assert Decimal("23.9") < row["hours"] <= 24
    assert msgspec.json.decode(row["chance_metadata"])["wheels"] == [str(house.wheel_id)]
    assert isinstance((await house.commit([house.spin("ann", "two")]))[0], Committed)


async def test_what_was_written_of_a_spin_is_told_once_however_soon_it_is_voided(house):
    session_id = await play_once(house)
    await voids(house).void(house.tenant_id, session_id, "olga", "why")
    async with house.database.tenant(house.tenant_id) as connection:
        written = await spin_story.read(connection, house.tenant_id, session_id, [])
    assert [line.event_type for line in written.events] == ["spin.committed", "spin.voided"]
    assert [line.log_message for line in written.log] == ["spin committed", "spin voided"]


async def test_a_spin_is_voided_once_however_many_ask(house):
    session_id = await play_once(house)
    asked = [voids(house).void(house.tenant_id, session_id, f"op-{n}", "why") for n in range(10)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, VoidView) for one in answers) == 1
    assert sum(isinstance(one, Conflict) for one in answers) == 9
    back = "SELECT count(*) FROM chance_grants WHERE tenant_id = $1 AND source = 'void'"
    assert await house.number(back, house.tenant_id) == 1


async def test_above_the_limit_another_operator_consents(house):
    session_id, over = await play_once(house), voids(house, "4.99")
    asked = await over.void(house.tenant_id, session_id, "olga", "why")
    assert asked.void_status == "requested"
    assert (await read(house, session_id)).spin_status == "completed"
    waiting = await over.page(house.tenant_id, status="requested", after=None, limit=9)
    assert [one.session_id for one in waiting] == [session_id]
    with pytest.raises(Forbidden):
        await over.consent(house.tenant_id, session_id, "olga")
    with pytest.raises(Conflict, match="olga has asked"):
        await over.void(house.tenant_id, session_id, "otto", "why")
    answers = await asyncio.gather(
        *(over.consent(house.tenant_id, session_id, f"op-{n}") for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, VoidView) for one in answers) == 1
    assert (await read(house, session_id)).spin_status == "voided"


async def test_a_void_that_waits_can_be_withdrawn_and_asked_for_again(house):
    session_id, over = await play_once(house), voids(house, "0")
    await over.void(house.tenant_id, session_id, "olga", "why")
    assert (await over.withdraw(house.tenant_id, session_id, "otto")).void_status == "withdrawn"
    with pytest.raises(Conflict, match="No void"):
        await over.consent(house.tenant_id, session_id, "otto")
    assert await delivery_status(house) == ["pending"]
    await over.void(house.tenant_id, session_id, "otto", "after all")
    assert (await over.consent(house.tenant_id, session_id, "olga")).void_status == "voided"


@pytest.mark.parametrize(
    ("detail", "takes_two"), [({"item": "a boat"}, True), ({"item": "a pen", "value": "2"}, False)]
)
async def test_what_nobody_has_said_the_worth_of_takes_two(house, detail, takes_two):
    session_id = await play_once(house, "in_kind", detail)
    done = await voids(house).void(house.tenant_id, session_id, "olga", "why")
    assert done.void_status == ("requested" if takes_two else "voided")


async def test_what_was_paid_or_may_have_been_is_not_voided(house):
    session_id = await play_once(house)
    async with house.database.tenant(house.tenant_id) as connection:
        (owed,) = await rewards.page(connection, house.tenant_id, limit=1)
        taken = await rewards.take(connection, house.tenant_id, owed.id, 60, house.database.clock_offset)
        assert taken is not None
    with pytest.raises(Conflict, match="on its way"):
        await voids(house).void(house.tenant_id, session_id, "olga", "why")
    async with house.database.tenant(house.tenant_id) as connection:
        await rewards.confirm(connection, house.tenant_id, taken, Decimal(5))
    with pytest.raises(Conflict, match="has been paid"):
        await voids(house).void(house.tenant_id, session_id, "olga", "why")
    assert (await read(house, session_id)).spin_status == "completed"


async def test_a_void_of_what_was_paid_while_it_waited_is_withdrawn(house):
    session_id, over = await play_once(house), voids(house, "0")
    await over.void(house.tenant_id, session_id, "olga", "why")
    async with house.database.tenant(house.tenant_id) as connection:
        (owed,) = await rewards.page(connection, house.tenant_id, limit=1)
        taken = await rewards.take(connection, house.tenant_id, owed.id, 60, house.database.clock_offset)
        assert taken is not None
        await rewards.confirm(connection, house.tenant_id, taken, Decimal(5))
    await plays.mark_shown(house.database, house.tenant_id, [session_id])
    with pytest.raises(Conflict, match="has been paid"):
        await over.consent(house.tenant_id, session_id, "otto")
    assert (await over.withdraw(house.tenant_id, session_id, "otto")).void_status == "withdrawn"
    assert await over.page(house.tenant_id, status="requested", after=None, limit=9) == []


async def test_staff_are_told_what_waits_for_consent_and_how_it_ended(house):
    session_id, over = await play_once(house), voids(house, "0")
    asked = await over.void(house.tenant_id, session_id, "olga", "why")
    assert (asked.wheel_id, msgspec.json.decode(asked.reward.detail)) == (house.wheel_id, CASH)
    told = [asked, await over.withdraw(house.tenant_id, session_id, "otto")]
    told += [await over.void(house.tenant_id, session_id, "otto", "after all")]
    told += [await over.consent(house.tenant_id, session_id, "olga")]
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await connection.fetch(
            "SELECT event, payload FROM outbox WHERE tenant_id = $1 AND channel = 'operator' ORDER BY id",
            house.tenant_id,
        )
    assert [row["event"] for row in rows] == ["void.requested", "void.ended"] * 2
    assert [msgspec.json.decode(row["payload"]) for row in rows] == [
        msgspec.json.decode(msgspec.json.encode(one)) for one in told
    ]


async def test_chances_that_it_won_are_taken_back_unless_one_was_used(house):
    session_id = await play_once(house, "spin_chance", {"count": 2})
    await voids(house).void(house.tenant_id, session_id, "olga", "why")
    revoked = "SELECT count(*) FROM spin_chances WHERE tenant_id = $1 AND chance_status = 'revoked'"
    assert await house.number(revoked, house.tenant_id) == 1
    other = await play_once(house, "spin_chance", {"count": 2}, user="ben")
    assert isinstance((await house.commit([house.spin("ben", "two")]))[0], Committed)
    with pytest.raises(Conflict, match="have been used"):
        await voids(house).void(house.tenant_id, other, "olga", "why")


async def test_a_claim_of_a_voided_spin_is_reversed(house):
    session_id = await play_once(house, "cash", {**CASH, "claim": {"required": True}})
    await voids(house).void(house.tenant_id, session_id, "olga", "why")
    assert (await read(house, session_id)).claim_status == "reversed"


async def test_nothing_is_voided_while_the_wheel_turns_nor_what_there_is_not(house):
    await house.offer({"only": PLAIN})
    await house.give("ann", 1)
    (turning,) = await house.commit([house.spin("ann", "one")])
    with pytest.raises(SpinInProgress):
        await voids(house).void(house.tenant_id, turning.play.session_id, "olga", "why")
    with pytest.raises(NotFound):
        await voids(house).void(house.tenant_id, UUID(int=1), "olga", "why")
