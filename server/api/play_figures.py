"""REST: how much is played on the tenant's wheels just now, for its staff."""

from uuid import UUID

import msgspec
from litestar import Controller, get

from persistence import play_figures
from persistence.database import Database
from server.api.access import tenant_of
from server.auth.tokens import Caller


class WheelFigures(msgspec.Struct, frozen=True):
    """A wheel's pace over the last ten seconds, and of its newest stopped spins how many have won."""

    wheel_id: UUID
    spins_per_second: float
    spins: int
    hits: int


class PlayFiguresShown(msgspec.Struct, frozen=True):
    """The wheels of which one of the tenant's newest plays is; `plays` is how many of those are looked at."""

    plays: int
    wheels: list[WheelFigures]


class PlayFiguresController(Controller):
    """/api/v1/play-figures."""

    path = "/api/v1/play-figures"
    tags = ["wheels"]

    @get("/", summary="How much is played on each wheel just now, and how often it hits")
    async def figures(self, caller: Caller, database: Database) -> PlayFiguresShown:
        tenant_id = tenant_of(caller, "operator", "auditor")
        async with database.tenant(tenant_id) as connection:
            found = await play_figures.read(connection, database, tenant_id)
        return PlayFiguresShown(
            play_figures.NEWEST_PLAYS,
            [WheelFigures(one.wheel_id, round(one.spins_per_second, 3), one.spins, one.hits) for one in found],
        )
