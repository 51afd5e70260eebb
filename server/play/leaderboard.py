"""Live boards: each a projection in Redis, brought up to date from the totals, and told of by one node at a time.

Postgres numbers every change of a board. A board in Redis knows the number that it is at; whoever finds it behind
applies what has changed since, so that a node that died or a Redis that was emptied leaves nothing behind that the next
look does not mend. Listeners are told by whichever node gets the turn, as the difference from what was told last.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from functools import partial
from uuid import UUID

import msgspec
import structlog

from channels.board import Change, Place, RankedBoards
from channels.broker import Broker, Step
from channels.channel import Channel
from channels.servers import BrokerUnavailable
from games.display import DisplayNameRule, shown_name
from games.errors import WheelhouseError
from games.messages.tournaments import BoardRow, LeaderboardSnapshot, OwnStanding, TournamentRank
from games.tournament import (
    Ranked,
    board_key,
    delta,
    format_points,
    ranks_from,
    read_board_key,
    tie_bytes,
)
from persistence import standings, tournaments
from persistence.database import Database
from persistence.tournaments import TournamentRow

log = structlog.get_logger(__name__)

#: Rows that the live channel shows.
TOP = 50
#: How others are shown on a board.
NAMES: DisplayNameRule = "masked"
#: Listeners of one board are told so often at the most.
_TELL_EVERY_MS = 250
#: How long a node that builds a board may give no sign of it before another tries.
_BUILD_MS = 3_000
#: How often whoever wants a board looks whether the node that builds it is done.
_REBUILD_PAUSE_S = 0.1


class Shown(msgspec.Struct, frozen=True):
    """What a board's listeners see: the top rows, whole."""

    version: int
    rows: list[BoardRow]
    participants: int


class BoardPage(msgspec.Struct, frozen=True):
    """A page of a board, and where the caller stands."""

    items: list[BoardRow]
    participants: int
    version: int
    me: OwnStanding | None


