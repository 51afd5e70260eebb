"""How often a player may spin a wheel (domain.md, Spins; spin_config)."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from games.errors import Forbidden, RateLimited
from persistence import revocations, spins, tenants
from persistence.spin_states import Committed
from server.play.deciding import Decider, new_epoch
from tests.plays.conftest import EPOCH_MAX_AGE, House

FREE = {"nothing": (1_000_000, "none", dict[str, object]())}


async def test_a_player_begins_no_more_spins_within_a_minute_than_the_wheel_says(house: House) -> None:
    await house.offer(FREE, turning_per_player=100, spins_per_minute=3)
    await house.give("ana", 50)
    await house.give("ben", 50)
    first = await house.commit([house.spin("ana", f"a{n}") for n in range(2)])
    house.database.clock_offset += timedelta(seconds=20)
    second = await house.commit([house.spin("ana", f"b{n}") for n in range(3)] + [house.spin("ben", "b0")])
    assert [isinstance(one, Committed) for one in first + second] == [True, True, True, False, False, True]
    refused = second[1]
    assert isinstance(refused, RateLimited)
    assert refused.retry_after_ms is not None
    assert 35_000 < refused.retry_after_ms <= 40_000
    # what was refused does not count, and what is a minute old no more
    house.database.clock_offset += timedelta(seconds=40)
    third = await house.commit([house.spin("ana", f"c{n}") for n in range(3)])
    assert [isinstance(one, Committed) for one in third] == [True, True, False]
    assert await house.number("SELECT used_chances FROM spin_chances WHERE user_id = 'ana'") == 5


async def test_a_players_spins_lie_as_far_apart_as_the_wheel_says(house: House) -> None:
    await house.offer(FREE, turning_per_player=100, least_interval_ms=30_000)
    await house.give("ana", 50)
    await house.give("ben", 50)
    first = await house.commit([house.spin("ana", "a"), house.spin("ana", "b"), house.spin("ben", "a")])
    assert [isinstance(one, Committed) for one in first] == [True, False, True]
    house.database.clock_offset += timedelta(seconds=10)
    (refused,) = await house.commit([house.spin("ana", "c")])
    assert isinstance(refused, RateLimited)
    assert refused.retry_after_ms is not None
    assert 5_000 < refused.retry_after_ms <= 20_000
    house.database.clock_offset += timedelta(seconds=20)
    (third,) = await house.commit([house.spin("ana", "d")])
    assert isinstance(third, Committed)
    (again,) = await house.commit([house.spin("ana", "a")])
    assert isinstance(again, Committed)
    assert again.replayed


async def test_limits_hold_over_nodes_that_commit_at_once(house: House) -> None:
    await house.offer(FREE, turning_per_player=100, spins_per_minute=5)
    await house.give("ana", 50)
    batches = await asyncio.gather(
        *(house.commit([house.spin("ana", f"{n}-{at}") for at in range(3)]) for n in range(5))
    )
    assert sum(isinstance(one, Committed) for batch in batches for one in batch) == 5
    await house.offer(FREE, turning_per_player=100, spins_per_minute=100, least_interval_ms=60_000)
    await house.give("ben", 51)
    batches = await asyncio.gather(*(house.commit([house.spin("ben", f"{n}")]) for n in range(5)))
    assert sum(isinstance(one, Committed) for batch in batches for one in batch) == 1


async def test_a_play_sent_again_is_answered_past_the_limit(house: House) -> None:
    await house.offer(FREE, turning_per_player=100, spins_per_minute=1)
    await house.give("ana", 5)
    await house.commit([house.spin("ana", "a")])
    again, other = await house.commit([house.spin("ana", "a"), house.spin("ana", "b")])
    assert isinstance(again, Committed)
    assert again.replayed
    assert isinstance(other, RateLimited)


async def test_a_blocked_player_spins_no_more_from_the_next_batch_on_and_loses_no_chance(house):
    await house.give("ann", 2)
    async with house.database.platform() as connection:
        version = await tenants.raise_auth_version(connection, house.tenant_id)
        await house.database.enter_tenant(connection, house.tenant_id)
        await revocations.revoke_user(
            connection, house.tenant_id, "ann", block=True, reason="a bot", actor="olga", auth_version=version or 0
        )
    (refused,) = await house.commit([house.spin("ann", "one")])
    assert isinstance(refused, Forbidden)
    left = "SELECT sum(remaining_chances) FROM spin_chances WHERE tenant_id = $1 AND user_id = 'ann'"
    assert await house.number(left, house.tenant_id) == 2


@pytest.mark.parametrize(("turning", "is_featured"), [(0, True), (1, True), (2, False)])
async def test_no_more_spins_are_shown_to_who_watches_the_wheel_than_it_says(
    house: House, turning: int, is_featured: bool
) -> None:
    await house.offer(FREE, featured=2)
    await house.give("ann", 1)
    decider = Decider(house.vault, house.versions, lambda *_: turning, EPOCH_MAX_AGE)
    make = partial(new_epoch, house.vault, house.tenant_id)
    asked = [house.spin("ann", "one")]
    (outcome,) = await spins.commit_batch(house.database, house.tenant_id, asked, decider, make)
    assert isinstance(outcome, Committed)
    assert outcome.play.featured is is_featured
