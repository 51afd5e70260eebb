"""A channel that somebody on this node listens to, as it comes from Redis."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Raw

from channels.channel import Channel
from channels.envelope import Broadcast, Encoding
from channels.link import Link
from channels.policy import Policy
from channels.recovery import Position, Recall, Waiting
from channels.socket import Socket

#: Given the answer to a recall.
OnRecall = Callable[[Recall | Exception], None]


class Signal(NamedTuple):
    """An internal message of the nodes to each other."""

    payload: bytes


class Renewed(NamedTuple):
    """Word that a channel has begun anew."""

    epoch: str


class Told(NamedTuple):
    """An event as it comes from Redis, and the epoch it was counted in."""

    epoch: str
    broadcast: Broadcast
    #: Redis' time when it was published, in microseconds
    sent_us: int
    #: of the span that published it, or empty
    traceparent: str


class Subscription:
    """A socket's place in a channel between the answer to its `subscribe` and the live events that follow.

    `events` and `latest` hold envelopes as JSON, to be put into the answer as they are.
    """

    __slots__ = ("channel", "epoch", "events", "latest", "missed", "offset", "recovered", "socket", "waiting")

    def __init__(self, channel: Channel, socket: Socket, recall: Recall, missed: list[Broadcast] | None) -> None:
        self.channel = channel
        self.socket = socket
        self.epoch = recall.position.epoch
        self.offset = recall.position.offset
        self.recovered = missed is not None
        #: the events themselves, oldest first
        self.missed = missed or []
        self.events = [Raw(event.payload(Encoding.JSON)) for event in self.missed]
        self.latest = {event.event: Raw(event.payload(Encoding.JSON)) for event in recall.latest}
        self.waiting = Waiting(recall, socket.max_queued_bytes)


class Feed:
    """Where a channel stands on this node, and who is about to hear it."""

    __slots__ = ("asking", "channel", "in_step", "joining", "link", "name", "position", "recalls", "versions")

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.name = channel.redis_channel
        #: the connection that it is subscribed on
        self.link: Link | None = None
        #: what this node has delivered; None until it is known where the channel stands
        self.position: Position | None = None
        self.versions: dict[str, int] = {}
        #: whether live events follow `position` without a hole; while not, an answer is awaited that has them all
        self.in_step = False
        #: subscriptions that have been answered, or are about to be
        self.joining: dict[Socket, Subscription] = {}
        #: who awaits the answer to a recall that is under way: by its connection and what it asks for
        self.recalls: dict[tuple[Link, Position | None], list[OnRecall]] = {}
        #: how many are asking where the channel stands
        self.asking = 0

    def takes(self, told: Told) -> bool | None:
        """Whether an event is the next one, and is to be delivered; None when some before it are missing."""
        # A step is one of the versions of what it stands for.
        broadcast = told.broadcast.whole or told.broadcast
        if broadcast.policy is Policy.PASSING:
            return True
        if not self.in_step or self.position is None:
            return False
        if told.epoch != self.position.epoch:
            return None
        if broadcast.version is not None:
            newer = broadcast.version > self.versions.get(broadcast.event, -1)
            self.versions[broadcast.event] = max(broadcast.version, self.versions.get(broadcast.event, -1))
            return newer
        assert broadcast.offset is not None
        if broadcast.offset <= self.position.offset:
            return False
        if broadcast.offset != self.position.offset + 1:
            return None
        self.position = Position(told.epoch, broadcast.offset)
        return True

    def delivered(self, told: Told) -> Broadcast:
        """What is delivered of an event: its step only where that builds upon what was delivered before. Ask first."""
        step = told.broadcast
        if step.whole is None or self.versions.get(step.name) == step.base:
            return step
        return step.whole


def read(wire_name: str, message: bytes) -> Signal | Renewed | Told:
    """Read a message of a channel as `publish.lua`, `renew.lua` and `Broker.signal` write it."""
    if message.startswith(b"S "):
        return Signal(message[2:])
    if message.startswith(b"N "):
        return Renewed(message[2:].decode())
    _, epoch, offset, version, event, stamp, body = message.split(b" ", 6)
    sent_us, _, traceparent = stamp.partition(b";")
    policy = Policy.KEPT if offset else Policy.LATEST if version else Policy.PASSING
    place = int(offset) if offset else None
    number = int(version) if version else None
    step = b""
    if policy is Policy.LATEST:
        body, _, step = body.partition(b"\0")
    broadcast = Broadcast(wire_name, event.decode(), policy, body, place, number, epoch.decode())
    if step:
        name, base, short = step.split(b" ", 2)
        broadcast = broadcast.step(name.decode(), short, int(base))
    return Told(epoch.decode(), broadcast, int(sent_us), traceparent.decode())


def read_recall(wire_name: str, answer: tuple[bytes, int, list[bytes], list[bytes]]) -> Recall:
    """Read the answer of `recall.lua`."""
    epoch, offset, kept, latest = answer
    return Recall(
        Position(epoch.decode(), offset),
        [_broadcast(wire_name, message) for message in kept],
        [_broadcast(wire_name, message) for message in latest],
    )


def _broadcast(wire_name: str, message: bytes) -> Broadcast:
    told = read(wire_name, message)
    assert isinstance(told, Told)
    return told.broadcast
