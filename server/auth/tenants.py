"""Which tenant a caller belongs to, and the keys that prove it: read from the platform room, kept for a moment."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from games.errors import Forbidden, Unauthorized
from games.ids import UserId
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
            row = await connection.fetchrow(
                "SELECT id, tenant_code, tenant_name, is_active, currency, language_code, country_code"
                " FROM tenants WHERE tenant_code = $1",
                code,
            )
            if row is None:
                return None
            keys = await connection.fetch(
                "SELECT kid, algorithm, key_material FROM tenant_keys WHERE tenant_id = $1 AND key_status = 'active'"
                " ORDER BY id",
                row["id"],
            )
        return Tenant(
            id=row["id"],
            code=row["tenant_code"],
            name=row["tenant_name"],
            is_active=row["is_active"],
            currency=row["currency"],
            language_code=row["language_code"],
            country_code=row["country_code"],
            keys=[self._signing_key(row["id"], key) for key in keys],
        )

    def _signing_key(self, tenant_id: UUID, row: object) -> SigningKey:
        kid, algorithm, material = row["kid"], row["algorithm"], row["key_material"]  # type: ignore[index]
        if algorithm == "HS256":
            material = self._vault.open(tenant_id, material)
        return SigningKey(kid, algorithm, bytes(material))

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

    async def _key_holder(self, key: str) -> Caller:
        async with self._database.platform() as connection:
            row = await connection.fetchrow(
                "SELECT api_key.id, api_key.tenant_id, api_key.role, tenant.tenant_code, tenant.is_active"
                " FROM api_keys AS api_key LEFT JOIN tenants AS tenant ON tenant.id = api_key.tenant_id"
                " WHERE api_key.key_hash = $1 AND api_key.key_status = 'active'",
                tokens.api_key_hash(key),
            )
        if row is None:
            raise Unauthorized("The API key is not known or has been revoked.")
        _must_be_active(row["tenant_id"] is None or row["is_active"])
        now = datetime.now(UTC)
        return Caller(
            tenant_id=row["tenant_id"],
            tenant_code=row["tenant_code"] or "",
            user_id=UserId(f"key:{row['id']}"),
            role=row["role"],
            name=None,
            issued_at=now,
            expires_at=now + timedelta(days=1),
        )


def _must_be_active(is_active: bool) -> None:
    if not is_active:
        raise Forbidden("This tenant is not active. Ask the platform's operator.")
