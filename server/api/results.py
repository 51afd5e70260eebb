"""REST: claiming what a spin has won."""

from litestar import Controller, post

from games.errors import NotFound
from games.ids import parse_uuid
from server.api.access import tenant_of
from server.auth.tokens import Caller
from server.rewards.claims import ClaimAnswer, Claims


class ResultController(Controller):
    """/api/v1/results."""

    path = "/api/v1/results"
    tags = ["rewards"]

    @post("/{session_id:str}/claim", status_code=200, summary="Claim a reward")
    async def claim(self, caller: Caller, claims: Claims, session_id: str) -> ClaimAnswer:
        tenant_id = tenant_of(caller, "player")
        found = parse_uuid(session_id, NotFound("There is no such result."))
        return await claims.claim(tenant_id, caller.user_id, found)
