"""Plays are looked through once, in their order, and what no person and no luck does raises an alert."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import msgspec

from games.alerts import PLAYER_RHYTHM, PLAYER_WIN_RATE, WHEEL_WIN_RATE
from games.messages.events import AlertView
from persistence.spin_states import Committed
from server.play.alerts import Alerts
from server.play.watching import PlayWatch
from server.settings import Settings
from tests.plays.conftest import House
from tests.plays.test_alerts import NobodyListens

CASH = {"amount": "1.00", "currency": "EUR"}
ODDS = {"prize": (250_000, "cash", CASH), "nothing": (750_000, "none", dict[str, object]())}
#: longer than a commit takes on a slow machine, so that what the machine adds does not matter
WAIT_S = 4.0


def alerts(house: House) -> Alerts:
    return Alerts(house.database, NobodyListens())  # type: ignore[arg-type]


def watch(house: House, **settings: Any) -> PlayWatch:
    told = Settings(**{"play_watch_behind_s": 0.001, "rhythm_reactions": 20} | settings)
    return PlayWatch(told, house.database, house.versions, alerts(house), NobodyListens())  # type: ignore[arg-type]


async def play(house: House, user: str, waits_s: list[float], label: str = "") -> None:
    """Spins of a wheel that turns for a tenth of a second, each so long after the last one stopped."""
    await house.give(user, len(waits_s) + len(label))
    for at, wait_s in enumerate(waits_s):
        house.database.clock_offset += timedelta(seconds=0.1 + wait_s)
        (outcome,) = await house.commit([house.spin(user, f"{label}{at}")])
        assert isinstance(outcome, Committed)


async def rig(house: House, slug: str = "prize") -> None:
    """Let every play of the house have hit this range."""
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute(
            "UPDATE spin_results SET reward_range_id = (SELECT id FROM wheel_rewards WHERE reward_slug = $1)", slug
        )


async def look(house: House, **settings: Any) -> list[AlertView]:
    """Go through everything; answers the alerts that stand."""
    await asyncio.sleep(0.01)  # the newest play is to be older than the watch is behind
    watching = watch(house, **settings)
    while await watching.look_at(house.tenant_id):
        pass
    return await alerts(house).standing(house.tenant_id)


async def counts(house: House) -> tuple[int, int]:
    every = "SELECT coalesce(sum({}), 0) FROM win_counts WHERE tenant_id = $1 AND user_id <> ''"
    return (
        await house.number(every.format("spins"), house.tenant_id),
        await house.number(every.format("hits"), house.tenant_id),
    )


async def test_a_player_as_regular_as_software_raises_an_alert_and_a_person_does_not(house: House) -> None:
    await house.offer(ODDS, duration_ms=100)
    dice = random.Random(5)
    await play(house, "bot", [WAIT_S] * 21)
    await play(house, "ann", [dice.uniform(0.5, 1.5) * WAIT_S for _ in range(21)])
    (found,) = await look(house)
    assert (found.alert_name, found.alert_subject) == (PLAYER_RHYTHM.name, f"{house.wheel_id} bot")
    told = msgspec.json.decode(found.alert_metadata)
    assert (told["kind"], told["user_id"], told["reactions"]) == ("rhythm", "bot", 20)
    assert WAIT_S * 1000 <= told["median_ms"] < WAIT_S * 1500
    assert "bot spins" in found.alert_message


async def test_a_resolved_rhythm_is_raised_again_only_by_what_is_played_after_it(house: House) -> None:
    await house.offer(ODDS, duration_ms=100)
    await play(house, "bot", [WAIT_S] * 22)
    (found,) = await look(house)
    await alerts(house).resolve(house.tenant_id, found.id, "olga", "told to stop")
    await play(house, "bot", [WAIT_S] * 15, "more")
    assert await look(house) == []
    await play(house, "bot", [WAIT_S] * 5, "again")
    assert len(await look(house)) == 1


async def test_hits_beyond_the_published_odds_raise_alerts_of_the_player_and_of_the_wheel(house: House) -> None:
    await house.offer(ODDS, duration_ms=100, turning_per_player=100)
    await house.give("ann", 60)
    await house.commit([house.spin("ann", str(at)) for at in range(60)])
    await rig(house)
    found = await look(house)
    assert sorted(one.alert_name for one in found) == [PLAYER_WIN_RATE.name, WHEEL_WIN_RATE.name]
    by_player = next(one for one in found if one.alert_name == PLAYER_WIN_RATE.name)
    told = msgspec.json.decode(by_player.alert_metadata)
    assert (told["user_id"], told["spins"], told["hits"], told["published_hit_rate"]) == ("ann", 60, 60, 0.25)
    assert by_player.alert_severity == "critical"
    assert await house.audit_verdict()


async def test_a_wheel_that_never_hits_raises_an_alert_and_an_unlucky_player_does_not(house: House) -> None:
    await house.offer(ODDS, duration_ms=100, turning_per_player=100)
    await house.give("ann", 90)
    await house.commit([house.spin("ann", str(at)) for at in range(90)])
    await rig(house, "nothing")
    assert [one.alert_name for one in await look(house)] == [WHEEL_WIN_RATE.name]


async def test_honest_luck_raises_nothing(house: House) -> None:
    await house.offer(ODDS, duration_ms=100, turning_per_player=1000)
    for user in ("ann", "ben"):
        await house.give(user, 300)
        await house.commit([house.spin(user, str(at)) for at in range(300)])
    assert await look(house) == []
    assert (await counts(house))[0] == 600


async def test_every_play_is_counted_once_whatever_the_batch_and_whoever_looks(house: House) -> None:
    await house.offer(ODDS, duration_ms=100, turning_per_player=1000)
    await house.give("ann", 100)
    await house.commit([house.spin("ann", str(at)) for at in range(60)])
    await asyncio.sleep(0.01)
    nodes = [watch(house, play_watch_batch=7) for _ in range(4)]
    while sum(await asyncio.gather(*(node.look_at(house.tenant_id) for node in nodes))):
        pass
    hits = await house.number(
        "SELECT count(*) FROM spin_results WHERE reward_range_id IN"
        " (SELECT id FROM wheel_rewards WHERE reward_slug = 'prize') AND tenant_id = $1",
        house.tenant_id,
    )
    assert await counts(house) == (60, hits)
    await house.commit([house.spin("ann", f"later {at}") for at in range(40)])
    await look(house)
    assert (await counts(house))[0] == 100


async def test_plays_are_left_alone_until_they_are_old_enough(house: House) -> None:
    await house.give("ann", 1)
    await house.commit([house.spin("ann", "one")])
    await look(house, play_watch_behind_s=3600.0)
    assert await counts(house) == (0, 0)


async def test_a_tenants_plays_count_for_no_other_tenant(house: House) -> None:
    await house.give("ann", 1)
    await house.commit([house.spin("ann", "one")])
    await asyncio.sleep(0.01)
    await watch(house).look()
    assert (await counts(house))[0] == 1
    async with house.database.platform() as connection:
        other = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo-b'")
    async with house.database.tenant(other) as connection:
        assert await connection.fetchval("SELECT count(*) FROM win_counts") == 0
