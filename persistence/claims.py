"""Claims of results, in Postgres."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from persistence import jobs


async def lock(connection: Connection, tenant_id: UUID, session_id: UUID) -> bool:
    """Lock a play's result; False when there is none."""
    found = await connection.fetchval(
        "SELECT true FROM spin_results WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant_id, session_id
    )
    return bool(found)


async def move(connection: Connection, tenant_id: UUID, session_id: UUID, from_: str, to: str) -> bool:
    """Move a claim on, if it stands where it is thought to."""
    done = await connection.execute(
        "UPDATE spin_results SET claim_status = $4, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND claim_status = $3",
        tenant_id,
        session_id,
        str(from_),
        str(to),
    )
    return bool(done == "UPDATE 1")


async def end_in_time(connection: Connection, tenant_id: UUID, within: Mapping[UUID, timedelta]) -> None:
    """Put the jobs into the queue that end the claims of these plays, each so long from now."""
    await jobs.enqueue(connection, jobs.EXPIRE_CLAIM, tenant_id, within)


async def now(connection: Connection, clock_offset: timedelta) -> datetime:
    """The database's time, for a deadline judged under a lock."""
    moment: datetime = await connection.fetchval("SELECT clock_timestamp() + $1::interval", clock_offset)
    return moment
