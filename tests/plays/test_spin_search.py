"""Plays are found by what is known of them, each search by an index, and none by an outcome that is not shown yet."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from games.errors import BadRequest
from persistence import spin_search
from persistence.spin_search import Wanted
from persistence.spin_states import Committed
from tests.plays.conftest import House


async def find(house: House, *, after: UUID | None = None, limit: int = 100, **wanted: object) -> list[UUID]:
    async with house.database.tenant(house.tenant_id) as connection:
        return await spin_search.find(
            connection,
            house.tenant_id,
            Wanted(**wanted),  # type: ignore[arg-type]
            after=after,
            limit=limit,
            clock_offset=house.database.clock_offset,
        )


async def play(house: House, user: str, times: int) -> list[UUID]:
    await house.give(user, times)
    outcomes = await house.commit([house.spin(user, f"r-{number}") for number in range(times)])
    assert all(isinstance(one, Committed) for one in outcomes), outcomes
    await house.complete(outcomes)
    return [one.play.session_id for one in outcomes if isinstance(one, Committed)]


@pytest.fixture
async def played(house: House) -> dict[str, list[UUID]]:
    """Ann has won five times, and Ben not once."""
    gold = {"amount": "1.00", "currency": "EUR"}
    await house.offer({"gold": (1_000_000, "cash", gold)}, turning_per_player=100)
    ann = await play(house, "ann", 5)
    await house.offer({"nothing": (1_000_000, "none", {})}, turning_per_player=100)
    return {"ann": ann, "ben": await play(house, "ben", 5)}


async def test_plays_are_found_by_player_wheel_outcome_and_reward(house, played):
    ann, ben = set(played["ann"]), set(played["ben"])
    assert set(await find(house)) == ann | ben
    assert set(await find(house, user_id="ann")) == ann
    assert set(await find(house, wheel_id=house.wheel_id, win_status="win")) == ann
    assert set(await find(house, win_status="no_win")) == ben
    assert set(await find(house, reward_slug="gold")) == set(await find(house, reward_type="cash")) == ann
    assert set(await find(house, reward_type="none")) == ben
    assert await find(house, user_id="ann", reward_slug="nothing") == []
    assert set(await find(house, spin_status="completed")) == ann | ben
    assert await find(house, spin_status="voided") == await find(house, wheel_id=UUID(int=1)) == []


async def test_plays_are_found_by_when_they_began(house, played):
    now = await _now(house)
    assert len(await find(house, begun_from=now - timedelta(minutes=10), begun_before=now)) == 10
    assert await find(house, begun_from=now) == await find(house, begun_before=now - timedelta(minutes=10)) == []


@pytest.mark.parametrize(
    "wanted", [{}, {"user_id": "ann"}, {"user_id": "ann", "win_status": "win"}, {"win_status": "win"}]
)
async def test_pages_follow_one_another_without_a_hole(house, played, wanted):
    whole, paged = await find(house, **wanted), list[UUID]()
    while page := await find(house, after=paged[-1] if paged else None, limit=2, **wanted):
        paged += page
    assert paged == whole
    assert len(whole) >= 5


async def test_a_cursor_that_is_no_play_is_refused(house, played):
    with pytest.raises(BadRequest, match="cursor"):
        await find(house, user_id="ann", after=UUID(int=1))


async def test_nobody_finds_a_play_by_an_outcome_that_the_wheel_has_not_shown(house):
    await house.give("ann", 1)
    (turning,) = await house.commit([house.spin("ann", "one")])
    assert await find(house, user_id="ann") == await find(house, spin_status="committed") == [turning.play.session_id]
    for outcome in ({"win_status": "win"}, {"win_status": "no_win"}, {"reward_type": "cash"}, {"reward_type": "none"}):
        assert await find(house, user_id="ann", **outcome) == []


async def test_a_search_by_wheel_goes_by_its_index(house, played, database_urls):
    connection = await asyncpg.connect(database_urls.migration_url)
    try:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch(
            "EXPLAIN SELECT play.id FROM spin_sessions AS play WHERE play.tenant_id = $1 AND play.wheel_game_id = $2"
            " ORDER BY play.id DESC LIMIT 50",
            house.tenant_id,
            house.wheel_id,
        )
    finally:
        await connection.close()
    told = "\n".join(row[0] for row in plan)
    assert "wheel_game_id" in told, told
    assert "Sort" not in told, told


async def _now(house: House):  # type: ignore[no-untyped-def]
    async with house.database.tenant(house.tenant_id) as connection:
        return await connection.fetchval("SELECT clock_timestamp() + $1::interval", house.database.clock_offset)
