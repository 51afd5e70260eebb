"""Game engines in Postgres: made, changed, moved, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection, Record, UniqueViolationError

from games.errors import Conflict
from persistence.records import of_record

#: Columns that are written; the type and version of an engine stand from its making on.
COLUMNS = ("engine_name", "engine_type", "engine_version", "engine_config", "engine_capabilities", "engine_status")


@dataclass(frozen=True, slots=True)
class EngineRow:
    """A row of `game_engines`."""

    id: UUID
    engine_name: str
    engine_type: str
    engine_version: str
    engine_status: str
    engine_config: msgspec.Raw
    engine_capabilities: msgspec.Raw
    row_version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LiveWheel:
    """A wheel that players see and that an engine reveals."""

    id: UUID
    wheel_name: str
    wheel_status: str
    version_number: int | None


async def add(connection: Connection, tenant_id: UUID, values: dict[str, Any]) -> UUID:
    """Make a draft. Raises `Conflict` when another engine has this name and version."""
    names = [column for column in COLUMNS if column in values]
    try:
        made: UUID = await connection.fetchval(
            f"INSERT INTO game_engines (tenant_id, {', '.join(names)})"  # noqa: S608 - names of columns, no values
            f" VALUES ($1, {', '.join(f'${place}' for place in range(2, 2 + len(names)))}) RETURNING id",
            tenant_id,
            *(values[name] for name in names),
        )
    except UniqueViolationError:
        raise _name_taken(values["engine_name"]) from None
    return made


async def change(
    connection: Connection, tenant_id: UUID, engine_id: UUID, row_version: int, values: dict[str, Any]
) -> None:
    """Set columns. Raises `Conflict` when the engine has changed since the caller read it, or its name is taken."""
    names = [column for column in COLUMNS if column in values]
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 4))
    try:
        changed = await connection.execute(
            f"UPDATE game_engines SET {sets}row_version = row_version + 1, updated_at = clock_timestamp()"  # noqa: S608 - names of columns, no values
            " WHERE tenant_id = $1 AND id = $2 AND row_version = $3",
            tenant_id,
            engine_id,
            row_version,
            *(values[name] for name in names),
        )
    except UniqueViolationError:
        raise _name_taken(values["engine_name"]) from None
    if changed != "UPDATE 1":
        raise Conflict("The engine has changed since you read it. Read it again and repeat your change.")


async def by_id(connection: Connection, tenant_id: UUID, engine_id: UUID) -> EngineRow | None:
    """One engine, or None."""
    row = await connection.fetchrow("SELECT * FROM game_engines WHERE tenant_id = $1 AND id = $2", tenant_id, engine_id)
    return None if row is None else _engine(row)


async def lock(connection: Connection, tenant_id: UUID, engine_id: UUID) -> EngineRow | None:
    """One engine, locked against every other writer and against wheels that open on it, until this transaction ends."""
    row = await connection.fetchrow(
        "SELECT * FROM game_engines WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tenant_id, engine_id
    )
    return None if row is None else _engine(row)


async def of_template(connection: Connection, tenant_id: UUID, template_id: UUID | None) -> EngineRow | None:
    """The engine that a template belongs to, held against a move until this transaction ends; None where there is none.

    Wheels that open on it hold it together.
    """
    row = await connection.fetchrow(
        "SELECT engine.* FROM game_templates AS template JOIN game_engines AS engine"
        " ON engine.tenant_id = $1 AND engine.id = template.game_engine_id"
        " WHERE template.tenant_id = $1 AND template.id = $2 FOR SHARE OF engine",
        tenant_id,
        template_id,
    )
    return None if row is None else _engine(row)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    status: str | None = None,
    engine_type: str | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[EngineRow]:
    """Engines in the order of their making."""
    rows = await connection.fetch(
        "SELECT * FROM game_engines WHERE tenant_id = $1 AND ($2::varchar IS NULL OR engine_status = $2)"
        " AND ($3::varchar IS NULL OR engine_type = $3) AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5",
        tenant_id,
        status,
        engine_type,
        after,
        limit,
    )
    return [_engine(row) for row in rows]


async def live_wheels(connection: Connection, tenant_id: UUID, engine_id: UUID) -> list[LiveWheel]:
    """The engine's wheels that are open, or are going to be."""
    rows = await connection.fetch(
        "SELECT wheel.id, wheel.wheel_name, wheel.wheel_status, version.version_number"
        " FROM game_templates AS template"
        " JOIN wheel_games AS wheel ON wheel.tenant_id = $1 AND wheel.game_template_id = template.id"
        " LEFT JOIN wheel_versions AS version ON version.tenant_id = $1 AND version.id = wheel.current_version_id"
        " WHERE template.tenant_id = $1 AND template.game_engine_id = $2"
        " AND wheel.wheel_status IN ('scheduled', 'active', 'paused') ORDER BY wheel.id",
        tenant_id,
        engine_id,
    )
    return [of_record(LiveWheel, row) for row in rows]


def _engine(row: Record) -> EngineRow:
    return of_record(
        EngineRow,
        row,
        engine_config=msgspec.Raw(row["engine_config"].encode()),
        engine_capabilities=msgspec.Raw(row["engine_capabilities"].encode()),
    )


def _name_taken(name: str) -> Conflict:
    return Conflict(f"Another engine has the name {name!r} in this version already. Choose another.")
