"""Jackpots: pool games on the outcomes of events."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import JACKPOT, JACKPOT_EVENT, TICKET
from persistence.tables.metadata import (
    EMPTY,
    ZERO,
    Base,
    Code,
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

GROUP = "Jackpot game system"
SUPPORTED_MODES = ("online", "retail", "both")
PRIZE_TYPES = ("main", "consolation", "fixed", "pool_share")
TICKET_TYPES = ("single", "permutation", "free")


class JackpotGame(Times, TenantRow, Base):
    """A jackpot: its stake, its times, its rules, and its pool. It locks at its end or its first event's start."""

    __tablename__ = "jackpot_games"
    __table_args__ = (
        one_of("jackpot_status", JACKPOT.statuses),
        one_of("supported_mode", SUPPORTED_MODES),
        CheckConstraint("jackpot_stake >= 0", name="jackpot_stake"),
        CheckConstraint("pool_amount >= 0", name="pool_amount"),
        CheckConstraint("start_time < end_time", name="starts_before_it_ends"),
        CheckConstraint("locks_at <= end_time", name="locks_at"),
        UniqueConstraint("tenant_id", "jackpot_id"),
        kept(group=GROUP),
    )

    jackpot_title: Mapped[Name]
    jackpot_description: Mapped[Prose | None]
    jackpot_banner: Mapped[Prose | None]
    jackpot_stake: Mapped[Money]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    locks_at: Mapped[datetime]
    jackpot_status: Mapped[Word] = mapped_column(server_default="draft")
    supported_mode: Mapped[Word] = mapped_column(server_default="online")
    jackpot_id: Mapped[Code]
    created_by: Mapped[UserId]
    jackpot_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    pool_amount: Mapped[Money] = mapped_column(server_default=ZERO)
    pool_version: Mapped[int] = mapped_column(server_default=ZERO)


class JackpotEvent(Times, TenantRow, Base):
    """One thing to call right: the outcomes one may pick, and the one that came."""

    __tablename__ = "jackpot_events"
    __table_args__ = (
        refers("jackpot_games", "jackpot_game_id"),
        one_of("event_status", JACKPOT_EVENT.statuses),
        Index(None, "tenant_id", "jackpot_game_id"),
        kept(group=GROUP),
    )

    jackpot_game_id: Mapped[UUID]
    event_name: Mapped[Name]
    event_type: Mapped[Code]
    event_pick: Mapped[Prose]
    event_result: Mapped[Prose | None]
    event_status: Mapped[Word] = mapped_column(server_default="scheduled")
    event_config: Mapped[Json] = mapped_column(server_default=EMPTY)


class JackpotPrize(Times, TenantRow, Base):
    """A tier: what so many right calls win."""

    __tablename__ = "jackpot_prizes"
    __table_args__ = (
        refers("jackpot_games", "jackpot_game_id"),
        one_of("prize_type", PRIZE_TYPES),
        CheckConstraint("prize_amount >= 0", name="prize_amount"),
        Index(None, "tenant_id", "jackpot_game_id"),
        kept(group=GROUP),
    )

    jackpot_game_id: Mapped[UUID]
    prize_name: Mapped[Name]
    prize_amount: Mapped[Money] = mapped_column(server_default=ZERO)
    prize_type: Mapped[Word]
    prize_status: Mapped[Word] = mapped_column(server_default="open")
    prize_config: Mapped[Json] = mapped_column(server_default=EMPTY)


class JackpotTicket(Times, TenantRow, Base):
    """A player's picks and the stake on them."""

    __tablename__ = "jackpot_tickets"
    __table_args__ = (
        refers("jackpot_games", "jackpot_game_id"),
        one_of("ticket_type", TICKET_TYPES),
        one_of("ticket_status", TICKET.statuses),
        CheckConstraint("ticket_stake >= 0", name="ticket_stake"),
        by_user(),
        Index(None, "tenant_id", "jackpot_game_id", "id"),
        kept(group=GROUP),
    )

    jackpot_game_id: Mapped[UUID]
    user_id: Mapped[UserId]
    ticket_type: Mapped[Word] = mapped_column(server_default="single")
    ticket_status: Mapped[Word] = mapped_column(server_default="accepted")
    ticket_stake: Mapped[Money]
    ticket_picks: Mapped[Prose]
    ticket_created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
