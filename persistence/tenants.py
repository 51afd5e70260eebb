"""Tenants and their keys in Postgres: the platform's room. Each function runs in a platform transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from persistence.records import of_record

_TENANT = (
    "id, tenant_code, tenant_name, is_active, country_code, currency, language_code, time_zone, row_version,"
    " auth_version, created_at, updated_at"
)


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A row of `tenants`."""

    id: UUID
    tenant_code: str
    tenant_name: str
    is_active: bool
    country_code: str
    currency: str
    language_code: str
    time_zone: str
    row_version: int
    auth_version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SigningKeyRow:
    """A row of `tenant_keys`; a shared secret is encrypted."""

    id: UUID
    kid: str
    algorithm: str
    key_material: bytes
    key_status: str


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A row of `api_keys`, without its hash."""

    id: UUID
    tenant_id: UUID | None
    role: str
    label: str
    key_prefix: str
    key_status: str


async def by_code(connection: Connection, code: str) -> TenantRow | None:
    """The tenant of that code, or None."""
    row = await connection.fetchrow(f"SELECT {_TENANT} FROM tenants WHERE tenant_code = $1", code)  # noqa: S608
    return None if row is None else TenantRow(**row)


async def by_id(connection: Connection, tenant_id: UUID, *, lock: bool = False) -> TenantRow | None:
    """The tenant of that id, or None; locked until the transaction ends when asked."""
    locking = " FOR UPDATE" if lock else ""
    row = await connection.fetchrow(f"SELECT {_TENANT} FROM tenants WHERE id = $1{locking}", tenant_id)  # noqa: S608
    return None if row is None else TenantRow(**row)


async def page(connection: Connection, *, code: str | None, after: UUID | None, limit: int) -> list[TenantRow]:
    """Tenants in the order of their making, after the one named."""
    rows = await connection.fetch(
        f"SELECT {_TENANT} FROM tenants WHERE ($1::uuid IS NULL OR id > $1)"  # noqa: S608
        " AND ($2::varchar IS NULL OR tenant_code = $2) ORDER BY id LIMIT $3",
        after,
        code,
        limit,
    )
    return [TenantRow(**row) for row in rows]


async def add(connection: Connection, values: Mapping[str, Any]) -> UUID | None:
    """Make a tenant; None when its code is taken."""
    tenant_id: UUID | None = await connection.fetchval(
        "INSERT INTO tenants"
        " (tenant_code, tenant_name, is_active, country_code, currency, language_code, time_zone)"
        " VALUES ($1, $2, true, $3, $4, $5, $6) ON CONFLICT (tenant_code) DO NOTHING RETURNING id",
        values["tenant_code"],
        values["tenant_name"],
        values["country_code"],
        values["currency"],
        values["language_code"],
        values["time_zone"],
    )
    return tenant_id


async def change(connection: Connection, tenant_id: UUID, values: Mapping[str, Any]) -> TenantRow:
    """Give a tenant, whose row is locked, new values of all that can change."""
    await connection.execute(
        "UPDATE tenants SET tenant_name = $2, is_active = $3, country_code = $4, currency = $5, language_code = $6,"
        " time_zone = $7, row_version = row_version + 1, auth_version = auth_version + (is_active <> $3)::int,"
        " updated_at = clock_timestamp() WHERE id = $1",
        tenant_id,
        values["tenant_name"],
        values["is_active"],
        values["country_code"],
        values["currency"],
        values["language_code"],
        values["time_zone"],
    )
    changed = await by_id(connection, tenant_id)
    assert changed is not None
    return changed


async def signing_keys(connection: Connection, tenant_id: UUID) -> list[SigningKeyRow]:
    """A tenant's keys for tokens, oldest first, retired ones too."""
    rows = await connection.fetch(
        "SELECT id, kid, algorithm, key_material, key_status FROM tenant_keys WHERE tenant_id = $1 ORDER BY id",
        tenant_id,
    )
    return [SigningKeyRow(**row) for row in rows]


async def api_keys(connection: Connection, tenant_id: UUID) -> list[ApiKeyRow]:
    """A tenant's API keys, oldest first, revoked ones too."""
    rows = await connection.fetch(
        "SELECT id, tenant_id, role, label, key_prefix, key_status FROM api_keys WHERE tenant_id = $1 ORDER BY id",
        tenant_id,
    )
    return [_api_key(row) for row in rows]


