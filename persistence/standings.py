"""A tournament's board as Postgres gives it: what the projection in Redis is made from, and what answers without it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection, Record

from games.tournament import Ranked, Standing, TiePolicy, ranks_from
from persistence.statements import statement

#: Standings read at once while a board is rebuilt.
REBUILD_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed on a board up to `version`; `more` when that is not yet all.

    A player whose `Standing` is None is on the board no more.
    """

    version: int
    participants: int
    more: bool
    standings: list[tuple[str, Standing | None]]


async def changes(connection: Connection, tenant_id: UUID, tournament_id: UUID, since: int) -> Changes | None:
    """What has changed after a version; None when there is no such tournament."""
    rows = await connection.fetch(statement("read_board_changes"), tenant_id, tournament_id, since)
    if not rows:
        return None
    return Changes(
        rows[0]["version"],
        rows[0]["current_participants"],
        rows[0]["more"],
        [
            (row["user_id"], _standing(row) if row["reached_points_id"] is not None else None)
            for row in rows
            if row["user_id"] is not None
        ],
    )


async def version(connection: Connection, tenant_id: UUID, tournament_id: UUID) -> tuple[int, int]:
    """A board's version, and how many take part."""
    row = await connection.fetchrow(
        "SELECT board_version, current_participants FROM tournaments WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        tournament_id,
    )
    return (0, 0) if row is None else (row["board_version"], row["current_participants"])


async def every_standing(connection: Connection, tenant_id: UUID, tournament_id: UUID) -> AsyncIterator[list[Standing]]:
    """All standings, some thousands at a time, in no order that matters."""
    after = ""
    while True:
        rows = await connection.fetch(
            "SELECT user_id, total, reached_points_id FROM tournament_totals"
            " WHERE tenant_id = $1 AND tournament_id = $2 AND user_id > $3 ORDER BY user_id LIMIT $4",
            tenant_id,
            tournament_id,
            after,
            REBUILD_CHUNK,
        )
        yield [_standing(row) for row in rows if row["reached_points_id"] is not None]
        if len(rows) < REBUILD_CHUNK:
            return
        after = rows[-1]["user_id"]


async def page(
    connection: Connection, tenant_id: UUID, tournament_id: UUID, offset: int, limit: int, tie_policy: TiePolicy
) -> list[Ranked]:
    """Places `offset` + 1 and following."""
    rows = await connection.fetch(statement("read_standings"), tenant_id, tournament_id, offset, limit)
    if not rows:
        return []
    above, _ = await _before(connection, tenant_id, tournament_id, rows[0])
    first_rank = above + 1 if tie_policy == "split" else offset + 1
    return ranks_from(offset + 1, first_rank, [(row["user_id"], row["total"]) for row in rows], tie_policy)


async def down_to(
    connection: Connection, tenant_id: UUID, tournament_id: UUID, last_rank: int, tie_policy: TiePolicy
) -> list[Ranked]:
    """Every place whose rank is not below `last_rank`; level players of a shared rank are all of them."""
    places: list[Ranked] = []
    while len(places) < last_rank or (places and places[-1].rank <= last_rank and tie_policy == "split"):
        part = await page(connection, tenant_id, tournament_id, len(places), REBUILD_CHUNK, tie_policy)
        places += part
        if len(part) < REBUILD_CHUNK:
            break
    return [place for place in places if place.rank <= last_rank]


async def place(
    connection: Connection, tenant_id: UUID, tournament_id: UUID, user_id: str, tie_policy: TiePolicy
) -> tuple[int, Ranked] | None:
    """How many stand before a player in the list, and the player's place; None for whoever is not on the board."""
    row = await connection.fetchrow(
        "SELECT user_id, total, reached_points_id FROM tournament_totals"
        " WHERE tenant_id = $1 AND tournament_id = $2 AND user_id = $3 AND reached_points_id IS NOT NULL",
        tenant_id,
        tournament_id,
        user_id,
    )
    if row is None:
        return None
    above, sooner = await _before(connection, tenant_id, tournament_id, row)
    rank = above + 1 if tie_policy == "split" else above + sooner + 1
    return above + sooner, Ranked(user_id, rank, row["total"])


async def names(
    connection: Connection, tenant_id: UUID, tournament_id: UUID, user_ids: Sequence[str]
) -> dict[str, str | None]:
    """The display names of players, where there are some."""
    rows = await connection.fetch(
        "SELECT wanted.user_id, coalesce(participant.display_name, player.display_name) AS display_name"
        " FROM unnest($3::varchar[]) AS wanted (user_id)"
        " LEFT JOIN tournament_participants AS participant ON participant.tenant_id = $1"
        " AND participant.tournament_id = $2 AND participant.user_id = wanted.user_id"
        " LEFT JOIN players AS player ON player.tenant_id = $1 AND player.user_id = wanted.user_id",
        tenant_id,
        tournament_id,
        list(user_ids),
    )
    return {row["user_id"]: row["display_name"] for row in rows}


async def takes_part(connection: Connection, tenant_id: UUID, tournament_id: UUID, user_id: str) -> bool:
    """Whether a player has a place."""
    return bool(
        await connection.fetchval(
            "SELECT true FROM tournament_participants WHERE tenant_id = $1 AND tournament_id = $2 AND user_id = $3",
            tenant_id,
            tournament_id,
            user_id,
        )
    )


async def _before(connection: Connection, tenant_id: UUID, tournament_id: UUID, row: Record) -> tuple[int, int]:
    counted = await connection.fetchrow(
        statement("count_before"), tenant_id, tournament_id, row["total"], row["reached_points_id"]
    )
    assert counted is not None
    return counted["above"], counted["level_and_sooner"]


def _standing(row: Record) -> Standing:
    return Standing(row["user_id"], row["total"], row["reached_points_id"])
