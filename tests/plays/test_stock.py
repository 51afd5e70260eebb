"""Rewards of limited stock: never one too many, and what is declared is paid in their place (domain.md, Wheels)."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec

from persistence import spins
from persistence.spin_states import Committed
from server.play import views
from server.play.lobby import Lobby
from tests.plays.conftest import House

#: so many positions that nobody hits the one of the fallback by chance
SIZE = 2**32
THING = "in_kind"


def prize(fallback: str, **stock: int) -> tuple[int, str, dict[str, Any]]:
    return (SIZE - 1, THING, {"item": "A boat", "stock": stock, "fallback": fallback})


NOTHING: tuple[int, str, dict[str, Any]] = (1, "none", {})


def paid(house: House, outcomes: spins.Outcomes) -> Counter[str]:
    """How often each reward was paid, by slug; refusals by their code."""
    return Counter(
        house.versions[one.play.version_id].rewards[one.play.reward_id].slug if isinstance(one, Committed) else one.code
        for one in outcomes
    )


async def players(house: House, count: int, chances: int = 1) -> list[str]:
    users = [f"p{n:03}" for n in range(count)]
    for user in users:
        await house.give(user, chances)
    return users


async def counted(house: House) -> tuple[int, int]:
    async with house.database.tenant(house.tenant_id) as connection:
        row = await connection.fetchrow("SELECT paid_total, shown_total FROM reward_stocks")
    return row["paid_total"], row["shown_total"]


async def test_the_last_item_under_200_concurrent_winners_goes_out_once_and_199_get_the_fallback(house: House) -> None:
    await house.offer({"boat": prize("nothing", total=2), "nothing": NOTHING}, SIZE)
    first, *users = await players(house, 201)
    await house.commit([house.spin(first, "r")])
    nodes = [house.flusher(max_batch=20) for _ in range(3)]
    async with house.database.tenant(house.tenant_id) as connection:
        # Nobody can commit before every node has reached the stock.
        await connection.execute("SELECT FROM audit_heads FOR UPDATE")
        winning = asyncio.gather(
            *(nodes[n % 3].submit(house.tenant_id, house.spin(user, "r")) for n, user in enumerate(users))
        )
        await house.until_somebody_waits_for_a_lock(3)
    outcomes = await winning
    assert paid(house, outcomes) == {"boat": 1, "nothing": 199}
    assert all(house.versions[one.play.version_id].rewards[one.play.range_reward_id].slug == "boat" for one in outcomes)
    assert await counted(house) == (2, 0)
    assert await house.number("SELECT count(*) FROM spin_results WHERE win_status = 'win'") == 2


async def test_nodes_that_hit_two_stocks_in_opposite_orders_do_not_deadlock(house: House) -> None:
    half = SIZE // 2
    boat = {"item": "A boat", "stock": {"total": 40}, "fallback": "hat"}
    hat = {"item": "A hat", "stock": {"total": 60}, "fallback": "nothing"}
    await house.offer({"boat": (half, THING, boat), "hat": (half - 1, THING, hat), "nothing": NOTHING}, SIZE)
    users = await players(house, 200)
    nodes = [house.flusher(max_batch=7) for _ in range(3)]
    outcomes = await asyncio.gather(
        *(nodes[n % 3].submit(house.tenant_id, house.spin(user, "r")) for n, user in enumerate(users))
    )
    assert paid(house, outcomes) == {"boat": 40, "hat": 60, "nothing": 100}


async def test_a_batch_counts_what_it_takes_itself_and_a_play_sent_again_takes_nothing(house: House) -> None:
    await house.offer({"boat": prize("nothing", total=2), "nothing": NOTHING}, SIZE)
    users = await players(house, 5)
    outcomes = await house.commit([house.spin(user, "r") for user in users])
    again = await house.commit([house.spin(user, "r") for user in users])
    assert paid(house, outcomes) == paid(house, again) == {"boat": 2, "nothing": 3}
    assert await counted(house) == (2, 0)


async def test_stock_of_a_day_is_there_again_on_the_tenants_next_day(house: House) -> None:
    async with house.database.tenant(house.tenant_id) as connection:
        # 23:30 in Malta, where it is an hour or two later than by UTC
        left = await connection.fetchval(
            "SELECT date_trunc('day', clock_timestamp() AT TIME ZONE 'Europe/Malta') + interval '47.5 hours'"
            " - clock_timestamp() AT TIME ZONE 'Europe/Malta'"
        )
    house.database.clock_offset = left
    await house.offer({"boat": prize("nothing", per_day=1), "nothing": NOTHING}, SIZE, turning_per_player=9)
    await house.give("ana", 5)
    assert paid(house, await house.commit([house.spin("ana", "a"), house.spin("ana", "b")])) == {
        "boat": 1,
        "nothing": 1,
    }
    house.database.clock_offset = left + timedelta(minutes=29)
    assert paid(house, await house.commit([house.spin("ana", "c")])) == {"nothing": 1}
    house.database.clock_offset = left + timedelta(minutes=31)
    assert paid(house, await house.commit([house.spin("ana", "d"), house.spin("ana", "e")])) == {
        "boat": 1,
        "nothing": 1,
    }
    assert await counted(house) == (2, 0)


async def test_stock_of_a_player_is_their_own(house: House) -> None:
    await house.offer({"boat": prize("nothing", per_user=2), "nothing": NOTHING}, SIZE, turning_per_player=9)
    await house.give("ana", 5)
    await house.give("ben", 5)
    first = await house.commit([house.spin("ana", "a"), house.spin("ben", "a"), house.spin("ana", "b")])
    assert paid(house, first) == {"boat": 3}
    second = await house.commit([house.spin("ana", "c"), house.spin("ben", "b"), house.spin("ben", "c")])
    assert paid(house, second) == {"boat": 1, "nothing": 2}


async def test_the_proof_names_the_reward_by_range_and_the_reward_paid(house: House) -> None:
    await house.offer({"boat": prize("nothing", total=1), "nothing": NOTHING}, SIZE)
    users = await players(house, 2)
    outcomes = await house.commit([house.spin(user, "r") for user in users])
    named = []
    for one in outcomes:
        assert isinstance(one, Committed)
        proof = msgspec.json.decode(views.proof(house.versions[one.play.version_id], one.play, None))
        named.append((proof["reward_slug"], proof["paid_reward_slug"]))
    assert named == [("boat", "boat"), ("boat", "nothing")]


async def test_a_reward_is_told_to_be_depleted_when_its_last_item_has_been_shown_and_not_before(house: House) -> None:
    await house.offer({"boat": prize("nothing", total=2), "nothing": NOTHING}, SIZE)
    users = await players(house, 3)
    outcomes = await house.commit([house.spin(user, "r") for user in users])
    depleted = "SELECT count(*) FROM wheel_rewards WHERE reward_status = 'depleted'"
    assert await house.number(depleted) == 0
    await house.complete(outcomes[:1])
    assert (await house.number(depleted), await counted(house)) == (0, (2, 1))
    await house.complete(outcomes)
    assert (await house.number(depleted), await counted(house)) == (1, (2, 2))
    shown = await Lobby(house.database, house.versions).wheel(house.tenant_id, house.wheel_id, all_statuses=False)
    assert {one.reward_slug: one.reward_status for one in shown.rewards} == {"boat": "depleted", "nothing": "active"}


async def test_what_was_paid_is_still_counted_when_the_wheel_is_published_anew(house: House) -> None:
    await house.offer({"boat": prize("nothing", total=1), "nothing": NOTHING}, SIZE)
    users = await players(house, 4)
    await house.commit([house.spin(users[0], "r")])
    await house.offer({"boat": prize("nothing", total=2), "nothing": NOTHING}, SIZE)
    outcomes = await house.commit([house.spin(user, "r") for user in users[1:]])
    assert paid(house, outcomes) == {"boat": 1, "nothing": 2}
