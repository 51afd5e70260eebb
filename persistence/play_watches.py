"""How far plays have been looked through for cheating, and what is remembered of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from games.anti_cheat import Reactions
from persistence.database import Database
from persistence.records import of_record
from persistence.statements import statement

#: Before the first play there can be.
_START = UUID(int=0)

#: Whom a count is of: a wheel's version and a player, "" for all players.
Counted = tuple[UUID, str]
#: Whose rhythm: a player and a wheel.
Pair = tuple[str, UUID]


class WinCount(NamedTuple):
    """Spins that were looked through, and how many of them hit a range with a prize."""

    spins: int
    hits: int


@dataclass(frozen=True, slots=True)
class WatchedPlay:
    """What is looked at of a play."""

    id: UUID
    user_id: str
    wheel_game_id: UUID
    wheel_version_id: UUID
    spin_started_at: datetime
    stops_at: datetime
    reward_range_id: UUID


async def tenant_ids(database: Database) -> list[UUID]:
    """Every tenant there is."""
    async with database.platform() as connection:
        return [row["id"] for row in await connection.fetch("SELECT id FROM tenants ORDER BY id")]


async def take_turn(connection: Connection, tenant_id: UUID) -> UUID | None:
    """How far the tenant's plays have been looked through, locked until the transaction ends.

    None while another node is at it.
    """
    await connection.execute(
        "INSERT INTO play_watches (tenant_id, seen_until) VALUES ($1, $2) ON CONFLICT DO NOTHING", tenant_id, _START
    )
    until: UUID | None = await connection.fetchval(
        "SELECT seen_until FROM play_watches WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED", tenant_id
    )
    return until


async def wait_turn(connection: Connection, tenant_id: UUID) -> None:
    """Let nobody look through the tenant's plays until the transaction ends."""
    await connection.execute("SELECT 1 FROM play_watches WHERE tenant_id = $1 FOR UPDATE", tenant_id)


async def read(connection: Connection, tenant_id: UUID, after: UUID, behind_s: float, limit: int) -> list[WatchedPlay]:
    """The tenant's next plays, of those that are `behind_s` old: by then no earlier one is still to be committed."""
    before = await connection.fetchval(
        "SELECT wheelhouse_uuid_at(clock_timestamp() - make_interval(secs => $1))", behind_s
    )
    rows = await connection.fetch(statement("read_plays_to_watch"), tenant_id, after, before, limit)
    return [of_record(WatchedPlay, row) for row in rows]


async def move_on(connection: Connection, tenant_id: UUID, until: UUID) -> None:
    """Say how far the plays have been looked through."""
    await connection.execute("UPDATE play_watches SET seen_until = $2 WHERE tenant_id = $1", tenant_id, until)


async def reactions(connection: Connection, tenant_id: UUID, pairs: Iterable[Pair]) -> dict[Pair, Reactions]:
    """What is remembered of players on wheels; of whom nothing is, nothing."""
    wanted = list(pairs)
    rows = await connection.fetch(
        "SELECT rhythm.* FROM unnest($2::varchar[], $3::uuid[]) AS pair (user_id, wheel_id)"
        " JOIN player_rhythms AS rhythm ON rhythm.tenant_id = $1 AND rhythm.user_id = pair.user_id"
        " AND rhythm.wheel_game_id = pair.wheel_id",
        tenant_id,
        [user for user, _ in wanted],
        [wheel for _, wheel in wanted],
    )
    known = {
        (row["user_id"], row["wheel_game_id"]): Reactions(row["last_stop"], list(row["reactions_ms"])) for row in rows
    }
    return {pair: known.get(pair) or Reactions() for pair in wanted}


async def keep_reactions(connection: Connection, tenant_id: UUID, found: Mapping[Pair, Reactions]) -> None:
    """Remember reactions."""
    await connection.executemany(
        "INSERT INTO player_rhythms (tenant_id, user_id, wheel_game_id, last_stop, reactions_ms)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, user_id, wheel_game_id)"
        " DO UPDATE SET last_stop = excluded.last_stop, reactions_ms = excluded.reactions_ms",
        [(tenant_id, user, wheel, one.last_stop, one.ms) for (user, wheel), one in found.items()],
    )


async def count(connection: Connection, tenant_id: UUID, added: Mapping[Counted, WinCount]) -> dict[Counted, WinCount]:
    """Add to counts of spins and hits, and answer what they have come to."""
    rows = await connection.fetch(
        "INSERT INTO win_counts AS kept (tenant_id, wheel_version_id, user_id, spins, hits)"
        " SELECT $1, one.* FROM unnest($2::uuid[], $3::varchar[], $4::bigint[], $5::bigint[]) AS one"
        " ON CONFLICT (tenant_id, wheel_version_id, user_id) DO UPDATE"
        " SET spins = kept.spins + excluded.spins, hits = kept.hits + excluded.hits"
        " RETURNING wheel_version_id, user_id, spins, hits",
        tenant_id,
        [version for version, _ in added],
        [user for _, user in added],
        [one.spins for one in added.values()],
        [one.hits for one in added.values()],
    )
    return {(row["wheel_version_id"], row["user_id"]): WinCount(row["spins"], row["hits"]) for row in rows}


async def forget_reactions(connection: Connection, tenant_id: UUID, user_id: str, wheel_id: UUID) -> None:
    """Begin a rhythm anew."""
    await connection.execute(
        "UPDATE player_rhythms SET reactions_ms = '{}' WHERE tenant_id = $1 AND user_id = $2 AND wheel_game_id = $3",
        tenant_id,
        user_id,
        wheel_id,
    )


async def forget_count(connection: Connection, tenant_id: UUID, version_id: UUID, user_id: str) -> None:
    """Begin a count anew; `user_id` empty: that of all players."""
    await connection.execute(
        "UPDATE win_counts SET spins = 0, hits = 0 WHERE tenant_id = $1 AND wheel_version_id = $2 AND user_id = $3",
        tenant_id,
        version_id,
        user_id,
    )
