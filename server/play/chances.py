"""Chances as staff and the clock end them: revoked with a reason, expired in their time. Players are told."""

import asyncio
from collections.abc import Collection
from contextvars import Context
from functools import partial
from uuid import UUID

import structlog
from asyncpg import Connection

from games.errors import NotFound, WheelhouseError
from games.lifecycles import CHANCE, ChanceStatus
from persistence import chance_endings, claims
from persistence import chances as chance_rows
from persistence.chances import ChanceRow
from persistence.database import Database
from server.play.telling import Teller
from server.play.wheels import CLOCK

log = structlog.get_logger(__name__)

#: Players told of their chances at a time.
_TOLD_AT_ONCE = 200


class Chances:
    """The use-cases of chances that are not play, for one node. `batch`: grants expired in one transaction."""

    def __init__(self, database: Database, teller: Teller, batch: int) -> None:
        self._database = database
        self._teller = teller
        self._batch = batch
        self._telling: set[asyncio.Task[None]] = set()

    async def drain(self) -> None:
        """Finish telling what has been committed."""
        while self._telling:
            await asyncio.gather(*self._telling, return_exceptions=True)

    async def revoke(self, tenant_id: UUID, chance_id: UUID, actor: str, reason: str) -> ChanceRow:
        """Take what remains of a grant; what was spent stays spent. Raises `NotFound`, `Conflict`."""
        async with self._database.tenant(tenant_id) as connection:
            row = await self._lock(connection, tenant_id, chance_id)
            now = await claims.now(connection, self._database.clock_offset)
            over = row.expires_at is not None and row.expires_at <= now
            stands = ChanceStatus.EXPIRED if over and row.chance_status == ChanceStatus.ACTIVE else row.chance_status
            CHANCE.check(stands, ChanceStatus.REVOKED)
            await chance_endings.end(
                connection, tenant_id, [row.id], ChanceStatus.REVOKED, self._database.clock_offset, actor, reason
            )
            (revoked,) = await chance_rows.read(connection, tenant_id, [row.id])
        self._tell(tenant_id, [row.user_id])
        return revoked

    async def expire_due(self) -> int:
        """Expire what is due over all tenants; answers how many grants. A tenant's fault is not the others'."""
        expired = 0
        for tenant_id in await chance_endings.tenants_due(self._database):
            try:
                expired += await self._expire_due_of(tenant_id)
            except WheelhouseError:
                raise
            except Exception:
                log.exception("a tenant's chances could not be expired", tenant=str(tenant_id))
        return expired

    async def _expire_due_of(self, tenant_id: UUID) -> int:
        expired = 0
        while True:
            async with self._database.tenant(tenant_id) as connection:
                rows = await chance_endings.expire_some(
                    connection, tenant_id, self._database.clock_offset, self._batch, CLOCK
                )
            self._tell(tenant_id, {row.user_id for row in rows})
            expired += len(rows)
            if len(rows) < self._batch:
                return expired

    async def _lock(self, connection: Connection, tenant_id: UUID, chance_id: UUID) -> ChanceRow:
        """The grant, its player locked, so that no spin spends of it meanwhile."""
        for row in await chance_rows.read(connection, tenant_id, [chance_id]):
            await chance_rows.lock_player(connection, tenant_id, row.user_id)
            return (await chance_rows.read(connection, tenant_id, [chance_id]))[0]
        raise NotFound("There is no such grant of chances.")

    def _tell(self, tenant_id: UUID, user_ids: Collection[str]) -> None:
        """Once this is committed, send these players what they have now."""
        if user_ids:
            self._database.after_commit(partial(self._begin_telling, tenant_id, sorted(user_ids)))

    def _begin_telling(self, tenant_id: UUID, user_ids: list[str]) -> None:
        # A task of its own, for it must not read within the transaction of the call that it follows.
        task = asyncio.create_task(self._send(tenant_id, user_ids), name="chances", context=Context())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _send(self, tenant_id: UUID, user_ids: list[str]) -> None:
        try:
            for begin in range(0, len(user_ids), _TOLD_AT_ONCE):
                await self._teller.chances(tenant_id, *user_ids[begin : begin + _TOLD_AT_ONCE])
        except WheelhouseError as error:
            log.info("players were not told of their chances", tenant=str(tenant_id), reason=error.message)
        except Exception:
            log.exception("players were not told of their chances", tenant=str(tenant_id))
