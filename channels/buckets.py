"""Token buckets that all nodes share, and a node's leases on them, so that few commands wait for Redis.

A node takes tokens in batches, which it may spend for a moment (`LEASE_S`); the next batch is asked for before one is
used up. Whoever comes rarely is let through at once on a small credit, which is taken from the bucket afterwards. While
Redis is away a bucket of the node's own stands in for each.

Of a bucket with rate r and burst b, over any window of t seconds, one node lets through at most b + r·t, and each
further node at most its credit on top: the lease and the first node's credit are held back from the shared burst.
"""

import asyncio
import math
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple

from channels import scripts
from channels.broker import Broker
from channels.servers import BrokerUnavailable

#: How long a node may spend tokens that it has taken.
LEASE_S: Final = 0.25
#: How long Redis is waited for before the node goes by its own bucket.
_PATIENCE_S: Final = 0.25
#: A bucket that nobody has asked for in this long is forgotten here.
_IDLE_S: Final = 30.0
#: Buckets looked at before the loop has its turn again.
_SLICE: Final = 1000


class Rate(NamedTuple):
    """Tokens a second, and how many may be spent at once after a rest."""

    per_s: float
    burst: float

    @property
    def credit(self) -> int:
        """What a node may let through before the bucket knows."""
        return max(1, int(self.burst / 20))

    @property
    def shared_burst(self) -> float:
        """What the shared bucket holds, so that leases and one node's credit stay within the burst."""
        return max(1.0, self.burst - self.per_s * LEASE_S - self.credit)


class Grant(NamedTuple):
    """What came out of a bucket; `wait_s` until the next token when nothing did."""

    tokens: int
    wait_s: float


class TokenBucket:
    """A bucket of one node alone, the same as `bucket.lua`. Times are of any clock that only rises, in seconds."""

    __slots__ = ("_at", "_most", "_per_s", "_tokens")

    def __init__(self, per_s: float, most: float) -> None:
        self._per_s = per_s
        self._most = most
        self._tokens = most
        self._at = -math.inf

    def take(self, wanted: int, spent: int, now: float) -> Grant:
        """Take up to `wanted`, and what had been `spent` before."""
        if now > self._at:
            self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_s)
            self._at = now
        self._tokens -= spent
        granted = max(0, min(wanted, math.floor(self._tokens)))
        self._tokens -= granted
        if granted or self._tokens >= 1:
            return Grant(granted, 0.0)
        return Grant(0, (1 - self._tokens) / self._per_s)


class Lease:
    """A node's part of one bucket: what it has taken, and what it has let through on credit."""

    __slots__ = (
        "_closed_until",
        "_grants",
        "_spent_of_late",
        "asked_at",
        "asking",
        "credited",
        "own",
        "rate",
        "used_at",
    )

    def __init__(self, rate: Rate, now: float) -> None:
        self.rate = rate
        #: let through and not yet taken from the bucket
        self.credited = 0
        #: the answer that is awaited
        self.asking: asyncio.Task[None] | None = None
        #: stands in for the shared bucket while Redis is away
        self.own: TokenBucket | None = None
        self.used_at = now
        self.asked_at = now
        #: tokens in hand and how long each lot is good, the oldest first; few, so that a deque would only cost memory
        self._grants: list[tuple[int, float]] = []
        self._closed_until = 0.0
        self._spent_of_late = 0

    def take(self, now: float) -> float | None:
        """Let one through: 0; or not: the seconds to wait; or None when the bucket has to be asked first."""
        self.used_at = now
        grants = self._grants
        while grants and grants[0][1] <= now:
            del grants[0]
        if grants:
            tokens, until = grants[0]
            if tokens == 1:
                del grants[0]
            else:
                grants[0] = (tokens - 1, until)
        elif now < self._closed_until:
            return self._closed_until - now
        elif self.credited < self.rate.credit:
            self.credited += 1
        else:
            return None
        self._spent_of_late += 1
        return 0.0

    @property
    def runs_low(self) -> bool:
        """Whether to ask for more before it is needed."""
        in_hand = sum(tokens for tokens, _ in self._grants)
        return in_hand * 2 < self._spent_of_late and (self.credited * 2 >= self.rate.credit or in_hand > 0)

    def wants(self, now: float) -> int:
        """How much to ask for: twice what was spent since the last time, and no more than a lease's worth."""
        spent, self._spent_of_late = self._spent_of_late, 0
        self.asked_at = now
        return max(1, min(2 * spent, int(self.rate.per_s * LEASE_S)))

    def granted(self, grant: Grant, paid: int, now: float) -> None:
        """Take in what the bucket gave when it was asked at `asked_at`, `paid` of the credit with it."""
        self.credited -= paid
        if grant.tokens:
            self._grants.append((grant.tokens, self.asked_at + LEASE_S))
        elif grant.wait_s:
            self._closed_until = now + grant.wait_s


class Buckets:
    """All buckets that a node takes part in, by their keys in Redis."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._leases: dict[bytes, Lease] = {}
        self._loop = asyncio.get_running_loop()

    def __len__(self) -> int:
        return len(self._leases)

    def take_now(self, key: bytes, rate: Rate) -> float | None:
        """Take a token without waiting: 0 when there was one, the seconds to wait when not, None: `take` must ask."""
        now = self._loop.time()
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = Lease(rate, now)
        taken = lease.take(now)
        if lease.asking is None and (taken is None or (taken == 0.0 and lease.runs_low)):
            self._ask(key, lease, lease.wants(now))
        return taken

    async def take(self, key: bytes, rate: Rate) -> float:
        """Take a token: 0 when there was one, the seconds to wait when not."""
        while (taken := self.take_now(key, rate)) is None:
            lease = self._leases[key]
            if lease.asking is not None:
                await asyncio.wait([lease.asking])
        return taken

    def _ask(self, key: bytes, lease: Lease, wanted: int) -> None:
        lease.asking = self._loop.create_task(self._refill(key, lease, wanted, lease.credited))
        lease.asking.add_done_callback(self._asked(lease))

    @staticmethod
    def _asked(lease: Lease) -> Callable[[object], None]:
        def done(_: object) -> None:
            lease.asking = None

        return done

    async def _refill(self, key: bytes, lease: Lease, wanted: int, spent: int) -> None:
        rate = lease.rate
        try:
            async with asyncio.timeout(_PATIENCE_S):
                tokens, wait_ms = await self._broker.run(
                    scripts.BUCKET, [key], (str(rate.per_s), str(rate.shared_burst), wanted, spent)
                )
            lease.own = None
            grant = Grant(int(tokens), int(wait_ms) / 1000)
        except (BrokerUnavailable, TimeoutError):
            if lease.own is None:
                lease.own = TokenBucket(rate.per_s, rate.shared_burst)
            grant = lease.own.take(wanted, spent, self._loop.time())
        lease.granted(grant, spent, self._loop.time())

    async def sweep_forever(self) -> None:
        """Pay what rare comers owe, and forget buckets that nobody asks for."""
        while True:
            await asyncio.sleep(_IDLE_S / 2)
            await self._sweep(self._loop.time() - _IDLE_S)

    async def _sweep(self, idle_since: float) -> None:
        keys = list(self._leases)
        for start in range(0, len(keys), _SLICE):
            for key in islice(keys, start, start + _SLICE):
                lease = self._leases[key]
                if lease.used_at > idle_since or lease.asking is not None:
                    continue
                if lease.credited:
                    self._ask(key, lease, 0)
                else:
                    del self._leases[key]
            await asyncio.sleep(0)
