"""Alerts of a tenant, as its staff watch them."""

from uuid import UUID

from asyncpg import Connection, Record


async def open_alerts(connection: Connection, tenant_id: UUID, limit: int = 100) -> list[Record]:
    """Alerts that are open or acknowledged, newest first."""
    return list(
        await connection.fetch(
            "SELECT id, alert_name, alert_severity, alert_status, alert_message, triggered_at FROM game_alerts"
            " WHERE tenant_id = $1 AND alert_status IN ('open', 'acknowledged') ORDER BY id DESC LIMIT $2",
            tenant_id,
            limit,
        )
    )
