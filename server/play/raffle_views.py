"""Raffles as the wire tells of them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import Record

from games.messages.raffles import (
    RaffleDrawView,
    RaffleMoved,
    RafflePurchase,
    RaffleSold,
    RaffleTicketView,
    RaffleView,
)
from games.raffle_sale import ticket_amount
from persistence.raffle_tickets import RaffleTicketRow
from persistence.raffles import RaffleRow
from server.moments import wire_time, wire_time_or_none


def raffle_view(row: RaffleRow) -> RaffleView:
    """A row as everybody may see it; the configuration with its defaults."""
    return RaffleView(
        id=row.id,
        campaign_name=row.campaign_name,
        campaign_description=row.campaign_description,
        campaign_status=row.campaign_status,
        start_time=wire_time(row.start_time),
        end_time=wire_time(row.end_time),
        ticket_price=row.ticket_price,
        ticket_amount=f"{ticket_amount(row.ticket_price, row.currency):f}",
        currency=row.currency,
        total_tickets=row.total_tickets,
        sold_tickets=row.sold_tickets,
        campaign_type=row.campaign_type,
        campaign_config=msgspec.Raw(msgspec.json.encode(row.config)),
        row_version=row.row_version,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )


def draw_view(row: Record) -> RaffleDrawView:
    """A draw, with what is published of it."""
    return RaffleDrawView(
        id=row["id"],
        draw_name=row["draw_name"],
        draw_time=wire_time(row["draw_time"]),
        draw_status=row["draw_status"],
        winning_tickets=row["winning_tickets"],
        draw_results=msgspec.Raw(row["draw_results"].encode()),
    )


def sold(row: RaffleRow) -> RaffleSold:
    """How many tickets are sold, as the row stands."""
    return sold_at(row, row.sold_tickets, row.sold_version)


def sold_at(row: RaffleRow, count: int, version: int) -> RaffleSold:
    """How many tickets are sold of a raffle, at another number than its row has."""
    return RaffleSold(row.id, count, row.total_tickets, version)


def moved(row: RaffleRow, reason: str | None) -> RaffleMoved:
    """A raffle's new status."""
    return RaffleMoved(
        raffle_id=row.id,
        campaign_status=row.campaign_status,
        start_time=wire_time(row.start_time),
        end_time=wire_time(row.end_time),
        at=wire_time(row.updated_at),
        reason=reason,
    )


def ticket_view(row: RaffleTicketRow) -> RaffleTicketView:
    """A ticket as its player sees it."""
    return RaffleTicketView(
        id=row.id,
        raffle_id=row.raffle_campaign_id,
        purchase_id=row.purchase_id,
        user_id=row.user_id,
        ticket_number=row.ticket_number,
        ticket_status=row.ticket_status,
        ticket_purchased_at=wire_time_or_none(row.ticket_purchased_at),
    )


def purchase(
    raffle_id: UUID, purchase_id: UUID, amount: str, currency: str, tickets: Sequence[RaffleTicketRow]
) -> RafflePurchase:
    """What was bought together."""
    return RafflePurchase(purchase_id, raffle_id, amount, currency, [ticket_view(one) for one in tickets])
