"""Jackpots in Postgres: made, changed, moved, their pools, events and prizes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection, Record, UniqueViolationError

from games.errors import Conflict
from games.jackpot import JackpotConfig, PlannedEvent, PlannedPrize
from persistence.database import Database
from persistence.records import of_record
from persistence.statements import statement

#: Columns that an operator sets.
COLUMNS = (
    "jackpot_id",
    "jackpot_title",
    "jackpot_description",
    "jackpot_banner",
    "jackpot_stake",
    "start_time",
    "end_time",
    "supported_mode",
    "jackpot_config",
)


@dataclass(frozen=True, slots=True)
class JackpotRow:
    """A row of `jackpot_games`, with its tenant's currency."""

    id: UUID
    jackpot_id: str
    jackpot_title: str
    jackpot_description: str | None
    jackpot_banner: str | None
    jackpot_stake: Decimal
    start_time: datetime
    end_time: datetime
    locks_at: datetime
    jackpot_status: str
    supported_mode: str
    jackpot_config: msgspec.Raw
    created_by: str
    pool_amount: Decimal
    pool_version: int
    currency: str
    row_version: int
    created_at: datetime
    updated_at: datetime

    @property
    def config(self) -> JackpotConfig:
        """The typed configuration."""
        return msgspec.json.decode(self.jackpot_config, type=JackpotConfig)


async def currency(connection: Connection, tenant_id: UUID) -> str:
    """The tenant's currency."""
    code: str = await connection.fetchval("SELECT currency FROM tenants WHERE id = $1", tenant_id)
    return code


async def add(
    connection: Connection, tenant_id: UUID, values: dict[str, Any], locks_at: datetime, created_by: str
) -> UUID:
    """Make a draft out of the columns that an operator sets. Raises `Conflict` when its code is taken."""
    try:
        made: UUID = await connection.fetchval(
            f"INSERT INTO jackpot_games (tenant_id, locks_at, created_by, {', '.join(COLUMNS)})"  # noqa: S608 - names of columns, no values
            f" VALUES ($1, $2, $3, {', '.join(f'${place}' for place in range(4, 4 + len(COLUMNS)))}) RETURNING id",
            tenant_id,
            locks_at,
            created_by,
            *(_kept(values[column]) for column in COLUMNS),
        )
    except UniqueViolationError:
        raise code_taken(values["jackpot_id"]) from None
    return made


def code_taken(code: str) -> Conflict:
    """The refusal of a code that another jackpot of the tenant has."""
    return Conflict(f"Another jackpot has the jackpot_id {code!r} already. Choose another.")


def _kept(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, JackpotConfig) else value


async def lock(connection: Connection, tenant_id: UUID, jackpot_id: UUID) -> JackpotRow | None:
    """The jackpot, locked against every other writer."""
    return await _one(connection, tenant_id, jackpot_id, " FOR NO KEY UPDATE OF game")


async def by_id(connection: Connection, tenant_id: UUID, jackpot_id: UUID) -> JackpotRow | None:
    """The jackpot of that id, or None."""
    return await _one(connection, tenant_id, jackpot_id, "")


_SELECT = "SELECT game.*, tenant.currency FROM jackpot_games AS game JOIN tenants AS tenant ON tenant.id = $1"


async def _one(connection: Connection, tenant_id: UUID, jackpot_id: UUID, locking: str) -> JackpotRow | None:
    row = await connection.fetchrow(
        f"{_SELECT} WHERE game.tenant_id = $1 AND game.id = $2{locking}", tenant_id, jackpot_id
    )
    return None if row is None else _jackpot(row)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    statuses: Sequence[str],
    code: str | None,
    after: UUID | None,
    limit: int,
) -> list[JackpotRow]:
    """Jackpots, newest first, after the one named, in some statuses, perhaps of one code."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE game.tenant_id = $1 AND game.jackpot_status = ANY ($2)"
        " AND ($3::varchar IS NULL OR game.jackpot_id = $3) AND ($4::uuid IS NULL OR game.id < $4)"
        " ORDER BY game.id DESC LIMIT $5",
        tenant_id,
        list(statuses),
        code,
        after,
        limit,
    )
    return [_jackpot(row) for row in rows]


async def change(
    connection: Connection, tenant_id: UUID, jackpot_id: UUID, row_version: int, values: dict[str, Any]
) -> None:
    """Set columns of a locked jackpot. Raises `Conflict` when it has changed since the caller read it."""
    names = [column for column in (*COLUMNS, "jackpot_status", "locks_at") if column in values]
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 4))
    try:
        changed = await connection.execute(
            f"UPDATE jackpot_games SET {sets}row_version = row_version + 1, updated_at = clock_timestamp()"  # noqa: S608 - names of columns, no values
            " WHERE tenant_id = $1 AND id = $2 AND row_version = $3",
            tenant_id,
            jackpot_id,
            row_version,
            *(_kept(values[name]) for name in names),
        )
    except UniqueViolationError:
        raise code_taken(values["jackpot_id"]) from None
    if changed != "UPDATE 1":
        raise Conflict("The jackpot has changed since you read it. Read it again and repeat your change.")


async def set_pool(connection: Connection, tenant_id: UUID, jackpot_id: UUID, amount: Decimal) -> int:
    """Set the pool of a locked jackpot; answers its next version. The row's own version stands: its terms do."""
    version: int = await connection.fetchval(
        "UPDATE jackpot_games SET pool_amount = $3, pool_version = pool_version + 1 WHERE tenant_id = $1 AND id = $2"
        " RETURNING pool_version",
        tenant_id,
        jackpot_id,
        amount,
    )
    return version


