"""Finds plays that stopped and that their own node did not complete, and completes them from here."""

import asyncio
import random
from uuid import UUID

import structlog

from games.errors import WheelhouseError
from persistence import idempotency, partitions
from persistence import plays as plays_of
from persistence.database import Database
from server.play.wheel import WheelPlay

log = structlog.get_logger(__name__)

#: Partitions are made three months ahead, so this leaves time for many failures.
HOUSEKEEPING_EVERY_S = 6 * 3600.0


async def sweep_once(database: Database, play: WheelPlay, older_than_s: float) -> int:
    """Complete what is overdue over all tenants; answers how many plays were found."""
    found = await plays_of.overdue(database, older_than_s)
    by_tenant: dict[UUID, list[UUID]] = {}
    for tenant_id, session_id in found:
        by_tenant.setdefault(tenant_id, []).append(session_id)
    for tenant_id, session_ids in by_tenant.items():
        try:
            await play.finish_overdue(tenant_id, session_ids)
        except WheelhouseError:
            raise
        except Exception:
            log.exception("a tenant's overdue spins could not be completed", tenant=str(tenant_id))
    return len(found)


async def keep_house(database: Database) -> None:
    """Make the partitions of the months to come and forget expired answers, for as long as the node runs."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_EVERY_S)
        try:
            async with database.platform() as connection:
                await partitions.ensure(connection)
            await idempotency.forget_expired(database)
        except WheelhouseError as error:
            log.info("housekeeping waits", reason=error.message)
        except Exception:
            log.exception("housekeeping failed; it is tried again")


async def sweep_forever(database: Database, play: WheelPlay, older_than_s: float) -> None:
    """Sweep about once a second, each node at moments of its own, whatever is away for a while."""
    while True:
        try:
            await database.measure_clock()
            await sweep_once(database, play, older_than_s)
        except WheelhouseError as error:
            log.info("sweeping waits", reason=error.message)
        except Exception:
            log.exception("sweeping failed; it is tried again")
        await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - spreads nodes, guards nothing
