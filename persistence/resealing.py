"""Secrets at rest put under the newest key, so that an older one can be taken away."""

from typing import Final, NamedTuple
from uuid import UUID

from asyncpg import Connection

from persistence.database import Database
from persistence.vault import Vault

_SOME: Final = 500


class _Column(NamedTuple):
    """Where sealed secrets stand; `only`: which of its table's rows hold one. Some tables are the platform room's."""

    table: str
    key: str
    column: str
    only: str = "true"
    of_platform: bool = False


_COLUMNS: Final = (
    _Column("fairness_epochs", "id", "server_seed_encrypted"),
    _Column("raffle_draws", "id", "server_seed_encrypted"),
    _Column("raffle_draws", "id", "holder_salt_encrypted"),
    _Column("wallets", "tenant_id", "secret_encrypted"),
    _Column("wallets", "tenant_id", "previous_secret_encrypted"),
    _Column("webhook_endpoints", "id", "secret_encrypted"),
    _Column("webhook_endpoints", "id", "previous_secret_encrypted"),
    _Column("tenant_keys", "id", "key_material", "algorithm = 'HS256'", of_platform=True),
)


async def reseal(database: Database, vault: Vault, tenant_id: UUID) -> int:
    """Put every secret of a tenant under the vault's first key; answers how many were under another.

    While it runs servers go on: a secret that changes meanwhile is left as it was changed, and seen by the next run.
    """
    done = 0
    for column in _COLUMNS:
        last = UUID(int=0)
        while True:
            async with database.platform() if column.of_platform else database.tenant(tenant_id) as connection:
                keys = await _some(connection, vault, tenant_id, column, last)
            if not keys:
                break
            done, last = done + len(keys), keys[-1]
    return done


async def _some(connection: Connection, vault: Vault, tenant_id: UUID, column: _Column, last: UUID) -> list[UUID]:
    table, key, sealed = column.table, column.key, column.column
    rows = await connection.fetch(
        f"SELECT {key} AS key, {sealed} AS sealed FROM {table} WHERE tenant_id = $1 AND {column.only}"  # noqa: S608 - of the constants above
        f" AND substring({sealed} FROM 1 FOR $2) <> $3 AND {key} > $4 ORDER BY {key} LIMIT $5",
        tenant_id,
        len(vault.current_key_id),
        vault.current_key_id,
        last,
        _SOME,
    )
    await connection.executemany(
        f"UPDATE {table} SET {sealed} = $4 WHERE tenant_id = $1 AND {key} = $2 AND {sealed} = $3",  # noqa: S608 - as above
        [
            (tenant_id, row["key"], row["sealed"], vault.seal(tenant_id, vault.open(tenant_id, row["sealed"])))
            for row in rows
        ],
    )
    return [row["key"] for row in rows]
