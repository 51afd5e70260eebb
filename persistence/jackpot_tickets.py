"""Tickets of jackpots in Postgres: bought once, told by page, taken back when their jackpot is cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from asyncpg import Connection, Record

from persistence import stakes
from persistence.records import of_record


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A row of `jackpot_tickets`, with its tenant's currency."""

    id: UUID
    jackpot_game_id: UUID
    user_id: str
    ticket_type: str
    ticket_status: str
    ticket_stake: Decimal
    ticket_picks: str
    ticket_created_at: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class Bought:
    """A ticket to be written."""

    id: UUID
    jackpot_id: UUID
    user_id: str
    ticket_type: str
    stake: Decimal
    picks: str


_SELECT = "SELECT ticket.*, tenant.currency FROM jackpot_tickets AS ticket JOIN tenants AS tenant ON tenant.id = $1"


async def new_id(connection: Connection) -> UUID:
    """An id for a ticket whose stake is taken before it is written."""
    made: UUID = await connection.fetchval("SELECT uuidv7()")
    return made


async def add(connection: Connection, tenant_id: UUID, ticket: Bought) -> bool:
    """Write a ticket; False when it has been before."""
    done = await connection.execute(
        "INSERT INTO jackpot_tickets (tenant_id, id, jackpot_game_id, user_id, ticket_type, ticket_stake, ticket_picks)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant_id,
        ticket.id,
        ticket.jackpot_id,
        ticket.user_id,
        ticket.ticket_type,
        ticket.stake,
        ticket.picks,
    )
    return bool(done == "INSERT 0 1")


async def by_id(connection: Connection, tenant_id: UUID, ticket_id: UUID) -> TicketRow | None:
    """The ticket of that id, or None."""
    row = await connection.fetchrow(f"{_SELECT} WHERE ticket.tenant_id = $1 AND ticket.id = $2", tenant_id, ticket_id)
    return None if row is None else _ticket(row)


async def page(
    connection: Connection, tenant_id: UUID, jackpot_id: UUID, *, user_id: str | None, after: UUID | None, limit: int
) -> list[TicketRow]:
    """Tickets of a jackpot, newest first, after the one named; of one player or of all."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE ticket.tenant_id = $1 AND ticket.jackpot_game_id = $2"
        " AND ($3::varchar IS NULL OR ticket.user_id = $3) AND ($4::uuid IS NULL OR ticket.id < $4)"
        " ORDER BY ticket.id DESC LIMIT $5",
        tenant_id,
        jackpot_id,
        user_id,
        after,
        limit,
    )
    return [_ticket(row) for row in rows]


async def standing(connection: Connection, tenant_id: UUID, user_id: str, limit: int) -> list[TicketRow]:
    """A player's tickets whose jackpots are not settled, newest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE ticket.tenant_id = $1 AND ticket.user_id = $2 AND ticket.ticket_status = 'accepted'"
        " ORDER BY ticket.created_at DESC LIMIT $3",
        tenant_id,
        user_id,
        limit,
    )
    return [_ticket(row) for row in rows]


async def void_all(
    connection: Connection, tenant_id: UUID, jackpot_id: UUID, clock_offset: timedelta
) -> list[TicketRow]:
    """Void every ticket of a locked jackpot, with the jobs that give the stakes back; answers the tickets."""
    voided = await connection.fetch(
        "UPDATE jackpot_tickets SET ticket_status = 'void', row_version = row_version + 1,"
        " updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND jackpot_game_id = $2 AND ticket_status = 'accepted' RETURNING id",
        tenant_id,
        jackpot_id,
    )
    ids = [row["id"] for row in voided]
    await stakes.give_back(connection, tenant_id, "jackpot", ids, "the jackpot was cancelled", clock_offset)
    rows = await connection.fetch(
        f"{_SELECT} WHERE ticket.tenant_id = $1 AND ticket.jackpot_game_id = $2 AND ticket.ticket_status = 'void'",
        tenant_id,
        jackpot_id,
    )
    return [_ticket(row) for row in rows]


async def refund(connection: Connection, tenant_id: UUID, ticket_id: UUID) -> TicketRow | None:
    """The stake of a void ticket has gone back; None when there is no such ticket."""
    done = await connection.execute(
        "UPDATE jackpot_tickets SET ticket_status = 'refunded', row_version = row_version + 1,"
        " updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 AND ticket_status = 'void'",
        tenant_id,
        ticket_id,
    )
    return await by_id(connection, tenant_id, ticket_id) if done == "UPDATE 1" else None


def _ticket(row: Record) -> TicketRow:
    return of_record(TicketRow, row)
