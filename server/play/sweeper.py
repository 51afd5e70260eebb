"""Finds plays that stopped and that their own node did not complete, and completes them from here."""

from uuid import UUID

import structlog

from games.errors import WheelhouseError
from persistence import idempotency, partitions
from persistence import plays as plays_of
from persistence.database import Database
from server.play.wheel import WheelPlay

log = structlog.get_logger(__name__)


async def complete_overdue(database: Database, play: WheelPlay, older_than_s: float) -> int:
    """Complete what is overdue over all tenants; answers how many plays were found."""
    await database.measure_clock()
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
    """Make the partitions of the months to come, and forget expired answers."""
    async with database.platform() as connection:
        await partitions.ensure(connection)
    await idempotency.forget_expired(database)
