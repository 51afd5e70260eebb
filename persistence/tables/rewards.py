"""Rewards on their way: what a result owes its player, and how far it has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import DELIVERY
from persistence.tables.metadata import (
    ZERO,
    Base,
    Code,
    Count,
    Json,
    Money,
    Prose,
    TenantRow,
    Times,
    UserId,
    Word,
    by_user,
    kept,
    one_of,
)

#: What owes a reward; `source_id` is its id: a spin's session, a winner of a tournament or raffle, a ticket.
SOURCES = ("spin", "tournament", "jackpot", "raffle")
#: How it is paid: a webhook, or the wallet by its adapter. Decided at the first attempt and kept, so that no other way
#: can pay it a second time.
ROUTES = ("http", "ledger", "webhook")


class RewardDelivery(Times, TenantRow, Base):
    """A reward owed to a player, once for what won it. Its id is the same in every attempt, and for the platform."""

    __tablename__ = "reward_deliveries"
    __table_args__ = (
        one_of("source", SOURCES),
        one_of("route", ROUTES),
        one_of("delivery_status", DELIVERY.statuses),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("attempts >= 0", name="attempts"),
        UniqueConstraint("tenant_id", "source", "source_id"),
        by_user(),
        Index(
            "ix_reward_deliveries_due",
            "next_attempt_at",
            "tenant_id",
            "id",
            postgresql_where=text("delivery_status IN ('pending', 'sending', 'failed', 'manual')"),
        ),
        kept(),
    )

    user_id: Mapped[UserId]
    source: Mapped[Word]
    source_id: Mapped[UUID]
    reward_type: Mapped[Word]
    reward_detail: Mapped[Json]
    amount: Mapped[Money | None]
    currency: Mapped[Code | None]
    delivery_status: Mapped[Word] = mapped_column(server_default="pending")
    attempts: Mapped[Count] = mapped_column(server_default=ZERO)
    route: Mapped[Word | None]
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[Prose | None]
    confirmed_at: Mapped[datetime | None]
    handled_by: Mapped[UserId | None]
    handling_reason: Mapped[Prose | None]
