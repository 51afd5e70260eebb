"""A tenant's wallet in Postgres: which one it is, and how its platform is reached."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from persistence.records import of_record


@dataclass(frozen=True, slots=True)
class WalletRow:
    """A row of `wallets`; a tenant that never chose has the embedded ledger, as version 0."""

    adapter: str = "ledger"
    url: str | None = None
    secret_encrypted: bytes | None = None
    previous_secret_encrypted: bytes | None = None
    previous_secret_until: datetime | None = None
    changed_by: str | None = None
    row_version: int = 0
    updated_at: datetime | None = None


async def read(connection: Connection, tenant_id: UUID) -> WalletRow:
    """The tenant's wallet."""
    row = await connection.fetchrow("SELECT * FROM wallets WHERE tenant_id = $1", tenant_id)
    return WalletRow() if row is None else of_record(WalletRow, row)


async def lock(connection: Connection, tenant_id: UUID) -> WalletRow:
    """The tenant's wallet, locked against every other change."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('wallets'), hashtext($1::text))", str(tenant_id))
    return await read(connection, tenant_id)


async def write(connection: Connection, tenant_id: UUID, changed: WalletRow) -> WalletRow:
    """Write the wallet's columns."""
    row = await connection.fetchrow(
        "INSERT INTO wallets AS held (tenant_id, adapter, url, secret_encrypted, previous_secret_encrypted,"
        " previous_secret_until, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (tenant_id) DO UPDATE SET adapter = excluded.adapter, url = excluded.url,"
        " secret_encrypted = excluded.secret_encrypted,"
        " previous_secret_encrypted = excluded.previous_secret_encrypted,"
        " previous_secret_until = excluded.previous_secret_until, changed_by = excluded.changed_by,"
        " row_version = held.row_version + 1, updated_at = clock_timestamp() RETURNING *",
        tenant_id,
        changed.adapter,
        changed.url,
        changed.secret_encrypted,
        changed.previous_secret_encrypted,
        changed.previous_secret_until,
        changed.changed_by,
    )
    assert row is not None
    return of_record(WalletRow, row)
