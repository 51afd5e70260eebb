"""Who is on a channel: exact over all nodes, in few calls, whoever dies meanwhile."""

import asyncio
import random

import pytest

from channels import scripts
from channels.channel import Channel
from channels.presence import Counts, Presence
from tests.delivery.node import new_channel

TTL_S = 0.6


class Changes:
    """What a node is told of comings and goings."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.went: list[str] = []

    def __call__(self, channel: Channel, came: list[str], went: list[str]) -> None:  # noqa: ARG002
        self.came += came
        self.went += went


@pytest.fixture
async def make_presence(make_node):
    """Make the presence of a node of its own; `ttl_s` as short as a test can wait for."""
    made = []

    async def make(url: str, ttl_s: float = 60.0) -> Presence:
        presence = Presence((await make_node(url)).broker, flush_s=0.01, ttl_s=ttl_s)
        presence.on_change = Changes()
        made.append(presence)
        return presence

    yield make
    for one in made:
        if one._task is not None:
            one._task.cancel()


async def until_counts(presence: Presence, channel: Channel, counts: Counts) -> None:
    async with asyncio.timeout(20):
        while await presence.count(channel) != counts:  # noqa: ASYNC110 - Redis' clock's doing
            await asyncio.sleep(0.02)


async def test_connections_are_counted_and_users_once_over_all_nodes(make_presence, valkey):
    one, other = [await make_presence(valkey.url) for _ in range(2)]
    channel = new_channel()
    for presence, user in [(one, "ada"), (one, "ada"), (one, "bob"), (other, "ada"), (other, "eve")]:
        presence.join(channel, user)
    await one.flush()
    await other.flush()
    assert await one.count(channel) == await other.count(channel) == Counts(5, 3)
    one.leave(channel, "ada")
    one.leave(channel, "bob")
    assert await one.count(channel) == Counts(3, 2)
    one.leave(channel, "ada")
    assert await one.count(channel) == Counts(2, 2)
    assert (one.on_change.came + other.on_change.came).count("ada") == 1
    assert one.on_change.went == ["bob"]
    other.leave(channel, "ada")
    other.leave(channel, "eve")
    assert await other.count(channel) == Counts(0, 0)
    assert sorted(other.on_change.went) == ["ada", "eve"]
    assert (len(one), len(other)) == (0, 0)
    left = [part for part in ("nodes", "connections", "users") if await _exists(one, channel.presence_key(part))]
    assert left == []


async def _exists(presence: Presence, key: bytes) -> bool:
    return bool(await presence._broker._servers.ask(key, "EXISTS", key))


async def test_a_storm_of_arrivals_is_few_calls(make_presence, valkey, monkeypatch):
    presence, channel = await make_presence(valkey.url), new_channel()
    calls = []
    run = presence._broker.run
    monkeypatch.setattr(presence._broker, "run", lambda script, *words: calls.append(script) or run(script, *words))
    for number in range(10_000):
        presence.join(channel, f"player-{number}")
    await presence.flush()
    assert calls.count(scripts.PRESENCE_REPORT) == 10
    assert await presence.count(channel) == Counts(10_000, 10_000)


async def test_a_killed_nodes_people_are_gone_and_those_elsewhere_stay(make_presence, valkey):
    living, killed = await make_presence(valkey.url, TTL_S), await make_presence(valkey.url, TTL_S)
    channel = new_channel()
    living.start()
    for user in ("ada", "bob"):
        living.join(channel, user)
    for number in range(5000):
        killed.join(channel, f"player-{number}")
    killed.join(channel, "ada")
    await killed.flush()
    await until_counts(living, channel, Counts(5003, 5002))
    # The other never says another word: it was killed.
    await until_counts(living, channel, Counts(2, 2))
    assert len(living.on_change.went) == 5000
    assert not await _exists(living, channel.presence_key("of:") + killed._crowds[channel].name.encode())


async def test_a_node_taken_for_dead_by_mistake_begins_anew(make_presence, valkey):
    stalled, other = await make_presence(valkey.url, TTL_S), await make_presence(valkey.url)
    channel = new_channel()
    for number in range(1500):
        stalled.join(channel, f"player-{number}")
    await stalled.flush()
    other.join(channel, "eve")
    await until_counts(other, channel, Counts(1, 1))
    stalled.leave(channel, "player-0")
    await stalled.flush()
    assert await other.count(channel) == Counts(1500, 1500)


async def test_a_redis_that_has_forgotten_everything_is_told_again(make_presence, own_valkey):
    presence, channel = await make_presence(own_valkey.url), new_channel()
    for user in ("ada", "bob"):
        presence.join(channel, user)
    assert await presence.count(channel) == Counts(2, 2)
    await presence._broker._servers.ask(b"any", "FLUSHALL")
    presence.join(channel, "eve")
    assert await presence.count(channel) == Counts(3, 3)


async def test_with_redis_away_a_node_counts_its_own(make_presence, own_valkey):
    presence, channel = await make_presence(own_valkey.url), new_channel()
    presence.join(channel, "ada")
    own_valkey.kill()
    await presence._broker.became(healthy=False)
    presence.join(channel, "ada")
    assert await presence.count(channel) == Counts(2, 1)
    own_valkey.start()
    await presence._broker.became(healthy=True)
    assert await presence.count(channel) == Counts(2, 1)


async def test_a_flush_awaits_the_report_under_way(make_presence, valkey):
    one = await make_presence(valkey.url)
    channel = new_channel()
    one.join(channel, "ada")
    await one.flush()
    one.join(channel, "bob")
    under_way = asyncio.create_task(one.flush())
    # It has taken what there is to report, and Redis has not answered.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not one._dirty
    await one.flush()
    assert under_way.done()
    await under_way


@pytest.mark.parametrize("seed", range(3))
async def test_however_people_come_and_go_the_counts_are_right(make_presence, valkey, seed):
    drawn, channel = random.Random(seed), new_channel()
    nodes = [await make_presence(valkey.url) for _ in range(3)]
    there: list[tuple[Presence, str]] = []
    for node in nodes:
        node.start()
    for _ in range(600):
        if there and drawn.random() < 0.45:
            node, user = there.pop(drawn.randrange(len(there)))
            node.leave(channel, user)
        else:
            there.append((drawn.choice(nodes), f"player-{drawn.randrange(40)}"))
            there[-1][0].join(channel, there[-1][1])
        if drawn.random() < 0.1:
            await asyncio.sleep(drawn.choice((0, 0.005)))
    for node in nodes:
        await node.flush()
    assert await nodes[0].count(channel) == Counts(len(there), len({user for _, user in there}))
