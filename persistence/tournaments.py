"""Tournaments in Postgres: made, changed, moved, joined, settled, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import Conflict
from games.tournament import Ranked, TournamentConfig
from persistence.database import Database
from persistence.records import of_record
from persistence.statements import statement

_COLUMNS = (
    "tournament_name",
    "tournament_description",
    "tournament_type",
    "start_time",
    "end_time",
    "max_participants",
    "tournament_config",
)


@dataclass(frozen=True, slots=True)
class Prize:
    """A prize as an operator sets it."""

    prize_name: str
    prize_type: str
    prize_amount: Decimal
    prize_rank: int
    prize_config: str


@dataclass(frozen=True, slots=True)
class TournamentRow:
    """A row of `tournaments`."""

    id: UUID
    tournament_name: str
    tournament_description: str | None
    tournament_type: str
    tournament_status: str
    start_time: datetime
    end_time: datetime
    max_participants: int | None
    current_participants: int
    tournament_config: msgspec.Raw
    board_version: int
    row_version: int
    created_at: datetime
    updated_at: datetime

    @property
    def config(self) -> TournamentConfig:
        """The typed configuration."""
        return msgspec.json.decode(self.tournament_config, type=TournamentConfig)


async def add(connection: Connection, tenant_id: UUID, values: dict[str, Any]) -> UUID:
    """Make a draft out of the columns that an operator sets."""
    tournament_id: UUID = await connection.fetchval(
        f"INSERT INTO tournaments (tenant_id, {', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 - names of columns, no values
        " RETURNING id",
        tenant_id,
        *(values[column] for column in _COLUMNS),
    )
    return tournament_id


async def lock(connection: Connection, tenant_id: UUID, tournament_id: UUID) -> TournamentRow | None:
    """The tournament, locked against every other writer."""
    row = await connection.fetchrow(
        "SELECT * FROM tournaments WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tenant_id, tournament_id
    )
    return None if row is None else _tournament(row)


async def change(
    connection: Connection, tenant_id: UUID, tournament_id: UUID, row_version: int, values: dict[str, Any]
) -> None:
    """Set columns of a locked tournament. Raises `Conflict` when it has changed since the caller read it."""
    names = [column for column in (*_COLUMNS, "tournament_status") if column in values]
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 4))
    changed = await connection.execute(
        f"UPDATE tournaments SET {sets}row_version = row_version + 1, updated_at = clock_timestamp()"  # noqa: S608 - names of columns, no values
        " WHERE tenant_id = $1 AND id = $2 AND row_version = $3",
        tenant_id,
        tournament_id,
        row_version,
        *(values[name] for name in names),
    )
    if changed != "UPDATE 1":
        raise Conflict("The tournament has changed since you read it. Read it again and repeat your change.")


async def set_prizes(connection: Connection, tenant_id: UUID, tournament_id: UUID, prizes: Sequence[Prize]) -> None:
    """Replace the prizes of a locked tournament by these."""
    await connection.execute(
        "UPDATE tournament_prizes SET prize_status = 'retired', row_version = row_version + 1,"
        " updated_at = clock_timestamp() WHERE tenant_id = $1 AND tournament_id = $2 AND prize_status = 'open'",
        tenant_id,
        tournament_id,
    )
    await connection.execute(
        "INSERT INTO tournament_prizes AS held (tenant_id, tournament_id, prize_name, prize_type, prize_amount,"
        " prize_rank, prize_config) SELECT $1, $2, prize.* FROM unnest($3::varchar[], $4::varchar[], $5::numeric[],"
        " $6::int[], $7::jsonb[]) AS prize ON CONFLICT (tenant_id, tournament_id, prize_rank) DO UPDATE"
        " SET prize_name = excluded.prize_name, prize_type = excluded.prize_type, prize_amount = excluded.prize_amount,"
        " prize_config = excluded.prize_config, prize_status = 'open', row_version = held.row_version + 1,"
        " updated_at = clock_timestamp()",
        tenant_id,
        tournament_id,
        [prize.prize_name for prize in prizes],
        [prize.prize_type for prize in prizes],
        [prize.prize_amount for prize in prizes],
        [prize.prize_rank for prize in prizes],
        [prize.prize_config for prize in prizes],
    )


async def by_id(connection: Connection, tenant_id: UUID, tournament_id: UUID) -> TournamentRow | None:
    """The tournament of that id, or None."""
    row = await connection.fetchrow(
        "SELECT * FROM tournaments WHERE tenant_id = $1 AND id = $2", tenant_id, tournament_id
    )
    return None if row is None else _tournament(row)


async def page(
    connection: Connection, tenant_id: UUID, *, statuses: Sequence[str] | None, after: UUID | None, limit: int
) -> list[TournamentRow]:
    """Tournaments, newest first, after the one named, in some statuses."""
    rows = await connection.fetch(
        "SELECT * FROM tournaments WHERE tenant_id = $1 AND ($2::varchar[] IS NULL OR tournament_status = ANY ($2))"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        tenant_id,
        None if statuses is None else list(statuses),
        after,
        limit,
    )
    return [_tournament(row) for row in rows]


async def played_by(connection: Connection, tenant_id: UUID, user_id: str, limit: int = 20) -> list[TournamentRow]:
    """The tournaments that run, or are about to, in which a player has a place; newest first."""
    rows = await connection.fetch(
        "SELECT tournament.* FROM tournament_participants AS participant JOIN tournaments AS tournament"
        " ON tournament.tenant_id = $1 AND tournament.id = participant.tournament_id"
        " WHERE participant.tenant_id = $1 AND participant.user_id = $2"
        " AND tournament.tournament_status IN ('registration', 'running', 'finalizing')"
        " ORDER BY tournament.id DESC LIMIT $3",
        tenant_id,
        user_id,
        limit,
    )
    return [_tournament(row) for row in rows]


async def prizes(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """The open prizes of tournaments, by rank."""
    rows = await connection.fetch(
        "SELECT * FROM tournament_prizes WHERE tenant_id = $1 AND tournament_id = ANY ($2::uuid[])"
        " AND prize_status <> 'retired' ORDER BY prize_rank",
        tenant_id,
        list(ids),
    )
    found: dict[UUID, list[Record]] = {key: [] for key in ids}
    for row in rows:
        found[row["tournament_id"]].append(row)
    return found


async def join(
    connection: Connection, tenant_id: UUID, locked: Record, user_id: str, display_name: str | None
) -> Record:
    """Take a place for a player who has none, in a locked tournament that has one left."""
    row = await connection.fetchrow(
        statement("join_tournament"), tenant_id, locked["id"], user_id, display_name, locked["board_version"] + 1
    )
    assert row is not None
    return row


async def participant(connection: Connection, tenant_id: UUID, tournament_id: UUID, user_id: str) -> Record | None:
    """A player's place, or None."""
    return await connection.fetchrow(
        "SELECT * FROM tournament_participants WHERE tenant_id = $1 AND tournament_id = $2 AND user_id = $3",
        tenant_id,
        tournament_id,
        user_id,
    )


