"""Tickets of raffles in Postgres: held back while they are paid for, sold, let go, refunded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection, Record

from persistence import stakes
from persistence.database import Database
from persistence.records import of_record


@dataclass(frozen=True, slots=True)
class RaffleTicketRow:
    """A row of `raffle_tickets`."""

    id: UUID
    raffle_campaign_id: UUID
    purchase_id: UUID
    user_id: str
    ticket_number: str
    ticket_status: str
    ticket_purchased_at: datetime | None
    reserved_until: datetime


class Taken(NamedTuple):
    """How many tickets of a raffle are sold or held back: in all, and by one player."""

    tickets: int
    of_user: int


async def new_purchase_id(connection: Connection) -> UUID:
    """An id for what is bought together."""
    made: UUID = await connection.fetchval("SELECT uuidv7()")
    return made


async def taken(
    connection: Connection, tenant_id: UUID, raffle_id: UUID, user_id: str, sold: int, now: datetime
) -> Taken:
    """What a locked raffle, of which `sold` are sold, has no more to sell. Reservations that have run out count not."""
    held = await connection.fetchval(
        "SELECT count(*) FROM raffle_tickets"
        " WHERE tenant_id = $1 AND raffle_campaign_id = $2 AND ticket_status = 'reserved' AND reserved_until > $3",
        tenant_id,
        raffle_id,
        now,
    )
    own = await connection.fetchval(
        "SELECT count(*) FROM raffle_tickets WHERE tenant_id = $1 AND raffle_campaign_id = $2 AND user_id = $3"
        " AND (ticket_status = 'sold' OR ticket_status = 'reserved' AND reserved_until > $4)",
        tenant_id,
        raffle_id,
        user_id,
        now,
    )
    return Taken(sold + held, own)


async def reserve(
    connection: Connection,
    tenant_id: UUID,
    raffle_id: UUID,
    purchase_id: UUID,
    user_id: str,
    quantity: int,
    until: datetime,
) -> None:
    """Hold so many tickets of a locked raffle back for a purchase. Their numbers are given when they are sold."""
    await connection.execute(
        "INSERT INTO raffle_tickets"
        " (tenant_id, raffle_campaign_id, purchase_id, user_id, ticket_number, reserved_until)"
        " SELECT $1, $2, $3, $4, replace(uuidv7()::text, '-', ''), $6 FROM generate_series(1, $5)",
        tenant_id,
        raffle_id,
        purchase_id,
        user_id,
        quantity,
        until,
    )


async def of_purchase(connection: Connection, tenant_id: UUID, purchase_id: UUID) -> list[RaffleTicketRow]:
    """What was bought together, by number."""
    rows = await connection.fetch(
        "SELECT * FROM raffle_tickets WHERE tenant_id = $1 AND purchase_id = $2 ORDER BY ticket_number",
        tenant_id,
        purchase_id,
    )
    return [_ticket(row) for row in rows]


async def sell(
    connection: Connection, tenant_id: UUID, purchase_id: UUID, given: int, width: int
) -> list[RaffleTicketRow]:
    """Make the tickets of a purchase count, numbered after the `given` ones that a locked raffle has sold before."""
    rows = await connection.fetch(
        "UPDATE raffle_tickets AS ticket SET ticket_status = 'sold', ticket_purchased_at = clock_timestamp(),"
        " ticket_number = lpad((numbered.place + $3)::text, $4, '0'), row_version = row_version + 1,"
        " updated_at = clock_timestamp()"
        " FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM raffle_tickets"
        " WHERE tenant_id = $1 AND purchase_id = $2 AND ticket_status = 'reserved') AS numbered"
        " WHERE ticket.tenant_id = $1 AND ticket.id = numbered.id AND ticket.ticket_status = 'reserved'"
        " RETURNING ticket.*",
        tenant_id,
        purchase_id,
        given,
        width,
    )
    return sorted((_ticket(row) for row in rows), key=lambda ticket: ticket.ticket_number)


async def let_go(connection: Connection, tenant_id: UUID, purchase_id: UUID) -> list[RaffleTicketRow]:
    """Void what is still held back of a purchase."""
    return await _move(connection, tenant_id, purchase_id, "reserved", "void")


async def refund(connection: Connection, tenant_id: UUID, purchase_id: UUID) -> list[RaffleTicketRow]:
    """The stake of a purchase has gone back: those of its tickets that had been sold, and are void, are refunded."""
    return await _move(
        connection, tenant_id, purchase_id, "void", "refunded", only=" AND ticket_purchased_at IS NOT NULL"
    )


async def _move(
    connection: Connection, tenant_id: UUID, purchase_id: UUID, from_: str, to: str, *, only: str = ""
) -> list[RaffleTicketRow]:
    rows = await connection.fetch(
        "UPDATE raffle_tickets SET ticket_status = $4, row_version = row_version + 1,"  # noqa: S608 - of the callers above
        " updated_at = clock_timestamp()"
        f" WHERE tenant_id = $1 AND purchase_id = $2 AND ticket_status = $3{only} RETURNING *",
        tenant_id,
        purchase_id,
        from_,
        to,
    )
    return sorted((_ticket(row) for row in rows), key=lambda ticket: ticket.ticket_number)


async def page(
    connection: Connection, tenant_id: UUID, raffle_id: UUID, *, user_id: str | None, after: UUID | None, limit: int
) -> list[RaffleTicketRow]:
    """Tickets of a raffle that were bought, newest first, after the one named; of one player or of all."""
    rows = await connection.fetch(
        "SELECT * FROM raffle_tickets WHERE tenant_id = $1 AND raffle_campaign_id = $2"
        " AND ticket_purchased_at IS NOT NULL AND ($3::varchar IS NULL OR user_id = $3)"
        " AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        tenant_id,
        raffle_id,
        user_id,
        after,
        limit,
    )
    return [_ticket(row) for row in rows]


async def standing(connection: Connection, tenant_id: UUID, user_id: str, limit: int) -> list[RaffleTicketRow]:
    """A player's tickets in raffles that are not drawn yet, newest first."""
    rows = await connection.fetch(
        "SELECT * FROM raffle_tickets WHERE tenant_id = $1 AND user_id = $2 AND ticket_status = 'sold'"
        " ORDER BY created_at DESC LIMIT $3",
        tenant_id,
        user_id,
        limit,
    )
    return [_ticket(row) for row in rows]


