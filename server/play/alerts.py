"""Alerts as staff see to them: raised, told on `operator` and by webhook, acknowledged, resolved, suppressed."""

from uuid import UUID

import msgspec
from asyncpg import Connection

from games.alerts import AlertMetadata, AlertRule, RhythmFound, WinRateFound
from games.errors import Conflict, NotFound
from games.lifecycles import ALERT, AlertStatus
from games.messages.events import AlertView
from games.messages.webhooks import AlertTriggered
from persistence import alerts, audit, outbox, play_watches, webhooks
from persistence.alerts import AlertRow
from persistence.database import Database
from server.moments import wire_time, wire_time_or_none
from server.play.outbox import Relay

#: Alerts that stand, as a snapshot of `operator` shows them.
_SHOWN = 100


class Alerts:
    """What becomes of alerts. Every move is audited, and told to the tenant's staff."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay

    async def trigger(
        self,
        connection: Connection,
        tenant_id: UUID,
        rule: AlertRule,
        subject: str,
        message: str,
        metadata: AlertMetadata,
    ) -> AlertView | None:
        """Raise an alert when this transaction commits, and wake the relay then.

        None where one of this rule and subject stands already, or has been suppressed.
        """
        row = await alerts.trigger(connection, tenant_id, rule, subject, message, metadata, self._database.clock_offset)
        if row is None:
            return None
        view = shown(row)
        await outbox.add(connection, tenant_id, "operator", "alert.triggered", view)
        told = AlertTriggered(row.id, row.alert_name, row.alert_severity, message)
        await webhooks.emit(connection, tenant_id, "alert.triggered", told)
        await audit.record(connection, tenant_id, None, "alert.triggered", "game_alerts", row.id, metadata)
        return view

    async def acknowledge(
        self, tenant_id: UUID, alert_id: UUID, operator: str, row_version: int | None = None
    ) -> AlertView:
        """Say that an operator sees to it. Raises `NotFound`, `Conflict`."""
        async with self._database.tenant(tenant_id) as connection:
            old = await self._lock(connection, tenant_id, alert_id, AlertStatus.ACKNOWLEDGED, row_version)
            row = await alerts.acknowledge(connection, tenant_id, alert_id, operator, self._database.clock_offset)
            await outbox.add(connection, tenant_id, "operator", "alert.acknowledged", shown(row))
            await self._trail(connection, tenant_id, operator, old, row)
        self._relay.wake(tenant_id)
        return shown(row)

    async def resolve(
        self, tenant_id: UUID, alert_id: UUID, operator: str, reason: str, row_version: int | None = None
    ) -> AlertView:
        """End an alert that has been seen to; the next one of its rule and subject is raised as the first was."""
        return await self._end(tenant_id, alert_id, AlertStatus.RESOLVED, operator, reason, row_version, None)

    async def suppress(
        self,
        tenant_id: UUID,
        alert_id: UUID,
        operator: str,
        reason: str,
        days: int | None,
        row_version: int | None = None,
    ) -> AlertView:
        """End an alert, and raise none of its rule and subject for so many days; None is for good."""
        return await self._end(tenant_id, alert_id, AlertStatus.SUPPRESSED, operator, reason, row_version, days)

    async def one(self, tenant_id: UUID, alert_id: UUID) -> AlertView:
        """One alert; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            row = await alerts.by_id(connection, tenant_id, alert_id)
        if row is None:
            raise NotFound("There is no such alert.")
        return shown(row)

    async def page(
        self,
        tenant_id: UUID,
        *,
        status: str | None,
        severity: str | None,
        name: str | None,
        kind: str | None,
        after: UUID | None,
        limit: int,
    ) -> list[AlertView]:
        """Alerts, newest first."""
        statuses = None if status is None else [status]
        async with self._database.tenant(tenant_id) as connection:
            rows = await alerts.page(
                connection,
                tenant_id,
                statuses=statuses,
                severity=severity,
                name=name,
                kind=kind,
                after=after,
                limit=limit,
            )
        return [shown(row) for row in rows]

    async def standing(self, tenant_id: UUID) -> list[AlertView]:
        """The newest alerts that are open or acknowledged."""
        statuses = [AlertStatus.OPEN.value, AlertStatus.ACKNOWLEDGED.value]
        async with self._database.tenant(tenant_id) as connection:
            return [shown(row) for row in await alerts.page(connection, tenant_id, statuses=statuses, limit=_SHOWN)]

    async def _end(
        self,
        tenant_id: UUID,
        alert_id: UUID,
        status: AlertStatus,
        operator: str,
        reason: str,
        row_version: int | None,
        days: int | None,
    ) -> AlertView:
        async with self._database.tenant(tenant_id) as connection:
            # Whoever looks plays through holds its counts before it raises alerts; so does this, in that order.
            await play_watches.wait_turn(connection, tenant_id)
            old = await self._lock(connection, tenant_id, alert_id, status, row_version)
            if status == AlertStatus.RESOLVED:
                await _begin_anew(connection, tenant_id, old)
            offset = self._database.clock_offset
            row = await alerts.end(connection, tenant_id, alert_id, status, operator, reason, offset, days)
            await outbox.add(connection, tenant_id, "operator", "alert.ended", shown(row))
            await self._trail(connection, tenant_id, operator, old, row)
        self._relay.wake(tenant_id)
        return shown(row)

    async def _lock(
        self, connection: Connection, tenant_id: UUID, alert_id: UUID, to: AlertStatus, row_version: int | None
    ) -> AlertRow:
        row = await alerts.by_id(connection, tenant_id, alert_id, lock=True)
        if row is None:
            raise NotFound("There is no such alert.")
        if row_version is not None and row.row_version != row_version:
            raise Conflict(f"The alert has changed: it is at row_version {row.row_version}. Read it again.")
        ALERT.check(row.alert_status, to)
        return row

    async def _trail(
        self, connection: Connection, tenant_id: UUID, operator: str, old: AlertRow, new: AlertRow
    ) -> None:
        values = {"alert_status": new.alert_status, "reason": new.end_reason, "suppressed_until": new.suppressed_until}
        told = {key: value for key, value in values.items() if value is not None}
        await audit.record(
            connection,
            tenant_id,
            operator,
            f"alert.{new.alert_status}",
            "game_alerts",
            new.id,
            told,
            {"alert_status": old.alert_status},
        )


