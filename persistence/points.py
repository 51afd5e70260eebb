"""The ledger of points: entries written in batches, each source event once, and corrected by entries that reverse.

A batch locks its tournaments first (in the order of their ids), so that versions of a board and ids of its ledger
follow the order of commits; the tenant's audit chain is locked last.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import Closed, Conflict, LimitReached, NotFound, SoldOut, WheelhouseError
from games.tournament import TOO_MANY_POINTS, TournamentConfig, Window, format_points
from persistence import audit
from persistence.database import Database
from persistence.statements import statement

#: Whether an entry counts now, was counted before, or why it does not count.
ACCEPTED, DUPLICATE = "accepted", "duplicate"


@dataclass(frozen=True, slots=True)
class Entry:
    """Points of one source event. `earned_at` None: now."""

    user_id: str
    points: Decimal
    source: str
    source_event_id: str
    earned_at: datetime | None = None
    metadata: str = "{}"


@dataclass(frozen=True, slots=True)
class Call:
    """Entries that came in one call, for one tournament, from one caller."""

    tournament_id: UUID
    actor: str
    entries: Sequence[Entry | WheelhouseError]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one entry: `accepted`, `duplicate` or an error's code."""

    status: str
    points_id: UUID | None = None
    message: str | None = None


Answers = list[Answer]


@dataclass(slots=True)
class _Board:
    """A locked tournament, and what the batch has done to it so far."""

    row: Record
    config: TournamentConfig
    window: Window
    places_left: int | None
    joined: dict[str, datetime] = field(default_factory=dict)
    totals: dict[str, Decimal] = field(default_factory=dict)
    changed: bool = False


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An entry that is going to be written; `copies` are the answers that it gives besides its own."""

    tournament_id: UUID
    entry: Entry
    earned_at: datetime


async def commit_batch(database: Database, tenant_id: UUID, calls: Sequence[Call]) -> list[Answers | WheelhouseError]:
    """Write the entries of several calls in one transaction; answers call by call and entry by entry.

    Safe to repeat: what was written before is answered `duplicate`.
    """
    async with database.tenant(tenant_id, by_the_key=True) as connection:
        boards = await lock(connection, tenant_id, {call.tournament_id for call in calls}, database.clock_offset)
        batch = _Batch({key: _board(row) for key, row in boards.items()})
        known = await _state(connection, tenant_id, calls)
        for call in calls:
            batch.take(call, known)
        if batch.accepted:
            ids = await _write(connection, tenant_id, batch)
            await audit.append(connection, tenant_id, batch.trail())
            return batch.answers(ids)
    return batch.answers([])


async def lock(connection: Connection, tenant_id: UUID, ids: set[UUID], offset: timedelta) -> dict[UUID, Record]:
    """Lock tournaments in the order of their ids, and read the clock (`now`) once they are held."""
    rows = await connection.fetch(statement("lock_tournaments"), tenant_id, sorted(ids), offset)
    return {row["id"]: row for row in rows}


def window_of(row: Record) -> Window:
    """The window of a tournament's row."""
    return Window(row["tournament_status"], row["start_time"], row["end_time"], config_of(row).grace_s)


def config_of(row: Record) -> TournamentConfig:
    """The typed `tournament_config` of a row."""
    return msgspec.json.decode(row["tournament_config"], type=TournamentConfig)


def _board(row: Record) -> _Board:
    most = row["max_participants"]
    return _Board(row, config_of(row), window_of(row), None if most is None else most - row["current_participants"])


_Key = tuple[UUID, str, str]


def _key(tournament_id: UUID, entry: Entry) -> _Key:
    return tournament_id, entry.source, entry.source_event_id


async def _state(connection: Connection, tenant_id: UUID, calls: Sequence[Call]) -> dict[tuple[_Key, str], Record]:
    entries = [(call.tournament_id, one) for call in calls for one in call.entries if isinstance(one, Entry)]
    rows = await connection.fetch(
        statement("read_scoring_state"),
        tenant_id,
        [tournament_id for tournament_id, _ in entries],
        [entry.user_id for _, entry in entries],
        [entry.source for _, entry in entries],
        [entry.source_event_id for _, entry in entries],
    )
    return {
        (_key(tournament_id, entry), entry.user_id): row
        for (tournament_id, entry), row in zip(entries, rows, strict=True)
    }


