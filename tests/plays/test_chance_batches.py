"""Many grants in one call: each once, each judged by itself, answered in their order (domain.md, Chances)."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from games.errors import BadRequest, WheelhouseError
from persistence import audit
from persistence.chances import Grant
from server.play.chances import GRANT_ID, Answer, Chances
from tests.plays.conftest import House
from tests.plays.test_chance_endings import Told


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def chances(house: House, told: Told) -> Chances:
    return Chances(house.database, told, batch=40)  # type: ignore[arg-type]


def grant(number: int, wheels: list[UUID] | None = None) -> Grant:
    return Grant(f"player-{number % 30}", "bonus", 2, "a raid", GRANT_ID, f"grant-{number}", wheels=wheels)


def statuses(answers: list[Answer]) -> list[str]:
    return [one.status for one in answers]


async def test_entries_are_granted_once_in_their_order_and_players_are_told(
    house: House, chances: Chances, told: Told
) -> None:
    entries: list[Grant | WheelhouseError] = [grant(number) for number in range(100)]
    first = await chances.give_all(house.tenant_id, entries, "platform")
    again = await chances.give_all(house.tenant_id, [*entries, grant(100)], "platform")
    assert statuses(first) == ["granted"] * 100
    assert statuses(again) == ["duplicate"] * 100 + ["granted"]
    assert [one.chance_id for one in first] == [one.chance_id for one in again[:100]]
    await chances.drain()
    assert set(told.users) == {f"player-{number}" for number in range(30)}
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await connection.fetch("SELECT id, user_id FROM spin_chances ORDER BY id")
        assert [(row["id"], row["user_id"]) for row in rows[:100]] == [
            (answer.chance_id, one.user_id)
            for answer, one in zip(first, entries, strict=True)
            if isinstance(one, Grant)
        ]
        assert len(rows) == 101
        assert await connection.fetchval("SELECT count(*) FROM audit_logs WHERE action = 'chance.granted'") == 101
        assert (await audit.verify(connection, house.tenant_id)).whole


async def test_a_fault_of_one_entry_is_not_the_others(house: House, chances: Chances) -> None:
    strange = uuid4()
    entries = [
        grant(1),
        BadRequest("The entry does not fit."),
        grant(2, wheels=[strange]),
        grant(3, wheels=[house.wheel_id]),
        grant(1),
        replace(grant(1), chance_count=3),
    ]
    answers = await chances.give_all(house.tenant_id, entries, "platform")
    assert statuses(answers) == ["granted", "bad_request", "bad_request", "granted", "duplicate", "conflict"]
    assert answers[2].message == f"There is no wheel {strange} to bind chances to."
    assert answers[4].chance_id == answers[0].chance_id
    assert await house.number("SELECT sum(chance_count) FROM spin_chances") == 4


async def test_the_same_call_at_the_same_time_gives_once_whatever_its_order(house: House, chances: Chances) -> None:
    entries: list[Grant | WheelhouseError] = [grant(number) for number in range(120)]
    calls = await asyncio.gather(
        chances.give_all(house.tenant_id, entries, "platform"),
        chances.give_all(house.tenant_id, entries[::-1], "platform"),
        chances.give_all(house.tenant_id, entries[60:] + entries[:60], "platform"),
    )
    assert (
        sorted(status for answers in calls for status in statuses(answers)) == ["duplicate"] * 240 + ["granted"] * 120
    )
    assert await house.number("SELECT count(*) FROM spin_chances") == 120
    assert await house.number("SELECT count(*) FROM chance_grants WHERE source = 'grant_id'") == 120


async def test_a_grant_id_is_one_tenant_s_own(house: House, chances: Chances) -> None:
    async with house.database.platform() as connection:
        other = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo-b'")
    assert statuses(await chances.give_all(house.tenant_id, [grant(1)], "platform")) == ["granted"]
    answers = await chances.give_all(other, [grant(1), grant(2, wheels=[house.wheel_id])], "platform")
    assert statuses(answers) == ["granted", "bad_request"]
