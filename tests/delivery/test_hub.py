"""The fan-out: order, joining, slices of large channels, readers that are behind, and nothing left behind."""

import asyncio

import msgspec

from channels.envelope import Broadcast, Encoding, encode_body
from channels.hub import SLICE, Hub
from channels.policy import Policy
from tests.delivery.node import new_channel, now, numbers
from tests.delivery.test_socket import fill


def event(number: int, policy: Policy = Policy.KEPT, name: str = "told", pad: int = 0) -> Broadcast:
    body = encode_body(name, {"number": number, "pad": "." * pad}, now())
    offset, version = (number if policy is kind else None for kind in (Policy.KEPT, Policy.LATEST))
    return Broadcast("wheel:1", name, policy, body, offset, version)


class CountingTransport:
    """A transport that remembers each write. It stands for the network, not for a part of ours."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(bytes(data))


async def turns(count: int = 2) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_comes_in_one_turn_is_one_write_a_socket(connect):
    hub, channel, other = Hub(), new_channel(), new_channel("wheel:2")
    socket, peer, _ = await connect()
    hub.add(channel, socket)
    hub.add(other, socket)
    real = socket.transport
    counting = CountingTransport()
    socket.transport, socket.fd = counting, -1
    for number in range(1, 9):
        hub.deliver(channel if number % 2 else other, event(number))
    await turns()
    assert len(counting.writes) == 1
    for number in range(9, 17):
        hub.deliver(channel, event(number))
    await turns()
    assert len(counting.writes) == 2
    socket.transport = real
    real.write(b"".join(counting.writes))
    messages = await peer.until(16)
    assert numbers(messages)[8:] == list(range(9, 17))
    assert numbers(messages)[:8] in ([1, 3, 5, 7, 2, 4, 6, 8], [2, 4, 6, 8, 1, 3, 5, 7])
    assert hub.counters.total().deliveries == 16


async def test_nobody_is_left_to_hear_what_was_on_its_way(connect):
    hub, channel = Hub(), new_channel()
    socket, peer, _ = await connect()
    hub.add(channel, socket)
    hub.deliver(channel, event(1))
    hub.remove(channel, socket)
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    await turns()
    assert faults == []
    hub.add(channel, socket)
    hub.deliver(channel, event(2))
    assert numbers(await peer.until(1)) == [2]


async def test_an_event_is_encoded_once_for_all(connect, monkeypatch):
    wraps = []
    real = Encoding.wrap
    monkeypatch.setattr(Encoding, "wrap", lambda self, payload: wraps.append(self) or real(self, payload))
    hub, channel = Hub(), new_channel()
    peers = []
    for encoding in (Encoding.JSON, Encoding.MSGPACK) * 5:
        socket, peer, _ = await connect(encoding)
        hub.add(channel, socket)
        peers.append((encoding, peer))
    hub.deliver(channel, event(1))
    for encoding, peer in peers:
        (message,) = await peer.until(1)
        if encoding is Encoding.MSGPACK:
            message = msgspec.msgpack.decode(message)
        assert (message["type"], message["offset"], message["data"]["number"]) == ("event", 1, 1)
    assert sorted(one.name for one in wraps) == ["JSON", "MSGPACK"]


async def test_a_large_channel_lets_others_have_their_turn_and_keeps_its_order(connect):
    hub, channel, small = Hub(), new_channel(), new_channel("user:anna")
    crowd = [await connect() for _ in range(SLICE * 2 + 50)]
    for socket, _, _ in crowd:
        hub.add(channel, socket)
    alone, alone_peer, _ = await connect()
    hub.add(small, alone)
    first, last = crowd[0][0], crowd[-1][0]
    sent_to = []
    for name, socket in (("first", first), ("last", last), ("alone", alone)):
        socket.transport, socket.fd = _Spy(socket.transport, name, sent_to), -1
    for number in (1, 2):
        hub.deliver(channel, event(number))
    await turns(1)
    assert sent_to == ["first"]
    hub.deliver(channel, event(3))
    hub.deliver(small, event(1))
    await turns(1)
    assert sent_to == ["first", "alone"]
    for _, peer, _ in crowd:
        assert numbers(await peer.until(3)) == [1, 2, 3]
    assert numbers(await alone_peer.until(1)) == [1]


class _Spy:
    """Notes to whom the next write goes, then lets it through."""

    def __init__(self, transport, name, log) -> None:
        self._transport, self._name, self._log = transport, name, log

    def write(self, data):
        self._log.append(self._name)
        self._transport.write(data)

    def __getattr__(self, name):
        return getattr(self._transport, name)


async def test_what_is_on_its_way_can_be_written_before_a_channel_is_left(connect):
    hub, channel = Hub(), new_channel()
    crowd = [await connect() for _ in range(SLICE + 3)]
    for socket, _, _ in crowd:
        hub.add(channel, socket)
    hub.deliver(channel, event(1))
    await turns(1)
    hub.deliver(channel, event(2))
    hub.finish(channel)
    for socket, _, _ in crowd:
        hub.remove(channel, socket)
    for _, peer, _ in crowd:
        assert numbers(await peer.until(2)) == [1, 2]
    assert hub.counters.total().deliveries == 2 * len(crowd)
    assert not hub._active
    hub.finish(channel)


async def test_a_socket_hears_nothing_of_before_it_came_nor_after_it_left(connect):
    hub, channel = Hub(), new_channel()
    early, early_peer, _ = await connect()
    late, late_peer, _ = await connect()
    hub.add(channel, early)
    hub.deliver(channel, event(1))
    hub.add(channel, late)
    hub.deliver(channel, event(2))
    assert numbers(await early_peer.until(2)) == [1, 2]
    assert numbers(await late_peer.until(1)) == [2]
    hub.deliver(channel, event(3))
    hub.remove(channel, late)
    hub.add(channel, late)
    hub.deliver(channel, event(4))
    assert numbers(await early_peer.until(4)) == [1, 2, 3, 4]
    assert numbers(await late_peer.until(2)) == [2, 4]


async def test_leaving_and_coming_back_amid_a_large_batch_brings_nothing_old(connect):
    hub, channel = Hub(), new_channel()
    crowd = [await connect() for _ in range(SLICE + 1)]
    for socket, _, _ in crowd:
        hub.add(channel, socket)
    socket, peer, _ = crowd[-1]
    hub.deliver(channel, event(1))
    await turns(1)
    hub.remove(channel, socket)
    hub.add(channel, socket)
    hub.deliver(channel, event(2))
    assert numbers(await peer.until(1)) == [2]


async def test_nothing_of_a_channel_stays_when_its_last_socket_has_left(connect):
    hub, channel, other = Hub(), new_channel(), new_channel("wheel:2")
    emptied = []
    hub.on_empty = emptied.append
    one, _, _ = await connect()
    two, _, _ = await connect()
    for socket in (one, two, two):
        hub.add(channel, socket)
    hub.add(other, two)
    assert (hub.subscribers(channel), hub.channels, sum(heard for _, heard in hub.audience())) == (2, 2, 3)
    hub.deliver(channel, event(1))
    assert hub.remove(channel, one)
    assert not hub.remove(channel, one)
    assert emptied == []
    hub.drop(two)
    assert sorted(emptied) == sorted([channel, other])
    assert (hub.subscribers(channel), hub.channels, sum(heard for _, heard in hub.audience())) == (0, 0, 0)
    assert not hub._active
    assert one.topics is None
    assert two.topics is None
    assert hub.deliver(channel, event(2)) == 0
    await turns()


async def test_a_reader_that_is_behind_gets_all_kept_events_the_newest_latest_and_no_passing_ones(connect):
    hub, channel = Hub(), new_channel()
    socket, peer, _ = await connect()
    swift, swift_peer, _ = await connect()
    hub.add(channel, socket)
    hub.add(channel, swift)
    sent = await fill(socket)
    for number in range(1, 21):
        hub.deliver(channel, event(number))
        hub.deliver(channel, event(number, Policy.LATEST, "pool"))
        hub.deliver(channel, event(number, Policy.LATEST, "rank"))
        hub.deliver(channel, event(number, Policy.PASSING, "frame"))
        await turns()
    messages = (await peer.until(sent + 22))[sent:]
    assert [(one["event"], one["data"]["number"]) for one in messages] == [
        *(("told", number) for number in range(1, 21)),
        ("pool", 20),
        ("rank", 20),
    ]
    assert len(await swift_peer.until(80)) == 80
    assert (hub.counters.total().conflated, hub.counters.total().dropped) == (38, 20)
    hub.deliver(channel, event(21, Policy.PASSING, "frame"))
    assert (await peer.until(sent + 23))[-1]["event"] == "frame"


def step(number: int) -> Broadcast:
    """A version of `pool` in short, which builds upon the one before."""
    short = encode_body("step", {"number": number, "from": number - 1}, now())
    return event(number, Policy.LATEST, "pool").step("step", short, number - 1)


async def test_a_reader_that_missed_a_step_gets_the_whole_and_one_that_had_them_all_goes_on_by_steps(connect):
    hub, channel = Hub(), new_channel()
    socket, peer, _ = await connect()
    swift, swift_peer, _ = await connect(Encoding.MSGPACK)
    hub.add(channel, socket)
    hub.add(channel, swift)
    sent = await fill(socket)
    for number in (2, 3, 4):
        hub.deliver(channel, step(number))
        await turns()
    (whole,) = (await peer.until(sent + 1))[sent:]
    assert (whole["event"], whole["version"], whole["data"]["number"]) == ("pool", 4, 4)
    hub.deliver(channel, step(5))
    assert (await peer.until(sent + 2))[-1]["data"] == {"number": 5, "from": 4}
    steps = [msgspec.msgpack.decode(message) for message in await swift_peer.until(4)]
    assert [(one["event"], one["data"]["from"]) for one in steps] == [("step", number) for number in (1, 2, 3, 4)]
    assert hub.counters.total().conflated == 2


async def test_one_step_alone_is_sent_as_it_is_to_a_reader_that_was_behind(connect):
    hub, channel = Hub(), new_channel()
    socket, peer, _ = await connect()
    hub.add(channel, socket)
    sent = await fill(socket)
    hub.deliver(channel, step(2))
    await turns()
    assert (await peer.until(sent + 1))[-1]["data"] == {"number": 2, "from": 1}


async def test_a_reader_that_leaves_kept_events_waiting_is_closed_and_the_others_go_on(connect):
    hub, channel = Hub(), new_channel()
    slow, slow_peer, recorder = await connect(max_queued_bytes=50_000)
    swift, swift_peer, _ = await connect()
    hub.add(channel, slow)
    hub.add(channel, swift)
    number = 0
    while not slow.is_closing:
        number += 1
        hub.deliver(channel, event(number, pad=1000))
        await swift_peer.until(number)
        assert slow.queued_bytes <= 50_000
    assert numbers(swift_peer.messages) == list(range(1, number + 1))
    assert hub.counters.total().slow_consumers == 1
    assert await slow_peer.until_closed() == 4508
    assert numbers(slow_peer.messages) == list(range(1, len(slow_peer.messages) + 1))
    await recorder.ended.wait()


async def test_a_socket_that_is_gone_is_not_added(connect):
    hub, channel = Hub(), new_channel()
    socket, peer, recorder = await connect()
    peer.cut()
    await recorder.ended.wait()
    hub.add(channel, socket)
    assert hub.channels == 0


async def test_a_socket_lost_while_its_events_wait_harms_nobody(connect):
    hub, channel = Hub(), new_channel()
    lost, lost_peer, recorder = await connect()
    other, other_peer, _ = await connect()
    hub.add(channel, lost)
    hub.add(channel, other)
    lost_peer.cut()
    await recorder.ended.wait()
    hub.deliver(channel, event(1))
    assert numbers(await other_peer.until(1)) == [1]
