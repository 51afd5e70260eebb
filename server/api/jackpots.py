"""REST: jackpots with their events and prizes, their statuses, the pool, and messages to those who follow them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post, put

from games.errors import NotFound
from games.ids import parse_uuid
from games.jackpot import Amount, JackpotConfig, PlannedEvent, PlannedPrize, PoolMove, SupportedMode
from games.messages.jackpots import (
    JackpotEventView,
    JackpotMessage,
    JackpotPool,
    JackpotPrizeView,
    JackpotView,
)
from games.texts import matching
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.messages import MessageBody, encoded_data
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.auth.tokens import Caller
from server.play.jackpot import Jackpots, ShownJackpot
from server.settings import Settings

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Prose = Annotated[str, msgspec.Meta(max_length=4_000)]
Banner = Annotated[str, msgspec.Meta(max_length=2_000)]
Code = Annotated[str, matching("[A-Za-z0-9._-]{1,64}")]
Events = Annotated[list[PlannedEvent], msgspec.Meta(max_length=100)]
Prizes = Annotated[list[PlannedPrize], msgspec.Meta(max_length=100)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class JackpotBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new jackpot, a draft until it is opened. `jackpot_id` is the operator's own code."""

    jackpot_id: Code
    jackpot_title: Title
    jackpot_stake: Amount
    start_time: datetime
    end_time: datetime
    jackpot_description: Prose | None = None
    jackpot_banner: Banner | None = None
    supported_mode: SupportedMode = "online"
    jackpot_config: JackpotConfig = JackpotConfig()
    events: Events = []
    prizes: Prizes = []