async def _begin_anew(connection: Connection, tenant_id: UUID, alert: AlertRow) -> None:
    """Forget what an alert was raised for, so that only what comes after it counts for the next."""
    match msgspec.json.decode(alert.alert_metadata, type=AlertMetadata):
        case WinRateFound(wheel_version_id=version_id, user_id=user_id):
            await play_watches.forget_count(connection, tenant_id, version_id, user_id or "")
        case RhythmFound(wheel_id=wheel_id, user_id=user_id):
            await play_watches.forget_reactions(connection, tenant_id, user_id, wheel_id)


def shown(row: AlertRow) -> AlertView:
    """An alert as staff see it."""
    return AlertView(
        id=row.id,
        alert_name=row.alert_name,
        alert_severity=row.alert_severity,
        alert_status=row.alert_status,
        alert_message=row.alert_message or "",
        triggered_at=wire_time(row.triggered_at),
        alert_type=row.alert_type,
        alert_subject=row.alert_subject,
        alert_condition=row.alert_condition,
        alert_metadata=msgspec.Raw(row.alert_metadata.encode()),
        acknowledged_at=wire_time_or_none(row.acknowledged_at),
        acknowledged_by=row.acknowledged_by,
        ended_at=wire_time_or_none(row.ended_at),
        ended_by=row.ended_by,
        end_reason=row.end_reason,
        suppressed_until=wire_time_or_none(row.suppressed_until),
        row_version=row.row_version,
    )
