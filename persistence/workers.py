"""Working off the queue of jobs, as pgqueuer does it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.settings import DBSettings

from games.errors import Unavailable
from persistence.database import AWAY, PLATFORM_ROLE
from persistence.jobs import DueRow, RetryLater

log = structlog.get_logger(__name__)

SCHEMA = "jobs"
#: Jobs taken from the queue by one look.
_BATCH = 20
#: When a job that found the database away comes again.
_AWAY_FOR = timedelta(seconds=2)

#: Looks at a row: (tenant, row).
Handler = Callable[[UUID, UUID], Awaitable[None]]


class Workers:
    """Works off the queue on this node.

    Arguments: `url` of the database; `handlers`, by kind of job, called with the tenant and the row; `at_once`, how
    many jobs run at a time; `lost_s`, after how many seconds of silence another takes over a worker's jobs. A handler
    that raises anything but `RetryLater` has its job held in the queue, to be seen and retried.
    """

    def __init__(self, url: str, handlers: Mapping[str, Handler], *, at_once: int, lost_s: float) -> None:
        self._url = url
        self._handlers = handlers
        self._at_once = at_once
        self._lost = timedelta(seconds=lost_s)
        self._manager: QueueManager | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop` is called; a Postgres that goes away is waited for."""
        while not self._stopping.is_set():
            try:
                await self._work()
            except AWAY as error:
                log.info("jobs wait for the database", reason=str(error))
            except Exception:
                log.exception("working off the queue failed; it is begun again")
            if not self._stopping.is_set():
                await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - spreads nodes, guards nothing

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those under way are done."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def _work(self) -> None:
        async with asyncpg.create_pool(
            self._url,
            min_size=2,
            max_size=4,
            timeout=5,
            server_settings={"role": PLATFORM_ROLE, "timezone": "UTC", "application_name": "wheelhouse jobs"},
        ) as pool:
            names = DBSettings(db_schema=SCHEMA)
            queries = Queries(
                AsyncpgPoolDriver(pool),
                QueryBuilderEnvironment(names),
                QueryQueueBuilder(names),
                QuerySchedulerBuilder(names),
            )
            manager = QueueManager(queries, names.channel)
            for kind, handler in self._handlers.items():
                manager.entrypoint(kind, on_failure="hold")(_entrypoint(handler))
            self._manager = manager
            if self._stopping.is_set():
                return
            await manager.run(
                batch_size=_BATCH,
                max_concurrent_tasks=max(self._at_once, 2 * _BATCH),
                heartbeat_timeout=self._lost,
                shutdown_on_listener_failure=True,
            )


def _entrypoint(handler: Handler) -> Callable[[QueuedJob], Awaitable[None]]:
    async def work(job: QueuedJob) -> None:
        try:
            due = msgspec.json.decode(job.payload or b"", type=DueRow)
            await handler(due.tenant_id, due.id)
        except RetryLater as later:
            raise RetryRequested(timedelta(seconds=later.delay_s), str(later)) from later
        except Unavailable as away:
            # What the job needs is away: nobody's fault, and nothing was done.
            raise RetryRequested(_AWAY_FOR, away.message) from away

    return work
