"""The one way to Postgres: every transaction belongs to a tenant, save those of the platform room.

A connection is only handed out inside a transaction that has its tenant set (`SET LOCAL`, sent together with `BEGIN`),
for the role `wheelhouse_server`, which row-level security binds. The platform room (tenants, keys, work lists over all
tenants) has a role and a method of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import asyncpg
from asyncpg import Connection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

import persistence.tables.schema  # noqa: F401 - a session has to know every table, whoever opens it
from games.errors import BadRequest, Unavailable
from persistence.tracing import Tracing

#: What asyncpg and the operating system raise when Postgres is away rather than unhappy with a statement.
AWAY: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)

SERVER_ROLE = "wheelhouse_server"
PLATFORM_ROLE = "wheelhouse_platform"

#: How Postgres plans what promises to go by keys. Checking a reference to a partitioned table costs half of what it
#: does when planned anew each time.
_BY_THE_KEY = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

POSTGRES_AWAY = "The database cannot be reached just now. Try again in a moment with the same request id."


async def _keep_as_it_is(connection: object) -> None:
    """Nothing to reset: all we set is local to a transaction."""


def _session_settings(role: str) -> dict[str, str]:
    return {"role": role, "timezone": "UTC", "application_name": "wheelhouse"}


@dataclass(slots=True, eq=False)
class _Shared:
    """A transaction of one task that its `tenant` blocks join, and what is to be done after it."""

    database: "Database"
    tenant_id: UUID
    task: asyncio.Task[object] | None
    connection: Connection
    after: list[Callable[[], None]] = field(default_factory=list)


_SHARED: ContextVar[_Shared | None] = ContextVar("the transaction that this task's blocks share", default=None)


@asynccontextmanager
async def _savepoint(connection: Connection) -> AsyncIterator[None]:
    await connection.execute("SAVEPOINT block")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK TO SAVEPOINT block")
        raise
    await connection.execute("RELEASE SAVEPOINT block")


class Database:
    """A few small pools on one database: two of the server's role, one of the platform's.

    Arguments: `url`, a `postgresql://` URL of a login that is a member of both roles; `pool_size`, connections of the
    server role at the most; `clock_offset`, added to the database's clock (for tests of timed rules).
    """

    def __init__(self, url: str, *, pool_size: int = 16, clock_offset: timedelta = timedelta()) -> None:
        self._url = url
        self._pool_size = pool_size
        self._lent = asyncio.Semaphore(max(1, pool_size // 2))
        self._server: asyncpg.Pool | None = None
        self._by_the_key: asyncpg.Pool | None = None
        self._platform: asyncpg.Pool | None = None
        self._engine: AsyncEngine | None = None
        #: the database's time, and this machine's rising clock at that moment
        self._measured = (time.time(), time.monotonic())
        self.clock_offset = clock_offset
        #: told of each transaction, where somebody traces
        self.tracing: Tracing | None = None

    async def start(self) -> None:
        """Open the pools and measure how far this machine's clock is from the database's."""
        self._server = await self._pool(SERVER_ROLE, self._pool_size)
        self._by_the_key = await self._pool(SERVER_ROLE, self._pool_size, _BY_THE_KEY)
        self._platform = await self._pool(PLATFORM_ROLE, 4)
        self._engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=self._connect, pool_size=2, max_overflow=4
        )
        await self.measure_clock()

    async def close(self) -> None:
        """Close both pools, waiting a moment for what is under way."""
        for pool in (self._server, self._by_the_key, self._platform):
            if pool is not None:
                try:
                    await asyncio.wait_for(pool.close(), 5)
                except TimeoutError:
                    pool.terminate()
        if self._engine is not None:
            await self._engine.dispose()

    async def _connect(self) -> Connection:
        return await asyncpg.connect(
            self._url, timeout=5, command_timeout=30, server_settings=_session_settings(SERVER_ROLE)
        )

    async def _pool(self, role: str, size: int, planning: dict[str, str] | None = None) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=size,
            reset=_keep_as_it_is,
            timeout=5,
            command_timeout=30,
            server_settings=_session_settings(role) | (planning or {}),
        )

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID, *, by_the_key: bool = False) -> AsyncIterator[Connection]:
        """A transaction of one tenant: committed when the block ends well, rolled back when it raises.

        `by_the_key` promises that every statement finds its rows by keys: Postgres then plans each once and for all,
        and a table whose statistics are young cannot lead it to read the whole of another.

        Raises `Unavailable` when Postgres is away. A connection lost during COMMIT leaves the outcome unknown: what
        must be done once carries a unique key of its own, so that doing it again is harmless.
        """
        shared = self._shared_here()
        if shared is not None and shared.tenant_id == tenant_id:
            async with _savepoint(shared.connection):
                yield shared.connection
            return
        pool = self._by_the_key if by_the_key else self._server
        begin = f"BEGIN; SET LOCAL wheelhouse.tenant_id = '{UUID(str(tenant_id))}'"
        async with self._transaction(pool, begin) as connection:
            yield connection

    @asynccontextmanager
    async def one_transaction(self, tenant_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that every `tenant` block of this task and tenant joins until the block ends, as a savepoint.

        At most half of the connections are lent so, since what is done meanwhile by other tasks may need one too.
        """
        async with self._lent, self.tenant(tenant_id) as connection:
            task = asyncio.current_task()
            shared = _Shared(self, tenant_id, task, connection)
            before = _SHARED.set(shared)
            try:
                yield connection
            finally:
                _SHARED.reset(before)
        for do in shared.after:
            do()

    def after_commit(self, do: Callable[[], None]) -> None:
        """Do something when what this task has done is committed: now, or when its `one_transaction` ends well."""
        shared = self._shared_here()
        if shared is None:
            do()
        else:
            shared.after.append(do)

    def _shared_here(self) -> "_Shared | None":
        shared = _SHARED.get()
        # A task begun within the block has inherited it, and must not speak on its connection.
        if shared is None or shared.database is not self or shared.task is not asyncio.current_task():
            return None
        return shared

    @asynccontextmanager
    async def session(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        """The same as `tenant`, as an ORM session: for what operators set up, not for what players do often."""
        if self._engine is None:
            raise Unavailable(POSTGRES_AWAY)
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                await session.execute(text(f"SET LOCAL wheelhouse.tenant_id = '{UUID(str(tenant_id))}'"))
                yield session
        except AWAY as error:
            raise Unavailable(POSTGRES_AWAY) from error

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Connection]:
        """A transaction of the platform room, which sees tenants, their keys and the work lists, and no play."""
        async with self._transaction(self._platform, "BEGIN") as connection:
            yield connection

    async def enter_tenant(self, connection: Connection, tenant_id: UUID) -> None:
        """Let the rest of a platform transaction be one tenant's, with the server's rights and no others."""
        await connection.execute(
            f"SET LOCAL ROLE {SERVER_ROLE}; SET LOCAL wheelhouse.tenant_id = '{UUID(str(tenant_id))}'"
        )

    @asynccontextmanager
    async def _transaction(self, pool: asyncpg.Pool | None, begin: str) -> AsyncIterator[Connection]:
        if pool is None:
            raise Unavailable(POSTGRES_AWAY)
        with nullcontext() if self.tracing is None else self.tracing.transaction():
            async with self._begun(pool, begin) as connection:
                yield connection

    @asynccontextmanager
    async def _begun(self, pool: asyncpg.Pool, begin: str) -> AsyncIterator[Connection]:
        try:
            async with pool.acquire(timeout=10) as connection:
                await connection.execute(begin)
                try:
                    yield cast("Connection", connection)
                except BaseException:
                    if not connection.is_closed():
                        await connection.execute("ROLLBACK")
                    raise
                await connection.execute("COMMIT")
        except AWAY as error:
            raise Unavailable(POSTGRES_AWAY) from error
        except asyncpg.DataError as error:
            raise BadRequest("A value cannot be kept: check for control characters and times out of range.") from error

    async def deciding_time(self, connection: Connection) -> datetime:
        """The database's time, by which deadlines are judged; asked for when the locks are held that they need."""
        moment: datetime = await connection.fetchval("SELECT clock_timestamp() + $1::interval", self.clock_offset)
        return moment

    async def measure_clock(self) -> None:
        """Learn the difference between the database's clock, which rules, and this machine's."""
        async with self.platform() as connection:
            sent = time.monotonic()
            theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
            received = time.monotonic()
        self._measured = (theirs.timestamp(), (sent + received) / 2)

    def now(self) -> datetime:
        """The database's time as this node knows it; for presentation, never for a deadline that decides."""
        theirs, ours = self._measured
        return datetime.fromtimestamp(theirs + time.monotonic() - ours, UTC) + self.clock_offset
