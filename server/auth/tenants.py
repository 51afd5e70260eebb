"""Which tenant a caller belongs to, and the keys that prove it: read from the platform room, kept for a moment."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from games.errors import Forbidden, Unauthorized
from games.ids import UserId
from persistence import tenants as rows
from persistence.database import Database
from persistence.vault import Vault
from server.auth import tokens
from server.auth.tokens import Caller, SigningKey

#: how long what was read of a tenant is believed; a new or retired key takes effect within it
KEPT_S = 1.0


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant and the keys of its tokens."""

    id: UUID
    code: str
    name: str
    is_active: bool
    currency: str
    language_code: str
    country_code: str
    keys: list[SigningKey]


class Tenants:
    """Reads tenants by code and believes callers."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._kept: dict[str, tuple[float, Tenant | None]] = {}

    async def by_code(self, code: str) -> Tenant | None:
        """The tenant of that code with its active keys, or None."""
        kept = self._kept.get(code)
        if kept and time.monotonic() - kept[0] < KEPT_S:
            return kept[1]
        tenant = await self._read(code)
        if len(self._kept) > 10_000:
            self._kept.clear()
        self._kept[code] = (time.monotonic(), tenant)
        return tenant

    async def _read(self, code: str) -> Tenant | None:
        async with self._database.platform() as connection:
            row = await rows.by_code(connection, code)
            keys = [] if row is None else await rows.signing_keys(connection, row.id)
        if row is None:
            return None
        return Tenant(
            id=row.id,
            code=row.tenant_code,
            name=row.tenant_name,
            is_active=row.is_active,
            currency=row.currency,
            language_code=row.language_code,
            country_code=row.country_code,
            keys=[self._signing_key(row.id, key) for key in keys if key.key_status == "active"],
        )

    def _signing_key(self, tenant_id: UUID, key: rows.SigningKeyRow) -> SigningKey:
        sealed = key.algorithm == "HS256"
        return SigningKey(
            key.kid, key.algorithm, self._vault.open(tenant_id, key.key_material) if sealed else key.key_material
        )

    async def caller(self, credential: str) -> Caller:
        """Who shows this token or API key; raises `Unauthorized`, or `Forbidden` when the tenant is not active."""
        if credential.startswith(tokens.API_KEY_PREFIX):
            return await self._key_holder(credential)
        said = tokens.peek(credential)
        tenant = await self.by_code(said.tenant_code)
        if tenant is None:
            raise Unauthorized(tokens.NOT_GOOD)
        caller = tokens.verify(credential, tokens.choose(tenant.keys, said.kid), tenant.id)
        _must_be_active(tenant.is_active)
        return caller

    async def still_active(self, caller: Caller) -> None:
        """Raise `Forbidden` unless the tenant of somebody believed before is active."""
        tenant = await self.by_code(caller.tenant_code)
        _must_be_active(tenant is not None and tenant.is_active)

    async def _key_holder(self, key: str) -> Caller:
        async with self._database.platform() as connection:
            found = await rows.api_key_by_hash(connection, tokens.api_key_hash(key))
            tenant = None if found is None or found.tenant_id is None else await rows.by_id(connection, found.tenant_id)
        if found is None:
            raise Unauthorized("The API key is not known or has been revoked.")
        _must_be_active(tenant is None or tenant.is_active)
        now = datetime.now(UTC)
        return Caller(
            tenant_id=found.tenant_id,
            tenant_code="" if tenant is None else tenant.tenant_code,
            user_id=UserId(f"key:{found.id}"),
            role=found.role,
            name=None,
            issued_at=now,
            expires_at=now + timedelta(days=1),
        )


def _must_be_active(is_active: bool) -> None:
    if not is_active:
        raise Forbidden("This tenant is not active. Ask the platform's operator.")
