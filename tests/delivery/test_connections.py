"""Connections of a tenant and of each user, over all nodes: counted, and kept within a user's limit."""

import asyncio
import random
from collections import defaultdict

import pytest

from channels.connections import CONNECTED, Connections, Here
from channels.presence import Counts
from tests.delivery.node import until

TTL_S = 0.6
TENANT = "a tenant"


class People:
    """Those who are connected to a node of the test's: by user, when each connection began."""

    def __init__(self) -> None:
        self.began: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.hearing: dict[tuple[str, str], int] = defaultdict(int)
        self.closed: list[int] = []
        self.connections: Connections

    def users(self, tenant: str) -> list[str]:
        return [user for (of, user), began in self.began.items() if of == tenant and began]

    def total(self, tenant: str) -> int:
        return sum(len(began) for (of, _), began in self.began.items() if of == tenant)

    def here(self, tenant: str, user: str) -> Here:
        began = self.began[tenant, user]
        return Here(len(began), self.hearing[tenant, user], began[0] if began else 0)

    def close_oldest(self, tenant: str, user: str, count: int) -> int:
        began = self.began[tenant, user]
        going, began[:] = began[:count], began[count:]
        self.closed += going
        self.connections.changed(tenant, user)
        return len(going)

    def come(self, user: str, began: int) -> None:
        self.began[TENANT, user].append(began)
        self.connections.changed(TENANT, user, came=1)

    def go(self, user: str) -> None:
        self.began[TENANT, user].pop()
        self.connections.changed(TENANT, user)


@pytest.fixture
async def make_people(make_node, own_valkey):
    """Make the crowd of a node of its own, which reports when a test says so, or by itself."""
    made: list[People] = []

    async def make(*, per_user: int = 3, ttl_s: float = 60.0, by_itself: bool = False) -> People:
        people = People()

        def on_signal(channel, payload):
            assert channel == CONNECTED
            people.connections.on_signal(payload)

        node = await make_node(own_valkey.url, on_signal=on_signal)
        people.connections = Connections(node.broker, per_user=per_user, flush_s=0.01, ttl_s=ttl_s)
        people.connections.crowd = people
        if by_itself:
            people.connections.start()
        else:
            node.broker.follow(CONNECTED)
        made.append(people)
        return people

    yield make
    for people in made:
        await people.connections.close()


async def report(*nodes: People) -> None:
    for people in nodes:
        await people.connections._flush()


async def test_a_node_knows_how_many_a_tenant_has_on_the_others(make_people):
    nodes = [await make_people() for _ in range(3)]
    for number, people in enumerate(nodes, 1):
        for place in range(number):
            people.come(f"user-{place}", place)
    await report(*nodes, *nodes)
    # What is told is as old as the node's own last report.
    nodes[0].come("one more", 9)
    await report(nodes[0])
    assert nodes[0].connections.elsewhere(TENANT) == 5
    nodes[2].go("user-0")
    nodes[0].come("one more", 9)
    await report(nodes[2], nodes[0])
    assert nodes[0].connections.elsewhere(TENANT) == 4
    assert nodes[0].connections.elsewhere("another tenant") == 0


async def test_of_one_connection_too_many_the_oldest_goes_on_whichever_node(make_people):
    one, other = await make_people(), await make_people()
    one.come("ada", 1)
    one.come("ada", 2)
    await report(one)
    other.come("ada", 3)
    other.come("bob", 3)
    await report(other)
    other.come("ada", 4)
    other.come("ada", 5)
    await report(other)
    await until(lambda: one.closed == [1, 2])
    await report(one, other, one)
    assert other.closed == []
    one.come("ada", 6)
    await report(one)
    await until(lambda: other.closed == [3])
    await report(other, one)
    assert (one.closed, other.closed) == ([1, 2], [3])


