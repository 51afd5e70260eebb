"""The outbox: what must be published after a commit is written in its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.messages.events import EVENT_KINDS
from persistence.database import Database
from persistence.tracing import TRACEPARENT


async def add(
    connection: Connection, tenant_id: UUID, channel: str, event: str, payload: object, version: int | None = None
) -> UUID:
    """Have an event published once this transaction has committed; its id is the publish's idempotency key.

    `version`: of a latest event that has one of its own, so that whichever node publishes last, the newest stands.
    """
    message_id: UUID = await connection.fetchval(
        "INSERT INTO outbox (tenant_id, channel, event, policy, payload, version, traceparent)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " RETURNING id",
        tenant_id,
        channel,
        event,
        EVENT_KINDS[event],
        msgspec.json.encode(payload).decode(),
        version,
        TRACEPARENT.get() or None,
    )
    return message_id


@dataclass(frozen=True, slots=True)
class Message:
    """An event to be published. `id`: the idempotency key under which it may have been published already."""

    id: UUID
    channel: str
    event: str
    payload: object


async def add_all(connection: Connection, tenant_id: UUID, messages: Sequence[Message]) -> None:
    """Have several events published once this transaction has committed; one that is there already stays as it is."""
    if not messages:
        return
    await connection.execute(
        "INSERT INTO outbox (tenant_id, id, channel, event, policy, payload, traceparent)"
        " SELECT $1, one.*, $7 FROM unnest($2::uuid[], $3::varchar[], $4::varchar[], $5::varchar[], $6::jsonb[]) AS one"
        " ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant_id,
        [one.id for one in messages],
        [one.channel for one in messages],
        [one.event for one in messages],
        [EVENT_KINDS[one.event] for one in messages],
        [msgspec.json.encode(one.payload).decode() for one in messages],
        TRACEPARENT.get() or None,
    )


async def unpublished(connection: Connection, tenant_id: UUID, limit: int = 100) -> list[Record]:
    """A tenant's oldest messages that wait. One node at a time is at them, so that they are told in their order."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"outbox:{tenant_id}")
    return await connection.fetch(
        "SELECT id, channel, event, policy, payload, version, traceparent, created_at"
        " FROM outbox"
        " WHERE tenant_id = $1 AND published_at IS NULL ORDER BY id LIMIT $2",
        tenant_id,
        limit,
    )


async def mark_published(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    """Messages have been published; those published an hour ago are let go, more at a time than are new."""
    await connection.execute(
        "UPDATE outbox SET published_at = clock_timestamp(), updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        tenant_id,
        list(ids),
    )
    await connection.execute(
        "DELETE FROM outbox WHERE tenant_id = $1 AND published_at < clock_timestamp() - interval '1 hour' AND id IN"
        " (SELECT id FROM outbox WHERE tenant_id = $1 AND published_at IS NOT NULL ORDER BY id LIMIT $2)",
        tenant_id,
        max(200, 2 * len(ids)),
    )


async def waiting_tenants(database: Database) -> list[UUID]:
    """Tenants with messages that wait for more than a moment."""
    async with database.platform() as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT tenant_id FROM outbox WHERE published_at IS NULL"
            " AND created_at < clock_timestamp() - interval '1 second'"
        )
    return [row["tenant_id"] for row in rows]


class Waiting(NamedTuple):
    """A tenant's messages that have not been published, and for how long the oldest has waited."""

    tenant_id: UUID
    messages: int
    oldest_s: float


async def waiting(database: Database) -> list[Waiting]:
    """What waits to be published, by tenant."""
    async with database.platform() as connection:
        rows = await connection.fetch(
            "SELECT tenant_id, count(*), extract(epoch FROM clock_timestamp() - min(created_at))::float8"
            " FROM outbox WHERE published_at IS NULL GROUP BY tenant_id"
        )
    return [Waiting(*row) for row in rows]
