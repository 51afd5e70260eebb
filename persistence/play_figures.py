"""How much is played on a tenant's wheels just now, and how often it hits."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection

from persistence.database import Database
from persistence.statements import statement

#: So many of the tenant's newest plays are looked at, so that asking costs a busy tenant no more than a quiet one.
NEWEST_PLAYS = 5_000
#: Over so many seconds the pace is taken.
PACE_S = 10.0


@dataclass(frozen=True, slots=True)
class PlayFigures:
    """One wheel among the newest plays: how many begin a second, how many have stopped, how many of those won."""

    wheel_id: UUID
    spins_per_second: float
    spins: int
    hits: int


async def read(connection: Connection, database: Database, tenant_id: UUID) -> list[PlayFigures]:
    """The figures of every wheel of which one of the newest plays is."""
    rows = await connection.fetch(
        statement("read_play_figures"), tenant_id, NEWEST_PLAYS, PACE_S, database.clock_offset
    )
    return [PlayFigures(*row) for row in rows]
