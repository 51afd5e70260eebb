"""The relay: publishes what committed transactions have left in the outbox."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from functools import partial
from uuid import UUID

import msgspec
import structlog
from asyncpg import Record

from channels.broker import Broker
from channels.channel import Channel
from channels.policy import Policy
from channels.servers import BrokerUnavailable
from games.errors import WheelhouseError
from persistence import outbox
from persistence.database import Database

log = structlog.get_logger(__name__)


class Relay:
    """Publishes a tenant's messages in their order, on whichever node is woken."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._woken: set[UUID] = set()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def wake(self, tenant_id: UUID) -> None:
        """Something has been committed for this tenant, or will be when the caller's transaction ends."""
        self._database.after_commit(partial(self._wake, tenant_id))

    def _wake(self, tenant_id: UUID) -> None:
        self._woken.add(tenant_id)
        if tenant_id not in self._tasks:
            # What is relayed belongs to many calls: not to the trace or the log lines of the one that woke it.
            self._tasks[tenant_id] = asyncio.create_task(
                self._relay(tenant_id), name=f"outbox {tenant_id}", context=Context()
            )

    async def drain(self) -> None:
        """Finish what is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def sweep(self) -> None:
        """Wake for what waits longer than it ought to: a node died, or Redis was away."""
        for tenant_id in await outbox.waiting_tenants(self._database):
            self.wake(tenant_id)

    async def _relay(self, tenant_id: UUID) -> None:
        try:
            while tenant_id in self._woken:
                self._woken.discard(tenant_id)
                while await self._publish_some(tenant_id):
                    pass
        except WheelhouseError as error:
            log.info("the outbox waits", tenant=str(tenant_id), reason=error.message)
        except Exception:
            log.exception("the outbox could not be published; it is tried again", tenant=str(tenant_id))
        finally:
            self._woken.discard(tenant_id)
            del self._tasks[tenant_id]

    async def _publish_some(self, tenant_id: UUID) -> int:
        # What waited for Redis is to be heard, and not only kept, where nodes find Redis again a moment after this one.
        await self._broker.settled()
        async with self._database.tenant(tenant_id) as connection:
            rows = await outbox.unpublished(connection, tenant_id)
            waiting: set[str] = set()
            for row in _conflated(rows):
                # One shard of a cluster may be away alone; what is behind in the same channel keeps its place.
                if row["channel"] not in waiting and not await self._publish(tenant_id, row):
                    waiting.add(row["channel"])
            done = [row["id"] for row in rows if row["channel"] not in waiting]
            await outbox.mark_published(connection, tenant_id, done)
        return len(done)

    async def _publish(self, tenant_id: UUID, row: Record) -> bool:
        try:
            await self._broker.publish(
                Channel(str(tenant_id), row["channel"]),
                row["event"],
                msgspec.Raw(row["payload"].encode()),
                at=row["created_at"],
                idempotency_key=str(row["id"]),
                cause=row["traceparent"] or "",
                version=row["version"],
            )
        except BrokerUnavailable as error:
            log.info("the outbox waits", tenant=str(tenant_id), channel=row["channel"], reason=str(error))
            return False
        return True


def _conflated(rows: Sequence[Record]) -> list[Record]:
    """Without the latest events that a newer one of the same kind on the same channel makes void."""
    newest = {(row["channel"], row["event"]): row["id"] for row in rows if row["policy"] == Policy.LATEST}
    return [row for row in rows if newest.get((row["channel"], row["event"]), row["id"]) == row["id"]]
