"""What was written down about one play, in the log, among the events and in the audit trail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection

from persistence.records import of_record

#: Rows of one kind that a story holds at the most.
_LINES = 200
#: How far from a moment of the play its lines are looked for.
_AROUND = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A row of `game_logs`."""

    log_timestamp: datetime
    log_level: str
    log_message: str
    log_details: str | None
    source_component: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """A row of `game_events`."""

    event_timestamp: datetime
    event_type: str
    event_data: msgspec.Raw
    ip_address: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A row of `audit_logs`."""

    sequence: int
    created_at: datetime
    user_id: str | None
    action: str
    entity_type: str
    entity_id: UUID | None
    old_values: msgspec.Raw | None
    new_values: msgspec.Raw | None
    ip_address: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """All of it, oldest first."""

    log: list[LogLine]
    events: list[EventLine]
    audit: list[AuditLine]


async def read(connection: Connection, tenant_id: UUID, session_id: UUID, others: Sequence[UUID]) -> Written:
    """What was written about a play; `others`: rows that belong to it, whose audit is the play's too.

    Neither the log nor the events have an index by play, which would cost every spin. They are written with the play
    and with what befalls it later, so they are looked for within seconds of these moments.
    """
    moments = [
        row["at"]
        for row in await connection.fetch(
            "SELECT created_at AS at FROM spin_sessions WHERE tenant_id = $1 AND id = $2"
            " UNION ALL SELECT decided_at FROM spin_voids"
            " WHERE tenant_id = $1 AND spin_session_id = $2 AND void_status = 'voided'",
            tenant_id,
            session_id,
        )
    ]
    log: list[LogLine] = []
    events: list[EventLine] = []
    for since, until in _spans(moments):
        log += await _log(connection, tenant_id, session_id, since, until)
        events += await _events(connection, tenant_id, session_id, since, until)
    return Written(log, events, await _audit(connection, tenant_id, [session_id, *others]))


def _spans(moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """From when until when to look, those that overlap as one: a line is told once."""
    spans: list[tuple[datetime, datetime]] = []
    for moment in sorted(moments):
        since = moment - _AROUND
        if spans and since <= spans[-1][1]:
            since, _ = spans.pop()
        spans.append((since, moment + _AROUND))
    return spans


async def _log(
    connection: Connection, tenant_id: UUID, session_id: UUID, since: datetime, until: datetime
) -> list[LogLine]:
    rows = await connection.fetch(
        "SELECT * FROM game_logs WHERE tenant_id = $1"
        " AND id >= wheelhouse_uuid_at($3) AND id < wheelhouse_uuid_at($4)"
        " AND spin_session_id = $2 ORDER BY id LIMIT $5",
        tenant_id,
        session_id,
        since,
        until,
        _LINES,
    )
    return [of_record(LogLine, row) for row in rows]


async def _events(
    connection: Connection, tenant_id: UUID, session_id: UUID, since: datetime, until: datetime
) -> list[EventLine]:
    rows = await connection.fetch(
        "SELECT event.* FROM game_events AS event"
        " JOIN spin_sessions AS session ON session.tenant_id = $1 AND session.id = $2"
        " WHERE event.tenant_id = $1 AND event.user_id = session.user_id"
        " AND event.created_at >= $3 AND event.created_at < $4"
        " AND event.event_data ->> 'session_id' = $2::text ORDER BY event.id LIMIT $5",
        tenant_id,
        session_id,
        since,
        until,
        _LINES,
    )
    return [of_record(EventLine, row, event_data=msgspec.Raw(row["event_data"].encode())) for row in rows]


async def _audit(connection: Connection, tenant_id: UUID, entities: Sequence[UUID]) -> list[AuditLine]:
    rows = await connection.fetch(
        "SELECT * FROM audit_logs WHERE tenant_id = $1 AND entity_id = ANY ($2::uuid[]) ORDER BY sequence LIMIT $3",
        tenant_id,
        list(entities),
        _LINES,
    )
    return [
        of_record(AuditLine, row, old_values=_raw(row["old_values"]), new_values=_raw(row["new_values"]))
        for row in rows
    ]


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text.encode())
