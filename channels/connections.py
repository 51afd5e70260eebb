"""How many connections a tenant and each of its users have, over all nodes: counted in Redis, reported in batches.

A node says what has changed since it last did, and every third of `ttl_s` that it lives; one that has not reported for
`ttl_s` counts for nothing. So a limit that spans the nodes is held within a moment (`flush_s`), and whoever comes waits
for no Redis. While that is away, each node goes by its own connections.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Final, NamedTuple, Protocol
from uuid import uuid4

import msgspec

from channels import scripts
from channels.broker import Broker
from channels.channel import Channel, connections_key
from channels.presence import Counts
from channels.reporting import report_forever
from channels.servers import BrokerUnavailable

#: What all nodes follow; a signal on it says whose oldest connection is to go, and from which node.
CONNECTED: Final = Channel("", "connections")
#: Users told of in one call.
_BATCH: Final = 500


class Here(NamedTuple):
    """A user's connections on this node: how many, how many hear the user's own channel, when the oldest began."""

    connections: int
    hearing: int
    oldest_ms: int


class Crowd(Protocol):
    """Those who are connected to this node."""

    def users(self, tenant: str) -> Iterable[str]:
        """All users of a tenant who are here."""

    def total(self, tenant: str) -> int:
        """A tenant's connections here."""

    def here(self, tenant: str, user: str) -> Here:
        """A user's connections here."""

    def close_oldest(self, tenant: str, user: str, count: int) -> int:
        """Close so many of the user's oldest connections here, or all that there are; answers how many."""


class _TooMany(msgspec.Struct, frozen=True, array_like=True):
    """A user of a tenant has more connections than may be, by `count`, and the oldest of them on a node."""

    tenant: str
    user: str
    node: str
    count: int


class _Report:
    """What a tenant's connections on other nodes are, and whose here Redis has not been told of."""

    __slots__ = ("begun", "changed", "elsewhere", "reported_at", "reporting")

    def __init__(self) -> None:
        self.begun = False
        #: by user, how many have come
        self.changed: Counter[str] = Counter()
        self.elsewhere = 0
        self.reported_at = 0.0
        self.reporting = asyncio.Lock()


class Connections:
    """Keeps count for one node.

    `per_user`: connections that a user may have over all nodes, the oldest going first; `flush_s`: how long changes are
    gathered; `ttl_s`: a node that has not reported for this long is taken for dead.
    """

    def __init__(self, broker: Broker, *, per_user: int, flush_s: float, ttl_s: float) -> None:
        self.crowd: Crowd | None = None
        self._broker = broker
        self._node = uuid4().hex[:16]
        self._per_user = per_user
        self._flush_s = flush_s
        self._ttl_s = ttl_s
        self._loop = asyncio.get_running_loop()
        self._reports: dict[str, _Report] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to report, and to be told by the other nodes."""
        self._broker.follow(CONNECTED)
        reporting = report_forever("connections", self._wake, self._flush, flush_s=self._flush_s, ttl_s=self._ttl_s)
        self._task = asyncio.create_task(reporting, name="connections")

    async def close(self) -> None:
        """Say that nobody is here any more, and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._flush()

    def changed(self, tenant: str, user: str, came: int = 0) -> None:
        """A connection of a user has come or gone, or hears the user's channel from now on, or no longer.

        `came`: how many have come, and may send as many older ones away.
        """
        report = self._reports.get(tenant)
        if report is None:
            report = self._reports[tenant] = _Report()
        report.changed[user] += came
        self._wake.set()

    def elsewhere(self, tenant: str) -> int:
        """The tenant's connections on other nodes, as they were a moment ago."""
        report = self._reports.get(tenant)
        return 0 if report is None else report.elsewhere

    async def hearing(self, tenant: str, user: str) -> Counts:
        """The connections that hear a user's own channel, over all nodes; those here alone while Redis is away."""
        assert self.crowd is not None
        self.changed(tenant, user)
        report = self._reports[tenant]
        there = 0
        with suppress(BrokerUnavailable):
            async with report.reporting:
                there = (await self._tell(tenant, report, [user])).get(user, 0)
        hearing = self.crowd.here(tenant, user).hearing + there
        return Counts(hearing, min(1, hearing))

    def on_signal(self, payload: bytes) -> None:
        """Some node has found a user with too many connections."""
        told = msgspec.msgpack.decode(payload, type=_TooMany)
        if told.node == self._node:
            self._close_here(told)

    async def _flush(self) -> None:
        """Report every tenant whose connections have changed, or whose last report is old."""
        old = self._loop.time() - self._ttl_s / 3
        with suppress(BrokerUnavailable):
            for tenant, report in list(self._reports.items()):
                if report.changed or report.reported_at < old:
                    async with report.reporting:
                        await self._report(tenant, report)

    async def _report(self, tenant: str, report: _Report) -> None:
        """Tell Redis all that has changed of a tenant; raises `BrokerUnavailable`."""
        assert self.crowd is not None
        while True:
            await self._tell(tenant, report, list(islice(report.changed, _BATCH)))
            if not report.changed:
                break
        if not self.crowd.total(tenant) and not report.changed:
            self._reports.pop(tenant, None)

    async def _tell(self, tenant: str, report: _Report, users: list[str]) -> dict[str, int]:
        """Tell Redis of some users; for each, how many of the connections elsewhere hear the user's channel."""
        assert self.crowd is not None
        begins = not report.begun
        if begins:
            report.changed.update(dict.fromkeys(self.crowd.users(tenant), 0))
            users = [*users, *(user for user in islice(report.changed, _BATCH) if user not in users)]
        # Whoever changes while this is under way is told of again.
        came = {user: report.changed.pop(user, 0) for user in users}
        words: list[str | int] = []
        for user in users:
            words += user, *self.crowd.here(tenant, user), came[user]
        keys = [connections_key(tenant, part) for part in ("nodes", "of:")]
        ttl_ms = int(self._ttl_s * 1000)
        try:
            known, report.elsewhere, hearing, too_many = await self._broker.run(
                scripts.CONNECTIONS,
                keys,
                (self._node, ttl_ms, self._per_user, int(begins), self.crowd.total(tenant), *words),
            )
        except BrokerUnavailable:
            report.changed.update(came)
            report.begun, report.elsewhere = False, 0
            raise
        except asyncio.CancelledError:
            # It may have been heard, or not: it is said again, and sends nobody away for a second time.
            report.changed.update(dict.fromkeys(came, 0))
            raise
        report.begun = bool(known)
        if not known:
            report.changed.update(came)
            return await self._tell(tenant, report, users)
        report.reported_at = self._loop.time()
        for user, node, count in zip(too_many[::3], too_many[1::3], too_many[2::3], strict=True):
            await self._close_oldest(_TooMany(tenant, user.decode(), node.decode(), count))
        return dict(zip(users, hearing, strict=True))

    async def _close_oldest(self, found: _TooMany) -> None:
        if found.node == self._node:
            self._close_here(found)
        else:
            await self._broker.signal(CONNECTED, msgspec.msgpack.encode(found))

    def _close_here(self, found: _TooMany) -> None:
        assert self.crowd is not None
        left = found.count - self.crowd.close_oldest(found.tenant, found.user, found.count)
        # Whom this node has not, another has.
        self.changed(found.tenant, found.user, came=left)

    def __len__(self) -> int:
        return len(self._reports)
