"""Redis killed, frozen, emptied, cut off and brought back: nothing stays mute, or is told twice or out of order."""

import asyncio
import time

import pytest

from channels.addresses import Directory, directory_of
from channels.broker import NO_EPOCH
from channels.policy import History, HistoryLimits
from channels.recovery import Position
from channels.servers import BrokerUnavailable
from tests.delivery.node import Node, new_channel, now, numbers
from tests.delivery.valkey import ValkeyProcess


async def cut_off(node: Node) -> Directory:
    """Take a node, and it alone, off Redis until `bring_back`."""
    directory = node.broker._servers._directory
    node.broker._servers._directory = directory_of("unix:///nowhere/valkey.sock")
    node.link.abort()
    await node.broker.became(healthy=False)
    return directory


async def bring_back(node: Node, directory: Directory) -> None:
    node.broker._servers._directory = directory
    async with asyncio.timeout(20):
        await node.broker.became(healthy=True)


async def test_events_of_an_absence_come_first_when_redis_is_reached_again(valkey, make_node):
    node, teller = await make_node(valkey.url), await make_node(valkey.url)
    channel, quiet = new_channel(), new_channel()
    _, peer = await node.listen(channel)
    _, quiet_peer = await node.listen(quiet)
    for number in (1, 2):
        await teller.tell(channel, number)
        await teller.tell(channel, number, "pool", version=number)
    await teller.tell(channel, 1, "rank", version=1)
    await peer.until(5)
    directory = await cut_off(node)
    for number in (3, 4, 5):
        await teller.tell(channel, number)
        await teller.tell(channel, number, "pool", version=number)
    await bring_back(node, directory)
    await teller.tell(channel, 6)
    await teller.tell(quiet, 1)
    messages = await peer.until(5 + 5)
    assert [(one["event"], one["data"]["number"]) for one in messages[5:]] == [
        ("told", 3),
        ("told", 4),
        ("told", 5),
        ("pool", 5),
        ("told", 6),
    ]
    assert peer.offsets() == list(range(1, 7))
    assert numbers(await quiet_peer.until(1)) == [1]
    assert node.gaps == []
    assert (node.hub.counters.total().gaps_filled, node.hub.counters.redis_reconnects) == (1, 1)


async def test_a_storm_over_many_cuts_has_neither_hole_nor_duplicate(valkey, make_node):
    node, teller = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    count = 400

    async def storm() -> None:
        for number in range(1, count + 1):
            await teller.tell(channel, number)
            if number % 40 == 0 and node.link is not None:
                node.link.abort()
                await node.broker.became(healthy=False)

    storming = asyncio.create_task(storm())
    await peer.until(count)
    await storming
    assert peer.offsets() == list(range(1, count + 1))
    assert node.gaps == []


async def test_sockets_that_missed_events_for_good_are_named(valkey, make_node):
    limits = HistoryLimits(kept=History(events=2))
    node, teller = await make_node(valkey.url, limits=limits), await make_node(valkey.url, limits=limits)
    channel, unharmed = new_channel(), new_channel()
    await node.listen(channel)
    await node.listen(channel)
    await node.listen(unharmed)
    directory = await cut_off(node)
    for number in range(1, 4):
        await teller.tell(channel, number)
    await bring_back(node, directory)
    await node.link.ask("PING")
    assert node.gaps == [channel, channel]
    assert node.hub.counters.total().gaps_lost == 1


async def test_without_a_handler_of_gaps_sockets_are_unsubscribed_and_told(valkey, make_node):
    limits = HistoryLimits(kept=History(events=2))
    node, teller = await make_node(valkey.url, limits=limits, on_gap=None), await make_node(valkey.url, limits=limits)
    channel = new_channel("user:anna")
    _, peer = await node.listen(channel)
    directory = await cut_off(node)
    for number in range(1, 4):
        await teller.tell(channel, number)
    await bring_back(node, directory)
    (told,) = await peer.until(1)
    assert (told["type"], told["channel"], told["code"]) == ("unsubscribed", "user", "unavailable")
    assert node.hub.subscribers(channel) == 0


async def test_an_answer_that_was_overtaken_by_a_gap_is_followed_by_its_notice(valkey, make_node):
    limits = HistoryLimits(kept=History(events=2))
    node, teller = await make_node(valkey.url, limits=limits), await make_node(valkey.url, limits=limits)
    channel = new_channel()
    socket, peer = await node.listener()
    subscription = await node.broker.subscribe(channel, socket)
    directory = await cut_off(node)
    for number in range(1, 4):
        await teller.tell(channel, number)
    await bring_back(node, directory)
    await node.link.ask("PING")
    assert node.gaps == []
    node.broker.release(subscription)
    assert node.gaps == [channel]
    await teller.tell(channel, 4)
    assert numbers(await peer.until(1)) == [4]