class JackpotChange(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a jackpot; `row_version` here or in `If-Match`."""

    jackpot_id: Code | msgspec.UnsetType = msgspec.UNSET
    jackpot_title: Title | msgspec.UnsetType = msgspec.UNSET
    jackpot_stake: Amount | msgspec.UnsetType = msgspec.UNSET
    start_time: datetime | msgspec.UnsetType = msgspec.UNSET
    end_time: datetime | msgspec.UnsetType = msgspec.UNSET
    jackpot_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    jackpot_banner: Banner | msgspec.UnsetType | None = msgspec.UNSET
    supported_mode: SupportedMode | msgspec.UnsetType = msgspec.UNSET
    jackpot_config: JackpotConfig | msgspec.UnsetType = msgspec.UNSET
    row_version: int | None = None


class EventsBody(msgspec.Struct, forbid_unknown_fields=True):
    """All events, in place of those before."""

    events: Events


class PrizesBody(msgspec.Struct, forbid_unknown_fields=True):
    """All prizes, in place of those before."""

    prizes: Prizes


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    """A move to another status."""

    to: str
    reason: Reason | None = None


class JackpotWhole(JackpotView, frozen=True, kw_only=True):
    """A jackpot with its events and prizes; who made it, for staff, and null for players."""

    created_by: str | None
    events: list[JackpotEventView]
    prizes: list[JackpotPrizeView]


class JackpotController(Controller):
    """/api/v1/jackpots."""

    path = "/api/v1/jackpots"
    tags = ["jackpots"]

    @get("/", summary="Jackpots of the tenant")
    async def list_jackpots(
        self,
        caller: Caller,
        jackpots: Jackpots,
        jackpot_status: str | None = None,
        jackpot_id: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[JackpotWhole]:
        found = await jackpots.page(
            tenant_of(caller),
            status=jackpot_status,
            code=jackpot_id,
            drafts=_sees_drafts(caller),
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page([_whole(one, caller) for one in page], following)

    @post("/", summary="Make a jackpot")
    @idempotent
    async def make(self, caller: Caller, jackpots: Jackpots, data: JackpotBody) -> Response[JackpotWhole]:
        tenant_id = tenant_of(caller, "operator")
        return made_answer(await make_jackpot(jackpots, tenant_id, data, caller.user_id), caller)

    @get("/{jackpot_id:str}", summary="One jackpot with its events and prizes")
    async def read(self, caller: Caller, jackpots: Jackpots, jackpot_id: str) -> Response[JackpotWhole]:
        found = await jackpots.read(tenant_of(caller), _id(jackpot_id), drafts=_sees_drafts(caller))
        return _answer(found, caller)

    @patch("/{jackpot_id:str}", summary="Change a jackpot")
    async def change(
        self,
        caller: Caller,
        jackpots: Jackpots,
        jackpot_id: str,
        data: JackpotChange,
        if_match: IfMatch = None,
    ) -> Response[JackpotWhole]:
        tenant_id = tenant_of(caller, "operator")
        version = row_version(data.row_version, if_match)
        given = {name: getattr(data, name) for name in data.__struct_fields__ if name != "row_version"}
        values = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        if "jackpot_stake" in values:
            values["jackpot_stake"] = Decimal(values["jackpot_stake"])
        changed = await jackpots.change(tenant_id, _id(jackpot_id), values, version, caller.user_id)
        return _answer(changed, caller)

    @put("/{jackpot_id:str}/events", summary="Replace a draft's events")
    async def events(
        self, caller: Caller, jackpots: Jackpots, jackpot_id: str, data: EventsBody
    ) -> Response[JackpotWhole]:
        tenant_id = tenant_of(caller, "operator")
        changed = await jackpots.set_events(tenant_id, _id(jackpot_id), data.events, caller.user_id)
        return _answer(changed, caller)

    @put("/{jackpot_id:str}/prizes", summary="Replace a draft's prizes")
    async def prizes(
        self, caller: Caller, jackpots: Jackpots, jackpot_id: str, data: PrizesBody
    ) -> Response[JackpotWhole]:
        tenant_id = tenant_of(caller, "operator")
        changed = await jackpots.set_prizes(tenant_id, _id(jackpot_id), data.prizes, caller.user_id)
        return _answer(changed, caller)

    @post("/{jackpot_id:str}/status", status_code=200, summary="Move a jackpot on")
    @idempotent
    async def move(
        self, caller: Caller, jackpots: Jackpots, jackpot_id: str, data: StatusBody
    ) -> Response[JackpotWhole]:
        tenant_id = tenant_of(caller, "operator")
        moved = await jackpots.move(tenant_id, _id(jackpot_id), data.to, caller.user_id, data.reason)
        return _answer(moved, caller)

    @post("/{jackpot_id:str}/pool", status_code=200, summary="Set the pool, or move it by an amount")
    @idempotent
    async def pool(self, caller: Caller, jackpots: Jackpots, jackpot_id: str, data: PoolMove) -> JackpotPool:
        tenant_id = tenant_of(caller, "operator", "service")
        return await jackpots.move_pool(tenant_id, _id(jackpot_id), data, caller.user_id)

    @post("/{jackpot_id:str}/broadcast", summary="Tell everybody who follows the jackpot")
    @idempotent
    async def broadcast(
        self, caller: Caller, jackpots: Jackpots, settings: Settings, jackpot_id: str, data: MessageBody
    ) -> JackpotMessage:
        tenant_id = tenant_of(caller, "operator")
        sent = encoded_data(data.message, data.data, settings.message_bytes)
        return await jackpots.broadcast(tenant_id, _id(jackpot_id), data.message, sent, caller.user_id)

    @get("/{jackpot_id:str}/messages", summary="What followers were told, newest first")
    async def messages(
        self, caller: Caller, jackpots: Jackpots, jackpot_id: str, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[JackpotMessage]:
        found = await jackpots.messages(
            tenant_of(caller), _id(jackpot_id), drafts=_sees_drafts(caller), after=after(cursor), limit=limit + 1
        )
        page, following = cut(found, limit)
        return Page(list(page), following)


async def make_jackpot(jackpots: Jackpots, tenant_id: UUID, body: JackpotBody, actor: str) -> ShownJackpot:
    """Make a draft out of the body of a call; raises `BadRequest` with every fault, `Conflict`."""
    values = {name: getattr(body, name) for name in body.__struct_fields__ if name not in ("events", "prizes")}
    values["jackpot_stake"] = Decimal(body.jackpot_stake)
    return await jackpots.make(tenant_id, values, body.events, body.prizes, actor)


def made_answer(made: ShownJackpot, caller: Caller) -> Response[JackpotWhole]:
    """The answer to a call that has made a jackpot."""
    return _answer(made, caller, status_code=201)


def _id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such jackpot."))


def _sees_drafts(caller: Caller) -> bool:
    return caller.role != "player"


def _whole(one: ShownJackpot, caller: Caller) -> JackpotWhole:
    return JackpotWhole(
        **msgspec.structs.asdict(one.view),
        created_by=one.row.created_by if _sees_drafts(caller) else None,
        events=one.events,
        prizes=one.prizes,
    )


def _answer(one: ShownJackpot, caller: Caller, status_code: int = 200) -> Response[JackpotWhole]:
    return Response(_whole(one, caller), status_code=status_code, headers={"etag": f'"{one.row.row_version}"'})
