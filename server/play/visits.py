"""Arrivals and page visits: what they give their players (domain.md, Chances)."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from asyncpg import Connection

from games.chances import local_day
from games.errors import NotFound
from games.messages.events import ChanceChanged
from persistence import chances, wheels
from persistence.chances import Grant
from persistence.database import Database
from server.play import views
from server.play.lobby import PUBLIC_STATUSES

#: Sends a player their chances, when these have changed.
Tell = Callable[[UUID, str], Awaitable[None]]
#: Gives the newcomers among players, whose rows are locked, what the house gives newcomers.
Welcome = Callable[[Connection, UUID, Sequence[str]], Awaitable[None]]


class Visits:
    """Gives chances for coming, once for one cause."""

    def __init__(self, database: Database, tell: Tell, welcome: Welcome | None = None) -> None:
        self._database = database
        self._tell = tell
        self._welcome = welcome

    async def arrive(self, tenant_id: UUID, user_id: str) -> None:
        """A player signs in; a newcomer is welcomed where the house does so."""
        async with self._database.tenant(tenant_id) as connection:
            await chances.lock_player(connection, tenant_id, user_id)
            if self._welcome is not None:
                await self._welcome(connection, tenant_id, [user_id])

    async def visit(self, tenant_id: UUID, user_id: str, wheel_id: UUID) -> tuple[int, ChanceChanged]:
        """A player sees a wheel's page; the first time in the tenant's day gives the chances that the wheel says.

        Answers how many this visit gave, and what the player has now.
        """
        async with self._database.tenant(tenant_id) as connection:
            views.must_not_be_blocked(await chances.lock_player(connection, tenant_id, user_id))
            wheel = await wheels.by_id(connection, tenant_id, wheel_id)
            if wheel is None or wheel.wheel_status not in PUBLIC_STATUSES:
                raise NotFound("There is no such wheel.")
            if self._welcome is not None:
                await self._welcome(connection, tenant_id, [user_id])
            granted = 0
            if wheel.spin_chance_for_page_visit > 0 and wheel.wheel_status == "active":
                zone = await connection.fetchval("SELECT time_zone FROM tenants WHERE id = $1", tenant_id)
                now = await self._database.deciding_time(connection)
                day = local_day(now, zone)
                _, made = await chances.grant(
                    connection,
                    tenant_id,
                    Grant(
                        user_id=user_id,
                        chance_type="visit",
                        chance_count=wheel.spin_chance_for_page_visit,
                        award_reason="page visit",
                        source="visit",
                        source_key=f"{wheel_id}:{day}:{user_id}",
                        wheels=[wheel_id],
                    ),
                    actor=user_id,
                )
                granted = wheel.spin_chance_for_page_visit if made else 0
            offset = self._database.clock_offset
            changed = views.chances_view(*await chances.usable(connection, tenant_id, user_id, offset))
        if granted:
            await self._tell(tenant_id, user_id)
        return granted, changed
