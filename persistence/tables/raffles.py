"""Raffles: campaigns, their draws, tickets and winners, and the rules they name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import CAMPAIGN, DRAW, RAFFLE_TICKET, RAFFLE_WINNER
from persistence.tables.metadata import (
    EMPTY,
    YES,
    ZERO,
    Base,
    Code,
    Count,
    Json,
    Money,
    Name,
    Prose,
    TenantRow,
    Times,
    UserId,
    Word,
    by_user,
    kept,
    one_of,
    refers,
)

GROUP = "Raffle system"
CAMPAIGN_TYPES = ("paid", "free", "earned", "recurring", "grand")
ALLOCATION_POLICIES = ("purchase", "per_stake", "per_deposit", "action", "tiered_multiplier", "free_entry")


class RaffleCampaign(Times, TenantRow, Base):
    """A raffle: when its tickets are sold, how many, at what price."""

    __tablename__ = "raffle_campaigns"
    __table_args__ = (
        one_of("campaign_status", CAMPAIGN.statuses),
        one_of("campaign_type", CAMPAIGN_TYPES),
        CheckConstraint("ticket_price >= 0", name="ticket_price"),
        CheckConstraint("0 <= sold_tickets AND sold_tickets <= total_tickets", name="never_oversold"),
        CheckConstraint("start_time < end_time", name="starts_before_it_ends"),
        kept(group=GROUP),
    )

    campaign_name: Mapped[Name]
    campaign_description: Mapped[Prose | None]
    campaign_status: Mapped[Word] = mapped_column(server_default="draft")
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    ticket_price: Mapped[Count] = mapped_column(server_default=ZERO)
    total_tickets: Mapped[Count | None]
    sold_tickets: Mapped[Count] = mapped_column(server_default=ZERO)
    campaign_type: Mapped[Word]
    campaign_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    #: how many numbers have been given out; none is given twice
    numbers_given: Mapped[Count] = mapped_column(server_default=ZERO)
    #: rises with each sale, and orders what is told of `sold_tickets`
    sold_version: Mapped[Count] = mapped_column(server_default=ZERO)


class RaffleDraw(Times, TenantRow, Base):
    """A draw of a campaign's winning tickets, with the commitment made before the sale and the list it drew from."""

    __tablename__ = "raffle_draws"
    __table_args__ = (
        refers("raffle_campaigns", "raffle_campaign_id"),
        one_of("draw_status", DRAW.statuses),
        CheckConstraint("total_tickets >= 0 AND winning_tickets >= 0", name="tickets_not_negative"),
        Index(None, "tenant_id", "raffle_campaign_id"),
        kept(group=GROUP),
    )

    raffle_campaign_id: Mapped[UUID]
    draw_name: Mapped[Name]
    draw_time: Mapped[datetime]
    draw_status: Mapped[Word] = mapped_column(server_default="scheduled")
    total_tickets: Mapped[Count] = mapped_column(server_default=ZERO)
    winning_tickets: Mapped[Count] = mapped_column(server_default=ZERO)
    draw_results: Mapped[Json] = mapped_column(server_default=EMPTY)
    #: sealed; committed to before the sale, revealed after the draw
    server_seed_encrypted: Mapped[bytes | None]
    holder_salt_encrypted: Mapped[bytes | None]


class RaffleTicket(Times, TenantRow, Base):
    """A ticket, numbered when it is sold; a number is never used twice in a campaign."""

    __tablename__ = "raffle_tickets"
    __table_args__ = (
        refers("raffle_campaigns", "raffle_campaign_id"),
        one_of("ticket_status", RAFFLE_TICKET.statuses),
        UniqueConstraint("tenant_id", "raffle_campaign_id", "ticket_number"),
        by_user(),
        Index(None, "tenant_id", "purchase_id"),
        Index(
            "ix_raffle_tickets_reserved",
            "tenant_id",
            "raffle_campaign_id",
            "reserved_until",
            postgresql_where=text("ticket_status = 'reserved'"),
        ),
        kept(group=GROUP),
    )

    raffle_campaign_id: Mapped[UUID]
    user_id: Mapped[UserId]
    ticket_number: Mapped[Word]
    ticket_status: Mapped[Word] = mapped_column(server_default="reserved")
    ticket_purchased_at: Mapped[datetime | None]
    #: those that were bought together share it; it is what their stake stands for
    purchase_id: Mapped[UUID]
    reserved_until: Mapped[datetime]


class RaffleWinner(Times, TenantRow, Base):
    """A ticket that a draw took, and how far its prize has come."""

    __tablename__ = "raffle_winners"
    __table_args__ = (
        refers("raffle_draws", "raffle_draw_id"),
        refers("raffle_tickets", "raffle_ticket_id"),
        one_of("winner_status", RAFFLE_WINNER.statuses),
        CheckConstraint("prize_amount >= 0", name="prize_amount"),
        UniqueConstraint("tenant_id", "raffle_draw_id", "raffle_ticket_id"),
        by_user(),
        kept(group=GROUP),
    )

    raffle_draw_id: Mapped[UUID]
    raffle_ticket_id: Mapped[UUID]
    user_id: Mapped[UserId]
    winner_status: Mapped[Word] = mapped_column(server_default="drawn")
    prize_type: Mapped[Word]
    prize_amount: Mapped[Money] = mapped_column(server_default=ZERO)
    winner_announced_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class RaffleConfiguration(Times, TenantRow, Base):
    """Settings that several campaigns share; a campaign names it in `campaign_config`."""

    __tablename__ = "raffle_configurations"
    __table_args__ = (UniqueConstraint("tenant_id", "config_name"), kept(group=GROUP))

    config_name: Mapped[Name]
    config_type: Mapped[Code]
    config_values: Mapped[Json] = mapped_column(server_default=EMPTY)
    is_active: Mapped[bool] = mapped_column(server_default=YES)


class RaffleTicketAllocationPolicy(Times, TenantRow, Base):
    """How tickets are earned; a campaign names its policies in `campaign_config`."""

    __tablename__ = "raffle_ticket_allocation_policies"
    __table_args__ = (
        one_of("allocation_policy", ALLOCATION_POLICIES),
        UniqueConstraint("tenant_id", "policy_name"),
        kept(group=GROUP),
    )

    policy_name: Mapped[Name]
    allocation_policy: Mapped[Word]
    policy_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    is_active: Mapped[bool] = mapped_column(server_default=YES)
