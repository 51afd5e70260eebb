"""REST: spin chances, read by their player and given by the platform or an operator."""

import hashlib
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from games.chances import ChanceType
from games.errors import Conflict, NotFound
from games.ids import parse_uuid
from games.lifecycles import ChanceStatus
from persistence import chances as chance_rows
from persistence.chances import ChanceRow
from persistence.database import Database
from server.api.access import tenant_of
from server.api.chance_bodies import ChanceBody, RevokeBody, grant_of
from server.api.idempotency import IdempotencyKey, idempotent
from server.api.paging import Cursor, Limit, after, cut
from server.auth.tokens import Caller
from server.moments import read_moment, wire_time, wire_time_or_none
from server.play.chances import Chances, is_same


class ChanceView(msgspec.Struct, frozen=True):
    """A row of spin_chances."""

    id: UUID
    user_id: str
    chance_type: str
    chance_status: str
    award_reason: str
    chance_count: int
    used_chances: int
    remaining_chances: int
    awarded_at: str
    expires_at: str | None
    chance_metadata: msgspec.Raw
    row_version: int
    created_at: str
    updated_at: str


class UseView(msgspec.Struct, frozen=True):
    """A spin that a chance of the grant was spent on."""

    session_id: UUID
    wheel_game_id: UUID
    spin_status: str
    spin_started_at: str


class ChanceWithUses(ChanceView, frozen=True, kw_only=True):
    """A grant, and the spins that it was spent on, newest first; `next_cursor` asks for more of them."""

    uses: list[UseView]
    next_cursor: str | None


class ChancePage(msgspec.Struct):
    """Grants, newest first; for one player also how many chances are usable now."""

    items: list[ChanceView]
    next_cursor: str | None
    remaining: int | None


ExpiresBefore = Annotated[
    str | None, QueryParameter(description="That expire before this moment.", schema_extra={"format": "date-time"})
]


class ChanceController(Controller):
    """/api/v1/chances."""

    path = "/api/v1/chances"
    tags = ["chances"]

    @get("/", summary="Chances: a player's own, or the tenant's for its staff")
    async def list_chances(
        self,
        caller: Caller,
        database: Database,
        user_id: str | None = None,
        chance_status: ChanceStatus | None = None,
        chance_type: ChanceType | None = None,
        expires_before: ExpiresBefore = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> ChancePage:
        tenant_id = tenant_of(caller)
        player = caller.user_id if caller.role == "player" else user_id
        async with database.tenant(tenant_id) as connection:
            rows = await chance_rows.page(
                connection,
                tenant_id,
                user_id=player,
                status=chance_status,
                kind=chance_type,
                expires_before=read_moment("expires_before", expires_before),
                after=after(cursor),
                limit=limit + 1,
            )
            remaining = None
            if player is not None:
                remaining, _ = await chance_rows.usable(connection, tenant_id, player, database.clock_offset, limit=1)
        page, following = cut(rows, limit)
        return ChancePage([chance_view(row) for row in page], following, remaining)

    @get("/{chance_id:str}", summary="One grant, and the spins that it was spent on")
    async def get_chance(
        self, caller: Caller, database: Database, chance_id: str, limit: Limit = 50, cursor: Cursor = None
    ) -> ChanceWithUses:
        tenant_id = tenant_of(caller)
        async with database.tenant(tenant_id) as connection:
            found = await chance_rows.read(connection, tenant_id, [_chance_id(chance_id)])
            if not found or (caller.role == "player" and found[0].user_id != caller.user_id):
                raise _no_such()
            spent = await chance_rows.uses(connection, tenant_id, found[0], after=after(cursor), limit=limit + 1)
        page, following = cut(spent, limit)
        uses = [UseView(use.id, use.wheel_game_id, use.spin_status, wire_time(use.spin_started_at)) for use in page]
        return ChanceWithUses(**msgspec.structs.asdict(chance_view(found[0])), uses=uses, next_cursor=following)

    @post("/", summary="Give a player chances")
    async def give(
        self,
        caller: Caller,
        chances: Chances,
        data: ChanceBody,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ChanceView]:
        tenant_id = tenant_of(caller, "service", "operator")
        key = hashlib.sha256(f"{caller.role}:{caller.user_id}:{idempotency_key or uuid4().hex}".encode()).hexdigest()
        wanted = grant_of(data, "api", key)
        row, made = await chances.give(tenant_id, wanted, caller.user_id)
        if not made and not is_same(row, wanted):
            raise Conflict("This Idempotency-Key was already used with another body. Choose a new key for a new grant.")
        return Response(chance_view(row), status_code=201)

    @post("/{chance_id:str}/revoke", status_code=200, summary="Take what remains of a grant")
    @idempotent
    async def revoke(self, caller: Caller, chances: Chances, chance_id: str, data: RevokeBody) -> ChanceView:
        tenant_id = tenant_of(caller, "service", "operator")
        return chance_view(await chances.revoke(tenant_id, _chance_id(chance_id), caller.user_id, data.reason))


def _chance_id(text: str) -> UUID:
    return parse_uuid(text, _no_such())


def _no_such() -> NotFound:
    return NotFound("There is no such grant of chances.")


def chance_view(row: ChanceRow) -> ChanceView:
    """A grant as it is shown."""
    return ChanceView(
        id=row.id,
        user_id=row.user_id,
        chance_type=row.chance_type,
        chance_status=row.chance_status,
        award_reason=row.award_reason,
        chance_count=row.chance_count,
        used_chances=row.used_chances,
        remaining_chances=row.remaining_chances,
        awarded_at=wire_time(row.awarded_at),
        expires_at=wire_time_or_none(row.expires_at),
        chance_metadata=row.chance_metadata,
        row_version=row.row_version,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )
