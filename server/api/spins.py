"""REST: plays found, a player's history, one play whole, and its proof."""

from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from games.errors import NotFound
from games.fairness import SpinProof
from games.ids import parse_uuid
from games.lifecycles import SpinStatus, WinStatus
from games.rewards import RewardType
from persistence.spin_search import Wanted
from server.api.access import tenant_of
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.moments import read_moment
from server.play.history import History, PlayShown, PlayWhole

Status = Annotated[SpinStatus | None, QueryParameter(description="What has become of the play.")]
Win = Annotated[WinStatus | None, QueryParameter(description="Of plays whose wheel has stopped.")]
Kind = Annotated[RewardType | None, QueryParameter(description="What was won, by its present type.")]
Slug = Annotated[str | None, QueryParameter(description="What was won: a `reward_slug`.", max_length=100)]
From = Annotated[
    str | None,
    QueryParameter(name="from", description="Begun at this moment or later.", schema_extra={"format": "date-time"}),
]
Before = Annotated[
    str | None, QueryParameter(name="to", description="Begun before this moment.", schema_extra={"format": "date-time"})
]


class Outcome(NamedTuple):
    """What has become of plays, as a search names it."""

    spin_status: str | None
    win_status: str | None
    reward_slug: str | None
    reward_type: str | None


class Span(NamedTuple):
    """When plays were begun, as a search names it."""

    begun_from: datetime | None
    begun_before: datetime | None


async def _outcome(
    spin_status: Status = None, win_status: Win = None, reward_slug: Slug = None, reward_type: Kind = None
) -> Outcome:
    return Outcome(spin_status, win_status, reward_slug, reward_type)


async def _span(begun_from: From = None, begun_before: Before = None) -> Span:
    return Span(read_moment("from", begun_from), read_moment("to", begun_before))


class SpinController(Controller):
    """/api/v1/spins."""

    path = "/api/v1/spins"
    tags = ["spins"]

    @get(
        "/",
        summary="Plays, newest first: a player's own, or all of the tenant for its staff",
        dependencies={"outcome": Provide(_outcome), "span": Provide(_span)},
    )
    async def list_spins(
        self,
        caller: Caller,
        history: History,
        outcome: Outcome,
        span: Span,
        user_id: str | None = None,
        wheel_game_id: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[PlayShown]:
        tenant_id = tenant_of(caller)
        wanted = Wanted(
            user_id=caller.user_id if caller.role == "player" else user_id,
            wheel_id=None if wheel_game_id is None else parse_uuid(wheel_game_id, NotFound("There is no such wheel.")),
            **outcome._asdict(),
            **span._asdict(),
        )
        found = await history.page(tenant_id, wanted, after=after(cursor), limit=limit + 1)
        page, following = cut(found, limit)
        return Page(list(page), following)

    @get("/{session_id:str}", summary="One play whole, with its story; for staff also its log, events and audit")
    async def get_spin(self, caller: Caller, history: History, session_id: str) -> PlayWhole:
        return await history.one(tenant_of(caller), _session_id(session_id), _owner(caller))

    @get(
        "/{session_id:str}/proof",
        summary="The proof of a play whose wheel has stopped",
        responses={200: ResponseSpec(SpinProof, description="The proof", generate_examples=False)},
    )
    async def get_proof(self, caller: Caller, history: History, session_id: str) -> Response[bytes]:
        proof = await history.proof(tenant_of(caller), _session_id(session_id), _owner(caller))
        return Response(bytes(proof), media_type="application/json")


def _session_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such spin."))


def _owner(caller: Caller) -> str | None:
    return caller.user_id if caller.role == "player" else None
