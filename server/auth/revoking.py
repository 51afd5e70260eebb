"""Revoking tokens, and telling all nodes, which close the connections that were opened with them.

What is revoked is in Postgres with a version that rises; the signal over Redis only says that it has risen. A node that
heard none looks for itself (`server/live/ending.py`).
"""

import logging
from uuid import UUID

from asyncpg import Connection

from channels.broker import Broker
from channels.channel import Channel
from channels.servers import BrokerUnavailable
from games.errors import NotFound
from persistence import audit, revocations, tenants
from persistence.database import Database
from persistence.revocations import RevocationRow

log = logging.getLogger(__name__)

#: What all nodes follow; a signal on it is the id of a tenant some of whose tokens have ended.
NODES = Channel("", "tokens")


class Revocations:
    """What operators and the platform do to tokens. Each is audited in the tenant's trail."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker

    async def revoke_user(
        self, tenant_id: UUID, user_id: str, *, block: bool, reason: str, actor: str
    ) -> RevocationRow:
        """Refuse all tokens that a user has, and with `block` all to come; their connections are closed."""
        async with self._database.platform() as connection:
            version = await self._enter(connection, tenant_id)
            row = await revocations.revoke_user(
                connection, tenant_id, user_id, block=block, reason=reason, actor=actor, auth_version=version
            )
            await _trail(connection, tenant_id, actor, "user.blocked" if row.is_blocked else "tokens.revoked", row)
        await self.tell(tenant_id)
        return row

    async def revoke_token(self, tenant_id: UUID, token_id: str, *, reason: str, actor: str) -> RevocationRow:
        """Refuse one token by its `jti`; connections opened with it are closed."""
        async with self._database.platform() as connection:
            version = await self._enter(connection, tenant_id)
            row = await revocations.revoke_token(
                connection, tenant_id, token_id, reason=reason, actor=actor, auth_version=version
            )
            await _trail(connection, tenant_id, actor, "token.revoked", row)
        await self.tell(tenant_id)
        return row

    async def lift(self, tenant_id: UUID, revocation_id: UUID, *, actor: str) -> RevocationRow:
        """Believe those tokens again; raises `NotFound`."""
        async with self._database.platform() as connection:
            version = await self._enter(connection, tenant_id)
            row = await revocations.lift(connection, tenant_id, revocation_id, version)
            if row is None:
                raise NotFound("There is no such revocation.")
            await _trail(connection, tenant_id, actor, "revocation.lifted", row)
        await self.tell(tenant_id)
        return row

    async def page(
        self,
        tenant_id: UUID,
        *,
        user_id: str | None,
        blocked: bool | None,
        lifted: bool | None,
        before: UUID | None,
        limit: int,
    ) -> list[RevocationRow]:
        """A tenant's revocations, newest first; None asks for all."""
        async with self._database.tenant(tenant_id) as connection:
            return await revocations.page(
                connection, tenant_id, user_id=user_id, blocked=blocked, lifted=lifted, before=before, limit=limit
            )

    async def tell(self, tenant_id: UUID) -> None:
        """Tell all nodes that tokens of a tenant have ended, after the commit that ended them."""
        try:
            await self._broker.signal(NODES, tenant_id.bytes)
        except BrokerUnavailable as error:
            log.warning("nodes look for themselves what was revoked: %s", error)

    async def _enter(self, connection: Connection, tenant_id: UUID) -> int:
        version = await tenants.raise_auth_version(connection, tenant_id)
        if version is None:
            raise NotFound("There is no such tenant.")
        await self._database.enter_tenant(connection, tenant_id)
        return version


async def _trail(connection: Connection, tenant_id: UUID, actor: str, action: str, row: RevocationRow) -> None:
    told = {"user_id": row.user_id, "jti": row.token_id, "blocked": row.is_blocked, "reason": row.reason}
    new = {key: value for key, value in told.items() if value is not None}
    await audit.record(connection, tenant_id, actor, action, "revocations", row.id, new)
