"""How grants of chances end before they are spent, in Postgres: by the clock, or by somebody's word."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from asyncpg import Connection

from games.lifecycles import ChanceStatus
from persistence import audit
from persistence.chances import ChanceRow, lock_players, rows_of
from persistence.database import Database
from persistence.statements import statement


async def tenants_due(database: Database) -> list[UUID]:
    """Tenants with active grants whose time is over by the database's clock."""
    async with database.platform() as connection:
        rows = await connection.fetch(
            "SELECT tenant.id FROM tenants AS tenant WHERE EXISTS (SELECT FROM spin_chances AS held"
            " WHERE held.tenant_id = tenant.id AND held.chance_status = 'active'"
            " AND held.expires_at <= clock_timestamp() + $1::interval)",
            database.clock_offset,
        )
    return [row["id"] for row in rows]


async def expire_some(
    connection: Connection, tenant_id: UUID, clock_offset: timedelta, limit: int, actor: str
) -> list[ChanceRow]:
    """Expire a tenant's grants that are due, those first that ended first; none while another node is at it."""
    mine = await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"chances expire:{tenant_id}"
    )
    if not mine:
        return []
    due = await connection.fetch(
        "SELECT id, user_id FROM spin_chances WHERE tenant_id = $1 AND chance_status = 'active'"
        " AND expires_at <= clock_timestamp() + $2::interval ORDER BY expires_at LIMIT $3",
        tenant_id,
        clock_offset,
        limit,
    )
    if not due:
        return []
    await lock_players(connection, tenant_id, dict.fromkeys((row["user_id"] for row in due), None))
    ids = [row["id"] for row in due]
    return await end(connection, tenant_id, ids, ChanceStatus.EXPIRED, clock_offset, actor)


async def end(
    connection: Connection,
    tenant_id: UUID,
    ids: Sequence[UUID],
    to: ChanceStatus,
    clock_offset: timedelta,
    actor: str,
    reason: str | None = None,
) -> list[ChanceRow]:
    """End active grants of players that this transaction has locked; answers those that it ended.

    Only a grant whose time is over expires, and only one whose time is not over is revoked.
    """
    ended = rows_of(
        await connection.fetch(statement("end_chances"), tenant_id, list(ids), str(to), reason, clock_offset)
    )
    told = {"chance_status": str(to)} | ({} if reason is None else {"reason": reason})
    entries = [
        audit.Entry(
            actor,
            f"chance.{to}",
            "spin_chances",
            row.id,
            told,
            {"chance_status": str(ChanceStatus.ACTIVE), "remaining_chances": row.remaining_chances},
        )
        for row in ended
    ]
    if entries:
        await audit.append(connection, tenant_id, entries)
    return ended
