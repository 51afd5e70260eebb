"""Who is on a channel, over all nodes: counted in Redis, where each node reports its own in batches.

A node tells Redis only what has changed since it last did (a storm of ten thousand arrivals is a few calls), and every
third of `ttl_s` that it lives. What a node that was killed had reported is taken back when it has not reported for
`ttl_s`, by whoever reports or counts next. A user is counted once, on however many connections and nodes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple
from uuid import uuid4

from channels import scripts
from channels.broker import Broker
from channels.channel import Channel
from channels.reporting import report_forever
from channels.servers import BrokerUnavailable

#: Users told of in one call.
_BATCH: Final = 1000
#: Channels reported at a time.
_AT_ONCE: Final = 32

#: Told of users who have come to a channel, and who have left it, over all nodes.
OnChange = Callable[[Channel, Sequence[str], Sequence[str]], None]


class Counts(NamedTuple):
    """How many are on a channel."""

    connections: int
    users: int


class _Crowd:
    """Who is on a channel on this node, and what of it Redis has not been told."""

    __slots__ = ("changed", "channel", "connections", "keys", "name", "reported_at", "reporting", "users")

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.connections = 0
        #: connections of each user
        self.users: Counter[str] = Counter()
        #: users who have come (True) or left since the last report
        self.changed: dict[str, bool] = {}
        #: what this node is called there; None until it has begun
        self.name: str | None = None
        self.reported_at = 0.0
        self.reporting = asyncio.Lock()
        self.keys = tuple(channel.presence_key(part) for part in ("nodes", "connections", "users", "of:"))


class Presence:
    """Keeps the presence of one node.

    `on_change` is told, by the node that reported it, of arrivals and departures; `flush_s`: how long changes are
    gathered; `ttl_s`: a node that has not reported for this long is taken for dead.
    """

    def __init__(self, broker: Broker, *, flush_s: float, ttl_s: float) -> None:
        self.on_change: OnChange | None = None
        self._broker = broker
        self._flush_s = flush_s
        self._ttl_s = ttl_s
        self._loop = asyncio.get_running_loop()
        self._crowds: dict[Channel, _Crowd] = {}
        #: crowds with something to report
        self._dirty: dict[_Crowd, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to report."""
        reporting = report_forever("presence", self._wake, self.flush, flush_s=self._flush_s, ttl_s=self._ttl_s)
        self._task = asyncio.create_task(reporting, name="presence")

    async def close(self) -> None:
        """Report once more, so that those who have left are not taken for dead, and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self.flush()

    def join(self, channel: Channel, user: str) -> None:
        """A connection of a user has come to a channel."""
        crowd = self._crowds.get(channel)
        if crowd is None:
            crowd = self._crowds[channel] = _Crowd(channel)
        crowd.connections += 1
        crowd.users[user] += 1
        if crowd.users[user] == 1:
            self._change(crowd, user, here=True)
        self._mark(crowd)

    def leave(self, channel: Channel, user: str) -> None:
        """A connection of a user has left."""
        crowd = self._crowds.get(channel)
        if crowd is None or not crowd.users[user]:
            return
        crowd.connections -= 1
        crowd.users[user] -= 1
        if not crowd.users[user]:
            del crowd.users[user]
            self._change(crowd, user, here=False)
        self._mark(crowd)

    @staticmethod
    def _change(crowd: _Crowd, user: str, *, here: bool) -> None:
        # The last word of a user goes to the end, so that a batch under way cannot be overtaken by an older one.
        crowd.changed.pop(user, None)
        crowd.changed[user] = here

    def _mark(self, crowd: _Crowd) -> None:
        self._dirty[crowd] = None
        self._wake.set()

    async def count(self, channel: Channel) -> Counts:
        """Who is on a channel over all nodes; on this one alone while Redis is away."""
        crowd = self._crowds.get(channel)
        try:
            if crowd is not None and crowd in self._dirty:
                await self._report(crowd)
            return await self._count(channel)
        except BrokerUnavailable:
            return Counts(0, 0) if crowd is None else Counts(crowd.connections, len(crowd.users))

    async def _count(self, channel: Channel) -> Counts:
        keys = [channel.presence_key(part) for part in ("nodes", "connections", "users", "of:")]
        while True:
            connections, users, more, went = await self._broker.run(scripts.PRESENCE_COUNT, keys, ())
            self._tell(channel, (), went)
            if not more:
                return Counts(int(connections), int(users))

    async def flush(self) -> None:
        """Report every channel whose people have changed, or whose last report is old; awaits reports under way."""
        old = self._loop.time() - self._ttl_s / 3
        due = dict.fromkeys(
            [
                *self._dirty,
                *(one for one in self._crowds.values() if one.reported_at < old or one.reporting.locked()),
            ]
        )
        waiting = iter(due)
        while some := list(islice(waiting, _AT_ONCE)):
            done = await asyncio.gather(*(self._report(crowd) for crowd in some), return_exceptions=True)
            for error in done:
                if isinstance(error, BrokerUnavailable):
                    # Redis is away; everything stays to be reported.
                    return
                if error is not None:
                    raise error

    async def _report(self, crowd: _Crowd) -> None:
        """Tell Redis all that has changed of a crowd; raises `BrokerUnavailable`."""
        async with crowd.reporting:
            more = True
            while more:
                more = await self._report_batch(crowd)
            crowd.reported_at = self._loop.time()
            if not crowd.connections and crowd not in self._dirty and self._crowds.get(crowd.channel) is crowd:
                del self._crowds[crowd.channel]

    async def _report_batch(self, crowd: _Crowd) -> bool:
        """Tell Redis of some; whether there are more, of this crowd or of what dead nodes left."""
        begins = crowd.name is None
        if begins:
            # A name that was taken for dead is not taken up again: what was reported under it is cleared away.
            crowd.name = uuid4().hex[:16]
            crowd.changed = dict.fromkeys(crowd.users, True)
        name = crowd.name
        assert name is not None
        # Whatever changes while this is under way is reported next.
        self._dirty.pop(crowd, None)
        batch = dict(islice(crowd.changed.items(), _BATCH))
        joined = [user for user, here in batch.items() if here]
        left = [user for user, here in batch.items() if not here]
        try:
            known, more, came, went = await self._broker.run(
                scripts.PRESENCE_REPORT,
                crowd.keys,
                (name, int(self._ttl_s * 1000), crowd.connections, int(begins), len(joined), *joined, *left),
            )
        except BrokerUnavailable:
            if begins:
                crowd.name = None
            self._dirty[crowd] = None
            raise
        except asyncio.CancelledError:
            # It may have been heard, or not: it is said again, which changes nothing.
            self._dirty[crowd] = None
            raise
        for user, here in batch.items():
            if crowd.changed.get(user) is here:
                del crowd.changed[user]
        self._tell(crowd.channel, came, went)
        if not known:
            crowd.name = None
            return True
        return bool(more) or bool(crowd.changed)

    def _tell(self, channel: Channel, came: Sequence[bytes], went: Sequence[bytes]) -> None:
        if self.on_change is not None and (came or went):
            self.on_change(channel, [user.decode() for user in came], [user.decode() for user in went])

    def __len__(self) -> int:
        return len(self._crowds)
