"""REST: tournaments, their prizes and statuses, who takes part, the board, and the ledger of points."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post, put
from litestar.params import QueryParameter

from games.errors import NotFound
from games.ids import parse_uuid
from games.messages.tournaments import PrizeView, TournamentView, TournamentWinnerView
from games.tournament import Places, PlannedPrize, TournamentConfig, Word, format_points, prize_ranks
from persistence import points
from persistence.database import Database
from persistence.points import Answer, Call, LedgerLine
from persistence.tournaments import Prize
from server.api.access import acting_player, tenant_of
from server.api.entries import LONGEST_CALL, read_entries
from server.api.idempotency import idempotent
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.auth.tokens import Caller
from server.moments import wire_time
from server.play.leaderboard import BoardPage, Leaderboards
from server.play.tournament import ShownTournament, Tournaments

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Prose = Annotated[str, msgspec.Meta(max_length=4_000)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


Prizes = Annotated[list[PlannedPrize], msgspec.Meta(max_length=1_000)]


class TournamentBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new tournament, a draft until its status is moved."""

    tournament_name: Name
    start_time: datetime
    end_time: datetime
    tournament_type: Word = "points"
    tournament_description: Prose | None = None
    max_participants: Places | None = None
    tournament_config: TournamentConfig = TournamentConfig()
    prizes: Prizes = []


class TournamentChange(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a tournament; `row_version` here or in `If-Match`."""

    tournament_name: Name | msgspec.UnsetType = msgspec.UNSET
    start_time: datetime | msgspec.UnsetType = msgspec.UNSET
    end_time: datetime | msgspec.UnsetType = msgspec.UNSET
    tournament_type: Word | msgspec.UnsetType = msgspec.UNSET
    tournament_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    max_participants: Places | msgspec.UnsetType | None = msgspec.UNSET
    tournament_config: TournamentConfig | msgspec.UnsetType = msgspec.UNSET
    row_version: int | None = None


class PrizesBody(msgspec.Struct, forbid_unknown_fields=True):
    """All prizes, in place of those before."""

    prizes: Prizes


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    """A move to another status."""

    to: str
    reason: Reason | None = None


class JoinBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who joins, when a service calls."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None


class PointsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Entries for the ledger, each judged by itself: {user_id, points_earned, points_source, source_event_id, …}."""

    entries: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=LONGEST_CALL)]


class ReverseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why an entry is reversed."""

    reason: Reason


class TournamentWithPrizes(TournamentView, frozen=True, kw_only=True):
    """A tournament with its prizes."""

    prizes: list[PrizeView]


class ParticipantView(msgspec.Struct, frozen=True):
    """A player's place."""

    id: UUID
    tournament_id: UUID
    user_id: str
    joined_at: str


class EntryAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an entry: `accepted`, `duplicate`, or an error's code with a message."""

    status: str
    points_id: UUID | None = None
    message: str | None = None


class PointsAnswer(msgspec.Struct, frozen=True):
    """Entry by entry, in the order of the call."""

    items: list[EntryAnswer]
    accepted: int
    duplicates: int


class LedgerRow(msgspec.Struct, frozen=True):
    """A row of tournament_points."""

    id: UUID
    tournament_id: UUID
    user_id: str
    points_earned: str
    points_source: str
    source_event_id: str
    points_earned_at: str
    points_metadata: msgspec.Raw
    reverses_id: UUID | None
    reversed_by: UUID | None
    created_at: str


class ReversalAnswer(msgspec.Struct, frozen=True):
    """The entry that reverses another."""

    id: UUID
    tournament_id: UUID
    user_id: str
    points_earned: str
    reverses_id: UUID
    created_at: str


