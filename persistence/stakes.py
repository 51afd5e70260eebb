"""Stakes in Postgres: each step of a debit is a change of its row."""

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
class Stake:
    """What a player stakes on a ticket: `source` is jackpot or raffle, `source_id` the ticket's id."""

    user_id: str
    source: str
    source_id: UUID
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class StakeRow:
    """A row of `wallet_transactions`."""

    id: UUID
    user_id: str
    source: str
    source_id: UUID
    amount: Decimal
    currency: str
    transaction_status: str
    route: str | None
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None


async def reserve(
    connection: Connection, tenant_id: UUID, stake: Stake, within_s: float, clock_offset: timedelta
) -> StakeRow:
    """Write a stake down, once for its ticket, with the job that clears it away if it gets no further."""
    row = await connection.fetchrow(
        "INSERT INTO wallet_transactions (tenant_id, user_id, source, source_id, amount, currency, next_attempt_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $8::interval + $7 * interval '1 second')"
        " ON CONFLICT (tenant_id, source, source_id) DO NOTHING RETURNING *",
        tenant_id,
        stake.user_id,
        stake.source,
        stake.source_id,
        stake.amount,
        stake.currency,
        within_s,
        clock_offset,
    )
    if row is None:
        row = await connection.fetchrow(
            "SELECT * FROM wallet_transactions WHERE tenant_id = $1 AND source = $2 AND source_id = $3",
            tenant_id,
            stake.source,
            stake.source_id,
        )
        assert row is not None
        return _stake(row)
    await jobs.enqueue(connection, jobs.SETTLE_STAKE, tenant_id, {row["id"]: timedelta(seconds=within_s)})
    return _stake(row)


async def wake(connection: Connection, tenant_id: UUID, stake_id: UUID) -> None:
    """Have a stake looked after at once."""
    await jobs.enqueue(connection, jobs.SETTLE_STAKE, tenant_id, {stake_id: timedelta()})


async def by_id(connection: Connection, tenant_id: UUID, stake_id: UUID) -> StakeRow | None:
    """One stake."""
    row = await connection.fetchrow(
        "SELECT * FROM wallet_transactions WHERE tenant_id = $1 AND id = $2", tenant_id, stake_id
    )
    return None if row is None else _stake(row)


async def move(
    connection: Connection,
    tenant_id: UUID,
    stake_id: UUID,
    from_: Sequence[str],
    to: str,
    *,
    clock_offset: timedelta,
    due_in_s: float | None = None,
    error: str | None = None,
) -> StakeRow | None:
    """Move a stake on, if it stands where it is thought to; the wallet of a first call is chosen here.

    `due_in_s`: when it is to be looked after, unless it has moved on by then.
    """
    row = await connection.fetchrow(
        statement("move_stake"), tenant_id, stake_id, list(from_), to, due_in_s, clock_offset, error and error[:2000]
    )
    return None if row is None else _stake(row)


async def heal(
    connection: Connection, tenant_id: UUID, stake_id: UUID, attempt_s: float, clock_offset: timedelta
) -> StakeRow | None:
    """Begin to take back a stake that has come to a halt; None when it is at its end or not due."""
    row = await connection.fetchrow(statement("heal_stake"), tenant_id, stake_id, attempt_s, clock_offset)
    return None if row is None else _stake(row)


async def give_back(
    connection: Connection,
    tenant_id: UUID,
    source: str,
    source_ids: Sequence[UUID],
    reason: str,
    clock_offset: timedelta,
) -> None:
    """Begin to give back the stakes that were kept for these tickets, each by a job."""
    rows = await connection.fetch(
        "UPDATE wallet_transactions SET transaction_status = 'rolling_back', attempts = 0,"
        " next_attempt_at = clock_timestamp() + $4::interval, last_error = $5,"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND source = $2 AND source_id = ANY ($3::uuid[])"
        " AND transaction_status = 'confirmed' RETURNING id",
        tenant_id,
        source,
        list(source_ids),
        clock_offset,
        reason,
    )
    await jobs.enqueue(connection, jobs.SETTLE_STAKE, tenant_id, {row["id"]: timedelta() for row in rows})


def _stake(row: Record) -> StakeRow:
    return of_record(StakeRow, row)
