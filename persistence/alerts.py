"""Alerts in Postgres: raised once while they stand, acknowledged, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.alerts import AlertMetadata, AlertRule
from games.lifecycles import AlertStatus
from persistence.records import of_record


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A row of `game_alerts`."""

    id: UUID
    alert_name: str
    alert_type: str
    alert_subject: str
    alert_condition: str
    alert_severity: str
    alert_status: str
    alert_message: str | None
    alert_metadata: str
    triggered_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    suppressed_until: datetime | None
    row_version: int


async def trigger(
    connection: Connection,
    tenant_id: UUID,
    rule: AlertRule,
    subject: str,
    message: str,
    metadata: AlertMetadata,
    clock_offset: timedelta,
) -> AlertRow | None:
    """Raise an alert; None where one of this rule and subject stands, or has been suppressed for longer than now."""
    row = await connection.fetchrow(
        "INSERT INTO game_alerts (tenant_id, alert_name, alert_type, alert_subject, alert_condition, alert_severity,"
        " alert_message, alert_metadata, triggered_at)"
        " SELECT $1, $2::varchar, $3, $4::varchar, $5, $6, $7, $8, clock_timestamp() + $9::interval"
        " WHERE NOT EXISTS (SELECT FROM game_alerts WHERE tenant_id = $1 AND alert_name = $2::varchar"
        "   AND alert_subject = $4::varchar AND alert_status = 'suppressed'"
        "   AND (suppressed_until IS NULL OR suppressed_until > clock_timestamp() + $9::interval))"
        " ON CONFLICT (tenant_id, alert_name, alert_subject) WHERE alert_status IN ('open', 'acknowledged') DO NOTHING"
        " RETURNING *",
        tenant_id,
        rule.name,
        rule.kind,
        subject,
        rule.condition,
        rule.severity,
        message,
        msgspec.json.encode(metadata).decode(),
        clock_offset,
    )
    return None if row is None else of_record(AlertRow, row)


async def by_id(connection: Connection, tenant_id: UUID, alert_id: UUID, *, lock: bool = False) -> AlertRow | None:
    """One alert."""
    row = await connection.fetchrow(
        f"SELECT * FROM game_alerts WHERE tenant_id = $1 AND id = $2{' FOR UPDATE' if lock else ''}",  # noqa: S608
        tenant_id,
        alert_id,
    )
    return None if row is None else of_record(AlertRow, row)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    statuses: list[str] | None = None,
    severity: str | None = None,
    name: str | None = None,
    kind: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[AlertRow]:
    """Alerts, newest first, after the one named; None asks for all."""
    rows = await connection.fetch(
        "SELECT * FROM game_alerts WHERE tenant_id = $1 AND ($2::varchar[] IS NULL OR alert_status = ANY ($2))"
        " AND ($3::varchar IS NULL OR alert_severity = $3) AND ($4::varchar IS NULL OR alert_name = $4)"
        " AND ($5::varchar IS NULL OR alert_type = $5) AND ($6::uuid IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        tenant_id,
        statuses,
        severity,
        name,
        kind,
        after,
        limit,
    )
    return [of_record(AlertRow, row) for row in rows]


async def acknowledge(
    connection: Connection, tenant_id: UUID, alert_id: UUID, operator: str, clock_offset: timedelta
) -> AlertRow:
    """Say who sees to an alert, which must be locked."""
    row = await connection.fetchrow(
        "UPDATE game_alerts SET alert_status = 'acknowledged', acknowledged_at = clock_timestamp() + $4::interval,"
        " acknowledged_by = $3, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 RETURNING *",
        tenant_id,
        alert_id,
        operator,
        clock_offset,
    )
    assert row is not None
    return of_record(AlertRow, row)


async def end(
    connection: Connection,
    tenant_id: UUID,
    alert_id: UUID,
    status: AlertStatus,
    operator: str,
    reason: str,
    clock_offset: timedelta,
    days: int | None = None,
) -> AlertRow:
    """Resolve or suppress an alert, which must be locked. `days`: how long it is suppressed; None is for good."""
    row = await connection.fetchrow(
        "UPDATE game_alerts SET alert_status = $3, ended_at = clock_timestamp() + $6::interval, ended_by = $4,"
        " end_reason = $5, suppressed_until = clock_timestamp() + $6::interval + make_interval(days => $7::int),"
        " row_version = row_version + 1, updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 RETURNING *",
        tenant_id,
        alert_id,
        status,
        operator,
        reason,
        clock_offset,
        days,
    )
    assert row is not None
    return of_record(AlertRow, row)
