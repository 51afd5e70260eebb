"""Tenants and their keys: how a platform begins with a new one, and how keys are changed.

A change is written to the tenant's own audit trail in the same transaction.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
import msgspec
from asyncpg import Connection, Record
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from games.errors import BadRequest, Conflict, Fault, NotFound
from persistence import audit
from persistence.database import Database
from persistence.vault import Vault
from server.auth.tokens import ALGORITHMS, API_KEY_PREFIX, api_key_hash

#: A shared secret shorter than its hash is weaker than the hash (RFC 7518, 3.2).
LEAST_SECRET_BYTES = 32
COMMAND_LINE = "wheelhouse"


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What a tenant begins as."""

    code: str
    name: str
    country_code: str = "MT"
    currency: str = "EUR"
    language_code: str = "en"
    time_zone: str = "UTC"


async def add_tenant(database: Database, vault: Vault, new: NewTenant, actor: str = COMMAND_LINE) -> UUID:
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
        told = {"tenant_code": new.code, "tenant_name": new.name, "currency": new.currency}
        await _trail(database, connection, tenant_id, _entry(actor, "tenant.added", "tenants", tenant_id, told))
    return tenant_id


async def change_tenant(
    database: Database, tenant_id: UUID, changes: dict[str, Any], row_version: int, actor: str
) -> Record:
    """Change a tenant's columns; raises `NotFound`, or `Conflict` when `row_version` is not the row's."""
    async with database.platform() as connection:
        before = await connection.fetchrow("SELECT * FROM tenants WHERE id = $1 FOR UPDATE", tenant_id)
        if before is None:
            raise NotFound("There is no such tenant.")
        if before["row_version"] != row_version:
            raise Conflict("The tenant was changed meanwhile. Read it again, then repeat the change.")
        merged = {**dict(before), **changes}
        after = await connection.fetchrow(
            "UPDATE tenants SET tenant_name = $2, is_active = $3, country_code = $4, currency = $5, language_code = $6,"
            " time_zone = $7, row_version = row_version + 1, updated_at = clock_timestamp() WHERE id = $1 RETURNING *",
            tenant_id,
            merged["tenant_name"],
            merged["is_active"],
            merged["country_code"],
            merged["currency"],
            merged["language_code"],
            merged["time_zone"],
        )
        assert after is not None
        old = {key: before[key] for key in changes}
        await _trail(
            database, connection, tenant_id, _entry(actor, "tenant.changed", "tenants", tenant_id, changes, old)
        )
    return after


async def add_signing_key(
    database: Database, vault: Vault, tenant_id: UUID, kid: str, algorithm: str, material: str, actor: str
) -> UUID:
    """Add a key for the tenant's tokens: a shared secret's text (HS256), or a public key as PEM or JWK."""
    fault = _key_fault(algorithm, material)
    if fault is not None:
        raise BadRequest("The key does not fit.", faults=[fault])
    kept = material.encode("utf-8")
    async with database.platform() as connection:
        await _must_exist(connection, tenant_id)
        key_id: UUID | None = await connection.fetchval(
            "INSERT INTO tenant_keys (tenant_id, kid, algorithm, key_material) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (tenant_id, kid) DO NOTHING RETURNING id",
            tenant_id,
            kid,
            algorithm,
            vault.seal(tenant_id, kept) if algorithm == "HS256" else kept,
        )
        if key_id is None:
            raise Conflict(f"The tenant has a key {kid} already. Choose another kid; keys are replaced, not changed.")
        told = {"kid": kid, "algorithm": algorithm}
        await _trail(database, connection, tenant_id, _entry(actor, "key.added", "tenant_keys", key_id, told))
    return key_id