class _Batch:
    """One batch while it is judged: what its earlier entries have done is there for the later ones."""

    def __init__(self, boards: dict[UUID, _Board]) -> None:
        self.boards = boards
        self.accepted: list[_Accepted] = []
        self._places: dict[_Key, int] = {}
        self._answers: list[list[Answer | int | tuple[int]] | WheelhouseError] = []
        self._calls: list[Call] = []

    def take(self, call: Call, known: dict[tuple[_Key, str], Record]) -> None:
        """Judge every entry of a call."""
        board = self.boards.get(call.tournament_id)
        self._calls.append(call)
        if board is None:
            self._answers.append(NotFound("There is no such tournament."))
            return
        answers: list[Answer | int | tuple[int]] = []
        for entry in call.entries:
            if isinstance(entry, WheelhouseError):
                answers.append(_refused(entry))
                continue
            key = _key(call.tournament_id, entry)
            try:
                answers.append(self._judge(board, key, entry, known[key, entry.user_id]))
            except WheelhouseError as error:
                answers.append(_refused(error))
        self._answers.append(answers)

    def _judge(self, board: _Board, key: _Key, entry: Entry, row: Record) -> Answer | int | tuple[int]:
        """An answer, the number of the entry that is accepted, or (that of the one which this one repeats,)."""
        if row["points_id"] is not None:
            return Answer(DUPLICATE, row["points_id"])
        if key in self._places:
            return (self._places[key],)
        now: datetime = board.row["now"]
        earned_at = entry.earned_at or now
        board.window.check(earned_at, now)
        joins = self._must_join(board, entry, earned_at, row["joined_at"])
        total = board.totals.get(entry.user_id, row["total"] or Decimal(0)) + entry.points
        if abs(total) >= TOO_MANY_POINTS:
            raise LimitReached("The player's total would have more than 15 digits.")
        board.totals[entry.user_id] = total
        if joins:
            board.joined[entry.user_id] = min(earned_at, now)
            if board.places_left is not None:
                board.places_left -= 1
        board.changed = True
        self._places[key] = len(self.accepted)
        self.accepted.append(_Accepted(key[0], entry, earned_at))
        return self._places[key]

    def _must_join(self, board: _Board, entry: Entry, earned_at: datetime, joined_at: datetime | None) -> bool:
        """Whether the entry takes a place; raises where it may not."""
        if board.config.join == "required":
            if joined_at is None:
                raise Conflict("The player has not joined this tournament. Join first; points count from then on.")
            if earned_at < joined_at:
                raise Closed("The player had not joined when these points were earned.")
        if joined_at is not None or entry.user_id in board.joined:
            return False
        if board.places_left == 0:
            raise SoldOut("Every place in this tournament is taken.")
        return True

    def trail(self) -> list[audit.Entry]:
        """One row a call that has changed something."""
        return [
            audit.Entry(
                user_id=call.actor,
                action="points.added",
                entity_type="tournaments",
                entity_id=call.tournament_id,
                new_values=_summary(self, answers),
            )
            for call, answers in zip(self._calls, self._answers, strict=True)
            if isinstance(answers, list) and any(isinstance(answer, int) for answer in answers)
        ]

    def answers(self, ids: Sequence[UUID]) -> list[Answers | WheelhouseError]:
        """Call by call; `ids`: those of the accepted entries."""
        told: list[Answers | WheelhouseError] = []
        for answers in self._answers:
            if isinstance(answers, WheelhouseError):
                told.append(answers)
                continue
            one: Answers = []
            for answer in answers:
                match answer:
                    case Answer():
                        one.append(answer)
                    case int():
                        one.append(Answer(ACCEPTED, ids[answer]))
                    case (place,):
                        one.append(Answer(DUPLICATE, ids[place]))
            told.append(one)
        return told


def _summary(batch: _Batch, answers: Sequence[object]) -> dict[str, object]:
    """What the audit trail keeps of a call."""
    added = [batch.accepted[answer] for answer in answers if isinstance(answer, int)]
    return {
        "entries": len(answers),
        "accepted": len(added),
        "points": format_points(sum((one.entry.points for one in added), Decimal(0))),
    }


def _refused(error: WheelhouseError) -> Answer:
    return Answer(error.code, message=error.message)


