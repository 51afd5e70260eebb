"""Tournaments: who takes part, the ledger of points, prizes and winners."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import TOURNAMENT
from games.tournament import POINTS_SOURCES
from persistence.tables.metadata import (
    EMPTY,
    ZERO,
    Base,
    Code,
    Count,
    Created,
    Json,
    Money,
    Name,
    OfTenant,
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

GROUP = "Tournament system"


class Tournament(Times, TenantRow, Base):
    """A race for points between two moments."""

    __tablename__ = "tournaments"
    __table_args__ = (
        one_of("tournament_status", TOURNAMENT.statuses),
        CheckConstraint(
            "0 <= current_participants AND current_participants <= max_participants", name="never_overfull"
        ),
        CheckConstraint("start_time < end_time", name="starts_before_it_ends"),
        kept(group=GROUP),
    )

    tournament_name: Mapped[Name]
    tournament_description: Mapped[Prose | None]
    tournament_type: Mapped[Code]
    tournament_status: Mapped[Word] = mapped_column(server_default="draft")
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    max_participants: Mapped[Count | None]
    current_participants: Mapped[Count] = mapped_column(server_default=ZERO)
    tournament_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    board_version: Mapped[int] = mapped_column(server_default=ZERO)


class TournamentParticipant(Times, TenantRow, Base):
    """A player's place in a tournament: the seed counts participants, this says who they are."""

    __tablename__ = "tournament_participants"
    __table_args__ = (
        refers("tournaments", "tournament_id"),
        UniqueConstraint("tenant_id", "tournament_id", "user_id"),
        Index(None, "tenant_id", "user_id"),
        kept(),
    )

    tournament_id: Mapped[UUID]
    user_id: Mapped[UserId]
    display_name: Mapped[str | None] = mapped_column(String(64))
    joined_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class TournamentPoints(Times, TenantRow, Base):
    """An entry of the ledger of points; a correction is another entry that reverses it."""

    __tablename__ = "tournament_points"
    __table_args__ = (
        refers("tournaments", "tournament_id"),
        refers("tournament_points", "reverses_id"),
        one_of("points_source", POINTS_SOURCES),
        by_user(),
        Index(None, "tenant_id", "tournament_id", "user_id"),
        Index(
            "uq_tournament_points_reverses_id",
            "tenant_id",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        kept(group=GROUP, append_only=True),
    )

    tournament_id: Mapped[UUID]
    user_id: Mapped[UserId]
    points_earned: Mapped[Money]
    points_source: Mapped[Word]
    points_earned_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    points_metadata: Mapped[Json] = mapped_column(server_default=EMPTY)
    source_event_id: Mapped[str] = mapped_column(String(200))
    reverses_id: Mapped[UUID | None]


class PointSource(OfTenant, Created, Base):
    """A platform's event that has given points in a tournament: it gives them once."""

    __tablename__ = "point_sources"
    __table_args__ = (
        refers("tournaments", "tournament_id"),
        refers("tournament_points", "points_id"),
        one_of("points_source", POINTS_SOURCES),
        kept(),
    )

    tournament_id: Mapped[UUID] = mapped_column(primary_key=True)
    points_source: Mapped[Word] = mapped_column(primary_key=True)
    source_event_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    points_id: Mapped[UUID]


class TournamentTotal(OfTenant, Times, Base):
    """What a player's entries that stand come to, and the last that moved it: the board, as the ledger gives it.

    `board_version` is the tournament's when the total last changed. With nothing left that stands,
    `reached_points_id` is null and the player is on the board no more.
    """

    __tablename__ = "tournament_totals"
    __table_args__ = (
        refers("tournaments", "tournament_id"),
        Index(
            "ix_tournament_totals_rank",
            "tenant_id",
            "tournament_id",
            text("total DESC"),
            "reached_points_id",
            postgresql_where=text("reached_points_id IS NOT NULL"),
        ),
        Index(None, "tenant_id", "tournament_id", "board_version"),
        kept(),
    )

    tournament_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    total: Mapped[Money]
    reached_points_id: Mapped[UUID | None]
    board_version: Mapped[int]


class TournamentPrize(Times, TenantRow, Base):
    """What a rank, or a range of ranks from it, wins."""

    __tablename__ = "tournament_prizes"
    __table_args__ = (
        refers("tournaments", "tournament_id"),
        CheckConstraint("prize_amount >= 0", name="prize_amount"),
        CheckConstraint("prize_rank >= 1", name="prize_rank"),
        UniqueConstraint("tenant_id", "tournament_id", "prize_rank"),
        kept(group=GROUP),
    )

    tournament_id: Mapped[UUID]
    prize_name: Mapped[Name]
    prize_amount: Mapped[Money] = mapped_column(server_default=ZERO)
    prize_type: Mapped[Word]
    prize_rank: Mapped[Count]
    prize_status: Mapped[Word] = mapped_column(server_default="open")
    prize_config: Mapped[Json] = mapped_column(server_default=EMPTY)


class TournamentWinner(Times, TenantRow, Base):
    """A player who came in at a rank that wins."""

    __tablename__ = "tournament_winners"
    __table_args__ = (
        refers("tournaments", "tournament_id"),
        CheckConstraint("winner_rank >= 1", name="winner_rank"),
        UniqueConstraint("tenant_id", "tournament_id", "user_id"),
        by_user(),
        kept(group=GROUP),
    )

    tournament_id: Mapped[UUID]
    user_id: Mapped[UserId]
    winner_rank: Mapped[Count]
    total_points: Mapped[Money]
    winner_status: Mapped[Word] = mapped_column(server_default="announced")
    winner_announced_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
