"""What was brought into a tenant from elsewhere, in Postgres: the audit trail and the grants' keys know it."""

from collections.abc import Collection
from uuid import UUID

from asyncpg import Connection

#: The audit trail's word for a wheel that was brought; `source` among its values names the object it was.
WHEEL_IMPORTED = "wheel.imported"


async def wheels_brought(connection: Connection, tenant_id: UUID) -> dict[str, UUID]:
    """The wheels that were brought, by the names of the objects that they were."""
    rows = await connection.fetch(
        "SELECT entity_id, new_values ->> 'source' AS source FROM audit_logs WHERE tenant_id = $1 AND action = $2",
        tenant_id,
        WHEEL_IMPORTED,
    )
    return {row["source"]: row["entity_id"] for row in rows}


async def slugs_taken(connection: Connection, tenant_id: UUID, slugs: Collection[str]) -> set[str]:
    """Those slugs that wheels of the tenant have."""
    rows = await connection.fetch(
        "SELECT wheel_slug FROM wheel_games WHERE tenant_id = $1 AND wheel_slug = ANY ($2::varchar[])",
        tenant_id,
        list(slugs),
    )
    return {row["wheel_slug"] for row in rows}


async def keys_granted(connection: Connection, tenant_id: UUID, source: str, keys: Collection[str]) -> set[str]:
    """Those keys of a source for which chances were given."""
    rows = await connection.fetch(
        "SELECT source_key FROM chance_grants"
        " WHERE tenant_id = $1 AND source = $2 AND source_key = ANY ($3::varchar[])",
        tenant_id,
        source,
        list(keys),
    )
    return {row["source_key"] for row in rows}
