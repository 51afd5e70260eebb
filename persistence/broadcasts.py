"""Operators' messages in Postgres: written once, read newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from persistence.records import of_record


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of `broadcasts`; its data as JSON."""

    id: UUID
    channel: str
    event: str
    message: str
    data: msgspec.Raw
    sent_by: str
    created_at: datetime


#: The table of each sort of game that has a channel of its own, and its column of statuses.
GAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "wheel": ("wheel_games", "wheel_status"),
        "jackpot": ("jackpot_games", "jackpot_status"),
        "raffle": ("raffle_campaigns", "campaign_status"),
        "tournament": ("tournaments", "tournament_status"),
    }
)


async def status_of(connection: Connection, tenant_id: UUID, game: str, game_id: UUID) -> str | None:
    """The status of a game of the tenant, or None when it has no such game."""
    table, column = GAMES[game]
    status: str | None = await connection.fetchval(
        f"SELECT {column} FROM {table} WHERE tenant_id = $1 AND id = $2",  # noqa: S608 - names of ours, no values
        tenant_id,
        game_id,
    )
    return status


async def add(
    connection: Connection,
    tenant_id: UUID,
    *,
    channel: str,
    event: str,
    message: str,
    data: bytes | None,
    sent_by: str,
) -> Sent:
    """Write a message. `data`: JSON, or None."""
    row = await connection.fetchrow(
        "INSERT INTO broadcasts (tenant_id, channel, event, message, data, sent_by) VALUES ($1, $2, $3, $4, $5, $6)"
        " RETURNING *",
        tenant_id,
        channel,
        event,
        message,
        None if data is None else data.decode(),
        sent_by,
    )
    assert row is not None
    return _sent(row)


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    event: str,
    channel: str | None,
    after: UUID | None = None,
    limit: int,
) -> list[Sent]:
    """Messages of a kind, newest first, after the one named; of one channel or of all."""
    rows = await connection.fetch(
        "SELECT * FROM broadcasts WHERE tenant_id = $1 AND event = $2 AND ($3::varchar IS NULL OR channel = $3)"
        " AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        tenant_id,
        event,
        channel,
        after,
        limit,
    )
    return [_sent(row) for row in rows]


def _sent(row: Record) -> Sent:
    return of_record(Sent, row, data=msgspec.Raw((row["data"] or "null").encode()))
