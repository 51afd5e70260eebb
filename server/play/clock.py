"""Moves games when their time has come, and has every live board looked at. The rows' own times are the truth."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from channels.servers import BrokerUnavailable
from games.errors import Conflict
from persistence import jackpots, raffles, tournaments, wheel_changes
from persistence.database import Database
from server.play.jackpot import Jackpots
from server.play.leaderboard import Leaderboards
from server.play.raffles import Raffles
from server.play.tournament import Tournaments
from server.play.wheels import Wheels

log = structlog.get_logger(__name__)


class Clock:
    """What a node does about once a second for games of all tenants."""

    def __init__(
        self,
        database: Database,
        tournaments_: Tournaments,
        boards: Leaderboards,
        jackpots_: Jackpots,
        raffles_: Raffles,
        wheels_: Wheels,
    ) -> None:
        self._database = database
        self._tournaments = tournaments_
        self._boards = boards
        self._jackpots = jackpots_
        self._raffles = raffles_
        self._wheels = wheels_

    async def move_wheels(self) -> None:
        """Open and end wheels whose time has come."""
        for due in await wheel_changes.due(self._database):
            await _unless_moved(self._wheels.move_by_clock, *due)

    async def lock_jackpots(self) -> None:
        """Lock jackpots whose end, or whose first event's start, has come."""
        for tenant_id, jackpot_id in await jackpots.due(self._database):
            await _unless_moved(self._jackpots.lock_by_clock, tenant_id, jackpot_id)

    async def move_raffles(self) -> None:
        """Open and close the sales of raffles whose time has come."""
        for due in await raffles.due(self._database):
            await _unless_moved(self._raffles.move_by_clock, *due)

    async def move_tournaments(self) -> None:
        """Move tournaments that are due, and wake the boards that are behind."""
        for due in await tournaments.watched(self._database):
            if due.next_status is not None:
                await _unless_moved(self._tournaments.move_by_clock, due.tenant_id, due.id, due.next_status)
            try:
                await self._boards.look(due.tenant_id, due.id, due.board_version)
            except BrokerUnavailable:
                log.info("leaderboards wait: Redis is away")
                return


async def _unless_moved(move: Callable[..., Awaitable[None]], tenant_id: UUID, game_id: UUID, *to: str) -> None:
    try:
        await move(tenant_id, game_id, *to)
    except Conflict:
        log.debug("another node has moved it", game=str(game_id))
