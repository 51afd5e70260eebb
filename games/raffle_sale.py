"""The rules of a raffle's sale: what a campaign and its draws must be, and when tickets are sold.

The source of the rules is domain.md, Raffles. How a draw is made and proved stands in `games/raffle.py`, the
configuration in `games/raffle_campaign.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from games.errors import Closed, Fault, Forbidden
from games.money import minor_unit
from games.raffle_campaign import CampaignConfig

#: Types whose tickets players do not take by themselves.
_GIVEN = ("earned", "grand")
#: Types whose tickets have no price.
_FREE = ("free", *_GIVEN)
#: Statuses that come with the draws.
DRAWING = ("drawing", "drawn", "settled")

_NEEDS_A_ZONE = "needs a time zone, for example 2026-11-22T10:00:00Z"


class PlannedDraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draw as an operator sets it: when, and how many tickets it takes."""

    draw_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    draw_time: datetime
    winning_tickets: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1


class Commitment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is published of a draw before the first ticket is sold, in `draw_results`."""

    server_seed_hash: str


class Sale(msgspec.Struct, frozen=True):
    """What decides whether a campaign sells tickets. Times are of the database's clock."""

    campaign_type: str
    campaign_status: str
    end_time: datetime
    total_tickets: int | None
    max_per_user: int | None

    def must_sell(self, now: datetime) -> None:
        """Raise `Closed` unless tickets are sold now."""
        if self.campaign_status == "paused":
            raise Closed("The sale of this raffle's tickets is paused. Try again later.")
        if self.campaign_status != "on_sale" or now >= self.end_time:
            raise Closed("This raffle sells no tickets now.")

    def must_be_bought(self) -> None:
        """Raise `Forbidden` where tickets are given only."""
        if self.campaign_type in _GIVEN:
            raise Forbidden("Tickets of this raffle are earned, not bought.")

    def lack(self, wanted: int, taken: int, held: int) -> str | None:
        """Why so many more cannot be had, `taken` being all that are sold or held back, `held` the player's own."""
        if self.max_per_user is not None and held + wanted > self.max_per_user:
            return f"A player may hold {self.max_per_user} tickets of this raffle, and you have {held}."
        if self.total_tickets is not None and taken + wanted > self.total_tickets:
            left = max(0, self.total_tickets - taken)
            return f"Only {left} tickets are left. Take fewer." if left else "All tickets are taken."
        return None


def ticket_amount(ticket_price: int, currency: str) -> Decimal:
    """The price of a ticket, which is kept in the currency's minor unit: 250 are 2.50 EUR."""
    return Decimal(ticket_price).scaleb(-minor_unit(currency))


def campaign_faults(
    *,
    start_time: datetime,
    end_time: datetime,
    campaign_type: str,
    ticket_price: int,
    total_tickets: int | None,
    config: CampaignConfig,
    draws: Sequence[PlannedDraw],
) -> list[Fault]:
    """Everything that is wrong with a campaign as an operator sets it."""
    faults = [
        Fault(path, _NEEDS_A_ZONE)
        for path, at in (
            ("$.start_time", start_time),
            ("$.end_time", end_time),
            *((f"$.draws[{place}].draw_time", draw.draw_time) for place, draw in enumerate(draws)),
        )
        if at.tzinfo is None
    ]
    if faults:
        return faults
    if end_time <= start_time:
        faults.append(Fault("$.end_time", "comes after start_time"))
    faults += [
        Fault(f"$.draws[{place}].draw_time", "is not before end_time, when the sale closes")
        for place, draw in enumerate(draws)
        if draw.draw_time < end_time
    ]
    if campaign_type == "paid" and not ticket_price:
        faults.append(Fault("$.ticket_price", "is above 0 for a paid raffle"))
    if campaign_type in _FREE and ticket_price:
        faults.append(Fault("$.ticket_price", f"is 0 where tickets are {campaign_type}"))
    faults += number_faults(total_tickets, config)
    if total_tickets is not None and sum(draw.winning_tickets for draw in draws) > total_tickets:
        faults.append(Fault("$.draws", f"take more tickets than the {total_tickets} that there are"))
    return faults


def number_faults(total_tickets: int | None, config: CampaignConfig) -> list[Fault]:
    """What is wrong with how a campaign's tickets are numbered."""
    faults = []
    if total_tickets is not None and total_tickets >= 10**config.number_width:
        faults.append(Fault("$.campaign_config.number_width", f"is too small to number {total_tickets} tickets"))
    if config.numbers != "sequential":
        told = "is sequential: tickets are numbered as they are bought in this version"
        faults.append(Fault("$.campaign_config.numbers", told))
    return faults
