"""Several Redis servers: a cluster's shards, slots that move, masters that are replaced."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from channels.addresses import directory_of
from channels.board import Change, RankedBoards
from channels.buckets import Buckets, Rate
from channels.channel import Channel, bucket_key
from channels.link import Link
from channels.presence import Counts, Presence
from channels.recovery import Position
from channels.servers import BrokerUnavailable
from tests.delivery.cluster import Cluster, Watched
from tests.delivery.node import Node, new_channel, numbers, until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Six nodes, all there before and after each test."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


def on_every_shard(cluster: Cluster, each: int = 2) -> list[Channel]:
    """Channels of which each master has some."""
    found: dict[int, list[Channel]] = {}
    while len(found) < 3 or any(len(channels) < each for channels in found.values()):
        channel = new_channel()
        found.setdefault(cluster.master_of(channel.redis_channel).port, []).append(channel)
    return [channel for channels in found.values() for channel in channels[:each]]


def at_the_same(cluster: Cluster, one: Channel, other: Channel) -> bool:
    return one != other and cluster.master_of(one.redis_channel) is cluster.master_of(other.redis_channel)


async def tell_surely(node: Node, channel: Channel, number: int) -> None:
    """Publish as the outbox does: under one key, again and again until it has gone through."""
    async with asyncio.timeout(30):
        while True:
            try:
                await node.tell(channel, number, idempotency_key=str(number))
            except BrokerUnavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def test_events_reach_every_node_from_every_shard_with_their_history(cluster, make_node):
    node, other = await make_node(cluster.url), await make_node(cluster.url)
    channels = on_every_shard(cluster)
    heard = {channel: (await other.listen(channel))[1] for channel in channels}
    for channel in channels:
        for number in range(1, 4):
            await node.tell(channel, number)
    for peer in heard.values():
        assert numbers(await peer.until(3)) == [1, 2, 3]
        assert peer.offsets() == [1, 2, 3]
    for channel in channels:
        socket, _ = await node.listener()
        epoch = node.broker._following._feeds.get(channel.redis_channel)
        assert epoch is None
        first = await node.broker.subscribe(channel, socket)
        again = await node.broker.subscribe(channel, socket, Position(first.epoch, 1))
        assert (first.offset, again.recovered, len(again.events)) == (3, True, 2)
    for one in (node, other):
        links = {one.broker._servers.link(channel.redis_channel) for channel in channels}
        assert len(links) == 3


async def test_a_publish_goes_to_one_shard_alone(cluster, make_node):
    node = await make_node(cluster.url)
    channel = on_every_shard(cluster)[0]
    _, peer = await node.listen(channel)
    owner = node.broker._servers.link(channel.redis_channel)
    others = {link for link in node.broker._servers._links.values() if link is not owner}
    assert len(others) == 2
    before = {link: await messages_out(link) for link in others}
    for number in range(20):
        assert (await node.tell(channel, number)).receivers == 1
    assert numbers(await peer.until(20)) == list(range(20))
    assert await owner.ask("PUBSUB", "SHARDNUMSUB", channel.redis_channel) == [channel.redis_channel, 1]
    assert {link: await messages_out(link) for link in others} == before


async def messages_out(link: Link) -> list[str]:
    """How often a server was asked to publish, by either word."""
    info = await link.ask("INFO", "commandstats")
    lines = bytes(getattr(info, "data", info)).decode().splitlines()
    return [line.partition(",")[0] for line in lines if line.startswith(("cmdstat_spublish:", "cmdstat_publish:"))]


async def test_a_slot_that_moves_under_load_loses_and_doubles_nothing(cluster, make_node):
    node, other = await make_node(cluster.url), await make_node(cluster.url)
    channel = on_every_shard(cluster)[0]
    _, peer = await other.listen(channel)
    calm = next(one for one in on_every_shard(cluster, each=3) if at_the_same(cluster, one, channel))
    _, calm_peer = await other.listen(calm)
    home = cluster.master_of(channel.redis_channel)
    to = next(one for one in cluster.masters if one is not home)

    async def tell_all() -> None:
        for number in range(1, 201):
            await tell_surely(node, channel, number)

    telling = asyncio.create_task(tell_all())
    await peer.until(20)
    links = [one.broker._servers.link(channel.redis_channel) for one in (node, other)]
    await asyncio.to_thread(cluster.move, channel.redis_channel, to)
    await telling
    assert cluster.master_of(channel.redis_channel) is to
    # Who listened is told that it has to start anew, once; what comes after that it hears to the last.
    await until(lambda: bool(other.gaps))
    while 200 not in numbers(peer.messages):
        await peer.read()
    assert other.gaps == [channel]
    told = numbers(peer.messages)
    assert told == sorted(set(told))
    before, after = told[: told.index(20)], [one for one in told if one > 200 - 20]
    assert (before, after[-1]) == (list(range(1, 20)), 200)
    offsets = peer.offsets()
    assert sum(one != next_ - 1 for one, next_ in itertools.pairwise(offsets)) <= 1, "one hole, where it was told"
    assert not any(link.lost.done() for link in links), "the rest of the shard goes on undisturbed"
    await node.tell(calm, 1)
    assert numbers(await calm_peer.until(1)) == [1]
    assert calm not in other.gaps


async def test_a_slot_half_way_is_waited_for(cluster, make_node):
    """While a slot's keys are on two servers, neither can count; a short wait is all that publishers notice."""
    node, other = await make_node(cluster.url, silence_s=5.0), await make_node(cluster.url)
    channel = on_every_shard(cluster)[0]
    _, peer = await other.listen(channel)
    before = await node.tell(channel, 1, idempotency_key="1")
    home = cluster.master_of(channel.redis_channel)
    to = next(one for one in cluster.masters if one is not home)
    finish = await asyncio.to_thread(cluster.begin_to_move, channel.position_key, to)
    telling = asyncio.create_task(node.tell(channel, 2, idempotency_key="2"))
    socket, _ = await node.listener()
    joining = asyncio.create_task(node.broker.subscribe(channel, socket))
    # What has only one key is answered by whoever has it.
    key = channel.board_key("told")
    await node.broker._servers.ask(key, "SET", key, "x", "PX", 10_000)
    assert await node.broker._servers.ask(key, "GET", key) == b"x"
    assert not telling.done()
    await asyncio.to_thread(finish)
    # The server that has the slot now counts anew.
    after = await telling
    assert (after.offset, after.epoch == before.epoch) == (1, False)
    assert (await joining).epoch == after.epoch
    await until(lambda: other.gaps == [channel])
    await node.tell(channel, 3)
    assert numbers(await peer.until(2))[-1] == 3


