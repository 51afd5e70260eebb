"""Templates in Postgres: made, changed, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection, Record, UniqueViolationError

from games.errors import Conflict
from persistence.records import of_record

#: Columns that are written; a template stays of its type and with its engine.
COLUMNS = (
    "game_engine_id",
    "template_name",
    "template_type",
    "template_category",
    "template_description",
    "template_config",
    "game_rules",
    "reward_config",
    "is_active",
)


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A row of `game_templates`, with what its engine is, if it belongs to one."""

    id: UUID
    game_engine_id: UUID | None
    engine_type: str | None
    engine_status: str | None
    template_name: str
    template_type: str
    template_category: str | None
    template_description: str | None
    template_config: msgspec.Raw
    game_rules: msgspec.Raw
    reward_config: msgspec.Raw
    is_active: bool
    row_version: int
    created_at: datetime
    updated_at: datetime


_TEMPLATE = """
    SELECT template.*, engine.engine_type, engine.engine_status
    FROM game_templates AS template
    LEFT JOIN game_engines AS engine ON engine.tenant_id = $1 AND engine.id = template.game_engine_id
    WHERE template.tenant_id = $1
"""


async def add(connection: Connection, tenant_id: UUID, values: dict[str, Any]) -> UUID:
    """Make a template. Raises `Conflict` when its name is taken."""
    names = [column for column in COLUMNS if column in values]
    try:
        made: UUID = await connection.fetchval(
            f"INSERT INTO game_templates (tenant_id, {', '.join(names)})"  # noqa: S608 - names of columns, no values
            f" VALUES ($1, {', '.join(f'${place}' for place in range(2, 2 + len(names)))}) RETURNING id",
            tenant_id,
            *(_kept(values[name]) for name in names),
        )
    except UniqueViolationError:
        raise _name_taken(values["template_name"]) from None
    return made


async def change(
    connection: Connection, tenant_id: UUID, template_id: UUID, row_version: int, values: dict[str, Any]
) -> None:
    """Set columns. Raises `Conflict` when the template has changed since the caller read it, or its name is taken."""
    names = [column for column in COLUMNS if column in values]
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 4))
    try:
        changed = await connection.execute(
            f"UPDATE game_templates SET {sets}row_version = row_version + 1, updated_at = clock_timestamp()"  # noqa: S608 - names of columns, no values
            " WHERE tenant_id = $1 AND id = $2 AND row_version = $3",
            tenant_id,
            template_id,
            row_version,
            *(_kept(values[name]) for name in names),
        )
    except UniqueViolationError:
        raise _name_taken(values["template_name"]) from None
    if changed != "UPDATE 1":
        raise Conflict("The template has changed since you read it. Read it again and repeat your change.")


async def by_id(connection: Connection, tenant_id: UUID, template_id: UUID) -> TemplateRow | None:
    """One template, or None."""
    row = await connection.fetchrow(_TEMPLATE + " AND template.id = $2", tenant_id, template_id)
    return None if row is None else _template(row)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    template_type: str | None = None,
    template_category: str | None = None,
    engine_id: UUID | None = None,
    is_active: bool | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[TemplateRow]:
    """Templates in the order of their making."""
    rows = await connection.fetch(
        _TEMPLATE + " AND ($2::varchar IS NULL OR template.template_type = $2)"
        " AND ($3::varchar IS NULL OR template.template_category = $3)"
        " AND ($4::uuid IS NULL OR template.game_engine_id = $4)"
        " AND ($5::boolean IS NULL OR template.is_active = $5)"
        " AND ($6::uuid IS NULL OR template.id > $6) ORDER BY template.id LIMIT $7",
        tenant_id,
        template_type,
        template_category,
        engine_id,
        is_active,
        after,
        limit,
    )
    return [_template(row) for row in rows]


def _template(row: Record) -> TemplateRow:
    columns = ("template_config", "game_rules", "reward_config")
    return of_record(TemplateRow, row, **{name: msgspec.Raw(row[name].encode()) for name in columns})


def _kept(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def _name_taken(name: str) -> Conflict:
    return Conflict(f"Another template is called {name!r} already. Choose another name.")
