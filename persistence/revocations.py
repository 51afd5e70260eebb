"""Revocations in Postgres. Each function runs in a transaction of the tenant."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from asyncpg import Connection, Record

_REVOKE_ALL = (
    "INSERT INTO revocations AS old (tenant_id, user_id, is_blocked, reason, revoked_by, auth_version)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, user_id) DO UPDATE SET"
    " is_blocked = excluded.is_blocked OR (old.is_blocked AND old.lifted_at IS NULL),"
    " issued_before = clock_timestamp(), reason = excluded.reason, revoked_by = excluded.revoked_by,"
    " lifted_at = NULL, auth_version = excluded.auth_version, row_version = old.row_version + 1,"
    " updated_at = clock_timestamp() RETURNING *"
)
_REVOKE_ONE = (
    "INSERT INTO revocations AS old (tenant_id, token_id, reason, revoked_by, auth_version)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, token_id) DO UPDATE SET"
    " reason = excluded.reason, revoked_by = excluded.revoked_by, lifted_at = NULL,"
    " auth_version = excluded.auth_version, row_version = old.row_version + 1, updated_at = clock_timestamp()"
    " RETURNING *"
)
_LIFT = (
    "UPDATE revocations SET lifted_at = coalesce(lifted_at, clock_timestamp()), auth_version = $3,"
    " row_version = row_version + 1, updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2"
    " RETURNING *"
)


@dataclass(frozen=True, slots=True)
class RevocationRow:
    """A row of `revocations`."""

    id: UUID
    user_id: str | None
    token_id: str | None
    is_blocked: bool
    issued_before: datetime
    reason: str
    revoked_by: str
    lifted_at: datetime | None
    auth_version: int
    created_at: datetime


async def revoke_user(
    connection: Connection, tenant_id: UUID, user_id: str, *, block: bool, reason: str, actor: str, auth_version: int
) -> RevocationRow:
    """Refuse a user's tokens made until now, and with `block` those to come; a block that stands is not loosened."""
    if block:
        await connection.execute(
            "INSERT INTO players (tenant_id, user_id, player_status) VALUES ($1, $2, 'blocked')"
            " ON CONFLICT (tenant_id, user_id) DO UPDATE SET player_status = 'blocked',"
            " row_version = players.row_version + 1, updated_at = clock_timestamp()",
            tenant_id,
            user_id,
        )
    row = await connection.fetchrow(
        _REVOKE_ALL,
        tenant_id,
        user_id,
        block,
        reason,
        actor,
        auth_version,
    )
    assert row is not None
    return _row(row)


async def revoke_token(
    connection: Connection, tenant_id: UUID, token_id: str, *, reason: str, actor: str, auth_version: int
) -> RevocationRow:
    """Refuse one token."""
    row = await connection.fetchrow(
        _REVOKE_ONE,
        tenant_id,
        token_id,
        reason,
        actor,
        auth_version,
    )
    assert row is not None
    return _row(row)


async def lift(connection: Connection, tenant_id: UUID, revocation_id: UUID, auth_version: int) -> RevocationRow | None:
    """Believe those tokens again, and let a blocked player play; None when there is no such revocation."""
    row = await connection.fetchrow(
        _LIFT,
        tenant_id,
        revocation_id,
        auth_version,
    )
    if row is None:
        return None
    if row["is_blocked"]:
        await connection.execute(
            "UPDATE players SET player_status = 'active', row_version = row_version + 1,"
            " updated_at = clock_timestamp() WHERE tenant_id = $1 AND user_id = $2",
            tenant_id,
            row["user_id"],
        )
    return _row(row)


async def newer(connection: Connection, tenant_id: UUID, auth_version: int) -> list[RevocationRow]:
    """What has been revoked or lifted since a version."""
    rows = await connection.fetch(
        "SELECT * FROM revocations WHERE tenant_id = $1 AND auth_version > $2 ORDER BY auth_version",
        tenant_id,
        auth_version,
    )
    return [_row(row) for row in rows]


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    user_id: str | None,
    blocked: bool | None,
    lifted: bool | None,
    before: UUID | None,
    limit: int,
) -> list[RevocationRow]:
    """Revocations, newest first, before the one named; None asks for all."""
    rows = await connection.fetch(
        "SELECT * FROM revocations WHERE tenant_id = $1 AND ($2::varchar IS NULL OR user_id = $2)"
        " AND ($3::boolean IS NULL OR is_blocked = $3) AND ($4::boolean IS NULL OR (lifted_at IS NOT NULL) = $4)"
        " AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        tenant_id,
        user_id,
        blocked,
        lifted,
        before,
        limit,
    )
    return [_row(row) for row in rows]


def _row(record: Record) -> RevocationRow:
    return RevocationRow(**{field.name: record[field.name] for field in fields(RevocationRow)})