async def retire_key(database: Database, tenant_id: UUID, key_id: UUID, actor: str) -> None:
    """Retire a signing key or revoke an API key; its tokens are refused within a second. Harmless when done before."""
    async with database.platform() as connection:
        changed = await connection.fetchval(
            "UPDATE tenant_keys SET key_status = 'retired', row_version = row_version + 1 WHERE tenant_id = $1"
            " AND id = $2 RETURNING 'tenant_keys'",
            tenant_id,
            key_id,
        ) or await connection.fetchval(
            "UPDATE api_keys SET key_status = 'revoked', row_version = row_version + 1 WHERE tenant_id = $1"
            " AND id = $2 RETURNING 'api_keys'",
            tenant_id,
            key_id,
        )
        if changed is None:
            raise NotFound("There is no such key.")
        await _trail(database, connection, tenant_id, _entry(actor, "key.retired", str(changed), key_id, {}))


async def add_api_key(
    database: Database, tenant_id: UUID | None, role: str, label: str, actor: str = COMMAND_LINE
) -> str:
    """Make an API key and return it; only its hash is kept, so it is shown this once. No tenant: the platform's own."""
    key = API_KEY_PREFIX + secrets.token_urlsafe(32)
    async with database.platform() as connection:
        if tenant_id is not None:
            await _must_exist(connection, tenant_id)
        key_id = await connection.fetchval(
            "INSERT INTO api_keys (tenant_id, key_hash, key_prefix, role, label) VALUES ($1, $2, $3, $4, $5)"
            " RETURNING id",
            tenant_id,
            api_key_hash(key),
            key[:12],
            role,
            label,
        )
        if tenant_id is not None:
            told = {"role": role, "label": label}
            await _trail(database, connection, tenant_id, _entry(actor, "key.added", "api_keys", key_id, told))
    return key


async def has_platform_key(database: Database) -> bool:
    """Whether the platform has a key of its own already."""
    async with database.platform() as connection:
        return bool(
            await connection.fetchval(
                "SELECT EXISTS (SELECT FROM api_keys WHERE role = 'platform' AND key_status = 'active')"
            )
        )


async def _must_exist(connection: Connection, tenant_id: UUID) -> None:
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM tenants WHERE id = $1)", tenant_id):
        raise NotFound("There is no such tenant.")


async def _trail(database: Database, connection: Connection, tenant_id: UUID, entry: audit.Entry) -> None:
    await database.enter_tenant(connection, tenant_id)
    await audit.append(connection, tenant_id, [entry])


def _entry(
    actor: str,
    action: str,
    entity_type: str,
    entity_id: UUID,
    new: dict[str, Any],
    old: dict[str, Any] | None = None,
) -> audit.Entry:
    return audit.Entry(
        user_id=actor,
        action=action,
        entity_type=entity_type,
        entity_id=entity_id,
        new_values=msgspec.json.encode(new).decode(),
        old_values=None if old is None else msgspec.json.encode(old).decode(),
    )


def _key_fault(algorithm: str, material: str) -> Fault | None:
    if algorithm not in ALGORITHMS:
        return Fault("$.algorithm", f"must be one of {', '.join(ALGORITHMS)}")
    if algorithm == "HS256":
        if len(material.encode("utf-8")) < LEAST_SECRET_BYTES:
            return Fault("$.key_material", f"a shared secret has {LEAST_SECRET_BYTES} bytes or more")
        return None
    try:
        if material.lstrip().startswith("{"):
            jwk = json.loads(material)
            if "d" in jwk or "k" in jwk:
                return Fault("$.key_material", "this is a private key: keep it, and give its public half")
            jwt.PyJWK(jwk, algorithm)
        else:
            key = load_pem_public_key(material.encode("utf-8"))
            jwt.get_algorithm_by_name(algorithm).prepare_key(key)  # type: ignore[no-untyped-call,unused-ignore]
    except (ValueError, TypeError, UnsupportedAlgorithm, jwt.PyJWTError) as error:
        return Fault("$.key_material", f"is no public key for {algorithm}, as PEM or JWK: {error}")
    return None
