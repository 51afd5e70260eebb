"""Webhooks in Postgres: endpoints, messages, and each message's way to each endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from persistence import jobs
from persistence.records import of_record
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A row of `webhook_endpoints`."""

    id: UUID
    url: str
    description: str
    event_types: list[str]
    endpoint_status: str
    secret_encrypted: bytes
    previous_secret_encrypted: bytes | None
    previous_secret_until: datetime | None
    row_version: int
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Send:
    """A row of `webhook_sends`, with the message that is sent."""

    id: UUID
    message_id: UUID
    endpoint_id: UUID
    event_type: str
    payload: bytes
    message_at: datetime
    send_status: str
    attempts: int
    next_attempt_at: datetime | None
    last_status_code: int | None
    last_error: str | None
    last_duration_ms: int | None
    confirmed_at: datetime | None


async def add_endpoint(
    connection: Connection,
    tenant_id: UUID,
    url: str,
    description: str,
    event_types: Sequence[str],
    secret_encrypted: bytes,
    created_by: str,
) -> Endpoint:
    """Make an endpoint."""
    row = await connection.fetchrow(
        "INSERT INTO webhook_endpoints (tenant_id, url, description, event_types, secret_encrypted, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING *",
        tenant_id,
        url,
        description,
        list(event_types),
        secret_encrypted,
        created_by,
    )
    assert row is not None
    return _endpoint(row)


async def endpoint(
    connection: Connection, tenant_id: UUID, endpoint_id: UUID, *, lock: bool = False
) -> Endpoint | None:
    """One endpoint."""
    row = await connection.fetchrow(
        f"SELECT * FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2{' FOR UPDATE' if lock else ''}",  # noqa: S608
        tenant_id,
        endpoint_id,
    )
    return None if row is None else _endpoint(row)


async def endpoints(
    connection: Connection,
    tenant_id: UUID,
    *,
    event_type: str | None = None,
    active: bool = False,
    after: UUID | None = None,
    limit: int = 200,
) -> list[Endpoint]:
    """Endpoints in the order of their making; those that listen to a type of message, or are active."""
    rows = await connection.fetch(
        "SELECT * FROM webhook_endpoints WHERE tenant_id = $1 AND ($2::varchar IS NULL OR $2 = ANY (event_types))"
        " AND (NOT $3 OR endpoint_status = 'active') AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5",
        tenant_id,
        event_type,
        active,
        after,
        limit,
    )
    return [_endpoint(row) for row in rows]


async def change_endpoint(connection: Connection, tenant_id: UUID, changed: Endpoint) -> Endpoint:
    """Write an endpoint's columns back."""
    row = await connection.fetchrow(
        "UPDATE webhook_endpoints SET url = $3, description = $4, event_types = $5, endpoint_status = $6,"
        " secret_encrypted = $7, previous_secret_encrypted = $8, previous_secret_until = $9,"
        " row_version = row_version + 1, updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 RETURNING *",
        tenant_id,
        changed.id,
        changed.url,
        changed.description,
        changed.event_types,
        changed.endpoint_status,
        changed.secret_encrypted,
        changed.previous_secret_encrypted,
        changed.previous_secret_until,
    )
    assert row is not None
    return _endpoint(row)


async def emit(
    connection: Connection,
    tenant_id: UUID,
    event_type: str,
    payload: object,
    *,
    message_id: UUID | None = None,
    only: UUID | None = None,
    by_job: bool = True,
) -> list[UUID]:
    """Have a message sent, once this transaction has committed, to every active endpoint that listens to its type.

    Arguments: `message_id`, the message's own id, for one that may be emitted again and is then the same; `only`, the
    one endpoint it goes to, whatever that listens to; `by_job`, whether jobs carry it, or the caller does. Answers the
    ids of the sends that are not confirmed.
    """
    rows = await connection.fetch(
        statement("emit_webhook"),
        tenant_id,
        message_id,
        event_type,
        msgspec.json.encode(payload).decode(),
        only,
        by_job,
    )
    ids = [row["id"] for row in rows]
    if by_job:
        await jobs.enqueue(connection, jobs.SEND_WEBHOOK, tenant_id, dict.fromkeys(ids, timedelta()))
    return ids


async def take(
    connection: Connection, tenant_id: UUID, send_id: UUID, attempt_s: float, clock_offset: timedelta
) -> tuple[Send, Endpoint] | None:
    """Begin an attempt, which another may take over after `attempt_s`; None when none is due now."""
    row = await connection.fetchrow(
        "UPDATE webhook_sends SET send_status = 'sending', attempts = attempts + 1,"
        " next_attempt_at = clock_timestamp() + $4::interval + $3 * interval '1 second',"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND (send_status IN ('pending', 'failed')"
        "   OR send_status = 'sending' AND next_attempt_at <= clock_timestamp() + $4::interval) RETURNING id",
        tenant_id,
        send_id,
        attempt_s,
        clock_offset,
    )
    if row is None:
        return None
    send = await send_by_id(connection, tenant_id, send_id)
    assert send is not None
    to = await endpoint(connection, tenant_id, send.endpoint_id)
    assert to is not None
    return send, to


async def settle(
    connection: Connection,
    tenant_id: UUID,
    send_id: UUID,
    *,
    status: str,
    status_code: int | None,
    error: str | None,
    duration_ms: int,
    next_in_s: float | None = None,
) -> None:
    """Write down what an attempt came to: `confirmed`, `failed` (tried again in `next_in_s`), or `manual`."""
    await connection.execute(
        "UPDATE webhook_sends SET send_status = $3::varchar, last_status_code = $4, last_error = $5,"
        " last_duration_ms = $6,"
        " next_attempt_at = clock_timestamp() + $7::float8 * interval '1 second',"
        " confirmed_at = CASE WHEN $3::varchar = 'confirmed' THEN clock_timestamp() END,"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND send_status = 'sending'",
        tenant_id,
        send_id,
        status,
        status_code,
        None if error is None else error[:2000],
        duration_ms,
        next_in_s,
    )


async def replay(connection: Connection, tenant_id: UUID, send_id: UUID) -> bool:
    """Let a send be tried anew at once, whether it has arrived before or not."""
    done = await connection.execute(
        "UPDATE webhook_sends SET send_status = 'pending', attempts = 0, next_attempt_at = clock_timestamp(),"
        " confirmed_at = NULL, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND send_status <> 'sending'",
        tenant_id,
        send_id,
    )
    if done == "UPDATE 0":
        return False
    await jobs.enqueue(connection, jobs.SEND_WEBHOOK, tenant_id, {send_id: timedelta()})
    return True


async def send_by_id(connection: Connection, tenant_id: UUID, send_id: UUID) -> Send | None:
    """One send with its message."""
    row = await connection.fetchrow(
        statement("read_webhook_sends"), tenant_id, [send_id], None, None, None, None, None, 1
    )
    return None if row is None else _send(row)


async def sends(
    connection: Connection,
    tenant_id: UUID,
    *,
    endpoint_id: UUID | None = None,
    message_id: UUID | None = None,
    status: str | None = None,
    event_type: str | None = None,
    before: UUID | None = None,
    limit: int = 200,
) -> list[Send]:
    """Sends, newest first, before the one named; None asks for all."""
    rows = await connection.fetch(
        statement("read_webhook_sends"),
        tenant_id,
        None,
        endpoint_id,
        message_id,
        status,
        event_type,
        before,
        limit,
    )
    return [_send(row) for row in rows]


def _endpoint(row: Record) -> Endpoint:
    return of_record(Endpoint, row)


def _send(row: Record) -> Send:
    return of_record(Send, row, payload=row["payload"].encode())
