"""Telling that a game has opened, closed or changed: to the tenant's players, and to the platform."""

from uuid import UUID

from asyncpg import Connection

from games.messages.events import GameMoved
from games.messages.jackpots import TicketChanged, TicketView
from games.messages.webhooks import GameStatus
from persistence import outbox, webhooks


async def tell_moved(connection: Connection, tenant_id: UUID, event: str, game: GameMoved) -> None:
    """Tell, once the transaction has committed: `event` on the channel `tenant`, and the webhook `game.status`."""
    await outbox.add(connection, tenant_id, "tenant", event, game)
    told = GameStatus(game.game, game.id, game.name, game.status)
    await webhooks.emit(connection, tenant_id, "game.status", told)


async def tell_ticket(connection: Connection, tenant_id: UUID, ticket: TicketView) -> None:
    """Tell a player of their ticket, once this transaction has committed."""
    await outbox.add(connection, tenant_id, f"user:{ticket.user_id}", "ticket.changed", TicketChanged(ticket))