async def test_while_redis_is_away_publishing_fails_at_once_and_what_is_local_goes_on(own_valkey, make_node):
    node = await make_node(own_valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    assert node.broker.healthy
    own_valkey.kill()
    await node.broker.became(healthy=False)
    began = time.monotonic()
    for attempt in (node.tell(channel, 1), node.broker.signal(channel, b"x")):
        with pytest.raises(BrokerUnavailable):
            await attempt
    assert time.monotonic() - began < 0.5
    node.broker.publish_local(channel, "told", {"number": 2}, now())
    newcomer, newcomer_peer = await node.listener()
    subscription = await node.broker.subscribe(channel, newcomer, Position("any", 7))
    assert not subscription.recovered
    node.broker.release(subscription)
    unknown, _ = await node.listener()
    assert (await node.broker.subscribe(new_channel(), unknown)).epoch == NO_EPOCH
    node.broker.publish_local(channel, "told", {"number": 3}, now())
    assert numbers(await peer.until(2)) == [2, 3]
    assert numbers(await newcomer_peer.until(1)) == [3]


async def test_a_restarted_redis_that_kept_its_data_begins_new_epochs(tmp_path, make_node):
    with ValkeyProcess(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as valkey:
        node = await make_node(valkey.url)
        channel = new_channel()
        _, peer = await node.listen(channel)
        before = await node.tell(channel, 1)
        await node.tell(channel, 1, "pool", version=50)
        await peer.until(2)
        valkey.kill()
        await node.broker.became(healthy=False)
        valkey.start()
        async with asyncio.timeout(20):
            await node.broker.became(healthy=True)
        socket, _ = await node.listener()
        subscription = await node.broker.subscribe(channel, socket, Position(before.epoch, 1))
        assert not subscription.recovered
        assert (subscription.epoch == before.epoch, subscription.offset, subscription.latest) == (False, 0, {})
        assert node.gaps == [channel]


async def test_an_emptied_redis_is_noticed_by_the_next_event(own_valkey, make_node):
    node = await make_node(own_valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    before = await node.tell(channel, 1)
    await peer.until(1)
    await node.link.ask("FLUSHALL")
    after = await node.tell(channel, 2)
    assert (after.offset, after.epoch == before.epoch) == (1, False)
    await node.link.ask("PING")
    assert node.gaps == [channel]
    await node.tell(channel, 3)
    assert numbers(await peer.until(2)) == [1, 3]


async def test_what_was_told_before_redis_was_emptied_is_told_anew_under_the_same_number(own_valkey, make_node):
    node = await make_node(own_valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    await node.tell(channel, 1, "pool", version=8)
    await peer.until(1)
    await node.link.ask("FLUSHALL")
    await node.tell(channel, 2)
    await node.link.ask("PING")
    assert node.gaps == [channel]
    _, newcomer = await node.listen(channel)
    await node.tell(channel, 3, "pool", version=8)
    assert numbers(await newcomer.until(1)) == [3]


async def test_a_silent_redis_is_noticed_though_its_connection_stays_open(own_valkey, make_node):
    node = await make_node(own_valkey.url, silence_s=0.3)
    channel = new_channel()
    _, peer = await node.listen(channel)
    own_valkey.freeze()
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        await node.tell(channel, 1, idempotency_key="one")
    assert time.monotonic() - began < 2
    await node.broker.became(healthy=False)
    own_valkey.thaw()
    async with asyncio.timeout(20):
        await node.broker.became(healthy=True)
    # The frozen Redis may have carried it out after all: the key makes trying again harmless.
    await node.tell(channel, 1, idempotency_key="one")
    await node.tell(channel, 2)
    assert numbers(await peer.until(2)) == [1, 2]


async def test_a_redis_that_falls_silent_while_nothing_is_asked_is_noticed_too(own_valkey, make_node):
    node = await make_node(own_valkey.url, silence_s=0.2)
    own_valkey.freeze()
    async with asyncio.timeout(10):
        await node.broker.became(healthy=False)


async def test_a_node_starts_without_redis_and_finds_it_later(tmp_path, make_node):
    valkey = ValkeyProcess(tmp_path)
    node = await make_node(valkey.url)
    assert not node.broker.healthy
    channel = new_channel()
    _, peer = await node.listen(channel)
    with valkey:
        async with asyncio.timeout(20):
            await node.broker.became(healthy=True)
        await node.tell(channel, 1)
        assert numbers(await peer.until(1)) == [1]


async def test_closing_does_not_wait_for_a_redis_that_is_away(own_valkey):
    node = Node(own_valkey.url)
    await node.start()
    own_valkey.freeze()
    publishing = asyncio.create_task(node.tell(new_channel(), 1))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await node.close()
    with pytest.raises(BrokerUnavailable):
        await publishing


async def test_closing_while_connecting_ends_at_whatever_point(valkey):
    for step in range(60):
        node = Node(valkey.url)
        await node.start()
        node.link.abort()
        await node.broker.became(healthy=False)
        for _ in range(step):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await node.close()


async def test_a_full_redis_refuses_wholly(own_valkey, make_node):
    node = await make_node(own_valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    await node.tell(channel, 1)
    link = node.link
    await link.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(BrokerUnavailable):
        await node.tell(channel, 2, idempotency_key="two")
    await link.ask("CONFIG", "SET", "maxmemory", "0")
    assert (await node.tell(channel, 2, idempotency_key="two")).offset == 2
    assert numbers(await peer.until(2)) == [1, 2]
    assert peer.offsets() == [1, 2]


async def test_a_channel_on_which_something_was_told_uncounted_begins_anew_for_all(valkey, make_node):
    node, other = await make_node(valkey.url), await make_node(valkey.url)
    channel, calm = new_channel(), new_channel()
    _, here = await node.listen(channel)
    _, there = await other.listen(channel)
    await node.listen(calm)
    epoch = (await other.tell(channel, 1)).epoch
    await here.until(1)
    directory = await cut_off(node)
    node.broker.publish_local(channel, "told", {"number": 2}, now())
    node.broker.publish_local(calm, "frame", {"number": 2}, now())
    await other.tell(channel, 3)
    await bring_back(node, directory)
    assert numbers(await here.until(2)) == [1, 2]
    assert numbers(await there.until(2)) == [1, 3]
    for one in (node, other):
        await one.link.ask("PING")
    assert node.gaps == other.gaps == [channel]
    socket, _ = await other.listener()
    subscription = await other.broker.subscribe(channel, socket, Position(epoch, 2))
    assert (subscription.recovered, subscription.offset) == (False, 0)


async def test_what_is_told_uncounted_is_told_once_for_its_key(own_valkey, make_node):
    node = await make_node(own_valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    own_valkey.kill()
    await node.broker.became(healthy=False)
    for number, key in ((1, "one"), (2, "one"), (3, "two"), (4, None), (5, None)):
        node.broker.publish_local(channel, "told", {"number": number}, now(), idempotency_key=key)
    assert numbers(await peer.until(4)) == [1, 3, 4, 5]


async def test_a_refused_event_begins_its_channel_anew_once_there_is_room(own_valkey, make_node):
    node = await make_node(own_valkey.url, silence_s=0.2)
    channel = new_channel()
    await node.listen(channel)
    await node.tell(channel, 1)
    link = node.link
    await link.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(BrokerUnavailable):
        await node.tell(channel, 2)
    node.broker.publish_local(channel, "told", {"number": 2}, now())
    await link.ask("CONFIG", "SET", "maxmemory", "0")
    async with asyncio.timeout(5):
        while not node.gaps:  # noqa: ASYNC110 - the broker's own timer
            await asyncio.sleep(0.01)
    assert node.gaps == [channel]


async def test_a_reader_who_knows_more_than_a_cut_off_node_is_not_told_it_again(valkey, make_node):
    node, teller = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    await node.listen(channel)
    epoch = (await teller.tell(channel, 1)).epoch
    await node.link.ask("PING")
    directory = await cut_off(node)
    for number in (2, 3, 4):
        await teller.tell(channel, number)
    socket, peer = await node.listener()
    subscription = await node.broker.subscribe(channel, socket, Position(epoch, 3))
    assert (subscription.epoch, subscription.offset, subscription.recovered) == (NO_EPOCH, 0, False)
    node.broker.release(subscription)
    await bring_back(node, directory)
    await node.link.ask("PING")
    assert set(node.gaps) == {channel}
    await teller.tell(channel, 5)
    assert numbers(await peer.until(1)) == [5]