async def add_winners(
    connection: Connection, tenant_id: UUID, tournament_id: UUID, won: Sequence[Ranked]
) -> dict[str, UUID]:
    """Write down who has won; answers the winners' ids by player."""
    rows = await connection.fetch(
        "INSERT INTO tournament_winners (tenant_id, tournament_id, user_id, winner_rank, total_points)"
        " SELECT $1, $2, won.* FROM unnest($3::varchar[], $4::int[], $5::numeric[]) AS won"
        " RETURNING id, user_id",
        tenant_id,
        tournament_id,
        [one.user for one in won],
        [one.rank for one in won],
        [one.total for one in won],
    )
    return {row["user_id"]: row["id"] for row in rows}


async def winners(connection: Connection, tenant_id: UUID, tournament_id: UUID, limit: int = 100) -> list[Record]:
    """Who has won, by rank."""
    return await connection.fetch(
        "SELECT * FROM tournament_winners WHERE tenant_id = $1 AND tournament_id = $2"
        " ORDER BY winner_rank, id LIMIT $3",
        tenant_id,
        tournament_id,
        limit,
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A tournament that is taking names, running or finalizing, over all tenants."""

    tenant_id: UUID
    id: UUID
    status: str
    board_version: int
    #: the status that its own time says it ought to have, or None
    next_status: str | None


async def watched(database: Database) -> list[Due]:
    """Every tournament whose clock runs."""
    async with database.platform() as connection:
        rows = await connection.fetch(statement("read_watched_tournaments"), database.clock_offset)
    return [
        Due(row["tenant_id"], row["id"], row["tournament_status"], row["board_version"], row["next_status"])
        for row in rows
    ]


def _tournament(row: Record) -> TournamentRow:
    return of_record(TournamentRow, row, tournament_config=msgspec.Raw(row["tournament_config"].encode()))