async def test_a_plain_url_of_a_clusters_server_leads_to_the_whole_cluster(cluster, make_node):
    node = await make_node(f"redis://127.0.0.1:{cluster.nodes[0].port}")
    async with asyncio.timeout(10):
        await node.broker.became(healthy=True)
    for channel in on_every_shard(cluster, each=1):
        _, peer = await node.listen(channel)
        await node.tell(channel, 1)
        assert numbers(await peer.until(1)) == [1]


async def test_a_channel_let_go_while_its_slot_moves_leaves_the_connection_in_order(cluster, make_node):
    node = await make_node(cluster.url)
    channel = on_every_shard(cluster)[0]
    link = node.broker._servers.link(channel.redis_channel)
    link.subscribe(channel.redis_channel)
    await link.ask("PING")
    home = cluster.master_of(channel.redis_channel)
    to = next(one for one in cluster.masters if one is not home)
    # The server's own word that the channel has gone waits unread, and the node lets it go meanwhile.
    link._transport.pause_reading()
    await asyncio.to_thread(cluster.move, channel.redis_channel, to)
    link.unsubscribe(channel.redis_channel)
    asked = [asyncio.create_task(link.ask("ECHO", str(number))) for number in range(5)]
    await asyncio.sleep(0)
    link._transport.resume_reading()
    assert await asyncio.gather(*asked) == [str(number).encode() for number in range(5)]


async def test_what_is_handed_out_once_is_handed_out_once_wherever_it_lies(cluster, make_node):
    node, other = await make_node(cluster.url), await make_node(cluster.url)
    for number in range(12):
        key = f"wh:{{ticket:{number}}}".encode()
        await node.broker.keep_once(key, b"who", 10)
        taken = await asyncio.gather(*(one.broker.take_once(key) for one in (node, other, node, other)))
        assert sorted(taken, key=bool) == [None, None, None, b"who"]


