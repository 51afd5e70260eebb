"""Publishing, subscribing, history and recovery on a real Valkey."""

import asyncio
import re

import msgspec
import pytest

from channels.board import RankedBoards
from channels.broker import NO_EPOCH, Step
from channels.envelope import Encoding
from channels.policy import History, HistoryLimits
from channels.recovery import Position
from tests.delivery.node import Node, new_channel, now, numbers, until


def told(events: list[msgspec.Raw]) -> list[int]:
    return numbers([msgspec.json.decode(event) for event in events])


async def test_an_event_reaches_the_sockets_of_every_node(valkey, make_node):
    one, other = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel("user:anna")
    _, here = await one.listen(channel)
    _, there = await other.listen(channel)
    published = await one.tell(channel, 1)
    assert (published.offset, published.version, published.receivers, published.duplicate) == (1, None, 2, False)
    for peer in (here, there):
        (message,) = await peer.until(1)
        at = message.pop("at")
        assert message == {"type": "event", "channel": "user", "offset": 1, "event": "told", "data": {"number": 1}}
        assert len(at) == len("2026-11-22T10:00:00.123Z")
        assert at.endswith("Z")


async def test_kept_events_are_counted_without_a_hole_by_all_nodes_together(valkey, make_node):
    nodes = [await make_node(valkey.url) for _ in range(3)]
    channel = new_channel()
    _, peer = await nodes[0].listen(channel)
    published = await asyncio.gather(*(nodes[number % 3].tell(channel, number) for number in range(90)))
    assert sorted(one.offset for one in published) == list(range(1, 91))
    assert len({one.epoch for one in published}) == 1
    await peer.until(90)
    assert peer.offsets() == list(range(1, 91))


async def test_a_repeated_publish_is_sent_once_by_whichever_node(valkey, make_node):
    one, other = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    _, peer = await one.listen(channel)
    published = await asyncio.gather(*(node.tell(channel, 1, idempotency_key="it") for node in (one, other) * 10))
    assert sorted(one.duplicate for one in published) == [False] + [True] * 19
    assert {(one.epoch, one.offset) for one in published} == {(published[0].epoch, 1)}
    await other.tell(channel, 2, idempotency_key="another")
    assert numbers(await peer.until(2)) == [1, 2]


async def test_an_idempotency_key_is_the_channels_own(valkey, make_node):
    node = await make_node(valkey.url)
    assert not (await node.tell(new_channel(), 1, idempotency_key="it")).duplicate
    assert not (await node.tell(new_channel(), 1, idempotency_key="it")).duplicate


