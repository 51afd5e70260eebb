"""Raffles in Postgres: campaigns, their draws and what those are committed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import Conflict
from games.raffle_campaign import CampaignConfig
from games.raffle_sale import Commitment, PlannedDraw, Sale
from persistence.database import Database
from persistence.records import of_record
from persistence.statements import statement

#: Columns that an operator sets.
COLUMNS = (
    "campaign_name",
    "campaign_description",
    "start_time",
    "end_time",
    "ticket_price",
    "total_tickets",
    "campaign_type",
    "campaign_config",
)


@dataclass(frozen=True, slots=True)
class RaffleRow:
    """A row of `raffle_campaigns`, with its tenant's currency."""

    id: UUID
    campaign_name: str
    campaign_description: str | None
    campaign_status: str
    start_time: datetime
    end_time: datetime
    ticket_price: int
    total_tickets: int | None
    sold_tickets: int
    sold_version: int
    numbers_given: int
    campaign_type: str
    campaign_config: msgspec.Raw
    currency: str
    row_version: int
    created_at: datetime
    updated_at: datetime

    @property
    def config(self) -> CampaignConfig:
        """The typed configuration."""
        return msgspec.json.decode(self.campaign_config, type=CampaignConfig)

    @property
    def sale(self) -> Sale:
        """What decides whether tickets are sold."""
        return Sale(
            self.campaign_type, self.campaign_status, self.end_time, self.total_tickets, self.config.max_per_user
        )


class SealedDraw(NamedTuple):
    """What a draw is committed to: its seed and the salt of its list's holders, sealed, and what is published."""

    id: UUID
    server_seed_encrypted: bytes
    holder_salt_encrypted: bytes
    commitment: Commitment


class Due(NamedTuple):
    """A raffle whose time has come."""

    tenant_id: UUID
    id: UUID
    next_status: str


_SELECT = "SELECT game.*, tenant.currency FROM raffle_campaigns AS game JOIN tenants AS tenant ON tenant.id = $1"


async def add(connection: Connection, tenant_id: UUID, values: dict[str, Any], draws: Sequence[PlannedDraw]) -> UUID:
    """Make a draft out of the columns that an operator sets, with its draws."""
    made: UUID = await connection.fetchval(
        f"INSERT INTO raffle_campaigns (tenant_id, {', '.join(COLUMNS)})"  # noqa: S608 - names of columns, no values
        f" VALUES ($1, {', '.join(f'${place}' for place in range(2, 2 + len(COLUMNS)))}) RETURNING id",
        tenant_id,
        *(_kept(values[column]) for column in COLUMNS),
    )
    await set_draws(connection, tenant_id, made, draws)
    return made


def _kept(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, CampaignConfig) else value


async def set_draws(connection: Connection, tenant_id: UUID, raffle_id: UUID, draws: Sequence[PlannedDraw]) -> None:
    """Give a new draft its draws."""
    await connection.execute(
        "INSERT INTO raffle_draws (tenant_id, raffle_campaign_id, draw_name, draw_time, winning_tickets)"
        " SELECT $1, $2, draw.* FROM unnest($3::varchar[], $4::timestamptz[], $5::integer[]) AS draw",
        tenant_id,
        raffle_id,
        [draw.draw_name for draw in draws],
        [draw.draw_time for draw in draws],
        [draw.winning_tickets for draw in draws],
    )


async def lock(connection: Connection, tenant_id: UUID, raffle_id: UUID) -> RaffleRow | None:
    """The raffle, locked against every other writer."""
    return await _one(connection, tenant_id, raffle_id, " FOR NO KEY UPDATE OF game")


async def by_id(connection: Connection, tenant_id: UUID, raffle_id: UUID) -> RaffleRow | None:
    """The raffle of that id, or None."""
    return await _one(connection, tenant_id, raffle_id, "")


async def _one(connection: Connection, tenant_id: UUID, raffle_id: UUID, locking: str) -> RaffleRow | None:
    row = await connection.fetchrow(
        f"{_SELECT} WHERE game.tenant_id = $1 AND game.id = $2{locking}", tenant_id, raffle_id
    )
    return None if row is None else _raffle(row)


async def page(
    connection: Connection, tenant_id: UUID, *, statuses: Sequence[str], after: UUID | None, limit: int
) -> list[RaffleRow]:
    """Raffles, newest first, after the one named, in some statuses."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE game.tenant_id = $1 AND game.campaign_status = ANY ($2)"
        " AND ($3::uuid IS NULL OR game.id < $3) ORDER BY game.id DESC LIMIT $4",
        tenant_id,
        list(statuses),
        after,
        limit,
    )
    return [_raffle(row) for row in rows]


async def move(
    connection: Connection, tenant_id: UUID, raffle_id: UUID, row_version: int, to: str, times: dict[str, datetime]
) -> None:
    """Give a locked raffle another status, and the times that moves by hand move."""
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(times, 5))
    changed = await connection.execute(
        f"UPDATE raffle_campaigns SET {sets}campaign_status = $4, row_version = row_version + 1,"  # noqa: S608 - names of columns, no values
        " updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 AND row_version = $3",
        tenant_id,
        raffle_id,
        row_version,
        to,
        *times.values(),
    )
    if changed != "UPDATE 1":
        raise Conflict("The raffle has changed since you read it. Read it again and repeat your change.")


async def set_sold(connection: Connection, tenant_id: UUID, raffle_id: UUID, sold: int, numbered: int = 0) -> int:
    """Set how many tickets of a locked raffle are sold, `numbered` of them now; answers the next version of that."""
    version: int = await connection.fetchval(
        "UPDATE raffle_campaigns SET sold_tickets = $3, numbers_given = numbers_given + $4,"
        " sold_version = sold_version + 1 WHERE tenant_id = $1 AND id = $2 RETURNING sold_version",
        tenant_id,
        raffle_id,
        sold,
        numbered,
    )
    return version


async def draws(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """The draws of raffles, in their order of time."""
    rows = await connection.fetch(
        "SELECT * FROM raffle_draws WHERE tenant_id = $1 AND raffle_campaign_id = ANY ($2::uuid[])"
        " ORDER BY draw_time, id",
        tenant_id,
        list(ids),
    )
    found: dict[UUID, list[Record]] = {key: [] for key in ids}
    for row in rows:
        found[row["raffle_campaign_id"]].append(row)
    return found


async def commit_draws(connection: Connection, tenant_id: UUID, sealed: Sequence[SealedDraw]) -> None:
    """Write down what draws are committed to, once."""
    await connection.executemany(
        "UPDATE raffle_draws SET server_seed_encrypted = $3, holder_salt_encrypted = $4, draw_results = $5,"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND server_seed_encrypted IS NULL",
        [
            (
                tenant_id,
                one.id,
                one.server_seed_encrypted,
                one.holder_salt_encrypted,
                msgspec.json.encode(one.commitment).decode(),
            )
            for one in sealed
        ],
    )


async def due(database: Database) -> list[Due]:
    """Every raffle whose sale is to open or to close by now."""
    async with database.platform() as connection:
        rows = await connection.fetch(statement("read_due_raffles"), database.clock_offset)
    return [Due(row["tenant_id"], row["id"], row["next_status"]) for row in rows]


def _raffle(row: Record) -> RaffleRow:
    return of_record(RaffleRow, row, campaign_config=msgspec.Raw(row["campaign_config"].encode()))