async def void_all(
    connection: Connection, tenant_id: UUID, raffle_id: UUID, clock_offset: timedelta
) -> list[RaffleTicketRow]:
    """Void every sold ticket of a locked raffle, with the jobs that give the stakes back; answers the tickets.

    Those without a stake cost nothing and stay void. What is held back is let go as its purchase is refused.
    """
    rows = await connection.fetch(
        "UPDATE raffle_tickets SET ticket_status = 'void', row_version = row_version + 1,"
        " updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND raffle_campaign_id = $2 AND ticket_status = 'sold' RETURNING *",
        tenant_id,
        raffle_id,
    )
    bought = list({row["purchase_id"] for row in rows})
    await stakes.give_back(connection, tenant_id, "raffle", bought, "the raffle was cancelled", clock_offset)
    return [_ticket(row) for row in rows]


async def let_go_overdue(database: Database) -> int:
    """Void, for all tenants, what was held back and not paid for in time; answers how many tickets.

    A purchase cannot be confirmed any more by then, and its stake, if there is one, goes back by itself.
    """
    async with database.platform() as connection:
        tenants = await connection.fetch(
            "SELECT DISTINCT tenant_id FROM raffle_tickets"
            " WHERE ticket_status = 'reserved' AND reserved_until <= clock_timestamp() + $1::interval",
            database.clock_offset,
        )
    gone = 0
    for row in tenants:
        async with database.tenant(row["tenant_id"]) as connection:
            done = await connection.execute(
                "UPDATE raffle_tickets SET ticket_status = 'void', row_version = row_version + 1,"
                " updated_at = clock_timestamp() WHERE tenant_id = $1 AND ticket_status = 'reserved'"
                " AND reserved_until <= clock_timestamp() + $2::interval",
                row["tenant_id"],
                database.clock_offset,
            )
        gone += int(done.split()[1])
    return gone


def _ticket(row: Record) -> RaffleTicketRow:
    return of_record(RaffleTicketRow, row)
