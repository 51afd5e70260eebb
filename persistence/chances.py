"""Spin chances in Postgres: granted once for one key, read, and counted (domain.md, Chances)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.chances import ChanceMetadata
from persistence import audit
from persistence.records import of_record
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class Grant:
    """Chances to give a player. `source` and `source_key` make it one grant however often it is asked for."""

    user_id: str
    chance_type: str
    chance_count: int
    award_reason: str
    source: str
    source_key: str
    expires_at: datetime | None = None
    wheels: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """A row of `spin_chances`."""

    id: UUID
    user_id: str
    chance_type: str
    chance_status: str
    award_reason: str
    chance_count: int
    used_chances: int
    remaining_chances: int
    awarded_at: datetime
    expires_at: datetime | None
    chance_metadata: msgspec.Raw
    row_version: int
    created_at: datetime
    updated_at: datetime

    @property
    def wheels(self) -> list[UUID] | None:
        """The wheels that the chances are bound to, or None for all."""
        return msgspec.json.decode(self.chance_metadata, type=ChanceMetadata).wheels


async def lock_player(connection: Connection, tenant_id: UUID, user_id: str, display_name: str | None = None) -> str:
    """Lock a player's row, making it first when there is none; answers the player's status."""
    return (await lock_players(connection, tenant_id, {user_id: display_name}))[user_id]


async def lock_players(
    connection: Connection, tenant_id: UUID, display_names: Mapping[str, str | None]
) -> dict[str, str]:
    """Lock players' rows in one order, making those that there are not; answers each one's status.

    Arguments: display names by user, None where the one that is known stays.
    """
    users = list(display_names)
    rows = await connection.fetch(statement("lock_players"), tenant_id, users)
    if len(rows) < len(users):
        await connection.execute(statement("add_players"), tenant_id, users, list(display_names.values()))
        rows = await connection.fetch(statement("lock_players"), tenant_id, users)
    renamed = {
        row["user_id"]: name
        for row in rows
        if (name := display_names[row["user_id"]]) is not None and name != row["display_name"]
    }
    if renamed:
        await connection.execute(
            "UPDATE players SET display_name = new.display_name, row_version = row_version + 1,"
            " updated_at = clock_timestamp() FROM unnest($2::varchar[], $3::varchar[]) AS new (user_id, display_name)"
            " WHERE players.tenant_id = $1 AND players.user_id = new.user_id",
            tenant_id,
            list(renamed),
            list(renamed.values()),
        )
    return {row["user_id"]: row["player_status"] for row in rows}


async def grant(connection: Connection, tenant_id: UUID, wanted: Grant, actor: str) -> tuple[ChanceRow, bool]:
    """Give chances once; answers the grant and whether it was made by this call.

    The player's row must be locked by this transaction.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"grant:{tenant_id}:{wanted.source}:{wanted.source_key}",
    )
    made = await connection.fetchval(
        "SELECT spin_chance_id FROM chance_grants WHERE tenant_id = $1 AND source = $2 AND source_key = $3",
        tenant_id,
        wanted.source,
        wanted.source_key,
    )
    if made is not None:
        return (await read(connection, tenant_id, [made]))[0], False
    chance_id = await connection.fetchval(
        statement("add_chance"),
        tenant_id,
        wanted.user_id,
        wanted.chance_type,
        wanted.award_reason,
        wanted.chance_count,
        wanted.expires_at,
        metadata_of(wanted),
        wanted.source,
        wanted.source_key,
    )
    row = (await read(connection, tenant_id, [chance_id]))[0]
    await audit.append(connection, tenant_id, [granted_entry(row, actor)])
    return row, True


def metadata_of(wanted: Grant) -> str:
    """`chance_metadata` of a grant, as JSON."""
    wheels = None if wanted.wheels is None else list(wanted.wheels)
    return msgspec.json.encode(ChanceMetadata(wheels)).decode()


