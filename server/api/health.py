"""Whether this node lives, and whether it should be sent traffic."""

import msgspec
from litestar import Response, get

from channels.broker import Broker
from games.errors import WheelhouseError
from persistence.database import Database
from server.live.service import LiveService


class Health(msgspec.Struct):
    """What is good and what is not; `degraded` names what is away that the node can do without for a while."""

    status: str
    checks: dict[str, str]


@get("/health/live", tags=["health"], summary="The process answers")
async def live_check() -> Health:
    """Say that the process answers."""
    return Health("alive", {})


@get("/health/ready", tags=["health"], summary="The node can take traffic")
async def ready_check(database: Database, broker: Broker, live_service: LiveService) -> Response[Health]:
    """Say whether this node should be sent traffic; 503 with what is not good."""
    checks = {
        "postgres": await _postgres(database),
        "redis": "ok" if broker.healthy else "away: live updates of other nodes wait, spins go on",
        "node": "draining" if live_service.draining else "ok",
    }
    ready = checks["postgres"] == "ok" and checks["node"] == "ok"
    word = "unready" if not ready else "ready" if checks["redis"] == "ok" else "degraded"
    return Response(Health(word, checks), status_code=200 if ready else 503)


async def _postgres(database: Database) -> str:
    try:
        async with database.platform() as connection:
            await connection.fetchval("SELECT 1")
    except WheelhouseError:
        return "away"
    else:
        return "ok"
