"""Rewards on their way, in Postgres: owed once for what won them, taken for an attempt, confirmed or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from asyncpg import Connection, Record

from persistence import jobs
from persistence.records import of_record
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class Owed:
    """A reward that a result owes: `source_id` is the spin's session, the winner or the ticket that won it."""

    user_id: str
    source: str
    source_id: UUID
    reward_type: str
    reward_detail: bytes
    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of `reward_deliveries`."""

    id: UUID
    user_id: str
    source: str
    source_id: UUID
    reward_type: str
    reward_detail: bytes
    amount: Decimal | None
    currency: str | None
    delivery_status: str
    attempts: int
    route: str | None
    next_attempt_at: datetime | None
    last_error: str | None
    confirmed_at: datetime | None
    handled_by: str | None
    handling_reason: str | None
    row_version: int
    created_at: datetime


async def owe(connection: Connection, tenant_id: UUID, owed: Sequence[Owed], clock_offset: timedelta) -> list[Delivery]:
    """Write down what is owed, each once, with the jobs that deliver it; answers what this call wrote.

    A thing has no job: it is an order that an operator ships, and waits as `manual`.
    """
    if not owed:
        return []
    rows = await connection.fetch(
        statement("owe_rewards"),
        tenant_id,
        [one.user_id for one in owed],
        [one.source for one in owed],
        [one.source_id for one in owed],
        [one.reward_type for one in owed],
        [one.reward_detail.decode() for one in owed],
        [one.amount for one in owed],
        [one.currency for one in owed],
        clock_offset,
    )
    written = [_delivery(row) for row in rows]
    due = {one.id: timedelta() for one in written if one.delivery_status == "pending"}
    await jobs.enqueue(connection, jobs.DELIVER_REWARD, tenant_id, due)
    return written


async def take(
    connection: Connection, tenant_id: UUID, delivery_id: UUID, attempt_s: float, clock_offset: timedelta
) -> Delivery | None:
    """Begin an attempt, which another may take over after `attempt_s`; None when there is nothing to attempt now."""
    row = await connection.fetchrow(
        statement("take_reward"),
        tenant_id,
        delivery_id,
        attempt_s,
        clock_offset,
    )
    return None if row is None else _delivery(row)


async def confirm(connection: Connection, tenant_id: UUID, delivery: Delivery, paid: Decimal | None) -> Delivery | None:
    """The attempt has arrived: nothing more is due. None when another attempt has ended it meanwhile."""
    row = await connection.fetchrow(
        "UPDATE reward_deliveries SET delivery_status = 'confirmed', confirmed_at = clock_timestamp(),"
        " next_attempt_at = NULL, last_error = NULL, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND delivery_status = 'sending' RETURNING *",
        tenant_id,
        delivery.id,
    )
    if row is None:
        return None
    if delivery.source == "spin":
        await connection.execute(statement("settle_spin_reward"), tenant_id, delivery.source_id, paid or Decimal(0))
    return _delivery(row)


async def fail(
    connection: Connection,
    tenant_id: UUID,
    delivery_id: UUID,
    error: str,
    next_in_s: float | None,
    clock_offset: timedelta,
) -> Delivery | None:
    """The attempt has not arrived: it is tried again in `next_in_s` seconds, or with None left to an operator."""
    row = await connection.fetchrow(
        "UPDATE reward_deliveries SET delivery_status = CASE WHEN $4::float8 IS NULL THEN 'manual' ELSE 'failed' END,"
        " next_attempt_at = clock_timestamp() + $5::interval + $4::float8 * interval '1 second', last_error = $3,"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND delivery_status = 'sending' RETURNING *",
        tenant_id,
        delivery_id,
        error[:2000],
        next_in_s,
        clock_offset,
    )
    return None if row is None else _delivery(row)


async def by_id(connection: Connection, tenant_id: UUID, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
    """One delivery."""
    row = await connection.fetchrow(
        f"SELECT * FROM reward_deliveries WHERE tenant_id = $1 AND id = $2{' FOR UPDATE' if lock else ''}",  # noqa: S608
        tenant_id,
        delivery_id,
    )
    return None if row is None else _delivery(row)


async def of_source(connection: Connection, tenant_id: UUID, source: str, source_id: UUID) -> Delivery | None:
    """The delivery of what a result owes, locked; None when nothing is owed yet."""
    row = await connection.fetchrow(
        "SELECT * FROM reward_deliveries WHERE tenant_id = $1 AND source = $2 AND source_id = $3 FOR UPDATE",
        tenant_id,
        source,
        source_id,
    )
    return None if row is None else _delivery(row)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    user_id: str | None = None,
    status: str | None = None,
    reward_type: str | None = None,
    source_id: UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Delivery]:
    """Deliveries, newest first, before the one named; None asks for all."""
    rows = await connection.fetch(
        "SELECT * FROM reward_deliveries WHERE tenant_id = $1 AND ($2::varchar IS NULL OR user_id = $2)"
        " AND ($3::varchar IS NULL OR delivery_status = $3) AND ($4::varchar IS NULL OR reward_type = $4)"
        " AND ($5::uuid IS NULL OR source_id = $5) AND ($6::uuid IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        tenant_id,
        user_id,
        status,
        reward_type,
        source_id,
        before,
        limit,
    )
    return [_delivery(row) for row in rows]


async def send_again(
    connection: Connection, tenant_id: UUID, delivery_id: UUID, clock_offset: timedelta
) -> Delivery | None:
    """Let a failed or held delivery be tried at once, counting its attempts anew; None when it is neither."""
    row = await connection.fetchrow(
        "UPDATE reward_deliveries SET delivery_status = 'failed', attempts = 0,"
        " next_attempt_at = clock_timestamp() + $3::interval,"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND delivery_status IN ('failed', 'manual') RETURNING *",
        tenant_id,
        delivery_id,
        clock_offset,
    )
    if row is None:
        return None
    await jobs.enqueue(connection, jobs.DELIVER_REWARD, tenant_id, {delivery_id: timedelta()})
    return _delivery(row)


async def handle(
    connection: Connection, tenant_id: UUID, delivery: Delivery, operator: str, reason: str
) -> Delivery | None:
    """An operator has delivered a held reward by hand, and says how; None when it is not held."""
    row = await connection.fetchrow(
        "UPDATE reward_deliveries SET delivery_status = 'confirmed', confirmed_at = clock_timestamp(),"
        " next_attempt_at = NULL, handled_by = $3, handling_reason = $4, row_version = row_version + 1,"
        " updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND delivery_status = 'manual' RETURNING *",
        tenant_id,
        delivery.id,
        operator,
        reason,
    )
    if row is None:
        return None
    if delivery.source == "spin":
        paid = delivery.amount or Decimal(0)
        await connection.execute(statement("settle_spin_reward"), tenant_id, delivery.source_id, paid)
    return _delivery(row)


async def stop(
    connection: Connection, tenant_id: UUID, delivery: Delivery, operator: str, reason: str
) -> Delivery | None:
    """What won a reward counts no more: it is not delivered. None when it may have been, or was, on its way."""
    row = await connection.fetchrow(
        "UPDATE reward_deliveries SET delivery_status = 'stopped', next_attempt_at = NULL, handled_by = $3,"
        " handling_reason = $4, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND delivery_status IN ('pending', 'manual') RETURNING *",
        tenant_id,
        delivery.id,
        operator,
        reason,
    )
    return None if row is None else _delivery(row)


def _delivery(row: Record) -> Delivery:
    return of_record(Delivery, row, reward_detail=row["reward_detail"].encode())
