"""Places of jobs on a node: a tenant whose jobs take long holds some of them, so that others' rewards need not wait.

A receiver that never answers holds a job for as long as it may take to answer. Without a bound one tenant's fifty such
receivers would hold every place of every node.
"""

import heapq
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from persistence.jobs import RetryLater

#: A tenant's jobs take long when they take so many seconds, seen over about the last `1 / _WEIGHT` of them.
SLOW_S: Final = 1.0
_WEIGHT: Final = 0.05
#: A job without a place comes again after so many seconds, as it has to wait for few or many others.
_LEAST_S: Final = 0.5
_MOST_S: Final = 60.0


@dataclass(slots=True)
class _Tenant:
    running: int = 0
    #: the seconds that a job takes
    takes_s: float = 0.0
    #: when those that found no place come again, soonest first
    away: list[float] = field(default_factory=list)


class Places:
    """Who holds places. `of_slow_tenant`: how many a tenant may hold whose jobs take long; others are not counted."""

    def __init__(self, of_slow_tenant: int, now: Callable[[], float] = time.monotonic) -> None:
        self._of_slow_tenant = of_slow_tenant
        self._now = now
        self._tenants: dict[UUID, _Tenant] = {}

    @contextmanager
    def held(self, tenant_id: UUID) -> Iterator[None]:
        """Hold a place for a job. Raises `RetryLater` when its tenant holds as many as it may."""
        tenant = self._tenants.setdefault(tenant_id, _Tenant())
        began = self._now()
        if tenant.takes_s >= SLOW_S and tenant.running >= self._of_slow_tenant:
            raise RetryLater(self._put_off(tenant, began), "the tenant's other jobs take long")
        tenant.running += 1
        try:
            yield
        finally:
            tenant.running -= 1
            tenant.takes_s += (self._now() - began - tenant.takes_s) * _WEIGHT

    def _put_off(self, tenant: _Tenant, now: float) -> float:
        """About as long as those who were put off before will take, so that few come in vain."""
        while tenant.away and tenant.away[0] <= now:
            heapq.heappop(tenant.away)
        busy_s = (len(tenant.away) + 1) * tenant.takes_s / self._of_slow_tenant
        wait_s = min(max(busy_s, _LEAST_S), _MOST_S) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads jobs
        heapq.heappush(tenant.away, now + wait_s)
        return wait_s
