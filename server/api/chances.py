"""REST: spin chances, read by their player and given by the platform or an operator."""

import hashlib
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from litestar import Controller, Response, get, post

from games.chances import CHANCE_TYPES, ChanceMetadata
from games.errors import BadRequest, Conflict, Fault, NotFound
from games.ids import parse_user_id, parse_uuid
from persistence import chances as chance_rows
from persistence.chances import ChanceRow, Grant
from persistence.database import Database
from server.api.access import tenant_of
from server.api.idempotency import IdempotencyKey, idempotent
from server.api.paging import Cursor, Limit, after, cut
from server.auth.tokens import Caller
from server.moments import wire_time, wire_time_or_none
from server.play.chances import Chances
from server.play.visits import Visits

#: Chances expire by the end of this year; leave the expiry out for never.
LAST_YEAR = 2200


class ChanceBody(msgspec.Struct, forbid_unknown_fields=True):
    """A grant of chances."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    chance_type: str
    chance_count: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    award_reason: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    expires_at: datetime | None = None
    chance_metadata: ChanceMetadata = ChanceMetadata()


class RevokeBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why what remains of a grant is taken."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


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


class ChancePage(msgspec.Struct):
    """Grants, newest first; for one player also how many chances are usable now."""

    items: list[ChanceView]
    next_cursor: str | None
    remaining: int | None


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
        chance_status: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> ChancePage:
        tenant_id = tenant_of(caller)
        player = caller.user_id if caller.role == "player" else user_id
        async with database.tenant(tenant_id) as connection:
            rows = await chance_rows.page(
                connection, tenant_id, user_id=player, status=chance_status, after=after(cursor), limit=limit + 1
            )
            remaining = None
            if player is not None:
                remaining, _ = await chance_rows.usable(connection, tenant_id, player, limit=1)
        page, following = cut(rows, limit)
        return ChancePage([_view(row) for row in page], following, remaining)

    @post("/", summary="Give a player chances")
    async def give(
        self,
        caller: Caller,
        visits: Visits,
        data: ChanceBody,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ChanceView]:
        tenant_id = tenant_of(caller, "service", "operator")
        _check(data)
        key = idempotency_key or uuid4().hex
        wanted = Grant(
            user_id=parse_user_id(data.user_id),
            chance_type=data.chance_type,
            chance_count=data.chance_count,
            award_reason=data.award_reason,
            source="api",
            source_key=hashlib.sha256(f"{caller.role}:{caller.user_id}:{key}".encode()).hexdigest(),
            expires_at=data.expires_at,
            wheels=data.chance_metadata.wheels,
        )
        row, made = await visits.grant(tenant_id, wanted, caller.user_id)
        if not made and not _same(row, wanted):
            raise Conflict("This Idempotency-Key was already used with another body. Choose a new key for a new grant.")
        return Response(_view(row), status_code=201)

    @post("/{chance_id:str}/revoke", status_code=200, summary="Take what remains of a grant")
    @idempotent
    async def revoke(self, caller: Caller, chances: Chances, chance_id: str, data: RevokeBody) -> ChanceView:
        tenant_id = tenant_of(caller, "service", "operator")
        known = parse_uuid(chance_id, NotFound("There is no such grant of chances."))
        return _view(await chances.revoke(tenant_id, known, caller.user_id, data.reason))


def _check(data: ChanceBody) -> None:
    faults = []
    if data.chance_type not in CHANCE_TYPES:
        faults.append(Fault("$.chance_type", f"must be one of {', '.join(CHANCE_TYPES)}"))
    if data.expires_at is not None and data.expires_at.tzinfo is None:
        faults.append(Fault("$.expires_at", "needs a time zone, for example 2026-11-22T10:00:00Z"))
    elif data.expires_at is not None and not 2000 <= data.expires_at.year <= LAST_YEAR:
        faults.append(Fault("$.expires_at", f"must be within the years 2000 to {LAST_YEAR}"))
    if faults:
        raise BadRequest("The grant does not fit: every fault is listed.", faults=faults)


def _same(row: ChanceRow, wanted: Grant) -> bool:
    return (row.user_id, row.chance_type, row.chance_count, row.award_reason, row.expires_at, row.wheels) == (
        wanted.user_id,
        wanted.chance_type,
        wanted.chance_count,
        wanted.award_reason,
        wanted.expires_at,
        None if wanted.wheels is None else list(wanted.wheels),
    )


def _view(row: ChanceRow) -> ChanceView:
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