async def test_presence_and_limits_are_kept_on_every_shard(cluster, make_node):
    living, killed = [Presence((await make_node(cluster.url)).broker, flush_s=0.01, ttl_s=ttl_s) for ttl_s in (60, 0.5)]
    channels = on_every_shard(cluster)
    for channel in channels:
        living.join(channel, "ada")
        killed.join(channel, "ada")
        killed.join(channel, "bob")
    await killed.flush()
    assert [await living.count(channel) for channel in channels] == [Counts(3, 2)] * len(channels)
    async with asyncio.timeout(20):
        for channel in channels:
            while await living.count(channel) != Counts(1, 1):  # noqa: ASYNC110 - the clock of Redis
                await asyncio.sleep(0.05)
    buckets, rate = Buckets(living._broker), Rate(1, 60)
    for key in [bucket_key("tests", channel.tenant) for channel in channels]:
        taken = [await buckets.take(key, rate) for _ in range(100)]
        assert taken.count(0) in range(50, 63)
        assert buckets._leases[key].own is None


async def test_a_board_lives_on_its_channels_shard(cluster):
    boards = RankedBoards(cluster.url, 4)
    await boards.start()
    try:
        for channel in on_every_shard(cluster):

            async def members():
                yield [Change("ann", b"0001"), Change("ben", b"0002")]

            assert await boards.build(channel, 1, "note", members())
            assert await boards.apply(channel, 1, 2, "", [Change("cid", b"0000"), Change("ann", b"")])
            page = await boards.read(channel, 0, 10, tie_bytes=4)
            assert page is not None
            assert [member.name for member in page.members] == ["cid", "ben"]
            assert await boards.heard([channel]) == set()
    finally:
        await boards.close()


async def test_a_killed_master_is_replaced_by_its_replica_and_nothing_stays_mute(cluster, make_node):
    node, other = await make_node(cluster.url), await make_node(cluster.url)
    channels = on_every_shard(cluster, each=1)
    heard = {channel: (await other.listen(channel))[1] for channel in channels}
    for channel in channels:
        await tell_surely(node, channel, 1)
        await heard[channel].until(1)
    lost = channels[0]
    master = cluster.master_of(lost.redis_channel)
    master.kill()
    async with asyncio.timeout(20):
        await asyncio.gather(*(one.broker.became(healthy=False) for one in (node, other)))
    # The other shards go on meanwhile.
    await tell_surely(node, channels[1], 2)
    assert numbers(await heard[channels[1]].until(2)) == [1, 2]
    async with asyncio.timeout(30):
        await asyncio.gather(*(one.broker.became(healthy=True) for one in (node, other)))
    await tell_surely(node, lost, 2)
    # Its replica counts anew: who listened was told so, and hears what comes after.
    await until(lambda: lost in other.gaps)
    assert numbers(await heard[lost].until(2)) == [1, 2]
    await asyncio.to_thread(cluster.bring_back, master)


async def test_sentinels_lead_to_the_master_that_takes_over(tmp_path, make_node):
    with Watched(tmp_path) as house:
        node, other = await make_node(house.url), await make_node(house.url)
        channel = new_channel()
        _, peer = await other.listen(channel)
        await node.tell(channel, 1)
        await peer.until(1)
        house.servers[0].kill()
        async with asyncio.timeout(60):
            await asyncio.gather(*(one.broker.became(healthy=False) for one in (node, other)))
            await asyncio.gather(*(one.broker.became(healthy=True) for one in (node, other)))
        await tell_surely(node, channel, 2)
        assert numbers(await peer.until(2)) == [1, 2]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://localhost:6379", None),
        ("redis+clusters://localhost", "is no way to Redis"),
        ("unix+cluster://localhost", "is no way to Redis"),
        ("redis+cluster://", "at least one host"),
        ("redis+sentinel://localhost:26379", "the master's name"),
    ],
)
def test_a_url_that_names_nothing_is_refused_with_what_would_do(url, told):
    if told is None:
        directory_of(url)  # one server: redis-py reads it, when it is connected to
        return
    with pytest.raises(ValueError, match=told):
        directory_of(url)
