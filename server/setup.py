"""Tenants and their keys: how a platform begins with a new one, and how keys are changed.

A change is written to the tenant's own audit trail in the same transaction.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import jwt
from asyncpg import Connection
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from games.errors import BadRequest, Conflict, Fault, NotFound
from persistence import audit, tenants
from persistence.database import Database
from persistence.tenants import TenantRow
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
    values = {
        "tenant_code": new.code,
        "tenant_name": new.name,
        "country_code": new.country_code,
        "currency": new.currency,
        "language_code": new.language_code,
        "time_zone": new.time_zone,
    }
    async with database.platform() as connection:
        tenant_id = await tenants.add(connection, values)
        if tenant_id is None:
            raise Conflict(f"There is a tenant {new.code} already.")
        secret = vault.seal(tenant_id, secrets.token_bytes(48))
        await tenants.add_signing_key(connection, tenant_id, f"{new.code}-1", "HS256", secret)
        await database.enter_tenant(connection, tenant_id)
        await audit.record(connection, tenant_id, actor, "tenant.added", "tenants", tenant_id, values)
    return tenant_id


async def change_tenant(
    database: Database, tenant_id: UUID, changes: dict[str, Any], row_version: int, actor: str
) -> TenantRow:
    """Change a tenant's columns; raises `NotFound`, or `Conflict` when `row_version` is not the row's."""
    async with database.platform() as connection:
        before = await tenants.by_id(connection, tenant_id, lock=True)
        if before is None:
            raise NotFound("There is no such tenant.")
        if before.row_version != row_version:
            raise Conflict("The tenant was changed meanwhile. Read it again, then repeat the change.")
        values = asdict(before)
        after = await tenants.change(connection, tenant_id, values | changes)
        old = {key: values[key] for key in changes}
        await database.enter_tenant(connection, tenant_id)
        await audit.record(connection, tenant_id, actor, "tenant.changed", "tenants", tenant_id, changes, old)
    return after


async def add_signing_key(
    database: Database, vault: Vault, tenant_id: UUID, kid: str, algorithm: str, material: str, actor: str
) -> UUID:
    """Add a key for the tenant's tokens: a shared secret's text (HS256), or a public key as PEM or JWK."""
    fault = _key_fault(algorithm, material)
    if fault is not None:
        raise BadRequest("The key does not fit.", faults=[fault])
    plain = material.encode("utf-8")
    kept = vault.seal(tenant_id, plain) if algorithm == "HS256" else plain
    async with database.platform() as connection:
        await _must_exist(connection, tenant_id)
        key_id = await tenants.add_signing_key(connection, tenant_id, kid, algorithm, kept)
        if key_id is None:
            raise Conflict(f"The tenant has a key {kid} already. Choose another kid; keys are replaced, not changed.")
        told = {"kid": kid, "algorithm": algorithm}
        await database.enter_tenant(connection, tenant_id)
        await audit.record(connection, tenant_id, actor, "key.added", "tenant_keys", key_id, told)
    return key_id


async def retire_key(database: Database, tenant_id: UUID, key_id: UUID, actor: str) -> None:
    """Retire a signing key or revoke an API key; its tokens are refused. Harmless when done before."""
    async with database.platform() as connection:
        table = await tenants.retire_key(connection, tenant_id, key_id)
        if table is None:
            raise NotFound("There is no such key.")
        await database.enter_tenant(connection, tenant_id)
        await audit.record(connection, tenant_id, actor, "key.retired", table, key_id, {})


async def add_api_key(
    database: Database, tenant_id: UUID | None, role: str, label: str, actor: str = COMMAND_LINE
) -> str:
    """Make an API key and return it; only its hash is kept, so it is shown this once. No tenant: the platform's own."""
    key = API_KEY_PREFIX + secrets.token_urlsafe(32)
    async with database.platform() as connection:
        if tenant_id is not None:
            await _must_exist(connection, tenant_id)
        key_id = await tenants.add_api_key(connection, tenant_id, api_key_hash(key), key[:12], role, label)
        if tenant_id is not None:
            told = {"role": role, "label": label}
            await database.enter_tenant(connection, tenant_id)
            await audit.record(connection, tenant_id, actor, "key.added", "api_keys", key_id, told)
    return key


async def has_platform_key(database: Database) -> bool:
    """Whether the platform has a key of its own already."""
    async with database.platform() as connection:
        return await tenants.has_platform_key(connection)


async def _must_exist(connection: Connection, tenant_id: UUID) -> None:
    if await tenants.by_id(connection, tenant_id) is None:
        raise NotFound("There is no such tenant.")


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
