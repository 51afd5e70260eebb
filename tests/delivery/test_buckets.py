"""Limits over all nodes: never more than burst and rate allow, whoever comes in whichever order, Redis there or not."""

import asyncio
import bisect
import heapq
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from channels import scripts
from channels.broker import Broker
from channels.buckets import LEASE_S, Buckets, Lease, Rate, TokenBucket
from channels.channel import bucket_key
from tests.delivery.node import until


def new_key() -> bytes:
    return bucket_key("tests", uuid4().hex)


def most(rate: Rate, window_s: float, nodes: int) -> float:
    return max(rate.burst, rate.per_s * LEASE_S + rate.credit + 1) + rate.per_s * window_s + (nodes - 1) * rate.credit


@given(
    rate=st.sampled_from((Rate(1, 2), Rate(20, 40), Rate(100, 100), Rate(200, 300), Rate(5, 200))),
    nodes=st.integers(1, 4),
    steps=st.lists(
        # Pauses about as long as a lease, and floods, are where it could go wrong.
        st.tuples(
            st.sampled_from((0.0, 0.001, LEASE_S / 2, LEASE_S * 0.99, 1.5)),
            st.integers(0, 3),
            st.sampled_from((1, 2, 15, 200)),
            st.sampled_from((0.0, 0.01, 0.2)),
        ),
        min_size=1,
        max_size=40,
    ),
)
@settings(deadline=None, max_examples=200)
def test_over_any_window_no_more_goes_through_than_burst_and_rate_allow(rate, nodes, steps):
    """Nodes take from one bucket as `Buckets` does; each answer of the bucket takes its time to come."""
    shared, now = TokenBucket(rate.per_s, rate.shared_burst), 0.0
    leases = [Lease(rate, 0.0) for _ in range(nodes)]
    answers: list[tuple[float, int, object, int]] = []
    through: list[float] = []
    waiting = [False] * nodes

    def come_in(until: float) -> None:
        while answers and answers[0][0] <= until:
            at, node, grant, paid = heapq.heappop(answers)
            leases[node].granted(grant, paid, at)
            waiting[node] = False

    for pause, whose, tries, delay in steps:
        node = whose % nodes
        now += pause
        come_in(now)
        lease = leases[node]
        for _ in range(tries):
            taken = lease.take(now)
            if taken == 0.0:
                through.append(now)
            if not waiting[node] and (taken is None or (taken == 0.0 and lease.runs_low)):
                waiting[node], paid = True, lease.credited
                heapq.heappush(answers, (now + delay, node, shared.take(lease.wants(now), paid, now), paid))
                come_in(now)
            if waiting[node] and taken is None:
                break
    assert_within(rate, nodes, through)


def assert_within(rate: Rate, nodes: int, through: list[float]) -> None:
    """Of every window that begins and ends with one let through."""
    for first, start in enumerate(through):
        if first and start == through[first - 1]:
            continue
        for end in sorted(set(through[first:])):
            count = bisect.bisect_right(through, end) - first
            assert count <= most(rate, end - start, nodes) + 1e-6


async def test_nodes_share_a_bucket_and_take_no_more_than_it_holds(make_node, valkey):
    nodes = [await make_node(valkey.url) for _ in range(2)]
    key, rate, burst = new_key(), 500.0, 100.0

    async def microseconds() -> int:
        seconds, rest = await nodes[0].broker._servers.ask(key, "TIME")
        return int(seconds) * 1_000_000 + int(rest)

    async def take(broker: Broker, wanted: int) -> int:
        return int((await broker.run(scripts.BUCKET, [key], (str(rate), str(burst), wanted, 0)))[0])

    before = await microseconds()
    taken = 0
    for turn in range(150):
        taken += sum(await asyncio.gather(*(take(node.broker, turn % 7 + 1) for node in nodes * 2)))
    elapsed_s = (await microseconds() - before) / 1e6
    assert burst <= taken <= burst + rate * elapsed_s
    granted, wait_ms = await nodes[0].broker.run(scripts.BUCKET, [key], (str(rate), str(burst), 1, 5000))
    assert granted == 0
    assert 8_000 <= wait_ms <= 10_100
    assert 0 < await nodes[0].broker._servers.ask(key, "PTTL", key) <= wait_ms + 1300


async def test_two_nodes_together_let_a_flood_through_at_the_rate(make_node, valkey):
    rate, key = Rate(400, 200), new_key()
    nodes = [Buckets((await make_node(valkey.url)).broker) for _ in range(2)]
    loop = asyncio.get_running_loop()
    end = loop.time() + 1.0

    async def flood(buckets: Buckets) -> int:
        through = 0
        while loop.time() < end:
            wait_s = await buckets.take(key, rate)
            through += wait_s == 0
            await asyncio.sleep(0 if wait_s == 0 else min(wait_s, 0.02))
        return through

    began = loop.time()
    through = sum(await asyncio.gather(*(flood(buckets) for buckets in nodes * 3)))
    window_s = loop.time() - began
    assert through <= most(rate, window_s, 2)
    # It is not starved either: leases that run out unused cost some of it.
    assert through >= rate.shared_burst + rate.per_s * 0.3


async def test_whoever_comes_rarely_never_waits_for_redis(make_node, valkey):
    buckets = Buckets((await make_node(valkey.url)).broker)
    rate, key = Rate(50, 100), new_key()
    for _ in range(200):
        assert buckets.take_now(key, rate) == 0.0
        lease = buckets._leases[key]
        if lease.asking is not None:
            await asyncio.wait([lease.asking])
        # Slower than the rate, by the bucket's clock, without waiting for it.
        await buckets._broker._servers.ask(key, "HINCRBY", key, "at", -100_000)


async def test_with_redis_away_each_node_goes_by_itself_and_comes_back(make_node, own_valkey):
    node = await make_node(own_valkey.url, silence_s=0.3)
    buckets, rate, key = Buckets(node.broker), Rate(20, 40), new_key()
    own_valkey.kill()
    await node.broker.became(healthy=False)
    taken = [await buckets.take(key, rate) for _ in range(200)]
    assert rate.shared_burst - 1 <= taken.count(0.0) <= most(rate, 1.0, 1)
    assert all(0 < wait_s < 1 for wait_s in taken if wait_s)
    own_valkey.start()
    await node.broker.became(healthy=True)
    other = new_key()
    while not await buckets.take(other, rate):
        pass
    assert int(await node.broker._servers.ask(other, "EXISTS", other)) == 1


async def test_what_nobody_asks_for_is_paid_for_and_forgotten(make_node, valkey):
    node = await make_node(valkey.url)
    buckets, rate, key = Buckets(node.broker), Rate(1000, 1000), new_key()
    assert buckets.take_now(key, rate) == 0.0
    loop = asyncio.get_running_loop()
    await buckets._sweep(loop.time() + 1)
    await until(lambda: buckets._leases[key].asking is None)
    assert float(await node.broker._servers.ask(key, "HGET", key, "tokens")) <= rate.shared_burst - 1
    await buckets._sweep(loop.time() + 1)
    assert len(buckets) == 0
