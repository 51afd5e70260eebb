"""REST: voiding plays, for operators."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import QueryParameter

from games.errors import NotFound
from games.ids import parse_uuid
from games.lifecycles import VoidStatus
from games.messages.events import VoidView
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.play.voids import Voids

Status = Annotated[VoidStatus | None, QueryParameter(description="`requested`: those that wait for consent.")]


class VoidBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a play shall not count. Players are not told the reason."""

    reason: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=500, examples=["The page showed another prize; ticket 4711."]),
    ]


class VoidController(Controller):
    """/api/v1/spins/{id}/void, and /api/v1/spin-voids."""

    path = "/api/v1"
    tags = ["spins"]

    @post("/spins/{session_id:str}/void", status_code=200, summary="Void a play, or ask another operator to consent")
    @idempotent
    async def void(self, caller: Caller, voids: Voids, session_id: str, data: VoidBody) -> VoidView:
        tenant_id = tenant_of(caller, "operator")
        return await voids.void(tenant_id, _session_id(session_id), caller.user_id, data.reason)

    @post(
        "/spins/{session_id:str}/void/consent", status_code=200, summary="Consent to a void that another has asked for"
    )
    @idempotent
    async def consent(self, caller: Caller, voids: Voids, session_id: str) -> VoidView:
        return await voids.consent(tenant_of(caller, "operator"), _session_id(session_id), caller.user_id)

    @post("/spins/{session_id:str}/void/withdraw", status_code=200, summary="Withdraw a void that waits for consent")
    @idempotent
    async def withdraw(self, caller: Caller, voids: Voids, session_id: str) -> VoidView:
        return await voids.withdraw(tenant_of(caller, "operator"), _session_id(session_id), caller.user_id)

    @get("/spin-voids", summary="Voids, newest first, also those that wait for consent")
    async def list_voids(
        self, caller: Caller, voids: Voids, void_status: Status = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[VoidView]:
        tenant_id = tenant_of(caller, "operator", "auditor")
        found = await voids.page(tenant_id, status=void_status, after=after(cursor), limit=limit + 1)
        page, following = cut(found, limit)
        return Page(list(page), following)


def _session_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such spin."))
