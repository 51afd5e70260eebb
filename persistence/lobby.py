"""The games of a tenant in brief, for its lobby."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection, Record


@dataclass(frozen=True, slots=True)
class Games:
    """Rows of the games that are open or about to be, other than wheels."""

    jackpots: list[Record]
    raffles: list[Record]
    tournaments: list[Record]


async def read(connection: Connection, tenant_id: UUID, limit: int = 100) -> Games:
    """What a player may join or follow now, newest first."""
    return Games(
        jackpots=await connection.fetch(
            "SELECT game.id, game.jackpot_title, game.jackpot_status, game.pool_amount, game.end_time, tenant.currency"
            " FROM jackpot_games AS game JOIN tenants AS tenant ON tenant.id = game.tenant_id"
            " WHERE game.tenant_id = $1 AND game.jackpot_status IN ('open', 'locked', 'resulting', 'settling')"
            " ORDER BY game.id DESC LIMIT $2",
            tenant_id,
            limit,
        ),
        raffles=await connection.fetch(
            "SELECT id, campaign_name, campaign_status, sold_tickets, total_tickets, end_time FROM raffle_campaigns"
            " WHERE tenant_id = $1 AND campaign_status IN ('on_sale', 'paused', 'closed', 'drawing')"
            " ORDER BY id DESC LIMIT $2",
            tenant_id,
            limit,
        ),
        tournaments=await connection.fetch(
            "SELECT id, tournament_name, tournament_status, current_participants, max_participants, end_time"
            " FROM tournaments WHERE tenant_id = $1 AND tournament_status IN ('registration', 'running', 'finalizing')"
            " ORDER BY id DESC LIMIT $2",
            tenant_id,
            limit,
        ),
    )
