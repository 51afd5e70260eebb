"""Telling that a game has opened, closed or changed: to the tenant's players, and to the platform."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from asyncpg import Connection

from games.messages.events import GameMoved
from games.messages.jackpots import TicketChanged, TicketView
from games.messages.raffles import RaffleTicketsChanged, RaffleTicketView
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


async def tell_raffle_tickets(connection: Connection, tenant_id: UUID, tickets: Sequence[RaffleTicketView]) -> None:
    """Tell players of their raffle tickets, all of a player at once, when this transaction has committed."""
    for user_id, own in groupby(sorted(tickets, key=lambda one: (one.user_id, one.ticket_number)), _user_of):
        await outbox.add(connection, tenant_id, f"user:{user_id}", "raffle.tickets", RaffleTicketsChanged(list(own)))


def _user_of(ticket: RaffleTicketView) -> str:
    return ticket.user_id
