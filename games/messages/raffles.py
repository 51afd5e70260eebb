"""What is sent of raffles: the campaign with its draws, how many tickets are sold, and purchases."""

from uuid import UUID

import msgspec


class RaffleView(msgspec.Struct, frozen=True):
    """A raffle as everybody may see it. `ticket_price`: in the currency's minor unit, as `ticket_amount` in full."""

    id: UUID
    campaign_name: str
    campaign_description: str | None
    campaign_status: str
    start_time: str
    end_time: str
    ticket_price: int
    ticket_amount: str
    currency: str
    total_tickets: int | None
    sold_tickets: int
    campaign_type: str
    campaign_config: msgspec.Raw
    row_version: int
    created_at: str
    updated_at: str


class RaffleDrawView(msgspec.Struct, frozen=True):
    """A draw. `draw_results` holds `server_seed_hash`, the commitment, from before the first ticket was sold."""

    id: UUID
    draw_name: str
    draw_time: str
    draw_status: str
    winning_tickets: int
    draw_results: msgspec.Raw


class RaffleSold(msgspec.Struct, frozen=True):
    """How many tickets of a raffle are sold. `version` rises with each purchase."""

    raffle_id: UUID
    sold_tickets: int
    total_tickets: int | None
    version: int


class RaffleMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """A raffle has another status."""

    raffle_id: UUID
    campaign_status: str
    start_time: str
    end_time: str
    at: str
    reason: str | None = None


class RaffleSnapshot(msgspec.Struct, frozen=True):
    """The channel `raffle:<id>`."""

    raffle: RaffleView
    draws: list[RaffleDrawView]
    sold: RaffleSold
    server_time: str


class RaffleTicketView(msgspec.Struct, frozen=True):
    """A ticket of a raffle. `purchase_id`: those that were bought together share it."""

    id: UUID
    raffle_id: UUID
    purchase_id: UUID
    user_id: str
    ticket_number: str
    ticket_status: str
    ticket_purchased_at: str | None


class RafflePurchase(msgspec.Struct, frozen=True):
    """Tickets that were bought together, and what they cost in all."""

    purchase_id: UUID
    raffle_id: UUID
    amount: str
    currency: str
    tickets: list[RaffleTicketView]


class RaffleTicketsChanged(msgspec.Struct, frozen=True):
    """Raffle tickets of the player's were bought, or have another status."""

    raffle_tickets: list[RaffleTicketView]
