"""Who calls a REST route, and whether their role may."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar.connection import Request
from litestar.datastructures import State

from games.errors import BadRequest, Forbidden, Unauthorized
from games.ids import parse_user_id
from persistence.spin_states import Origin
from server.auth.tenants import Tenants
from server.auth.tokens import Caller
from server.pace import Pace

_SCHEME = "bearer "
_READS = ("GET", "HEAD", "OPTIONS")


async def count_write(request: Request[None, None, State]) -> None:
    """Count a call that changes something against its address's limit, whoever makes it; raises `RateLimited`."""
    if request.method not in _READS and request.client is not None:
        await request.app.state.node.pace.spend("write", address=request.client.host)


async def provide_caller(request: Request[None, None, State], tenants: Tenants, pace: Pace) -> Caller:
    """The caller of this request; raises `Unauthorized` when no good token or key is shown, and `RateLimited`."""
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_SCHEME):
        raise Unauthorized("This call needs a token. Send it as `Authorization: Bearer …`.")
    caller = await tenants.caller(header[len(_SCHEME) :].strip())
    if request.method not in _READS:
        await pace.spend("write", tenant_id=caller.tenant_id, user_id=caller.user_id)
    return caller


@dataclass(frozen=True, slots=True)
class Acting:
    """In whose tenant, and for which player, a call is made."""

    tenant_id: UUID
    user_id: str


def tenant_of(caller: Caller, *roles: str) -> UUID:
    """The tenant of a caller whose role is one of `roles`; no roles named: every role."""
    if roles and caller.role not in roles:
        raise Forbidden(f"This is for {_listed(roles)}; your role is {caller.role}.")
    if caller.tenant_id is None:
        raise Forbidden("A platform key has no tenant of its own. Use a token or key of the tenant.")
    return caller.tenant_id


def origin_of(request: Request[Any, Any, Any], caller: Caller) -> Origin:
    """Whence a call comes: the address, the browser, the token, and who speaks for the player."""
    client, user_agent = request.client, request.headers.get("user-agent")
    return Origin(
        ip_address=None if client is None else client.host,
        user_agent=user_agent[:255] if user_agent else None,
        token_id=caller.token_id,
        key=caller.key,
        caller=None if caller.role == "player" else f"{caller.role} {caller.user_id}",
    )


def acting_player(caller: Caller, user_id: str | None) -> Acting:
    """The player that a call is made for: the caller, or the one a service names."""
    tenant_id = tenant_of(caller, "player", "service")
    if caller.role == "player":
        if user_id is not None and user_id != caller.user_id:
            raise Forbidden("A player acts for nobody else. Leave user_id out.")
        return Acting(tenant_id, caller.user_id)
    if user_id is None:
        raise BadRequest("A service names the player it acts for: give user_id.")
    return Acting(tenant_id, parse_user_id(user_id))


def _listed(roles: tuple[str, ...]) -> str:
    return roles[0] if len(roles) == 1 else f"{', '.join(roles[:-1])} and {roles[-1]}"