class Leaderboards:
    """The boards of all tournaments, as one node reads, mends and tells of them."""

    def __init__(self, database: Database, boards: RankedBoards, broker: Broker) -> None:
        self._database = database
        self._boards = boards
        self._broker = broker
        self._woken: set[Channel] = set()
        self._tellers: dict[Channel, asyncio.Task[None]] = {}
        #: players whose totals have changed and who have not been told
        self._moved: dict[Channel, set[str]] = {}

    async def drain(self) -> None:
        """Finish telling."""
        while self._tellers:
            await asyncio.gather(*self._tellers.values(), return_exceptions=True)

    # -- reading

    async def page(
        self,
        tenant_id: UUID,
        tournament: TournamentRow,
        *,
        offset: int,
        limit: int,
        around: str | None = None,
        own: str | None = None,
        own_name: str | None = None,
    ) -> BoardPage:
        """A page of the board as it is now: from Redis, and from Postgres while Redis is away or the board is built.

        `around` puts a player in the middle; `own`: the caller, who is told their own place and name in full.
        """
        try:
            found = await self._from_redis(tenant_id, tournament, offset, limit, around, own)
        except BrokerUnavailable:
            found = None
        if found is None:
            found = await self._from_postgres(tenant_id, tournament, offset, limit, around, own)
        places, participants, version, mine = found
        rows = await self._rows(tenant_id, tournament.id, places, own, own_name)
        me = None
        if own is not None and mine is not None:
            me = OwnStanding(mine.rank, format_points(mine.total), shown_name(own, own_name, "full"))
        elif own is not None and await self._takes_part(tenant_id, tournament.id, own):
            me = OwnStanding(None, "0", shown_name(own, own_name, "full"))
        return BoardPage(rows, participants, version, me)

    async def _from_redis(
        self,
        tenant_id: UUID,
        tournament: TournamentRow,
        offset: int,
        limit: int,
        around: str | None,
        own: str | None,
    ) -> tuple[list[Ranked], int, int, Ranked | None] | None:
        board, policy = channel_of(tenant_id, tournament.id), tournament.config.tie_policy
        for attempt in range(2):
            page = await self._boards.read(
                board,
                offset,
                limit,
                tie_bytes=tie_bytes(policy),
                around=around,
                places_of=[] if own is None else [own],
            )
            if page is None:
                self.wake(tenant_id, tournament.id)
                return None
            if page.version >= tournament.board_version:
                rows = [(member.name, read_board_key(member.key)) for member in page.members]
                places = ranks_from(page.offset + 1, page.first_rank, rows, policy)
                mine = page.places[0] if page.places else None
                return places, int(page.note), page.version, None if own is None else _ranked(own, mine)
            if attempt == 0:
                await self._catch_up(tenant_id, tournament.id)
                self.wake(tenant_id, tournament.id)
        return None

    async def _from_postgres(
        self,
        tenant_id: UUID,
        tournament: TournamentRow,
        offset: int,
        limit: int,
        around: str | None,
        own: str | None,
    ) -> tuple[list[Ranked], int, int, Ranked | None]:
        policy = tournament.config.tie_policy
        async with self._database.tenant(tenant_id) as connection:
            version, participants = await standings.version(connection, tenant_id, tournament.id)
            if around is not None:
                middle = await standings.place(connection, tenant_id, tournament.id, around, policy)
                offset, limit = (0, 0) if middle is None else (max(0, middle[0] - limit // 2), limit)
            places = []
            if limit:
                places = await standings.page(connection, tenant_id, tournament.id, offset, limit, policy)
            mine = None if own is None else await standings.place(connection, tenant_id, tournament.id, own, policy)
        return places, participants, version, None if mine is None else mine[1]

    async def shown(self, tenant_id: UUID, tournament: TournamentRow) -> Shown:
        """What the live channel's next delta builds upon; numbered 0 while the channel has been told of nothing.

        It is told the whole board next, whatever number that has, and what is read here may be ahead of it.
        """
        try:
            told = await self._boards.told(channel_of(tenant_id, tournament.id))
            if told.version is not None:
                return msgspec.msgpack.decode(told.shown, type=Shown)
        except BrokerUnavailable:
            pass
        self.wake(tenant_id, tournament.id)
        page = await self.page(tenant_id, tournament, offset=0, limit=TOP)
        return Shown(0, page.items, page.participants)

    async def ranks_of(self, tenant_id: UUID, user_id: str) -> list[TournamentRank]:
        """Where a player stands in the tournaments that run."""
        async with self._database.tenant(tenant_id) as connection:
            rows = await tournaments.played_by(connection, tenant_id, user_id)
        ranks = []
        for row in rows:
            page = await self.page(tenant_id, row, offset=0, limit=0, own=user_id)
            if page.me is not None:
                ranks.append(TournamentRank(row.id, page.me.rank, page.me.points))
        return ranks

    async def _rows(
        self, tenant_id: UUID, tournament_id: UUID, places: Sequence[Ranked], own: str | None, own_name: str | None
    ) -> list[BoardRow]:
        if not places:
            return []
        async with self._database.tenant(tenant_id) as connection:
            names = await standings.names(connection, tenant_id, tournament_id, [place.user for place in places])
        return [
            BoardRow(
                place.user,
                shown_name(own, own_name or names[own], "full")
                if place.user == own
                else shown_name(place.user, names[place.user], NAMES),
                place.rank,
                format_points(place.total),
            )
            for place in places
        ]

    async def _takes_part(self, tenant_id: UUID, tournament_id: UUID, user_id: str) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            return await standings.takes_part(connection, tenant_id, tournament_id, user_id)

    # -- mending

    async def _catch_up(self, tenant_id: UUID, tournament_id: UUID) -> None:
        """Bring the board in Redis to where Postgres is. Raises `BrokerUnavailable`."""
        board = channel_of(tenant_id, tournament_id)
        while True:
            at = await self._boards.version(board)
            if at is None:
                if not await self._build(tenant_id, tournament_id):
                    return
                continue
            async with self._database.tenant(tenant_id) as connection:
                changes = await standings.changes(connection, tenant_id, tournament_id, at)
            if changes is None or changes.version <= at:
                return
            keys = [
                Change(user, b"" if one is None else board_key(one.total, one.reached))
                for user, one in changes.standings
            ]
            if (
                await self._boards.apply(board, at, changes.version, str(changes.participants), keys)
                and not changes.more
            ):
                return

    async def _build(self, tenant_id: UUID, tournament_id: UUID) -> bool:
        """Build a board anew from all its totals; false when another node is at it. Raises `BrokerUnavailable`."""
        board = channel_of(tenant_id, tournament_id)
        if not await self._boards.may(board, "building", _BUILD_MS):
            return False
        try:
            async with self._database.tenant(tenant_id) as connection:
                # Read first: what changes meanwhile has a higher number, and is applied after.
                version, participants = await standings.version(connection, tenant_id, tournament_id)

                async def members() -> AsyncIterator[list[Change]]:
                    async for part in standings.every_standing(connection, tenant_id, tournament_id):
                        await self._boards.goes_on(board, "building", _BUILD_MS)
                        yield [Change(one.user, board_key(one.total, one.reached)) for one in part]

                await self._boards.build(board, version, str(participants), members())
        finally:
            await self._boards.done(board, "building")
        return True

    async def rebuild(self, tenant_id: UUID, tournament_id: UUID) -> None:
        """Forget the board in Redis and build it again from Postgres. Raises `BrokerUnavailable`."""
        board = channel_of(tenant_id, tournament_id)
        await self._boards.forget(board)
        while await self._boards.version(board) is None and not await self._build(tenant_id, tournament_id):  # noqa: ASYNC110 - another node may be at it
            await asyncio.sleep(_REBUILD_PAUSE_S)
        await self._catch_up(tenant_id, tournament_id)

    # -- telling

    def wake(self, tenant_id: UUID, tournament_id: UUID, moved: Collection[str] = ()) -> None:
        """A board has changed, or ought to be looked at: mend it and tell its listeners soon.

        `moved`: players whose totals have changed, who are told where they stand.
        """
        self._database.after_commit(partial(self._wake, tenant_id, tournament_id, moved))

    def _wake(self, tenant_id: UUID, tournament_id: UUID, moved: Collection[str]) -> None:
        board = channel_of(tenant_id, tournament_id)
        self._woken.add(board)
        self._moved.setdefault(board, set()).update(moved)
        if board not in self._tellers:
            self._tellers[board] = asyncio.create_task(
                self._tell_while_woken(board, tenant_id, tournament_id), name=f"leaderboard {tournament_id}"
            )

    async def look(self, tenant_id: UUID, tournament_id: UUID, board_version: int) -> None:
        """Wake when the board in Redis, or what was told of it, is behind. Raises `BrokerUnavailable`."""
        told = await self._boards.told(channel_of(tenant_id, tournament_id))
        at = await self._boards.version(channel_of(tenant_id, tournament_id))
        if told.version is None or at is None or min(told.version, at) < board_version:
            self.wake(tenant_id, tournament_id)

    async def _tell_while_woken(self, board: Channel, tenant_id: UUID, tournament_id: UUID) -> None:
        try:
            while board in self._woken:
                self._woken.discard(board)
                await self._catch_up(tenant_id, tournament_id)
                await self._tell_ranks(board, tenant_id, tournament_id)
                if await self._boards.may(board, "telling", _TELL_EVERY_MS):
                    await self._tell_board(board, tenant_id, tournament_id)
                else:
                    self._woken.add(board)
                await asyncio.sleep(_TELL_EVERY_MS / 1000)
        except (BrokerUnavailable, WheelhouseError) as error:
            # The sweeper finds the board behind, and wakes it again.
            log.info("a leaderboard waits", tournament=str(tournament_id), reason=str(error))
        except Exception:
            log.exception("a leaderboard could not be told of", tournament=str(tournament_id))
        finally:
            self._woken.discard(board)
            del self._tellers[board]

    async def _tell_board(self, board: Channel, tenant_id: UUID, tournament_id: UUID) -> None:
        told = await self._boards.told(board)
        async with self._database.tenant(tenant_id) as connection:
            tournament = await tournaments.by_id(connection, tenant_id, tournament_id)
        if tournament is None:
            return
        policy = tournament.config.tie_policy
        page = await self._boards.read(board, 0, TOP, tie_bytes=tie_bytes(policy))
        if page is None or (told.version is not None and told.version >= page.version):
            return
        places = ranks_from(1, 1, [(member.name, read_board_key(member.key)) for member in page.members], policy)
        now = Shown(page.version, await self._rows(tenant_id, tournament_id, places, None, None), int(page.note))
        step = None
        if told.version is not None:
            before = msgspec.msgpack.decode(told.shown, type=Shown)
            change = delta(before.version, before.rows, now.version, now.rows, now.participants)
            step = Step("leaderboard.delta", change)
        await self._broker.publish(
            board,
            "leaderboard.snapshot",
            LeaderboardSnapshot(now.version, now.rows, now.participants),
            at=self._database.now(),
            version=now.version,
            told=told._replace(shown=msgspec.msgpack.encode(now), step=step),
        )

    async def _tell_ranks(self, board: Channel, tenant_id: UUID, tournament_id: UUID) -> None:
        """Tell the players who listen, and whose totals have changed, where they stand now."""
        moved = list(self._moved.pop(board, ()))
        listening = {}
        for start in range(0, len(moved), 500):
            channels = {Channel(str(tenant_id), f"user:{user}"): user for user in moved[start : start + 500]}
            heard = await self._boards.heard(list(channels))
            listening.update({channel: channels[channel] for channel in heard})
        if not listening:
            return
        async with self._database.tenant(tenant_id) as connection:
            tournament = await tournaments.by_id(connection, tenant_id, tournament_id)
        if tournament is None:
            return
        page = await self._boards.read(
            board, 0, 0, tie_bytes=tie_bytes(tournament.config.tie_policy), places_of=list(listening.values())
        )
        now = self._database.now()
        for channel, place in zip(listening, page.places if page is not None else (), strict=False):
            rank = TournamentRank(
                tournament_id,
                None if place is None else place.rank,
                "0" if place is None else format_points(read_board_key(place.key)),
            )
            version = int(now.timestamp() * 1_000_000)
            await self._broker.publish(channel, "tournament.rank", rank, at=now, version=version)


def channel_of(tenant_id: UUID, tournament_id: UUID) -> Channel:
    """The channel that tells of a tournament, under which its board is kept as well."""
    return Channel(str(tenant_id), f"tournament:{tournament_id}")


def _ranked(user: str, place: Place | None) -> Ranked | None:
    return None if place is None else Ranked(user, place.rank, read_board_key(place.key))
