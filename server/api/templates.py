"""REST: templates, and games made of them in one call."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post

from games.columns import parse_column
from games.errors import NotFound
from games.ids import parse_uuid
from games.templates import PARTS, TEMPLATE_KINDS, TemplateKind
from persistence.templates import TemplateRow
from server.api import jackpots as jackpots_api
from server.api import raffles as raffles_api
from server.api import tournaments as tournaments_api
from server.api import wheels as wheels_api
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.jackpots import JackpotBody, JackpotWhole
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.raffles import RaffleBody, RaffleWhole
from server.api.template_bodies import (
    Category,
    JackpotOfTemplate,
    RaffleOfTemplate,
    TemplateBody,
    TemplateChange,
    TemplateType,
    TournamentOfTemplate,
    WheelOfTemplate,
)
from server.api.tournaments import TournamentBody, TournamentWithPrizes
from server.api.versions import IfMatch, row_version
from server.api.wheel_bodies import Name, Prose, WheelBody
from server.api.wheels import WheelWithRewards
from server.auth.tokens import Caller
from server.moments import wire_time
from server.play.jackpot import Jackpots
from server.play.raffles import Raffles
from server.play.templates import Templates
from server.play.tournament import Tournaments
from server.play.wheels import Wheels


class TemplateView(msgspec.Struct, frozen=True):
    """A template; `engine_type` and `engine_status` are those of the engine that a wheel's belongs to."""

    id: UUID
    game_engine_id: UUID | None
    engine_type: str | None
    engine_status: str | None
    template_name: Name
    template_type: TemplateType
    template_category: Category | None
    template_description: Prose | None
    template_config: msgspec.Raw
    game_rules: msgspec.Raw
    reward_config: msgspec.Raw
    is_active: bool
    row_version: int
    created_at: str
    updated_at: str


class TemplateTypeView(msgspec.Struct, frozen=True):
    """A kind of game that templates are of: whether it belongs to an engine, and the JSON Schema of each column."""

    template_type: str
    by_engine: bool
    schemas: dict[str, dict[str, Any]]


class TemplateTypes(msgspec.Struct, frozen=True):
    """Every kind of game that templates are of."""

    items: list[TemplateTypeView]


class TemplateController(Controller):
    """/api/v1/templates."""

    path = "/api/v1/templates"
    tags = ["templates"]

    @get("/", summary="Templates of the tenant")
    async def list_templates(
        self,
        caller: Caller,
        templates: Templates,
        template_type: str | None = None,
        template_category: str | None = None,
        game_engine_id: UUID | None = None,
        is_active: bool | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[TemplateView]:
        found = await templates.page(
            tenant_of(caller, "operator", "auditor"),
            template_type=template_type,
            template_category=template_category,
            engine_id=game_engine_id,
            is_active=is_active,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page([_view(one) for one in page], following)

    @get("/types", summary="What a template of each kind of game holds")
    async def types(self, caller: Caller) -> TemplateTypes:
        tenant_of(caller, "operator", "auditor")
        return TemplateTypes([_type(name, kind) for name, kind in TEMPLATE_KINDS.items()])

    @post("/", summary="Make a template")
    @idempotent
    async def make(self, caller: Caller, templates: Templates, data: TemplateBody) -> Response[TemplateView]:
        tenant_id = tenant_of(caller, "operator")
        made = await templates.make(tenant_id, msgspec.structs.asdict(data), caller.user_id)
        return _answer(made, status_code=201)

    @get("/{template_id:str}", summary="One template")
    async def read(self, caller: Caller, templates: Templates, template_id: str) -> Response[TemplateView]:
        return _answer(await templates.read(tenant_of(caller, "operator", "auditor"), _id(template_id)))

    @patch("/{template_id:str}", summary="Change a template; games that were made of it stay as they are")
    async def change(
        self, caller: Caller, templates: Templates, template_id: str, data: TemplateChange, if_match: IfMatch = None
    ) -> Response[TemplateView]:
        tenant_id = tenant_of(caller, "operator")
        version = row_version(data.row_version, if_match)
        given = {name: getattr(data, name) for name in data.__struct_fields__ if name != "row_version"}
        values = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        return _answer(await templates.change(tenant_id, _id(template_id), values, version, caller.user_id))

    @post("/{template_id:str}/wheels", summary="Make a wheel of a template")
    @idempotent
    async def make_wheel(
        self, caller: Caller, templates: Templates, wheels: Wheels, template_id: str, data: WheelOfTemplate
    ) -> Response[WheelWithRewards]:
        tenant_id = tenant_of(caller, "operator")
        found = _id(template_id)
        said = await templates.game(tenant_id, found, "wheel", _said(data))
        body = parse_column(WheelBody, {**said, "game_template_id": str(found)}, "$")
        return wheels_api.made_answer(await wheels_api.make_wheel(wheels, tenant_id, body, caller.user_id))

    @post("/{template_id:str}/jackpots", summary="Make a jackpot of a template")
    @idempotent
    async def make_jackpot(
        self, caller: Caller, templates: Templates, jackpots: Jackpots, template_id: str, data: JackpotOfTemplate
    ) -> Response[JackpotWhole]:
        tenant_id = tenant_of(caller, "operator")
        body = parse_column(JackpotBody, await templates.game(tenant_id, _id(template_id), "jackpot", _said(data)), "$")
        made = await jackpots_api.make_jackpot(jackpots, tenant_id, body, caller.user_id)
        return jackpots_api.made_answer(made, caller)

    @post("/{template_id:str}/tournaments", summary="Make a tournament of a template")
    @idempotent
    async def make_tournament(
        self,
        caller: Caller,
        templates: Templates,
        tournaments: Tournaments,
        template_id: str,
        data: TournamentOfTemplate,
    ) -> Response[TournamentWithPrizes]:
        tenant_id = tenant_of(caller, "operator")
        body = parse_column(
            TournamentBody, await templates.game(tenant_id, _id(template_id), "tournament", _said(data)), "$"
        )
        made = await tournaments_api.make_tournament(tournaments, tenant_id, body, caller.user_id)
        return tournaments_api.made_answer(made)

    @post("/{template_id:str}/raffles", summary="Make a raffle of a template")
    @idempotent
    async def make_raffle(
        self, caller: Caller, templates: Templates, raffles: Raffles, template_id: str, data: RaffleOfTemplate
    ) -> Response[RaffleWhole]:
        tenant_id = tenant_of(caller, "operator")
        said = await templates.game(tenant_id, _id(template_id), "raffle", _said(data))
        body = parse_column(RaffleBody, said, "$")
        return raffles_api.made_answer(await raffles_api.make_raffle(raffles, tenant_id, body, caller.user_id))


def _id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such template."))


def _type(name: str, kind: TemplateKind) -> TemplateTypeView:
    schemas = {column: msgspec.json.schema(part) for column, part in zip(PARTS, kind.parts, strict=True)}
    return TemplateTypeView(name, kind.by_engine, schemas)


def _said(data: msgspec.Struct) -> dict[str, Any]:
    """What a call says, and nothing that it leaves out."""
    return dict(msgspec.to_builtins(data))


def _view(row: TemplateRow) -> TemplateView:
    return TemplateView(
        **{name: getattr(row, name) for name in TemplateView.__struct_fields__ if not name.endswith("_at")},
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )


def _answer(row: TemplateRow, status_code: int = 200) -> Response[TemplateView]:
    return Response(_view(row), status_code=status_code, headers={"etag": f'"{row.row_version}"'})