async def _write(connection: Connection, tenant_id: UUID, batch: _Batch) -> list[UUID]:
    added = batch.accepted
    joined = [
        (tournament_id, user_id, joined_at)
        for tournament_id, board in batch.boards.items()
        for user_id, joined_at in board.joined.items()
    ]
    moved = [(key, board.row["board_version"] + 1) for key, board in batch.boards.items() if board.changed]
    rows = await connection.fetch(
        statement("add_points"),
        tenant_id,
        [one.tournament_id for one in added],
        [one.entry.user_id for one in added],
        [one.entry.points for one in added],
        [one.entry.source for one in added],
        [one.earned_at for one in added],
        [one.entry.metadata for one in added],
        [one.entry.source_event_id for one in added],
        [tournament_id for tournament_id, _, _ in joined],
        [user_id for _, user_id, _ in joined],
        [joined_at for _, _, joined_at in joined],
        [tournament_id for tournament_id, _ in moved],
        [version for _, version in moved],
    )
    return [row["id"] for row in rows]


@dataclass(frozen=True, slots=True)
class Reversal:
    """The entry that reverses another."""

    id: UUID
    tournament_id: UUID
    user_id: str
    points: Decimal
    reverses_id: UUID
    made_at: datetime


async def reverse(
    database: Database, tenant_id: UUID, tournament_id: UUID, points_id: UUID, reason: str, actor: str
) -> Reversal:
    """Correct an entry by one that reverses it.

    Raises `NotFound`, `Conflict` (reversed before, or itself a reversal), `Closed` (settled or cancelled).
    """
    async with database.tenant(tenant_id) as connection:
        board = (await lock(connection, tenant_id, {tournament_id}, database.clock_offset)).get(tournament_id)
        entry = await connection.fetchrow(
            "SELECT entry.tournament_id, entry.reverses_id, reversal.id AS reversal_id"
            " FROM tournament_points AS entry LEFT JOIN tournament_points AS reversal"
            " ON reversal.tenant_id = $1 AND reversal.reverses_id = entry.id"
            " WHERE entry.tenant_id = $1 AND entry.id = $2",
            tenant_id,
            points_id,
        )
        if board is None or entry is None or entry["tournament_id"] != tournament_id:
            raise NotFound("There is no such entry in this tournament.")
        if board["tournament_status"] in ("settled", "cancelled"):
            raise Closed(f"The tournament is {board['tournament_status']}; its points stand.")
        if entry["reverses_id"] is not None:
            raise Conflict("This entry is itself a reversal. Add the points again instead.")
        if entry["reversal_id"] is not None:
            raise Conflict("This entry has been reversed already.")
        row = await connection.fetchrow(
            statement("reverse_points"),
            tenant_id,
            points_id,
            msgspec.json.encode({"reason": reason, "by": actor}).decode(),
            board["board_version"] + 1,
        )
        assert row is not None
        told = {"reversal_id": row["id"], "points": format_points(row["points_earned"]), "reason": reason}
        await audit.record(connection, tenant_id, actor, "points.reversed", "tournament_points", points_id, told)
    return Reversal(row["id"], tournament_id, row["user_id"], row["points_earned"], points_id, row["created_at"])


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A row of the ledger, and the entry that reverses it."""

    id: UUID
    tournament_id: UUID
    user_id: str
    points_earned: Decimal
    points_source: str
    source_event_id: str
    points_earned_at: datetime
    points_metadata: str
    reverses_id: UUID | None
    reversal_id: UUID | None
    created_at: datetime


async def last_entries(connection: Connection, tenant_id: UUID, tournament_id: UUID, limit: int) -> list[LedgerLine]:
    """The newest entries of a ledger, and whether each has been reversed."""
    rows = await connection.fetch(
        "SELECT entry.*, reversal.id AS reversal_id FROM tournament_points AS entry"
        " LEFT JOIN tournament_points AS reversal ON reversal.tenant_id = $1 AND reversal.reverses_id = entry.id"
        " WHERE entry.tenant_id = $1 AND entry.tournament_id = $2 ORDER BY entry.id DESC LIMIT $3",
        tenant_id,
        tournament_id,
        limit,
    )
    return [LedgerLine(**{name: row[name] for name in LedgerLine.__dataclass_fields__}) for row in rows]


def who_moved(calls: Sequence[Call], answers: Sequence[Answers | WheelhouseError]) -> dict[UUID, set[str]]:
    """The players whose totals a batch has changed, by tournament."""
    moved: defaultdict[UUID, set[str]] = defaultdict(set)
    for call, told in zip(calls, answers, strict=True):
        if isinstance(told, WheelhouseError):
            continue
        for entry, answer in zip(call.entries, told, strict=True):
            if answer.status == ACCEPTED and isinstance(entry, Entry):
                moved[call.tournament_id].add(entry.user_id)
    return dict(moved)