def granted_entry(row: ChanceRow, actor: str) -> audit.Entry:
    """What the audit trail keeps of a new grant."""
    told = {
        "user_id": row.user_id,
        "chance_type": row.chance_type,
        "chance_count": row.chance_count,
        "expires_at": row.expires_at,
        "chance_metadata": row.chance_metadata,
    }
    return audit.Entry(actor, "chance.granted", "spin_chances", row.id, told)


async def read(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> list[ChanceRow]:
    """Grants by id."""
    rows = await connection.fetch(
        "SELECT * FROM spin_chances WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id", tenant_id, list(ids)
    )
    return rows_of(rows)


class Usable(NamedTuple):
    """What a player can use now: how many chances, and the grants that hold them, in the order of spending."""

    remaining: int
    grants: list[ChanceRow]


async def usable(
    connection: Connection, tenant_id: UUID, user_id: str, clock_offset: timedelta, limit: int = 100
) -> Usable:
    """A player's usable chances; `limit` bounds the grants that are listed, not the count."""
    return (await usable_of(connection, tenant_id, [user_id], clock_offset, limit))[user_id]


async def usable_of(
    connection: Connection, tenant_id: UUID, user_ids: Sequence[str], clock_offset: timedelta, limit: int = 100
) -> dict[str, Usable]:
    """The same of several players at once."""
    found = {user_id: Usable(0, []) for user_id in user_ids}
    for row in await connection.fetch(statement("read_usable_chances"), tenant_id, list(found), limit, clock_offset):
        grants = found[row["user_id"]].grants
        grants.append(_row(row))
        found[row["user_id"]] = Usable(int(row["usable"]), grants)
    return found


async def without_any(connection: Connection, tenant_id: UUID, user_ids: Sequence[str]) -> list[str]:
    """Those players to whom no chances were ever given."""
    rows = await connection.fetch(
        "SELECT player.user_id FROM unnest($2::varchar[]) AS player (user_id) WHERE NOT EXISTS ("
        "SELECT FROM spin_chances WHERE tenant_id = $1 AND user_id = player.user_id)",
        tenant_id,
        list(user_ids),
    )
    return [row["user_id"] for row in rows]


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    user_id: str | None = None,
    status: str | None = None,
    kind: str | None = None,
    expires_before: datetime | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[ChanceRow]:
    """Grants, newest first, after the one named; None asks for all."""
    rows = await connection.fetch(
        "SELECT * FROM spin_chances WHERE tenant_id = $1 AND ($2::varchar IS NULL OR user_id = $2)"
        " AND ($3::varchar IS NULL OR chance_status = $3) AND ($4::varchar IS NULL OR chance_type = $4)"
        " AND ($5::timestamptz IS NULL OR expires_at < $5) AND ($6::uuid IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        tenant_id,
        user_id,
        status,
        kind,
        expires_before,
        after,
        limit,
    )
    return rows_of(rows)


@dataclass(frozen=True, slots=True)
class ChanceUse:
    """A spin that was begun on a grant. `id`: the play's."""

    id: UUID
    wheel_game_id: UUID
    spin_status: str
    spin_started_at: datetime


async def uses(
    connection: Connection, tenant_id: UUID, grant: ChanceRow, *, after: UUID | None = None, limit: int
) -> list[ChanceUse]:
    """The spins that a grant was spent on, newest first, after the one named."""
    rows = await connection.fetch(
        "SELECT id, wheel_game_id, spin_status, spin_started_at FROM spin_sessions"
        " WHERE tenant_id = $1 AND user_id = $2 AND created_at >= $3 AND spin_chance_id = $4"
        " AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        tenant_id,
        grant.user_id,
        grant.created_at,
        grant.id,
        after,
        limit,
    )
    return [of_record(ChanceUse, row) for row in rows]


def rows_of(records: Sequence[Record]) -> list[ChanceRow]:
    """Records of `spin_chances` as rows."""
    return [_row(record) for record in records]


def _row(row: Record) -> ChanceRow:
    metadata = msgspec.Raw((row["chance_metadata"] or "{}").encode())
    return of_record(ChanceRow, row, award_reason=row["award_reason"] or "", chance_metadata=metadata)
