"""Calls that came with an `Idempotency-Key`, and what they were answered, in the transaction of what they did."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection

from persistence.database import Database
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A call under a key, which is the caller's own on one route of a tenant. `body_hash`: SHA-256 of what it says."""

    tenant_id: UUID
    caller: str
    route: str
    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call was answered before, and the hash of what it had said."""

    status: int
    body: bytes
    body_hash: bytes


async def take(connection: Connection, call: KeyedCall, kept_h: int) -> Answered | None:
    """Take the key for this transaction; None when it was free, and the first answer when it was not.

    Waits for a transaction that has taken it and goes on. A key is free when it is new, has expired, or the
    transaction that had it was rolled back.
    """
    taken = await connection.execute(
        statement("take_idempotency_key"),
        call.tenant_id,
        call.caller,
        call.route,
        call.key,
        call.body_hash,
        kept_h,
    )
    if taken.endswith(" 1"):
        return None
    row = await connection.fetchrow(
        "SELECT response_status, response_body, body_hash FROM idempotency_keys"
        " WHERE tenant_id = $1 AND caller = $2 AND route = $3 AND idempotency_key = $4",
        call.tenant_id,
        call.caller,
        call.route,
        call.key,
    )
    assert row is not None
    return Answered(row["response_status"], bytes(row["response_body"]), bytes(row["body_hash"]))


async def answer(connection: Connection, call: KeyedCall, status: int, body: bytes) -> None:
    """Keep the answer of a call whose key this transaction has taken."""
    await connection.execute(
        "UPDATE idempotency_keys SET response_status = $5, response_body = $6"
        " WHERE tenant_id = $1 AND caller = $2 AND route = $3 AND idempotency_key = $4",
        call.tenant_id,
        call.caller,
        call.route,
        call.key,
        status,
        body,
    )


async def forget_expired(database: Database) -> None:
    """Delete, over all tenants, what is no longer kept."""
    async with database.platform() as connection:
        await connection.execute("DELETE FROM idempotency_keys WHERE expires_at < clock_timestamp()")
