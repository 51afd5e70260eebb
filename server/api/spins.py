"""REST: a player's plays, one play whole, and its proof."""

from uuid import UUID

from litestar import Controller, Response, get

from games.errors import NotFound
from games.ids import parse_uuid
from server.api.access import tenant_of
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.play.history import History, PlayShown


class SpinController(Controller):
    """/api/v1/spins."""

    path = "/api/v1/spins"
    tags = ["spins"]

    @get("/", summary="Plays, newest first: a player's own, or all of the tenant for its staff")
    async def list_spins(
        self,
        caller: Caller,
        history: History,
        user_id: str | None = None,
        wheel_game_id: str | None = None,
        spin_status: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[PlayShown]:
        tenant_id = tenant_of(caller)
        wheel_id = None if wheel_game_id is None else parse_uuid(wheel_game_id, NotFound("There is no such wheel."))
        found = await history.page(
            tenant_id,
            user_id=caller.user_id if caller.role == "player" else user_id,
            wheel_id=wheel_id,
            status=spin_status,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        return Page(list(page), following)

    @get("/{session_id:str}", summary="One play whole")
    async def get_spin(self, caller: Caller, history: History, session_id: str) -> PlayShown:
        return await history.one(tenant_of(caller), _session_id(session_id), _owner(caller))

    @get("/{session_id:str}/proof", summary="The proof of a play whose wheel has stopped")
    async def get_proof(self, caller: Caller, history: History, session_id: str) -> Response[bytes]:
        proof = await history.proof(tenant_of(caller), _session_id(session_id), _owner(caller))
        return Response(bytes(proof), media_type="application/json")


def _session_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such spin."))


def _owner(caller: Caller) -> str | None:
    return caller.user_id if caller.role == "player" else None
