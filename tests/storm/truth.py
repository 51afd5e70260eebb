"""What Postgres says when the storm is over."""

from dataclasses import dataclass, field
from decimal import Decimal

from games.tournament import format_points
from tests.storm.world import World

#: Rows that the live board shows.
TOP = 50


@dataclass(slots=True)
class Truth:
    """The committed state, by tenant code."""

    #: of each player: request id → session id
    sessions: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    chances: dict[tuple[str, str], int] = field(default_factory=dict)
    #: (name, status)
    tournaments: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    pools: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    #: the first of the board: user → points
    boards: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)


async def read_truth(world: World) -> Truth:
    """Read it, from ledgers rather than from projections."""
    truth = Truth()
    for code in world.grounds:
        for row in await world.rows(code, "SELECT id, user_id, session_id FROM spin_sessions"):
            truth.sessions.setdefault((code, row["user_id"]), {})[row["session_id"]] = str(row["id"])
        chances = await world.rows(
            code,
            "SELECT user_id, sum(remaining_chances) AS n FROM spin_chances WHERE remaining_chances > 0 AND"
            " (expires_at IS NULL OR expires_at > clock_timestamp()) GROUP BY user_id",
        )
        truth.chances.update(((code, row["user_id"]), row["n"]) for row in chances)
        for row in await world.rows(code, "SELECT id, pool_amount FROM jackpot_games"):
            truth.pools[code, str(row["id"])] = row["pool_amount"]
        for row in await world.rows(code, "SELECT id, tournament_name, tournament_status FROM tournaments"):
            game = (code, str(row["id"]))
            truth.tournaments[game] = (row["tournament_name"], row["tournament_status"])
            top = await world.rows(
                code,
                "SELECT user_id, sum(points_earned) AS points FROM tournament_points WHERE tournament_id = $1"
                " GROUP BY user_id ORDER BY points DESC LIMIT $2",
                row["id"],
                TOP,
            )
            truth.boards[game] = {row["user_id"]: format_points(row["points"]) for row in top}
    return truth


async def unsound(world: World) -> list[str]:
    """What does not add up in Postgres itself."""
    wrong = []
    for code in world.grounds:
        (row,) = await world.rows(
            code,
            "SELECT (SELECT count(*) FROM spin_sessions) AS sessions, (SELECT count(*) FROM spin_results) AS results,"
            " (SELECT coalesce(sum(used_chances), 0) FROM spin_chances) AS used,"
            " (SELECT count(*) FROM spin_sessions WHERE spin_status <> 'completed') AS open",
        )
        if not (row["sessions"] == row["results"] == row["used"]) or row["open"]:
            wrong.append(f"{code}: {dict(row)}")
    return wrong
