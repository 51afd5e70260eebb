"""Who on this node hears which channel, and the fan-out to them.

All that comes for a channel in one turn of the loop is joined once and written once to each socket; what comes for
several channels that a socket hears is joined for it too. A large channel is served a slice of sockets a turn, in
order, beside the others, so that nobody waits long for it. Tenants take turns too: one that floods waits for itself.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from channels.channel import Channel
from channels.envelope import Broadcast, Encoding
from channels.metrics import Counters, TenantCounters
from channels.policy import Policy
from channels.socket import Socket
from channels.tracing import Tracing

#: Sockets of one channel written to before the loop has its turn again; fewer when much has come at once, so that no
#: more than these bytes are written.
SLICE: Final = 200
SLICE_BYTES: Final = 4 * 1024 * 1024
#: So few sockets are written to in any case.
_FEW: Final = 8


class Topic:
    """A channel that somebody hears: its sockets, and what is on the way to them."""

    __slots__ = ("batch", "channel", "counters", "late", "pending", "sockets")

    def __init__(self, channel: Channel, counters: TenantCounters) -> None:
        self.channel = channel
        self.counters = counters
        self.sockets: dict[Socket, None] = {}
        #: what has come since the batch under way was made
        self.pending: list[Broadcast] = []
        #: sockets that joined while something was pending, and how much of it is not for them
        self.late: dict[Socket, int] | None = None
        #: what is being written, a slice of sockets a turn
        self.batch: Batch | None = None


class Batch:
    """Broadcasts joined, once an encoding, and the sockets that have not been served."""

    __slots__ = ("_joined", "broadcasts", "left", "on_served", "served", "slice", "sockets")

    def __init__(self, broadcasts: list[Broadcast], sockets: list[Socket]) -> None:
        self.broadcasts = broadcasts
        self.sockets = sockets
        self.served = 0
        #: sockets written to in a turn
        self.slice = SLICE
        if len(sockets) > _FEW:
            size = sum([len(broadcast.body) for broadcast in broadcasts])
            if size * SLICE > SLICE_BYTES:
                self.slice = max(_FEW, SLICE_BYTES // size)
        #: sockets that have unsubscribed since; one that has come back starts anew
        self.left: set[Socket] = set()
        #: called when all have been served
        self.on_served: Callable[[], None] | None = None
        self._joined: dict[Encoding, bytes] = {}

    def joined(self, encoding: Encoding) -> bytes:
        """All frames of the batch in one piece."""
        made = self._joined.get(encoding)
        if made is None:
            made = self._joined[encoding] = _join(self.broadcasts, encoding)
        return made


class Hub:
    """The subscriptions of one node. Not for several threads.

    `on_empty`, when set, is told of each channel whose last subscriber has left; nothing of it stays here. `tracing`,
    when set, is told of each batch.
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self.counters = counters or Counters()
        self.on_empty: Callable[[Channel], None] | None = None
        self.tracing: Tracing | None = None
        self._topics: dict[Channel, Topic] = {}
        #: by tenant, in the order of their turns: topics with something pending or a batch under way, in the order of
        #: theirs
        self._active: dict[str, dict[Topic, None]] = {}
        self._scheduled = False

    # -- subscribing

    def add(self, channel: Channel, socket: Socket) -> None:
        """Let a socket hear what is delivered from now on. Adding twice is adding once."""
        if socket.is_gone:
            return
        topic = self._topics.get(channel)
        if topic is None:
            topic = self._topics[channel] = Topic(channel, self.counters.of(channel.tenant))
        elif socket in topic.sockets:
            return
        if topic.pending:
            if topic.late is None:
                topic.late = {}
            topic.late[socket] = len(topic.pending)
        topic.sockets[socket] = None
        if socket.topics is None:
            socket.topics = {}
        socket.topics[channel] = topic

    def remove(self, channel: Channel, socket: Socket) -> bool:
        """Let a socket hear no more of a channel, what is on the way included; whether it had heard it."""
        topic = self._topics.get(channel)
        if topic is None or socket not in topic.sockets:
            return False
        del topic.sockets[socket]
        if topic.late is not None:
            topic.late.pop(socket, None)
        if topic.batch is not None:
            topic.batch.left.add(socket)
        if socket.topics is not None:
            del socket.topics[channel]
            if not socket.topics:
                socket.topics = None
        socket.forget(channel)
        if not topic.sockets:
            del self._topics[channel]
            self._rest(topic)
            if self.on_empty is not None:
                self.on_empty(channel)
        return True

    def drop(self, socket: Socket) -> None:
        """Take a socket out of all its channels."""
        for channel in list(socket.topics or ()):
            self.remove(channel, socket)

    def subscribers(self, channel: Channel) -> int:
        """How many sockets of this node hear a channel."""
        topic = self._topics.get(channel)
        return 0 if topic is None else len(topic.sockets)

    def sockets(self, channel: Channel) -> list[Socket]:
        """The sockets of this node that hear a channel."""
        topic = self._topics.get(channel)
        return [] if topic is None else list(topic.sockets)

    def audience(self) -> Iterator[tuple[Channel, int]]:
        """Each channel that is heard here, and by how many sockets."""
        return ((topic.channel, len(topic.sockets)) for topic in self._topics.values())

    @property
    def channels(self) -> int:
        """How many channels are heard here."""
        return len(self._topics)

    # -- delivering

    def deliver(self, channel: Channel, broadcast: Broadcast) -> int:
        """Send an event to a channel's sockets when this turn of the loop ends; how many they are."""
        topic = self._topics.get(channel)
        if topic is None:
            return 0
        if not topic.pending and topic.batch is None:
            self._activate(topic)
        topic.pending.append(broadcast)
        self._schedule()
        return len(topic.sockets)

    def finish(self, channel: Channel) -> None:
        """Write at once, to all of a channel's sockets, what was to be written when this turn of the loop ends."""
        topic = self._topics.get(channel)
        if topic is None:
            return
        self._rest(topic)
        while topic.batch is not None or topic.pending:
            batch = topic.batch or self._make_batch(topic)
            for socket in batch.sockets[batch.served :]:
                if socket not in batch.left:
                    self._write(socket, topic, batch)
            if batch.on_served is not None:
                batch.on_served()
            topic.batch = None

    def _activate(self, topic: Topic) -> None:
        """Put a topic at the end of its tenant's line, and the tenant at the end of the tenants', unless it waits."""
        line = self._active.get(topic.channel.tenant)
        if line is None:
            self._active[topic.channel.tenant] = {topic: None}
        else:
            line[topic] = None

    def _rest(self, topic: Topic) -> None:
        line = self._active.get(topic.channel.tenant)
        if line is not None:
            line.pop(topic, None)
            if not line:
                del self._active[topic.channel.tenant]

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        turn = self._choose()
        if len(turn) == 1:
            self._write_slice(turn[0])
        else:
            self._write_slices(turn)
        for topic in turn:
            if topic.batch is not None and topic.batch.served >= len(topic.batch.sockets):
                if topic.batch.on_served is not None:
                    topic.batch.on_served()
                topic.batch = None
            if topic.sockets and (topic.batch is not None or topic.pending):
                # What is not done goes to the end of the line.
                self._activate(topic)
        if self._active:
            self._schedule()

    def _choose(self) -> list[Topic]:
        """Take out of the lines what is served this turn: of each tenant in turn, its share of two slices.

        A tenant alone has it all. However many wait, each gets at least one topic's slice when its turn has come, and
        one whose slices are cut short by their bytes gets one of them.
        """
        share = 2 * SLICE // max(1, len(self._active))
        turn: list[Topic] = []
        writes = 0
        for tenant in list(self._active):
            if writes >= 2 * SLICE:
                break
            line = self._active.pop(tenant)
            first = len(turn)
            until = writes + share
            for topic in line:
                batch = topic.batch or self._make_batch(topic)
                turn.append(topic)
                # A slice cut short by its bytes is a whole one.
                writes += SLICE if batch.slice < SLICE else min(SLICE, len(topic.sockets))
                if writes >= until:
                    break
            if len(turn) - first < len(line):
                for topic in turn[first:]:
                    del line[topic]
                # Whoever has been served stands behind those who have not.
                self._active[tenant] = line
        return turn

    def _make_batch(self, topic: Topic) -> Batch:
        pending, topic.pending = topic.pending, []
        late, topic.late = topic.late, None
        sockets = [socket for socket in topic.sockets if socket not in late] if late else list(topic.sockets)
        batch = topic.batch = Batch(pending, sockets)
        if self.tracing is not None:
            batch.on_served = self.tracing.flushing(topic.channel, pending, len(sockets))
        for socket, skipped in (late or {}).items():
            if skipped < len(pending):
                self._write(socket, topic, Batch(pending[skipped:], [socket]))
        return batch

    def _write_slice(self, topic: Topic) -> None:
        """The common case, one channel: the loop that the speed of the fan-out hangs on."""
        batch = topic.batch
        if batch is None:
            return
        sockets = self._next_slice(batch)
        json, size = None, 0
        for socket in sockets:
            if socket.behind:
                self._write_behind(socket, topic, batch)
            elif socket.encoding is Encoding.JSON:
                if json is None:
                    json = batch.joined(Encoding.JSON)
                    size = len(json)
                # As `Socket.write` does, here where each call of a function counts.
                try:
                    sent = os.write(socket.fd, json)
                except OSError:
                    socket.transport.write(json)
                else:
                    if sent < size:
                        socket.transport.write(json[sent:])
            else:
                socket.write(batch.joined(socket.encoding))
        topic.counters.deliveries += len(sockets) * len(batch.broadcasts)

    def _write_slices(self, topics: Iterable[Topic]) -> None:
        """Several channels: what is for one socket goes in one write."""
        writes: dict[Socket, bytes] = {}
        for topic in topics:
            batch = topic.batch
            if batch is None:
                continue
            sockets = self._next_slice(batch)
            for socket in sockets:
                if socket.behind:
                    self._write_behind(socket, topic, batch)
                    continue
                before = writes.get(socket)
                data = batch.joined(socket.encoding)
                writes[socket] = data if before is None else before + data
            topic.counters.deliveries += len(sockets) * len(batch.broadcasts)
        for socket, data in writes.items():
            socket.send(data)

    @staticmethod
    def _next_slice(batch: Batch) -> list[Socket]:
        start = batch.served
        if start == 0 and len(batch.sockets) <= batch.slice:
            batch.served = len(batch.sockets)
            return batch.sockets
        batch.served = start + batch.slice
        part = batch.sockets[start : start + batch.slice]
        return [socket for socket in part if socket not in batch.left] if batch.left else part

    def _write(self, socket: Socket, topic: Topic, batch: Batch) -> None:
        if socket.behind:
            self._write_behind(socket, topic, batch)
        else:
            socket.write(batch.joined(socket.encoding))
        topic.counters.deliveries += len(batch.broadcasts)

    @staticmethod
    def _write_behind(socket: Socket, topic: Topic, batch: Batch) -> None:
        """To a reader that has not taken what it was sent: kept events wait, the newest of latest ones too."""
        for broadcast in batch.broadcasts:
            if broadcast.policy is Policy.KEPT:
                if not socket.queue(broadcast.frame(socket.encoding)):
                    topic.counters.slow_consumers += 1
                    return
            elif broadcast.policy is Policy.LATEST:
                told = broadcast
                if broadcast.whole is not None and socket.holds(topic.channel, broadcast.name):
                    # The step before this one will not be sent.
                    told = broadcast.whole
                if socket.hold(topic.channel, broadcast.name, told.frame(socket.encoding)):
                    topic.counters.conflated += 1
            else:
                topic.counters.dropped += 1


def _join(broadcasts: list[Broadcast], encoding: Encoding) -> bytes:
    if len(broadcasts) == 1:
        return broadcasts[0].frame(encoding)
    return b"".join([broadcast.frame(encoding) for broadcast in broadcasts])