async def set_events(connection: Connection, tenant_id: UUID, jackpot_id: UUID, events: Sequence[PlannedEvent]) -> None:
    """Replace the events of a locked draft by these; those before are retired."""
    await connection.execute(
        "UPDATE jackpot_events SET event_status = 'retired', row_version = row_version + 1,"
        " updated_at = clock_timestamp() WHERE tenant_id = $1 AND jackpot_game_id = $2 AND event_status <> 'retired'",
        tenant_id,
        jackpot_id,
    )
    await connection.execute(
        "INSERT INTO jackpot_events (tenant_id, jackpot_game_id, event_name, event_type, event_pick, event_config)"
        " SELECT $1, $2, event.* FROM unnest($3::varchar[], $4::varchar[], $5::text[], $6::jsonb[]) AS event",
        tenant_id,
        jackpot_id,
        [event.event_name for event in events],
        [event.event_type for event in events],
        [event.event_pick for event in events],
        [msgspec.json.encode(event.event_config).decode() for event in events],
    )


async def set_prizes(connection: Connection, tenant_id: UUID, jackpot_id: UUID, prizes: Sequence[PlannedPrize]) -> None:
    """Replace the prizes of a locked draft by these; those before are retired."""
    await connection.execute(
        "UPDATE jackpot_prizes SET prize_status = 'retired', row_version = row_version + 1,"
        " updated_at = clock_timestamp() WHERE tenant_id = $1 AND jackpot_game_id = $2 AND prize_status <> 'retired'",
        tenant_id,
        jackpot_id,
    )
    await connection.execute(
        "INSERT INTO jackpot_prizes (tenant_id, jackpot_game_id, prize_name, prize_type, prize_amount, prize_config)"
        " SELECT $1, $2, prize.* FROM unnest($3::varchar[], $4::varchar[], $5::numeric[], $6::jsonb[]) AS prize",
        tenant_id,
        jackpot_id,
        [prize.prize_name for prize in prizes],
        [prize.prize_type for prize in prizes],
        [Decimal(prize.prize_amount) for prize in prizes],
        [msgspec.json.encode(prize.prize_config).decode() for prize in prizes],
    )


async def events(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """The events of jackpots, by position."""
    rows = await connection.fetch(
        "SELECT * FROM jackpot_events WHERE tenant_id = $1 AND jackpot_game_id = ANY ($2::uuid[])"
        " AND event_status <> 'retired' ORDER BY (event_config ->> 'position')::int, id",
        tenant_id,
        list(ids),
    )
    return _by_jackpot(ids, rows)


async def prizes(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """The prizes of jackpots, in the order in which they were set."""
    rows = await connection.fetch(
        "SELECT * FROM jackpot_prizes WHERE tenant_id = $1 AND jackpot_game_id = ANY ($2::uuid[])"
        " AND prize_status <> 'retired' ORDER BY id",
        tenant_id,
        list(ids),
    )
    return _by_jackpot(ids, rows)


def _by_jackpot(ids: Sequence[UUID], rows: Sequence[Record]) -> dict[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = {key: [] for key in ids}
    for row in rows:
        found[row["jackpot_game_id"]].append(row)
    return found


async def ticket_count(connection: Connection, tenant_id: UUID, jackpot_id: UUID) -> int:
    """How many tickets stand."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM jackpot_tickets WHERE tenant_id = $1 AND jackpot_game_id = $2"
        " AND ticket_status NOT IN ('void', 'refunded')",
        tenant_id,
        jackpot_id,
    )
    return count


async def due(database: Database) -> list[tuple[UUID, UUID]]:
    """Tenant and id of every open jackpot whose time to lock has come."""
    async with database.platform() as connection:
        rows = await connection.fetch(statement("read_due_jackpots"), database.clock_offset)
    return [(row["tenant_id"], row["id"]) for row in rows]


def _jackpot(row: Record) -> JackpotRow:
    return of_record(JackpotRow, row, jackpot_config=msgspec.Raw(row["jackpot_config"].encode()))
