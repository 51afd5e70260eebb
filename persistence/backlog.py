"""What waits to be delivered and done, over all tenants, as figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from persistence.database import Database

#: What the queue calls the statuses of its jobs, and what they are to an operator.
_JOB_STATUSES = {"queued": "waiting", "picked": "running", "failed": "held"}


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rewards on their way by (tenant, status), jobs by (kind, status), and how long the oldest due reward is due.

    `alerts`: those that stand, by (tenant, severity, status).
    """

    rewards: Mapping[tuple[UUID, str], int]
    jobs: Mapping[tuple[str, str], int]
    oldest_due_s: float
    alerts: Mapping[tuple[UUID, str, str], int]


async def read(database: Database) -> Backlog:
    """The figures of this moment. What is confirmed is not counted."""
    async with database.platform() as connection:
        rewards = await connection.fetch(
            "SELECT tenant_id, delivery_status, count(*) AS count FROM reward_deliveries"
            " WHERE delivery_status IN ('pending', 'sending', 'failed', 'manual') GROUP BY tenant_id, delivery_status"
        )
        jobs = await connection.fetch(
            "SELECT entrypoint, status::text AS status, count(*) AS count FROM jobs.pgqueuer"
            " WHERE status IN ('queued', 'picked', 'failed') GROUP BY entrypoint, status"
        )
        oldest_due_s = await connection.fetchval(
            "SELECT extract(epoch FROM clock_timestamp() + $1::interval - min(next_attempt_at))::float8"
            " FROM reward_deliveries WHERE delivery_status IN ('pending', 'sending', 'failed')",
            database.clock_offset,
        )
        alerts = await connection.fetch(
            "SELECT tenant_id, alert_severity, alert_status, count(*) AS count FROM game_alerts"
            " WHERE alert_status IN ('open', 'acknowledged') GROUP BY tenant_id, alert_severity, alert_status"
        )
    return Backlog(
        {(row["tenant_id"], row["delivery_status"]): row["count"] for row in rewards},
        {(row["entrypoint"], _JOB_STATUSES[row["status"]]): row["count"] for row in jobs},
        max(0.0, oldest_due_s or 0.0),
        {(row["tenant_id"], row["alert_severity"], row["alert_status"]): row["count"] for row in alerts},
    )
