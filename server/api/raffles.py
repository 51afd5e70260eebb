"""REST: raffles with their draws, and their statuses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post

from games.errors import NotFound
from games.ids import parse_uuid
from games.messages.raffles import RaffleDrawView, RaffleView
from games.raffle_campaign import CampaignConfig, CampaignType
from games.raffle_sale import PlannedDraw
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.play.raffles import Raffles, ShownRaffle

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Prose = Annotated[str, msgspec.Meta(max_length=4_000)]
#: What a column of 32 bits holds.
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Draws = Annotated[list[PlannedDraw], msgspec.Meta(max_length=100)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class RaffleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new raffle, a draft until it is committed. `ticket_price`: in the currency's minor unit, 250 are 2.50 EUR."""

    campaign_name: Title
    start_time: datetime
    end_time: datetime
    campaign_type: CampaignType = "paid"
    campaign_description: Prose | None = None
    ticket_price: Whole = 0
    #: null: as many as are wanted
    total_tickets: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    campaign_config: CampaignConfig = CampaignConfig()
    draws: Draws = []


class RaffleStatusBody(msgspec.Struct, forbid_unknown_fields=True):
    """A move to another status."""

    to: str
    reason: Reason | None = None


class RaffleWhole(RaffleView, frozen=True, kw_only=True):
    """A raffle with its draws."""

    draws: list[RaffleDrawView]


class RaffleController(Controller):
    """/api/v1/raffles."""

    path = "/api/v1/raffles"
    tags = ["raffles"]

    @get("/", summary="Raffles of the tenant")
    async def list_raffles(
        self,
        caller: Caller,
        raffles: Raffles,
        campaign_status: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RaffleWhole]:
        found = await raffles.page(
            tenant_of(caller),
            status=campaign_status,
            drafts=_sees_drafts(caller),
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page([_whole(one) for one in page], following)

    @post("/", summary="Make a raffle with its draws")
    @idempotent
    async def make(self, caller: Caller, raffles: Raffles, data: RaffleBody) -> Response[RaffleWhole]:
        tenant_id = tenant_of(caller, "operator")
        return made_answer(await make_raffle(raffles, tenant_id, data, caller.user_id))

    @get("/{raffle_id:str}", summary="One raffle with its draws and what they are committed to")
    async def read(self, caller: Caller, raffles: Raffles, raffle_id: str) -> Response[RaffleWhole]:
        return _answer(await raffles.read(tenant_of(caller), raffle_id_of(raffle_id), drafts=_sees_drafts(caller)))

    @post("/{raffle_id:str}/status", status_code=200, summary="Move a raffle on")
    @idempotent
    async def move(
        self, caller: Caller, raffles: Raffles, raffle_id: str, data: RaffleStatusBody
    ) -> Response[RaffleWhole]:
        tenant_id = tenant_of(caller, "operator")
        return _answer(await raffles.move(tenant_id, raffle_id_of(raffle_id), data.to, caller.user_id, data.reason))


async def make_raffle(raffles: Raffles, tenant_id: UUID, body: RaffleBody, actor: str) -> ShownRaffle:
    """Make a draft out of the body of a call; raises `BadRequest` with every fault."""
    values = {name: getattr(body, name) for name in body.__struct_fields__ if name != "draws"}
    return await raffles.make(tenant_id, values, body.draws, actor)


def made_answer(made: ShownRaffle) -> Response[RaffleWhole]:
    """The answer to a call that has made a raffle."""
    return _answer(made, status_code=201)


def raffle_id_of(text: str) -> UUID:
    """The id in a path; raises `NotFound` for what is none."""
    return parse_uuid(text, NotFound("There is no such raffle."))


def _sees_drafts(caller: Caller) -> bool:
    return caller.role != "player"


def _whole(one: ShownRaffle) -> RaffleWhole:
    return RaffleWhole(**msgspec.structs.asdict(one.view), draws=one.draws)


def _answer(one: ShownRaffle, status_code: int = 200) -> Response[RaffleWhole]:
    return Response(_whole(one), status_code=status_code, headers={"etag": f'"{one.row.row_version}"'})
