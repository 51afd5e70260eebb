"""Moves tournaments when their time has come, and has every live board looked at. The rows' own times are the truth."""

import asyncio
import random

import structlog

from channels.servers import BrokerUnavailable
from games.errors import Conflict, WheelhouseError
from persistence import tournaments
from persistence.database import Database
from persistence.tournaments import Due
from server.play.leaderboard import Leaderboards
from server.play.tournament import CLOCK, Tournaments

log = structlog.get_logger(__name__)


async def sweep_once(database: Database, play: Tournaments, boards: Leaderboards) -> None:
    """Move what is due over all tenants, and wake the boards that are behind."""
    for due in await tournaments.watched(database):
        if due.next_status is not None:
            await _move(play, due)
        try:
            await boards.look(due.tenant_id, due.id, due.board_version)
        except BrokerUnavailable:
            log.info("leaderboards wait: Redis is away")
            return


async def sweep_forever(database: Database, play: Tournaments, boards: Leaderboards) -> None:
    """Sweep about once a second, each node at moments of its own, whatever is away for a while."""
    while True:
        try:
            await sweep_once(database, play, boards)
        except WheelhouseError as error:
            log.info("tournaments wait", reason=error.message)
        except Exception:
            log.exception("sweeping tournaments failed; it is tried again")
        await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - spreads nodes, guards nothing


async def _move(play: Tournaments, due: Due) -> None:
    assert due.next_status is not None
    try:
        await play.move_by_clock(due.tenant_id, due.id, due.next_status)
    except Conflict:
        log.debug("another node has moved it", tournament=str(due.id), by=CLOCK)
