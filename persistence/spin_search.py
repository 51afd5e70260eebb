"""Plays found by what is known of them, newest first.

Each search holds the conditions that it names and no others, so that it goes by the index that serves them: a player's
plays by player and time, a wheel's by wheel, its wins by the index of wins, all others by the primary key. A span of
time bounds the ids too, which rise with it, so that months outside it are not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from games.errors import BadRequest
from games.lifecycles import WinStatus
from games.rewards import RewardType

#: A play's id is made in the transaction that begins it, within so much of its beginning.
_SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What plays are looked for; None asks for all. `begun_from` counts, `begun_before` does not.

    Nobody learns what a wheel that still turns has won, so no such play is found by its outcome. `reward_type` is what
    the reward is at present.
    """

    user_id: str | None = None
    wheel_id: UUID | None = None
    spin_status: str | None = None
    win_status: str | None = None
    reward_slug: str | None = None
    reward_type: str | None = None
    begun_from: datetime | None = None
    begun_before: datetime | None = None

    @property
    def by_outcome(self) -> bool:
        """Whether any condition is about what was won."""
        return not (self.win_status is None and self.reward_slug is None and self.reward_type is None)


#: What is open is the work list's to say, and what is void the voids'; neither needs an index on every play.
_STATUSES = {
    "committed": "play.id IN (SELECT session_id FROM open_spins WHERE tenant_id = $1 AND revealed_at IS NULL)",
    "voided": "play.id IN (SELECT spin_session_id FROM spin_voids WHERE tenant_id = $1 AND void_status = 'voided')",
    "completed": "{session}.spin_status = 'completed'",
}


async def find(
    connection: Connection, tenant_id: UUID, wanted: Wanted, *, after: UUID | None, limit: int, clock_offset: timedelta
) -> list[UUID]:
    """Ids of plays, newest first, after the one named. Raises `BadRequest` for one that there is not."""
    search = _Search(tenant_id, wanted.by_outcome)
    if wanted.user_id is not None:
        search.where("play.user_id = {}", wanted.user_id)
    if wanted.wheel_id is not None:
        search.where("play.wheel_game_id = {}", wanted.wheel_id)
    if wanted.spin_status is not None:
        search.where(_STATUSES.get(wanted.spin_status, "false"))
    if wanted.by_outcome:
        await _ask_for_outcome(connection, tenant_id, search, wanted)
    if wanted.begun_from is not None:
        search.where("{session}.spin_started_at >= {}", wanted.begun_from)
        search.where("play.id >= wheelhouse_uuid_at({})", wanted.begun_from - clock_offset - _SLACK)
    if wanted.begun_before is not None:
        search.where("{session}.spin_started_at < {}", wanted.begun_before)
        search.where("play.id < wheelhouse_uuid_at({})", wanted.begun_before - clock_offset + _SLACK)
    if after is not None:
        await search.go_on_after(connection, after, by_time=wanted.user_id is not None)
    order = "play.created_at DESC, play.id DESC" if wanted.user_id is not None else "play.id DESC"
    rows = await connection.fetch(search.statement(order, limit), *search.arguments)
    return [row["id"] for row in rows]


async def _ask_for_outcome(connection: Connection, tenant_id: UUID, search: "_Search", wanted: Wanted) -> None:
    search.where("session.spin_completed_at IS NOT NULL")
    if wanted.win_status is not None:
        search.where("play.win_status = {}", wanted.win_status)
    if wanted.reward_slug is not None or wanted.reward_type is not None:
        rewards = await _rewards(connection, tenant_id, wanted)
        search.where("play.wheel_reward_id = ANY ({}::uuid[])", [reward_id for reward_id, _ in rewards])
        if all(kind != RewardType.NONE for _, kind in rewards):
            search.where(f"play.win_status = '{WinStatus.WIN}'")


async def _rewards(connection: Connection, tenant_id: UUID, wanted: Wanted) -> Sequence[tuple[UUID, str]]:
    rows = await connection.fetch(
        "SELECT id, reward_type FROM wheel_rewards WHERE tenant_id = $1 AND ($2::uuid IS NULL OR wheel_game_id = $2)"
        " AND ($3::varchar IS NULL OR reward_slug = $3) AND ($4::varchar IS NULL OR reward_type = $4)",
        tenant_id,
        wanted.wheel_id,
        wanted.reward_slug,
        wanted.reward_type,
    )
    return [(row["id"], row["reward_type"]) for row in rows]


class _Search:
    """A statement on its way: its conditions, and their arguments by number."""

    def __init__(self, tenant_id: UUID, by_outcome: bool) -> None:
        self.arguments: list[object] = [tenant_id]
        self._by_outcome = by_outcome
        self._conditions = ["play.tenant_id = $1"]

    def where(self, condition: str, *values: object) -> None:
        """Add a condition; each `{}` of it stands for a value."""
        numbers = range(len(self.arguments) + 1, len(self.arguments) + 1 + len(values))
        session = "session" if self._by_outcome else "play"
        self._conditions.append(condition.format(*(f"${number}" for number in numbers), session=session))
        self.arguments += values

    async def go_on_after(self, connection: Connection, cursor: UUID, *, by_time: bool) -> None:
        """Leave out what comes before this play and itself, in the order of time, or of ids."""
        if not by_time:
            self.where("play.id < {}", cursor)
            return
        table = "spin_results" if self._by_outcome else "spin_sessions"
        at = await connection.fetchval(
            f"SELECT created_at FROM {table} WHERE tenant_id = $1 AND id = $2",  # noqa: S608 - one of two names of ours
            self.arguments[0],
            cursor,
        )
        if at is None:
            raise BadRequest("The cursor is not one of this list's.")
        self.where("(play.created_at, play.id) < ({}::timestamptz, {}::uuid)", at, cursor)

    def statement(self, order: str, limit: int) -> str:
        """The whole statement."""
        self.arguments.append(limit)
        source = "spin_sessions AS play"
        if self._by_outcome:
            source = (
                "spin_results AS play JOIN spin_sessions AS session"
                " ON session.tenant_id = play.tenant_id AND session.id = play.id"
            )
        return (
            f"SELECT play.id FROM {source} WHERE {' AND '.join(self._conditions)}"  # noqa: S608 - all of them are above
            f" ORDER BY {order} LIMIT ${len(self.arguments)}"
        )