async def test_a_latest_event_that_is_not_newer_is_not_sent(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    big = 1_795_399_200_000_001
    assert (await node.tell(channel, 1, "pool", version=big)).version == big
    for stale in (big, big - 1):
        refused = await node.tell(channel, 9, "pool", version=stale)
        assert (refused.version, refused.duplicate, refused.offset) == (big, True, None)
    assert (await node.tell(channel, 2, "pool", version=big + 1)).version == big + 1
    messages = await peer.until(2)
    assert [(one["data"]["number"], one["version"]) for one in messages] == [(1, big), (2, big + 1)]
    assert all("offset" not in one for one in messages)


async def test_a_latest_event_without_a_version_is_given_one_that_rises(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    versions = [(await node.tell(channel, number, "pool")).version for number in range(20)]
    assert versions == sorted(set(versions))
    assert versions[-1] < 2**53


async def test_of_nodes_that_tell_more_at_once_one_does_and_each_change_follows_the_last(valkey, make_node):
    nodes = [await make_node(valkey.url) for _ in range(3)]
    channel = new_channel()
    _, peer = await nodes[0].listen(channel)
    boards = RankedBoards(valkey.url, 8)
    await boards.start()
    try:
        told = []
        for turn in range(5):
            before = await boards.told(channel)
            assert before.version == (told[-1] if told else None)
            at = 10 * turn
            done = await asyncio.gather(
                *(
                    node.tell(channel, at + i, "pool", version=at + i, told=before._replace(shown=b"%d" % i))
                    for i, node in enumerate(nodes)
                )
            )
            (sent,) = (i for i, one in enumerate(done) if not one.duplicate)
            told.append(at + sent)
            after = await boards.told(channel)
            assert (after.version, after.shown) == (at + sent, b"%d" % sent)
    finally:
        await boards.close()
    assert [one["data"]["number"] for one in await peer.until(5)] == told


async def test_a_newcomer_gets_the_newest_of_each_latest_event(valkey, make_node):
    one, other = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    for number in (1, 2, 3):
        await one.tell(channel, number, "pool", version=number)
    await one.tell(channel, 7, "rank", version=1)
    for encoding, decode in ((Encoding.JSON, msgspec.json.decode), (Encoding.MSGPACK, msgspec.msgpack.decode)):
        socket, _ = await other.listener(encoding)
        subscription = await other.broker.subscribe(channel, socket)
        latest = decode(encoding.encode(subscription.latest))
        assert {event: (one["version"], one["data"]["number"]) for event, one in latest.items()} == {
            "pool": (3, 3),
            "rank": (1, 7),
        }
        assert latest["pool"]["type"] == "event"


async def test_a_step_is_for_those_who_have_what_it_builds_upon_and_everybody_else_gets_the_whole(valkey, make_node):
    one, other = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    boards = RankedBoards(valkey.url, 8)
    await boards.start()

    async def tell(number):
        before = await boards.told(channel)
        step = Step("step", {"number": number, "from": before.version})
        return await one.tell(channel, number, "pool", version=number, told=before._replace(shown=b"", step=step))

    try:
        _, first = await one.listen(channel)
        await tell(3)
        await tell(6)
        _, second = await other.listen(channel)
        await tell(9)
        told = [(message["event"], message["version"], message["data"].get("from")) for message in await first.until(3)]
        assert told == [("pool", 3, None), ("step", 6, 3), ("step", 9, 6)]
        (message,) = await second.until(1)
        assert (message["event"], message["data"]) == ("step", {"number": 9, "from": 6})
        # What is handed to whoever comes, and to who was away, is the whole.
        socket, _ = await other.listener()
        subscription = await other.broker.subscribe(channel, socket, Position(NO_EPOCH, 0))
        assert list(subscription.latest) == ["pool"]
        other.broker._following.find(channel).versions["pool"] = 7
        await tell(12)
        missed = (await second.until(2))[-1]
        assert (missed["event"], missed["version"], missed["data"]) == ("pool", 12, {"number": 12})
        assert (await first.until(4))[-1]["data"] == {"number": 12, "from": 9}
    finally:
        await boards.close()


async def test_passing_events_are_not_counted_and_not_kept(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    _, peer = await node.listen(channel)
    published = await node.tell(channel, 1, "frame")
    assert (published.offset, published.version) == (None, None)
    node.broker.publish_local(channel, "frame", {"number": 2}, now())
    await node.tell(channel, 3)
    messages = await peer.until(3)
    assert sorted(numbers(messages)) == [1, 2, 3]
    assert peer.offsets() == [1]
    socket, _ = await node.listener()
    subscription = await node.broker.subscribe(channel, socket, Position(published.epoch, 0))
    assert told(subscription.events) == [3]


async def test_what_is_local_crosses_no_network(valkey, make_node):
    one, other = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel()
    _, here = await one.listen(channel)
    _, there = await other.listen(channel)
    assert one.broker.publish_local(channel, "frame", {"number": 1}, now()) == 1
    assert one.broker.publish_local(new_channel(), "frame", {"number": 1}, now()) == 0
    await one.tell(channel, 2)
    assert numbers(await here.until(2)) == [1, 2]
    assert numbers(await there.until(1)) == [2]


async def test_a_returning_reader_gets_all_it_missed_and_then_live_events(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    epoch = (await node.tell(channel, 1)).epoch
    for number in range(2, 11):
        await node.tell(channel, number)
    for encoding in (Encoding.JSON, Encoding.MSGPACK):
        socket, _ = await node.listener(encoding)
        subscription = await node.broker.subscribe(channel, socket, Position(epoch, 4))
        assert (subscription.epoch, subscription.offset, subscription.recovered) == (epoch, 10, True)
        decode = msgspec.json.decode if encoding is Encoding.JSON else msgspec.msgpack.decode
        assert [one["offset"] for one in decode(encoding.encode(subscription.events))] == list(range(5, 11))
    assert node.hub.counters.total().recovered == 2


@pytest.mark.parametrize(("offset", "recovered"), [(12, True), (7, True), (6, False), (0, False), (13, False)], ids=str)
async def test_recovered_is_said_only_with_every_event_in_hand(valkey, make_node, offset, recovered):
    node = await make_node(valkey.url, limits=HistoryLimits(kept=History(events=5)))
    channel = new_channel()
    for number in range(1, 13):
        epoch = (await node.tell(channel, number)).epoch
    socket, _ = await node.listener()
    subscription = await node.broker.subscribe(channel, socket, Position(epoch, offset))
    assert subscription.recovered is recovered
    assert told(subscription.events) == (list(range(offset + 1, 13)) if recovered else [])
    assert subscription.offset == 12


async def test_a_reader_of_another_epoch_is_not_recovered(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    await node.tell(channel, 1)
    socket, _ = await node.listener()
    subscription = await node.broker.subscribe(channel, socket, Position("another", 1))
    assert not subscription.recovered
    assert node.hub.counters.total().unrecovered == 1


async def test_history_is_as_old_and_as_long_as_its_channels_kind_says(valkey, make_node):
    limits = HistoryLimits(kept=History(events=3), kinds={"user": History(events=100, age_s=0.05)})
    node = await make_node(valkey.url, limits=limits)
    short, brief = new_channel(), new_channel("user:anna")
    for number in range(1, 6):
        await node.tell(short, number)
        epoch = (await node.tell(brief, number)).epoch
    link = node.link
    assert await link.ask("XLEN", short.history_key) == 3
    await asyncio.sleep(0.06)
    await node.tell(brief, 6)
    socket, _ = await node.listener()
    assert not (await node.broker.subscribe(brief, socket, Position(epoch, 0))).recovered
    assert told((await node.broker.subscribe(brief, socket, Position(epoch, 5))).events) == [6]
    assert 0 < await link.ask("PTTL", brief.history_key) <= 50


async def test_events_between_the_answer_and_its_release_follow_it_once_and_in_order(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    for number in (1, 2, 3):
        epoch = (await node.tell(channel, number)).epoch
    socket, peer = await node.listener()
    subscription = await node.broker.subscribe(channel, socket, Position(epoch, 1))
    assert told(subscription.events) == [2, 3]
    for number in (4, 5):
        await node.tell(channel, number)
    await node.tell(channel, 90, "frame")
    for version in (1, 2):
        await node.tell(channel, version, "pool", version=version)
    # Published, and on its way to the hub's sockets in this turn: not to be had twice.
    assert peer.messages == []
    node.broker.release(subscription)
    await node.tell(channel, 6)
    messages = await peer.until(4)
    assert [(one["event"], one["data"]["number"]) for one in messages] == [
        ("told", 4),
        ("told", 5),
        ("pool", 2),
        ("told", 6),
    ]


async def test_a_crowd_that_comes_back_together_reads_the_history_a_few_times_and_each_has_it_whole(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    for number in range(1, 11):
        epoch = (await node.tell(channel, number)).epoch
    crowd = [await node.listener() for _ in range(30)]
    before = await scripts_run(node)
    asked = [node.broker.subscribe(channel, socket, Position(epoch, 4)) for socket, _ in crowd]
    # Some are told meanwhile: they are in an answer, or follow it.
    *subscriptions, _, _ = await asyncio.gather(*asked, node.tell(channel, 11), node.tell(channel, 12))
    for subscription in subscriptions:
        node.broker.release(subscription)
    for subscription, (_, peer) in zip(subscriptions, crowd, strict=True):
        answered = told(subscription.events)
        assert subscription.recovered
        assert answered + numbers(await peer.until(12 - 4 - len(answered))) == list(range(5, 13))
    assert await scripts_run(node) - before < 10


async def scripts_run(node: Node) -> int:
    counted = (await node.link.ask("INFO", "commandstats")).decode()
    return int(re.search(r"cmdstat_evalsha:calls=(\d+)", counted)[1])


async def test_a_socket_dropped_by_the_hub_lets_its_channels_go(valkey, make_node):
    node = await make_node(valkey.url)
    socket, _ = await node.listen(new_channel())
    node.hub.drop(socket)
    await until(lambda: not node.broker.channels)


async def test_a_socket_that_is_gone_before_its_answer_leaves_nothing(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    socket, _ = await node.listener()
    subscription = await node.broker.subscribe(channel, socket)
    socket.abort()
    await until(lambda: socket.is_gone)
    node.broker.release(subscription)
    assert node.hub.channels == 0
    await until(lambda: not node.broker.channels)


async def test_a_signal_reaches_nodes_that_hear_the_channel_and_no_socket(valkey, make_node):
    one, other, deaf = [await make_node(valkey.url) for _ in range(3)]
    channel = new_channel()
    _, peer = await one.listen(channel)
    await other.listen(channel)
    payload = bytes(range(256))
    assert await deaf.broker.signal(channel, payload) == 2
    await one.tell(channel, 1)
    assert numbers(await peer.until(1)) == [1]
    await other.link.ask("PING")
    assert one.signals == other.signals == [(channel, payload)]
    assert deaf.signals == []


async def test_a_signal_that_cannot_be_taken_in_stops_nothing(valkey, make_node):
    node = await make_node(valkey.url, on_signal=lambda *_: 1 / 0)
    channel = new_channel()
    _, peer = await node.listen(channel)
    await node.broker.signal(channel, b"?")
    await node.tell(channel, 1)
    assert numbers(await peer.until(1)) == [1]


async def test_names_with_braces_stay_in_their_channel(valkey, make_node):
    node = await make_node(valkey.url)
    tenant = new_channel().tenant
    names = ["user:a", "user:a}:history", "user:{b}", "user:a%7D:history", "user:é 漢"]
    peers = []
    for name in names:
        channel = new_channel()._replace(tenant=tenant, name=name)
        assert channel.redis_channel.count(b"}") == channel.redis_channel.count(b"{") == 1
        assert channel.wire_name == "user"
        peers.append((channel, (await node.listen(channel))[1]))
    for number, (channel, _) in enumerate(peers):
        assert (await node.tell(channel, number)).offset == 1
    for number, (_, peer) in enumerate(peers):
        assert numbers(await peer.until(1)) == [number]


async def test_an_event_that_nobody_has_declared_is_a_mistake(valkey, make_node):
    node = await make_node(valkey.url)
    with pytest.raises(KeyError):
        await node.tell(new_channel(), 1, "undeclared")


async def test_scripts_that_redis_has_forgotten_are_sent_again(valkey, make_node):
    node = await make_node(valkey.url)
    channel = new_channel()
    await node.link.ask("SCRIPT", "FLUSH")
    assert (await node.tell(channel, 1)).offset == 1
