"""The faults known of Litestar's ChannelsPlugin, none of which is ours.

A failed publish ends its task silently, and the shutdown hangs; an outage of twelve seconds leaves sockets open and
mute; who joins as the last leaves is lost; joining with history gives duplicates out of order; empty channels are never
freed. That it cannot publish to shards is for `test_cluster.py: test_a_publish_goes_to_one_shard_alone`.
"""

import asyncio

import msgspec
import pytest

from channels.envelope import Encoding
from channels.recovery import Position
from channels.servers import BrokerUnavailable
from tests.delivery.node import new_channel, now, numbers, until

OUTAGE_S = 12.0


async def test_a_publish_that_fails_stops_no_other_and_no_shutdown(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    await node.link.ask("SET", new_channel().position_key, "x")
    broken = new_channel()
    await node.link.ask("SET", broken.position_key, "not a hash")
    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        await node.tell(broken, 1)
    with pytest.raises(TypeError):
        await node.broker.publish(channel, "told", object(), at=now())
    await node.tell(channel, 2)
    assert numbers(await peer.until(1)) == [2]
    async with asyncio.timeout(2):
        await node.broker.close()


async def test_after_an_outage_of_twelve_seconds_sockets_hear_again_and_are_told_of_the_gap(own_valkey, make_node):
    node = await make_node(own_valkey.url)
    channel, local = new_channel(), new_channel()
    _, peer = await node.listen(channel)
    before = await node.tell(channel, 1)
    own_valkey.kill()
    await node.broker.became(healthy=False)
    _, local_peer = await node.listen(local)
    await asyncio.sleep(OUTAGE_S)
    own_valkey.start()
    async with asyncio.timeout(20):
        await node.broker.became(healthy=True)
    await node.link.ask("PING")
    assert sorted(node.gaps) == sorted([channel, local])
    after = await node.tell(channel, 2)
    assert (after.offset, after.epoch == before.epoch) == (1, False)
    await node.tell(local, 3)
    assert numbers(await peer.until(2)) == [1, 2]
    assert numbers(await local_peer.until(1)) == [3]


async def test_the_first_to_come_as_the_last_leaves_loses_nothing(valkey, make_node):
    node, teller = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    for number in range(60):
        socket, _ = await node.listen(channel)
        newcomer, peer = await node.listener()
        joining = asyncio.create_task(node.broker.subscribe(channel, newcomer))
        await asyncio.sleep(0)
        node.broker.unsubscribe(channel, socket)
        node.broker.release(await joining)
        assert (await teller.tell(channel, number)).receivers == 1
        assert numbers(await peer.until(1)) == [number]
        node.broker.unsubscribe(channel, newcomer)


async def test_joining_with_history_amid_a_storm_has_neither_hole_nor_duplicate_nor_disorder(valkey, make_node):
    node, teller = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    epoch = (await teller.tell(channel, 1)).epoch
    count = 300

    async def storm() -> None:
        for number in range(2, count + 1):
            await teller.tell(channel, number)

    async def reader(since: int) -> list[int]:
        socket, peer = await node.listener()
        seen: list[int] = []
        while since + len(seen) < count:
            subscription = await node.broker.subscribe(channel, socket, Position(epoch, since + len(seen)))
            assert subscription.recovered
            seen += numbers([msgspec.json.decode(event) for event in subscription.events])
            if since + len(seen) == count:
                break
            # The storm goes on while the answer is made.
            await asyncio.sleep(0)
            node.broker.release(subscription)
            await peer.until(1)
            node.broker.unsubscribe(channel, socket)
            socket.send(Encoding.JSON.frame({"type": "left"}))
            while peer.messages[-1]["type"] != "left":
                await peer.read()
            seen += numbers(peer.messages)
            peer.messages.clear()
        return seen

    async with asyncio.timeout(60):
        *lists, _ = await asyncio.gather(*(reader(since) for since in (0, 1, 1, 0)), storm())
    for seen, since in zip(lists, (0, 1, 1, 0), strict=True):
        assert seen == list(range(since + 1, count + 1))


async def test_a_channel_that_nobody_hears_is_let_go_in_redis_too(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    name = channel.redis_channel
    link = node.link
    socket, _ = await node.listen(channel)
    joining, _ = await node.listener()
    subscription = await node.broker.subscribe(channel, joining)
    assert await link.ask("PUBSUB", "NUMSUB", name) == [name, 1]
    node.broker.unsubscribe(channel, socket)
    node.broker.unsubscribe(channel, joining)
    node.broker.release(subscription)
    assert node.hub.channels == 0
    await until(lambda: not node.broker.channels)
    assert await link.ask("PUBSUB", "NUMSUB", name) == [name, 0]
    assert not node.broker._following._idle
