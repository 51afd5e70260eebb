"""Tenants and their keys: how a platform begins with a new one."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from games.errors import Conflict
from persistence.database import Database
from persistence.vault import Vault
from server.auth.tokens import API_KEY_PREFIX, api_key_hash


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What a tenant begins as."""

    code: str
    name: str
    country_code: str = "MT"
    currency: str = "EUR"
    language_code: str = "en"
    time_zone: str = "UTC"


async def add_tenant(database: Database, vault: Vault, new: NewTenant) -> UUID:
    """Make a tenant with a first key for its tokens (HS256); raises `Conflict` when the code is taken."""
    async with database.platform() as connection:
        tenant_id: UUID | None = await connection.fetchval(
            "INSERT INTO tenants"
            " (tenant_code, tenant_name, is_active, country_code, currency, language_code, time_zone)"
            " VALUES ($1, $2, true, $3, $4, $5, $6) ON CONFLICT (tenant_code) DO NOTHING RETURNING id",
            new.code,
            new.name,
            new.country_code,
            new.currency,
            new.language_code,
            new.time_zone,
        )
        if tenant_id is None:
            raise Conflict(f"There is a tenant {new.code} already.")
        await connection.execute(
            "INSERT INTO tenant_keys (tenant_id, kid, algorithm, key_material) VALUES ($1, $2, 'HS256', $3)",
            tenant_id,
            f"{new.code}-1",
            vault.seal(tenant_id, secrets.token_bytes(48)),
        )
    return tenant_id


async def add_api_key(database: Database, tenant_id: UUID | None, role: str, label: str) -> str:
    """Make an API key and return it; only its hash is kept, so it is shown this once."""
    key = API_KEY_PREFIX + secrets.token_urlsafe(32)
    async with database.platform() as connection:
        await connection.execute(
            "INSERT INTO api_keys (tenant_id, key_hash, key_prefix, role, label) VALUES ($1, $2, $3, $4, $5)",
            tenant_id,
            api_key_hash(key),
            key[:12],
            role,
            label,
        )
    return key
