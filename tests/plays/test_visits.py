"""Chances for visiting a wheel: once in the tenant's local day, however often it is sent (domain.md, Chances)."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from games.errors import NotFound
from persistence.spin_states import Committed
from server.play.visits import Visits
from tests.plays.conftest import House
from tests.plays.test_chance_endings import Told, now
from tests.plays.test_wheel_changes import draft, wheels

#: A day that begins far from the one of UTC.
ZONE = ZoneInfo("Pacific/Kiritimati")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def visits(house: House, told: Told) -> Visits:
    """Three chances a day on the wheel `lucky`; it is two minutes to midnight at the house."""
    async with house.database.platform() as connection:
        await connection.execute("UPDATE tenants SET time_zone = $2 WHERE id = $1", house.tenant_id, ZONE.key)
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE wheel_games SET spin_chance_for_page_visit = 3")
    local = (await now(house)).astimezone(ZONE)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZONE)
    house.database.clock_offset += midnight - local - timedelta(minutes=2)
    return Visits(house.database, told.chances)


async def visit(house: House, visits: Visits, user: str = "ana") -> int:
    granted, _ = await visits.visit(house.tenant_id, user, house.wheel_id)
    return granted


async def test_the_first_visit_of_the_tenant_s_local_day_gives_chances_and_no_other(
    house: House, visits: Visits, told: Told
) -> None:
    assert [await visit(house, visits) for _ in range(3)] == [3, 0, 0]
    assert await visit(house, visits, "ben") == 3
    house.database.clock_offset += timedelta(minutes=4)
    assert [await visit(house, visits) for _ in range(2)] == [3, 0]
    assert await house.number("SELECT sum(chance_count) FROM spin_chances WHERE user_id = 'ana'") == 6
    assert told.users == ["ana", "ben", "ana"]


async def test_visits_sent_at_once_give_chances_once(house: House, visits: Visits) -> None:
    assert sorted(await asyncio.gather(*(visit(house, visits) for _ in range(8)))) == [0] * 7 + [3]
    assert await house.number("SELECT count(*) FROM spin_chances") == 1


async def test_chances_of_a_visit_are_for_the_wheel_that_was_visited(house: House, visits: Visits) -> None:
    other = await draft(house)
    with pytest.raises(NotFound):
        await visits.visit(house.tenant_id, "ana", other.id)
    await wheels(house).move(house.tenant_id, other.id, "active", "olga")
    assert (await visits.visit(house.tenant_id, "ana", other.id))[0] == 0
    await visit(house, visits)
    (spun,) = await house.commit([house.spin("ana", "one")])
    assert isinstance(spun, Committed)
    async with house.database.tenant(house.tenant_id) as connection:
        bound = await connection.fetchval("SELECT chance_metadata ->> 'wheels' FROM spin_chances")
    assert bound == f'["{house.wheel_id}"]'


async def test_a_wheel_that_gives_none_for_visits_and_one_that_is_not_open_give_none(
    house: House, visits: Visits
) -> None:
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE wheel_games SET spin_chance_for_page_visit = 0")
    assert await visit(house, visits) == 0
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE wheel_games SET spin_chance_for_page_visit = 3, wheel_status = 'paused'")
    assert await visit(house, visits) == 0
    assert await house.number("SELECT count(*) FROM spin_chances") == 0