async def test_what_one_node_has_not_enough_of_to_close_goes_on_to_the_next(make_people):
    nodes = [await make_people() for _ in range(3)]
    nodes[0].come("ada", 1)
    nodes[1].come("ada", 2)
    nodes[1].come("ada", 3)
    await report(nodes[0], nodes[1])
    for began in (4, 5, 6):
        nodes[2].come("ada", began)
    await report(nodes[2])
    await until(lambda: nodes[0].closed == [1])
    await report(nodes[0])
    await until(lambda: nodes[1].closed == [2, 3])
    assert nodes[2].closed == []


@pytest.mark.parametrize("seed", range(4))
async def test_in_the_end_a_user_has_as_many_as_may_be_and_none_was_closed_for_nothing(make_people, seed):
    chance = random.Random(seed)
    nodes = [await make_people(by_itself=True) for _ in range(3)]
    came = defaultdict(int)
    for began in range(60):
        user = chance.choice(["ada", "bob", "eve"])
        came[user] += 1
        chance.choice(nodes).come(user, began)
        if chance.random() < 0.5:
            await asyncio.sleep(0)

    def stand(user: str) -> int:
        return sum(len(people.began[TENANT, user]) for people in nodes)

    await until(lambda: all(stand(user) == min(3, came[user]) for user in came))
    # Nothing more is closed once all have been told of it.
    for _ in range(3):
        await report(*nodes)
    assert {user: stand(user) for user in came} == {user: min(3, count) for user, count in came.items()}


async def test_a_node_that_died_counts_for_nothing_after_a_while(make_people):
    one, other = await make_people(ttl_s=TTL_S), await make_people(ttl_s=TTL_S)
    for began in range(3):
        other.come("ada", began)
    await report(other)
    one.come("ada", 3)
    await report(one)
    assert one.connections.elsewhere(TENANT) == 3
    async with asyncio.timeout(20):
        while one.connections.elsewhere(TENANT):
            one.connections.changed(TENANT, "ada")
            await report(one)
            await asyncio.sleep(0.02)


async def test_a_node_that_redis_has_forgotten_tells_it_everything_anew(make_people, own_valkey):
    one, other = await make_people(), await make_people()
    for number in range(1200):
        one.come(f"user-{number}", number)
    await report(one)
    own_valkey.command("FLUSHALL")
    one.come("one more", 1)
    other.come("ada", 1)
    await report(one, other)
    assert other.connections.elsewhere(TENANT) == 1201


async def test_those_who_hear_a_users_channel_are_counted_over_all_nodes(make_people):
    one, other = await make_people(), await make_people()
    for people in (one, one, other):
        people.come("ada", 1)
    one.hearing[TENANT, "ada"] = 2
    await report(one, other)
    assert await other.connections.hearing(TENANT, "ada") == Counts(2, 1)
    other.hearing[TENANT, "ada"] = 1
    other.connections.changed(TENANT, "ada")
    await report(other)
    assert await one.connections.hearing(TENANT, "ada") == Counts(3, 1)
    assert await one.connections.hearing(TENANT, "nobody") == Counts(0, 0)


async def test_while_redis_is_away_a_node_goes_by_its_own(make_people, own_valkey):
    one, other = await make_people(), await make_people()
    other.come("ada", 1)
    one.come("ada", 2)
    one.hearing[TENANT, "ada"] = 1
    await report(other, one)
    assert one.connections.elsewhere(TENANT) == 1
    own_valkey.kill()
    one.come("ada", 3)
    async with asyncio.timeout(20):
        while one.connections.elsewhere(TENANT):
            await report(one)
    assert await one.connections.hearing(TENANT, "ada") == Counts(1, 1)


async def test_nothing_is_kept_of_a_tenant_whose_last_connection_has_gone(make_people):
    one = await make_people()
    one.come("ada", 1)
    await report(one)
    assert len(one.connections) == 1
    one.go("ada")
    await report(one)
    assert len(one.connections) == 0
