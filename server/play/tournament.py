"""Tournaments as operators run them and players take part: made, changed, moved, joined, scored, settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import BadRequest, Closed, Conflict, Fault, NotFound, SoldOut
from games.lifecycles import TOURNAMENT
from games.messages.events import GameMoved
from games.messages.tournaments import (
    PrizeView,
    TournamentSnapshot,
    TournamentView,
    TournamentWinners,
    TournamentWinnerView,
)
from games.tournament import TournamentConfig
from persistence import audit, chances, outbox, points, standings, tournaments
from persistence.database import Database
from persistence.group_commit import GroupCommit
from persistence.points import Answers, Call, Reversal
from persistence.tournaments import Prize, TournamentRow
from server.moments import wire_time
from server.play import tournament_views as shown
from server.play import views
from server.play.game_moves import tell_moved
from server.play.leaderboard import Leaderboards
from server.play.outbox import Relay
from server.play.tournament_prizes import owe_prizes
from server.settings import Settings

#: What players see; a draft is the operator's alone.
PUBLIC_STATUSES = tuple(status for status in TOURNAMENT.statuses if status != "draft")
#: Columns that may still change in each status; the terms stand once players have been told of them.
_CHANGEABLE = {
    "draft": "tournament_name tournament_description tournament_type start_time end_time max_participants"
    " tournament_config",
    "registration": "tournament_name tournament_description start_time end_time max_participants",
    "running": "tournament_name tournament_description end_time max_participants",
    "finalizing": "tournament_name tournament_description",
}
#: Calls of the platform that are written in one transaction at the most; each has up to a thousand entries.
_CALLS_AT_ONCE = 4
#: Who moves a tournament whose time has come.
CLOCK = "wheelhouse"


class ShownTournament(msgspec.Struct, frozen=True):
    """A tournament with its prizes, and the winners of one that is settled."""

    id: UUID
    row: TournamentRow
    view: TournamentView
    prizes: list[PrizeView]


class Tournaments:
    """The use-cases of tournaments, for one node."""

    def __init__(self, settings: Settings, database: Database, boards: Leaderboards, relay: Relay) -> None:
        self._database = database
        self._boards = boards
        self._relay = relay
        self._points: GroupCommit[Call, Answers] = GroupCommit(
            self._commit_points, max_batch=_CALLS_AT_ONCE, max_waiting=1_000, retry_s=settings.commit_retry_s
        )

    async def drain(self) -> None:
        """Finish what waits to be written, and tell of it."""
        await self._points.drain()
        await self._boards.drain()

    # -- reading

    async def page(
        self, tenant_id: UUID, *, status: str | None, drafts: bool, after: UUID | None, limit: int
    ) -> list[ShownTournament]:
        """Tournaments, newest first."""
        statuses = TOURNAMENT.statuses if drafts else PUBLIC_STATUSES
        wanted = [one for one in statuses if status is None or one == status]
        async with self._database.tenant(tenant_id) as connection:
            rows = await tournaments.page(connection, tenant_id, statuses=wanted, after=after, limit=limit)
            prizes = await tournaments.prizes(connection, tenant_id, [row.id for row in rows])
        return [
            ShownTournament(
                row.id, row, shown.tournament_view(row), [shown.prize_view(prize) for prize in prizes[row.id]]
            )
            for row in rows
        ]

    async def read(self, tenant_id: UUID, tournament_id: UUID, *, drafts: bool) -> ShownTournament:
        """One tournament; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            return await self._read(connection, tenant_id, tournament_id, drafts=drafts)

    async def _read(
        self, connection: Connection, tenant_id: UUID, tournament_id: UUID, *, drafts: bool = True
    ) -> ShownTournament:
        row = await tournaments.by_id(connection, tenant_id, tournament_id)
        if row is None or not (drafts or row.tournament_status in PUBLIC_STATUSES):
            raise NotFound("There is no such tournament.")
        prizes = (await tournaments.prizes(connection, tenant_id, [tournament_id]))[tournament_id]
        return ShownTournament(row.id, row, shown.tournament_view(row), [shown.prize_view(prize) for prize in prizes])

    async def snapshot(
        self, tenant_id: UUID, tournament_id: UUID, own: str | None, own_name: str | None, *, drafts: bool
    ) -> TournamentSnapshot:
        """The channel `tournament:<id>`, as this caller sees it."""
        found = await self.read(tenant_id, tournament_id, drafts=drafts)
        board = await self._boards.shown(tenant_id, found.row)
        me = None
        if own is not None:
            me = (await self._boards.page(tenant_id, found.row, offset=0, limit=0, own=own, own_name=own_name)).me
        return TournamentSnapshot(
            tournament=found.view,
            prizes=found.prizes,
            rows=board.rows,
            participants=board.participants,
            version=board.version,
            me=me,
            winners=await self.winners(tenant_id, tournament_id),
            server_time=wire_time(self._database.now()),
        )

    async def winners(self, tenant_id: UUID, tournament_id: UUID) -> list[TournamentWinnerView]:
        """Who has won; nobody before the tournament is settled."""
        async with self._database.tenant(tenant_id) as connection:
            return await self._winners(connection, tenant_id, tournament_id)

    async def _winners(
        self, connection: Connection, tenant_id: UUID, tournament_id: UUID
    ) -> list[TournamentWinnerView]:
        rows = await tournaments.winners(connection, tenant_id, tournament_id)
        prizes = (await tournaments.prizes(connection, tenant_id, [tournament_id]))[tournament_id]
        names = await standings.names(connection, tenant_id, tournament_id, [row["user_id"] for row in rows])
        return shown.winner_views(rows, prizes, names)

    # -- what operators do

    async def make(
        self, tenant_id: UUID, values: Mapping[str, Any], prizes: Sequence[Prize], actor: str
    ) -> ShownTournament:
        """Make a draft; raises `BadRequest` with every fault."""
        check_values(values)
        async with self._database.tenant(tenant_id) as connection:
            tournament_id = await tournaments.add(connection, tenant_id, dict(values))
            await tournaments.set_prizes(connection, tenant_id, tournament_id, prizes)
            made = await self._read(connection, tenant_id, tournament_id)
            await audit.record(connection, tenant_id, actor, "tournament.made", "tournaments", tournament_id, made.view)
        return made

    async def change(
        self, tenant_id: UUID, tournament_id: UUID, values: Mapping[str, Any], row_version: int, actor: str
    ) -> ShownTournament:
        """Change columns. Raises `NotFound`, `Conflict` (stale, or not in this status), `BadRequest`."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, tournament_id)
            allowed = _CHANGEABLE.get(before.tournament_status, "").split()
            if fixed := [name for name in values if name not in allowed]:
                raise Conflict(f"The tournament is {before.tournament_status}; {', '.join(fixed)} can change no more.")
            merged = {name: values.get(name, getattr(before, name)) for name in ("start_time", "end_time")}
            check_values({**values, **merged})
            most = values.get("max_participants")
            if most is not None and most < before.current_participants:
                raise Conflict(
                    f"{before.current_participants} players take part already; there cannot be fewer places."
                )
            await tournaments.change(connection, tenant_id, tournament_id, row_version, dict(values))
            after = await self._read(connection, tenant_id, tournament_id)
            await self._tell_moved(connection, tenant_id, after.row, "game.changed")
            await audit.record(
                connection,
                tenant_id,
                actor,
                "tournament.changed",
                "tournaments",
                tournament_id,
                after.view,
                shown.tournament_view(before),
            )
        self._relay.wake(tenant_id)
        return after

    async def set_prizes(
        self, tenant_id: UUID, tournament_id: UUID, prizes: Sequence[Prize], actor: str
    ) -> ShownTournament:
        """Replace the prizes, all at once. Raises `NotFound`, `Conflict` when the tournament runs already."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, tournament_id)
            if before.tournament_status not in ("draft", "registration"):
                raise Conflict(f"The tournament is {before.tournament_status}; its prizes stand.")
            await tournaments.set_prizes(connection, tenant_id, tournament_id, prizes)
            await tournaments.change(connection, tenant_id, tournament_id, before.row_version, {})
            after = await self._read(connection, tenant_id, tournament_id)
            await audit.record(
                connection, tenant_id, actor, "tournament.prizes", "tournaments", tournament_id, after.prizes
            )
        return after

    async def move(
        self, tenant_id: UUID, tournament_id: UUID, to: str, actor: str, reason: str | None = None
    ) -> ShownTournament:
        """Move a tournament on. A move by hand before its time moves that time: it starts, or ends, now.

        Settling writes the winners and owes them their prizes. Raises `NotFound`, `Conflict`.
        """
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, tournament_id)
            TOURNAMENT.check(before.tournament_status, to)
            now = await self._database.deciding_time(connection)
            values: dict[str, Any] = {"tournament_status": to, **_times(before, to, now)}
            await tournaments.change(connection, tenant_id, tournament_id, before.row_version, values)
            after = await self._read(connection, tenant_id, tournament_id)
            if to == "settled":
                await self._settle(connection, tenant_id, after.row)
            await self._tell_moved(connection, tenant_id, after.row, _GAME_EVENTS.get(to, "game.changed"))
            channel = f"tournament:{tournament_id}"
            await outbox.add(connection, tenant_id, channel, "tournament.status", shown.moved(after.row))
            await audit.record(
                connection,
                tenant_id,
                actor,
                "tournament.moved",
                "tournaments",
                tournament_id,
                {"tournament_status": to, "reason": reason},
                {"tournament_status": before.tournament_status},
            )
        self._relay.wake(tenant_id)
        return after

    async def move_by_clock(self, tenant_id: UUID, tournament_id: UUID, to: str) -> None:
        """Move a tournament whose time has come; one with too few players when it would begin is cancelled."""
        if to == "running":
            found = await self.read(tenant_id, tournament_id, drafts=True)
            if found.row.current_participants < found.row.config.minimum_participants:
                await self.move(tenant_id, tournament_id, "cancelled", CLOCK, "too few players")
                return
        await self.move(tenant_id, tournament_id, to, CLOCK)

    async def _settle(self, connection: Connection, tenant_id: UUID, row: TournamentRow) -> None:
        prizes = (await tournaments.prizes(connection, tenant_id, [row.id]))[row.id]
        last = max((shown.prize_config(prize).rank_to or prize["prize_rank"] for prize in prizes), default=0)
        places = await standings.down_to(connection, tenant_id, row.id, last, row.config.tie_policy)
        won = [place for place in places if shown.prize_of(prizes, place.rank) is not None]
        winner_ids = await tournaments.add_winners(connection, tenant_id, row.id, won)
        await owe_prizes(connection, tenant_id, prizes, won, winner_ids, self._database.clock_offset)
        told = TournamentWinners(row.id, await self._winners(connection, tenant_id, row.id))
        await outbox.add(connection, tenant_id, f"tournament:{row.id}", "tournament.winners", told)

    async def _tell_moved(self, connection: Connection, tenant_id: UUID, row: TournamentRow, event: str) -> None:
        if row.tournament_status == "draft":
            return
        game = GameMoved("tournament", row.id, row.tournament_name, row.tournament_status)
        await tell_moved(connection, tenant_id, event, game)

    async def _lock(self, connection: Connection, tenant_id: UUID, tournament_id: UUID) -> TournamentRow:
        row = await tournaments.lock(connection, tenant_id, tournament_id)
        if row is None:
            raise NotFound("There is no such tournament.")
        return row

    # -- taking part

    async def join(
        self, tenant_id: UUID, tournament_id: UUID, user_id: str, display_name: str | None
    ) -> tuple[Record, bool]:
        """Take a place; answers it, and whether it was taken by this call. Raises `SoldOut`, `Closed`, `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            views.must_not_be_blocked(await chances.lock_player(connection, tenant_id, user_id, display_name))
            locked = (await points.lock(connection, tenant_id, {tournament_id}, self._database.clock_offset)).get(
                tournament_id
            )
            if locked is None or locked["tournament_status"] not in PUBLIC_STATUSES:
                raise NotFound("There is no such tournament.")
            place = await tournaments.participant(connection, tenant_id, tournament_id, user_id)
            if place is not None:
                return place, False
            if locked["tournament_status"] not in ("registration", "running") or locked["now"] > locked["end_time"]:
                raise Closed("This tournament takes nobody more.")
            most = locked["max_participants"]
            if most is not None and locked["current_participants"] >= most:
                raise SoldOut("Every place in this tournament is taken.")
            place = await tournaments.join(connection, tenant_id, locked, user_id, display_name)
            await audit.record(
                connection, tenant_id, user_id, "tournament.joined", "tournaments", tournament_id, {"user_id": user_id}
            )
        self._boards.wake(tenant_id, tournament_id)
        return place, True

    # -- points

    async def add_points(self, tenant_id: UUID, call: Call) -> Answers:
        """Write entries, each source event once; answers entry by entry. Raises `NotFound`, `Unavailable`."""
        return await self._points.submit(tenant_id, call)

    async def _commit_points(self, tenant_id: UUID, calls: Sequence[Call]) -> Sequence[Any]:
        answers = await points.commit_batch(self._database, tenant_id, calls)
        for tournament_id, users in points.who_moved(calls, answers).items():
            self._boards.wake(tenant_id, tournament_id, users)
        return answers

    async def reverse_points(
        self, tenant_id: UUID, tournament_id: UUID, points_id: UUID, reason: str, actor: str
    ) -> Reversal:
        """Correct an entry by one that reverses it."""
        made = await points.reverse(self._database, tenant_id, tournament_id, points_id, reason, actor)
        self._boards.wake(tenant_id, tournament_id, {made.user_id})
        return made


_GAME_EVENTS = {"registration": "game.opened", "settled": "game.closed", "cancelled": "game.closed"}


def _times(row: TournamentRow, to: str, now: datetime) -> dict[str, datetime]:
    """The times that a move by hand moves."""
    if to in ("registration", "running") and row.end_time <= now:
        raise Conflict("The tournament's end_time has passed. Set a later one first.")
    if to == "running" and row.start_time > now:
        return {"start_time": now}
    if to == "finalizing" and row.end_time > now:
        return {"end_time": now}
    return {}


def check_values(values: Mapping[str, Any]) -> None:
    """What the columns say together. Raises `BadRequest` with every fault."""
    faults = [
        Fault(f"$.{name}", "needs a time zone, for example 2026-11-22T10:00:00Z")
        for name in ("start_time", "end_time")
        if name in values and values[name].tzinfo is None
    ]
    if not faults and "start_time" in values and values["start_time"] >= values["end_time"]:
        faults.append(Fault("$.end_time", "must be after start_time"))
    if "tournament_config" in values:
        faults += _not_kept_yet(msgspec.json.decode(values["tournament_config"], type=TournamentConfig))
    if faults:
        raise BadRequest("The tournament does not fit: every fault is listed.", faults=faults)


def _not_kept_yet(config: TournamentConfig) -> list[Fault]:
    """Terms that a tournament may name and that this version does not carry out: better refused than not kept."""
    asked = {
        "operator": config.operator != "sum",
        "points_rules": bool(config.points_rules),
        "entry_fee": config.entry_fee is not None,
        "recurs": config.recurs is not None,
    }
    return [
        Fault(f"$.tournament_config.{name}", "is not carried out by this version; leave it out")
        for name, given in asked.items()
        if given
    ]
