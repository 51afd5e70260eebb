"""What the live side counts. Reading the numbers is somebody else's business; counting must cost next to nothing."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Final


@dataclass(slots=True)
class TenantCounters:
    """Counts of one tenant since the node began."""

    #: frames handed to sockets
    deliveries: int = 0
    #: latest events replaced by newer ones before a slow reader took them
    conflated: int = 0
    #: passing events that a slow reader did not get
    dropped: int = 0
    #: sockets closed because kept events could wait no longer
    slow_consumers: int = 0
    #: subscriptions that asked for what they had missed, and got all of it, or could not
    recovered: int = 0
    unrecovered: int = 0
    #: channels whose live events had a hole, which history filled, or could not
    gaps_filled: int = 0
    gaps_lost: int = 0


#: Upper bounds of the lag's buckets, in seconds.
LAG_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


@dataclass(slots=True)
class Lag:
    """How long events take from Redis to a node, in buckets."""

    #: one for each bound, and one for what is longer
    counts: list[int] = field(default_factory=lambda: [0] * (len(LAG_BOUNDS_S) + 1))
    sum_s: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count an event."""
        self.counts[bisect_left(LAG_BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    def buckets(self) -> Iterator[tuple[str, int]]:
        """(Upper bound, events up to it), as Prometheus counts."""
        total = 0
        for bound, count in zip((*map(str, LAG_BOUNDS_S), "+Inf"), self.counts, strict=True):
            total += count
            yield bound, total


class Counters:
    """Counts of a node: by tenant, and those of its one connection to Redis."""

    def __init__(self) -> None:
        self.tenants: dict[str, TenantCounters] = {}
        #: connections to Redis after the first
        self.redis_reconnects = 0
        self.lag = Lag()

    def of(self, tenant: str) -> TenantCounters:
        """A tenant's counts, made at its first."""
        found = self.tenants.get(tenant)
        if found is None:
            found = self.tenants[tenant] = TenantCounters()
        return found

    def total(self) -> TenantCounters:
        """All tenants' together."""
        every = self.tenants.values()
        return TenantCounters(*(sum(getattr(one, name.name) for one in every) for name in fields(TenantCounters)))
