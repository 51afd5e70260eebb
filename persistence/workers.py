"""Working off the queue of jobs, as pgqueuer does it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
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
from persistence.job_places import Places
from persistence.jobs import DueRow, RetryLater

log = structlog.get_logger(__name__)

SCHEMA = "jobs"
#: Jobs taken from the queue by one look.
_BATCH = 20
#: How often the queue is looked at without being told, as when the listener's connection was cut.
_LOOK_EVERY = timedelta(seconds=2)
#: When a job that found the database away comes again.
_AWAY_FOR = timedelta(seconds=2)
#: How long the queue's connections have to end by themselves.
_CLOSING_S = 5.0

#: Looks at a row: (tenant, row).
Handler = Callable[[UUID, UUID], Awaitable[None]]


class Workers:
    """Works off the queue on this node.

    Arguments: `url` of the database; `handlers`, by kind of job, called with the tenant and the row; `at_once`, how
    many jobs run at a time, and `of_slow_tenant`, how many of them one tenant's whose jobs take long; `lost_s`, after
    how many seconds of silence another takes over a worker's jobs. A handler that raises anything but `RetryLater` has
    its job held in the queue, to be seen and retried.
    """

    def __init__(
        self, url: str, handlers: Mapping[str, Handler], *, at_once: int, of_slow_tenant: int, lost_s: float
    ) -> None:
        self._url = url
        self._handlers = handlers
        self._at_once = at_once
        self._places = Places(of_slow_tenant)
        self._lost = timedelta(seconds=lost_s)
        self._manager: QueueManager | None = None
        self._stopping = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work until `stop` is called; a Postgres that goes away is waited for."""
        self._working = asyncio.create_task(self._work_forever(), name="jobs")

    async def stop(self, within_s: float) -> None:
        """Take no more jobs, and return when those under way are done.

        Those that are not done `within_s` seconds are given up: another node takes them over in `lost_s`.
        """
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()
        if self._working is not None:
            _, given_up = await asyncio.wait({self._working}, timeout=within_s)
            if given_up:
                log.warning("jobs under way are left to another node")
                self._working.cancel()
                await asyncio.wait(given_up)

    async def _work_forever(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._work()
            except AWAY as error:
                log.info("jobs wait for the database", reason=str(error))
            except Exception:
                log.exception("working off the queue failed; it is begun again")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), random.uniform(0.5, 1.5))  # noqa: S311 - spreads nodes, guards nothing

    async def _work(self) -> None:
        async with self._pool() as pool:
            names = DBSettings(db_schema=SCHEMA)
            queries = Queries(
                AsyncpgPoolDriver(pool),
                QueryBuilderEnvironment(names),
                QueryQueueBuilder(names),
                QuerySchedulerBuilder(names),
            )
            manager = QueueManager(queries, names.channel)
            for kind, handler in self._handlers.items():
                manager.entrypoint(kind, on_failure="hold")(_entrypoint(handler, self._places))
            self._manager = manager
            if self._stopping.is_set():
                return
            await manager.run(
                dequeue_timeout=_LOOK_EVERY,
                batch_size=_BATCH,
                max_concurrent_tasks=max(self._at_once, 2 * _BATCH),
                heartbeat_timeout=self._lost,
                shutdown_on_listener_failure=True,
            )

    @asynccontextmanager
    async def _pool(self) -> AsyncIterator[asyncpg.Pool]:
        pool = await asyncpg.create_pool(
            self._url,
            min_size=2,
            max_size=4,
            timeout=5,
            server_settings={"role": PLATFORM_ROLE, "timezone": "UTC", "application_name": "wheelhouse jobs"},
        )
        try:
            yield pool
        finally:
            # The queue's listener may keep its connection for good when Postgres has gone away in its midst.
            try:
                await asyncio.wait_for(pool.close(), _CLOSING_S)
            except TimeoutError:
                pool.terminate()


def _entrypoint(handler: Handler, places: Places) -> Callable[[QueuedJob], Awaitable[None]]:
    async def work(job: QueuedJob) -> None:
        try:
            due = msgspec.json.decode(job.payload or b"", type=DueRow)
            with places.held(due.tenant_id):
                await handler(due.tenant_id, due.id)
        except RetryLater as later:
            raise RetryRequested(timedelta(seconds=later.delay_s), str(later)) from later
        except Unavailable as away:
            # What the job needs is away: nobody's fault, and nothing was done.
            raise RetryRequested(_AWAY_FOR, away.message) from away

    return work
