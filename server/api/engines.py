"""REST: engines of the tenant, and what engines this server has."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post

from games.engines import Engine
from games.errors import NotFound
from games.ids import parse_uuid
from persistence.engines import EngineRow
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.auth.tokens import Caller
from server.moments import wire_time
from server.play import installed
from server.play.engines import Engines

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Type = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Version = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Config = dict[str, Any]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class EngineBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new engine, a draft until it is put to work. The newest version that is installed, when none is named."""

    engine_name: Name
    engine_type: Type
    engine_version: Version | None = None
    engine_config: Config = {}


class EngineChange(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of an engine; `row_version` here or in `If-Match`."""

    engine_name: Name | msgspec.UnsetType = msgspec.UNSET
    engine_config: Config | msgspec.UnsetType = msgspec.UNSET
    row_version: int | None = None


class EngineStatusBody(msgspec.Struct, forbid_unknown_fields=True):
    """A move to another status."""

    to: str
    reason: Reason | None = None


class EngineView(msgspec.Struct, frozen=True):
    """An engine. `engine_capabilities` is what its code says of itself."""

    id: UUID
    engine_name: Name
    engine_type: Type
    engine_version: Version
    engine_status: str
    engine_config: msgspec.Raw
    engine_capabilities: msgspec.Raw
    row_version: int
    created_at: str
    updated_at: str


class EngineTypeView(msgspec.Struct, frozen=True):
    """Engine code that is installed: `config_schema` is the JSON Schema of `engine_config`."""

    engine_type: Type
    engine_version: Version
    title: str
    engine_capabilities: dict[str, Any]
    config_schema: dict[str, Any]


class EngineTypes(msgspec.Struct, frozen=True):
    """Every engine that this server has the code of."""

    items: list[EngineTypeView]


class EngineController(Controller):
    """/api/v1/engines."""

    path = "/api/v1/engines"
    tags = ["engines"]

    @get("/", summary="Engines of the tenant")
    async def list_engines(
        self,
        caller: Caller,
        engines: Engines,
        engine_status: str | None = None,
        engine_type: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[EngineView]:
        found = await engines.page(
            tenant_of(caller, "operator", "auditor"),
            status=engine_status,
            engine_type=engine_type,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page([_view(one) for one in page], following)

    @get("/types", summary="Engines that this server has the code of")
    async def types(self, caller: Caller) -> EngineTypes:
        tenant_of(caller, "operator", "auditor")
        return EngineTypes([_type(one) for one in installed.engines()])

    @post("/", summary="Make an engine")
    @idempotent
    async def make(self, caller: Caller, engines: Engines, data: EngineBody) -> Response[EngineView]:
        made = await engines.make(
            tenant_of(caller, "operator"),
            data.engine_name,
            data.engine_type,
            data.engine_version,
            data.engine_config,
            caller.user_id,
        )
        return _answer(made, status_code=201)

    @get("/{engine_id:str}", summary="One engine")
    async def read(self, caller: Caller, engines: Engines, engine_id: str) -> Response[EngineView]:
        return _answer(await engines.read(tenant_of(caller, "operator", "auditor"), _id(engine_id)))

    @patch("/{engine_id:str}", summary="Rename an engine, or configure it anew")
    async def change(
        self, caller: Caller, engines: Engines, engine_id: str, data: EngineChange, if_match: IfMatch = None
    ) -> Response[EngineView]:
        tenant_id = tenant_of(caller, "operator")
        version = row_version(data.row_version, if_match)
        given = {name: getattr(data, name) for name in data.__struct_fields__ if name != "row_version"}
        values = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        return _answer(await engines.change(tenant_id, _id(engine_id), values, version, caller.user_id))

    @post("/{engine_id:str}/status", status_code=200, summary="Move an engine on")
    @idempotent
    async def move(
        self, caller: Caller, engines: Engines, engine_id: str, data: EngineStatusBody
    ) -> Response[EngineView]:
        tenant_id = tenant_of(caller, "operator")
        return _answer(await engines.move(tenant_id, _id(engine_id), data.to, caller.user_id, data.reason))


def _id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such engine."))


def _type(one: Engine) -> EngineTypeView:
    return EngineTypeView(
        one.engine_type, one.engine_version, one.title, dict(one.capabilities), msgspec.json.schema(one.config)
    )


def _view(row: EngineRow) -> EngineView:
    return EngineView(
        id=row.id,
        engine_name=row.engine_name,
        engine_type=row.engine_type,
        engine_version=row.engine_version,
        engine_status=row.engine_status,
        engine_config=row.engine_config,
        engine_capabilities=row.engine_capabilities,
        row_version=row.row_version,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )


def _answer(row: EngineRow, status_code: int = 200) -> Response[EngineView]:
    return Response(_view(row), status_code=status_code, headers={"etag": f'"{row.row_version}"'})
