"""REST: ending tokens before their time, for operators and the platform."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import QueryParameter

from games.errors import BadRequest, Fault, Forbidden, NotFound
from games.ids import parse_user_id, parse_uuid
from persistence.revocations import RevocationRow
from server.api.access import tenant_of
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.revoking import Revocations
from server.auth.tokens import Caller
from server.moments import wire_time

TenantId = Annotated[str | None, QueryParameter(description="The tenant; named by the platform, nobody else.")]

UserId = Annotated[str | None, QueryParameter(description="Of this user alone.", max_length=128)]
Blocked = Annotated[bool | None, QueryParameter(description="`true`: blocks alone; `false`: none of them.")]
Lifted = Annotated[bool | None, QueryParameter(description="`false`: those that hold; `true`: those that were lifted.")]


class RevocationBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose tokens to refuse: all that a user has (with `block` those to come too), or one by its `jti`."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    user_id: str | None = None
    jti: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    block: bool = False


class RevocationView(msgspec.Struct, frozen=True):
    """A row of revocations."""

    id: UUID
    user_id: str | None
    jti: str | None
    blocked: bool
    issued_before: str
    reason: str
    revoked_by: str
    lifted_at: str | None
    created_at: str


class RevocationController(Controller):
    """/api/v1/revocations."""

    path = "/api/v1/revocations"
    tags = ["revocations"]

    @post("/", summary="Refuse a user's tokens, or one token, and close the connections opened with them")
    async def revoke(
        self, caller: Caller, revocations: Revocations, data: RevocationBody, tenant_id: TenantId = None
    ) -> RevocationView:
        tenant = _tenant(caller, tenant_id)
        if (data.user_id is None) == (data.jti is None):
            raise BadRequest("Name either user_id or jti.", faults=[Fault("$", "has either user_id or jti")])
        if data.jti is not None:
            if data.block:
                raise BadRequest("Only a user is blocked.", faults=[Fault("$.block", "goes with user_id")])
            row = await revocations.revoke_token(tenant, data.jti, reason=data.reason, actor=caller.user_id)
        else:
            user_id = parse_user_id(str(data.user_id))
            row = await revocations.revoke_user(
                tenant, user_id, block=data.block, reason=data.reason, actor=caller.user_id
            )
        return _view(row)

    @get("/", summary="Revocations, newest first")
    async def list_revocations(
        self,
        caller: Caller,
        revocations: Revocations,
        tenant_id: TenantId = None,
        user_id: UserId = None,
        blocked: Blocked = None,
        lifted: Lifted = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RevocationView]:
        found = await revocations.page(
            _tenant(caller, tenant_id),
            user_id=user_id,
            blocked=blocked,
            lifted=lifted,
            before=after(cursor),
            limit=limit + 1,
        )
        page, following = cut([_view(row) for row in found], limit)
        return Page(list(page), following)

    @post("/{revocation_id:str}/lift", status_code=200, summary="Believe those tokens again")
    async def lift(
        self, caller: Caller, revocations: Revocations, revocation_id: str, tenant_id: TenantId = None
    ) -> RevocationView:
        wanted = parse_uuid(revocation_id, NotFound("There is no such revocation."))
        return _view(await revocations.lift(_tenant(caller, tenant_id), wanted, actor=caller.user_id))


def _tenant(caller: Caller, named: str | None) -> UUID:
    if caller.role != "platform":
        if named is not None:
            raise Forbidden("Only the platform names a tenant. Leave tenant_id out.")
        return tenant_of(caller, "operator")
    if named is None:
        raise BadRequest("The platform names the tenant: give tenant_id.")
    return parse_uuid(named, NotFound("There is no such tenant."))


def _view(row: RevocationRow) -> RevocationView:
    return RevocationView(
        id=row.id,
        user_id=row.user_id,
        jti=row.token_id,
        blocked=row.is_blocked,
        issued_before=wire_time(row.issued_before),
        reason=row.reason,
        revoked_by=row.revoked_by,
        lifted_at=None if row.lifted_at is None else wire_time(row.lifted_at),
        created_at=wire_time(row.created_at),
    )