class TournamentController(Controller):
    """/api/v1/tournaments."""

    path = "/api/v1/tournaments"
    tags = ["tournaments"]

    @get("/", summary="Tournaments of the tenant")
    async def list_tournaments(
        self,
        caller: Caller,
        tournaments: Tournaments,
        tournament_status: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[TournamentWithPrizes]:
        found = await tournaments.page(
            tenant_of(caller),
            status=tournament_status,
            drafts=caller.role != "player",
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page([_whole(one) for one in page], following)

    @post("/", summary="Make a tournament")
    @idempotent
    async def make(
        self, caller: Caller, tournaments: Tournaments, data: TournamentBody
    ) -> Response[TournamentWithPrizes]:
        tenant_id = tenant_of(caller, "operator")
        return made_answer(await make_tournament(tournaments, tenant_id, data, caller.user_id))

    @get("/{tournament_id:str}", summary="One tournament with its prizes")
    async def read(
        self, caller: Caller, tournaments: Tournaments, tournament_id: str
    ) -> Response[TournamentWithPrizes]:
        return _answer(await tournaments.read(tenant_of(caller), _id(tournament_id), drafts=caller.role != "player"))

    @patch("/{tournament_id:str}", summary="Change a tournament")
    async def change(
        self,
        caller: Caller,
        tournaments: Tournaments,
        tournament_id: str,
        data: TournamentChange,
        if_match: IfMatch = None,
    ) -> Response[TournamentWithPrizes]:
        tenant_id = tenant_of(caller, "operator")
        version = row_version(data.row_version, if_match)
        given = {name: getattr(data, name) for name in data.__struct_fields__ if name != "row_version"}
        values = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        if "tournament_config" in values:
            values["tournament_config"] = msgspec.json.encode(values["tournament_config"]).decode()
        return _answer(await tournaments.change(tenant_id, _id(tournament_id), values, version, caller.user_id))

    @put("/{tournament_id:str}/prizes", summary="Replace the prizes")
    async def prizes(
        self, caller: Caller, tournaments: Tournaments, tournament_id: str, data: PrizesBody
    ) -> Response[TournamentWithPrizes]:
        tenant_id = tenant_of(caller, "operator")
        return _answer(
            await tournaments.set_prizes(tenant_id, _id(tournament_id), _prizes(data.prizes), caller.user_id)
        )

    @post("/{tournament_id:str}/status", status_code=200, summary="Move a tournament on")
    @idempotent
    async def move(
        self, caller: Caller, tournaments: Tournaments, tournament_id: str, data: StatusBody
    ) -> Response[TournamentWithPrizes]:
        tenant_id = tenant_of(caller, "operator")
        return _answer(await tournaments.move(tenant_id, _id(tournament_id), data.to, caller.user_id, data.reason))

    @post("/{tournament_id:str}/participants", summary="Take a place")
    @idempotent
    async def join(
        self, caller: Caller, tournaments: Tournaments, tournament_id: str, data: JoinBody | None = None
    ) -> Response[ParticipantView]:
        player = acting_player(caller, data.user_id if data else None)
        name = caller.name if caller.role == "player" else None
        place, taken = await tournaments.join(player.tenant_id, _id(tournament_id), player.user_id, name)
        view = ParticipantView(place["id"], place["tournament_id"], place["user_id"], wire_time(place["joined_at"]))
        return Response(view, status_code=201 if taken else 200)

    @get("/{tournament_id:str}/leaderboard", summary="A page of the board")
    async def leaderboard(
        self,
        caller: Caller,
        tournaments: Tournaments,
        leaderboards: Leaderboards,
        tournament_id: str,
        limit: Limit = 50,
        offset: Annotated[int, QueryParameter(ge=0, le=100_000_000)] = 0,
        around: Annotated[
            str | None, QueryParameter(description="A user_id to have in the middle of the page; `me`: the caller.")
        ] = None,
    ) -> BoardPage:
        tenant_id = tenant_of(caller)
        is_player = caller.role == "player"
        found = await tournaments.read(tenant_id, _id(tournament_id), drafts=not is_player)
        return await leaderboards.page(
            tenant_id,
            found.row,
            offset=offset,
            limit=limit,
            around=caller.user_id if around == "me" else around,
            own=caller.user_id if is_player else None,
            own_name=caller.name,
        )

    @get("/{tournament_id:str}/winners", summary="Who has won")
    async def winners(self, caller: Caller, tournaments: Tournaments, tournament_id: str) -> Page[TournamentWinnerView]:
        tenant_id = tenant_of(caller)
        found = await tournaments.read(tenant_id, _id(tournament_id), drafts=caller.role != "player")
        return Page(await tournaments.winners(tenant_id, found.id), None)

    @post("/{tournament_id:str}/points", status_code=200, summary="Add points, each source event once")
    @idempotent
    async def add_points(
        self, caller: Caller, tournaments: Tournaments, tournament_id: str, data: PointsBody
    ) -> PointsAnswer:
        tenant_id = tenant_of(caller, "service", "operator")
        call = Call(_id(tournament_id), caller.user_id, read_entries(data.entries))
        answers = await tournaments.add_points(tenant_id, call)
        return PointsAnswer(
            [_entry_answer(answer) for answer in answers],
            accepted=sum(answer.status == points.ACCEPTED for answer in answers),
            duplicates=sum(answer.status == points.DUPLICATE for answer in answers),
        )

    @get("/{tournament_id:str}/points", summary="The newest entries of the ledger")
    async def ledger(
        self, caller: Caller, tournaments: Tournaments, database: Database, tournament_id: str, limit: Limit = 50
    ) -> Page[LedgerRow]:
        tenant_id = tenant_of(caller, "service", "operator", "auditor")
        found = await tournaments.read(tenant_id, _id(tournament_id), drafts=True)
        async with database.tenant(tenant_id) as connection:
            rows = await points.last_entries(connection, tenant_id, found.id, limit)
        return Page([_ledger_row(row) for row in rows], None)

    @post("/{tournament_id:str}/points/{points_id:str}/reverse", status_code=201, summary="Reverse an entry")
    @idempotent
    async def reverse(
        self, caller: Caller, tournaments: Tournaments, tournament_id: str, points_id: str, data: ReverseBody
    ) -> ReversalAnswer:
        tenant_id = tenant_of(caller, "service", "operator")
        entry_id = parse_uuid(points_id, NotFound("There is no such entry in this tournament."))
        made = await tournaments.reverse_points(tenant_id, _id(tournament_id), entry_id, data.reason, caller.user_id)
        return ReversalAnswer(
            made.id,
            made.tournament_id,
            made.user_id,
            format_points(made.points),
            made.reverses_id,
            wire_time(made.made_at),
        )


async def make_tournament(
    tournaments: Tournaments, tenant_id: UUID, body: TournamentBody, actor: str
) -> ShownTournament:
    """Make a draft out of the body of a call; raises `BadRequest` with every fault."""
    values = {name: getattr(body, name) for name in body.__struct_fields__ if name != "prizes"}
    values["tournament_config"] = msgspec.json.encode(body.tournament_config).decode()
    return await tournaments.make(tenant_id, values, _prizes(body.prizes), actor)


def made_answer(made: ShownTournament) -> Response[TournamentWithPrizes]:
    """The answer to a call that has made a tournament."""
    return _answer(made, status_code=201)


def _id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such tournament."))


def _prizes(bodies: list[PlannedPrize]) -> list[Prize]:
    prize_ranks([(body.prize_rank, body.prize_config) for body in bodies])
    return [
        Prize(
            body.prize_name,
            body.prize_type,
            Decimal(body.prize_amount),
            body.prize_rank,
            msgspec.json.encode(body.prize_config).decode(),
        )
        for body in bodies
    ]


def _whole(one: ShownTournament) -> TournamentWithPrizes:
    return TournamentWithPrizes(**msgspec.structs.asdict(one.view), prizes=one.prizes)


def _answer(one: ShownTournament, status_code: int = 200) -> Response[TournamentWithPrizes]:
    return Response(_whole(one), status_code=status_code, headers={"etag": f'"{one.row.row_version}"'})


def _entry_answer(answer: Answer) -> EntryAnswer:
    return EntryAnswer(answer.status, answer.points_id, answer.message)


def _ledger_row(row: LedgerLine) -> LedgerRow:
    return LedgerRow(
        id=row.id,
        tournament_id=row.tournament_id,
        user_id=row.user_id,
        points_earned=format_points(row.points_earned),
        points_source=row.points_source,
        source_event_id=row.source_event_id,
        points_earned_at=wire_time(row.points_earned_at),
        points_metadata=msgspec.Raw(row.points_metadata.encode()),
        reverses_id=row.reverses_id,
        reversed_by=row.reversal_id,
        created_at=wire_time(row.created_at),
    )