async def platform_keys(connection: Connection) -> list[ApiKeyRow]:
    """The platform's own keys, oldest first, revoked ones too."""
    rows = await connection.fetch(
        "SELECT id, tenant_id, role, label, key_prefix, key_status FROM api_keys WHERE tenant_id IS NULL ORDER BY id"
    )
    return [_api_key(row) for row in rows]


async def revoke_platform_key(connection: Connection, key_id: UUID) -> bool:
    """Revoke one of the platform's own keys; False when it has no such key. Harmless when done before."""
    done = await connection.execute(
        "UPDATE api_keys SET key_status = 'revoked', row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id IS NULL AND id = $1",
        key_id,
    )
    return bool(done == "UPDATE 1")


async def api_key_by_hash(connection: Connection, key_hash: bytes) -> ApiKeyRow | None:
    """The active API key of that hash, or None."""
    row = await connection.fetchrow(
        "SELECT id, tenant_id, role, label, key_prefix, key_status FROM api_keys"
        " WHERE key_hash = $1 AND key_status = 'active'",
        key_hash,
    )
    return None if row is None else _api_key(row)


async def add_signing_key(
    connection: Connection, tenant_id: UUID, kid: str, algorithm: str, material: bytes
) -> UUID | None:
    """Add a key for tokens; None when the tenant has that kid already."""
    key_id: UUID | None = await connection.fetchval(
        "INSERT INTO tenant_keys (tenant_id, kid, algorithm, key_material) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (tenant_id, kid) DO NOTHING RETURNING id",
        tenant_id,
        kid,
        algorithm,
        material,
    )
    return key_id


async def add_api_key(
    connection: Connection, tenant_id: UUID | None, key_hash: bytes, prefix: str, role: str, label: str
) -> UUID:
    """Add an API key by its hash; without a tenant it is the platform's own."""
    key_id: UUID = await connection.fetchval(
        "INSERT INTO api_keys (tenant_id, key_hash, key_prefix, role, label) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        tenant_id,
        key_hash,
        prefix,
        role,
        label,
    )
    return key_id


async def retire_key(connection: Connection, tenant_id: UUID, key_id: UUID) -> str | None:
    """Retire a key of either sort; answers its table, or None when the tenant has no such key."""
    for table, status in (("tenant_keys", "retired"), ("api_keys", "revoked")):
        changed = await connection.fetchval(
            f"UPDATE {table} SET key_status = $3, row_version = row_version + 1"  # noqa: S608 - one of two names
            " WHERE tenant_id = $1 AND id = $2 RETURNING id",
            tenant_id,
            key_id,
            status,
        )
        if changed is not None:
            await raise_auth_version(connection, tenant_id)
            return table
    return None


async def raise_auth_version(connection: Connection, tenant_id: UUID) -> int | None:
    """Say that tokens of the tenant have ended; the new version, or None when there is no such tenant.

    The row stays locked until the transaction ends, so that versions are committed in their order.
    """
    version: int | None = await connection.fetchval(
        "UPDATE tenants SET auth_version = auth_version + 1 WHERE id = $1 RETURNING auth_version", tenant_id
    )
    return version


async def auth_versions(connection: Connection, tenant_ids: list[UUID]) -> dict[UUID, int]:
    """The version of what ends tokens, of each of these tenants."""
    rows = await connection.fetch("SELECT id, auth_version FROM tenants WHERE id = ANY ($1)", tenant_ids)
    return {row["id"]: row["auth_version"] for row in rows}


async def has_platform_key(connection: Connection) -> bool:
    """Whether the platform has an active key of its own."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM api_keys WHERE role = 'platform' AND key_status = 'active')"
        )
    )


async def currency_of(connection: Connection, tenant_id: UUID) -> str:
    """The tenant's currency."""
    return str(await connection.fetchval("SELECT currency FROM tenants WHERE id = $1", tenant_id))


def _api_key(row: Record) -> ApiKeyRow:
    return of_record(ApiKeyRow, row, label=row["label"] or "")
