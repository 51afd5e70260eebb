"""Plays of wheels: sessions, results, chances, and what keeps a play single and a turning wheel findable."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, func, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import CHANCE, CLAIM, RESULT, SPIN, VOID, WinStatus
from persistence.tables.metadata import (
    EMPTY,
    NO,
    ZERO,
    Base,
    Code,
    Count,
    Created,
    Json,
    Money,
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

GROUP = "Spin mechanics"
CHANCE_TYPES = ("bonus", "visit", "deposit", "purchase", "reward", "manual")


class SpinSession(Times, TenantRow, Base):
    """A play: who spun which wheel, under which version, seed and nonce. `session_id` is the player's request id."""

    __tablename__ = "spin_sessions"
    __table_args__ = (
        refers("wheel_games", "wheel_game_id"),
        refers("wheel_versions", "wheel_version_id"),
        refers("fairness_epochs", "fairness_epoch_id"),
        refers("spin_chances", "spin_chance_id"),
        one_of("spin_status", SPIN.statuses),
        CheckConstraint("nonce >= 0", name="nonce"),
        CheckConstraint("spin_duration_ms >= 0", name="spin_duration_ms"),
        by_user(),
        Index(None, "tenant_id", "wheel_game_id", "id"),
        kept(group=GROUP, by_month=True),
    )

    wheel_game_id: Mapped[UUID]
    user_id: Mapped[UserId]
    session_id: Mapped[Code]
    spin_status: Mapped[Word] = mapped_column(server_default="requested")
    spin_started_at: Mapped[datetime]
    spin_completed_at: Mapped[datetime | None]
    spin_duration_ms: Mapped[Count]
    spin_metadata: Mapped[Json] = mapped_column(server_default=EMPTY)
    wheel_version_id: Mapped[UUID]
    fairness_epoch_id: Mapped[UUID]
    nonce: Mapped[int]
    stops_at: Mapped[datetime]
    spin_chance_id: Mapped[UUID | None]
    void_reason: Mapped[Prose | None]


class SpinResult(Times, TenantRow, Base):
    """What a play won. Its id is its session's, so that a session has one result by its key alone.

    `reward_range_id` is the reward whose range holds the position, `wheel_reward_id` the one that is paid.
    """

    __tablename__ = "spin_results"
    __table_args__ = (
        refers("spin_sessions", "spin_session_id"),
        refers("wheel_rewards", "wheel_reward_id"),
        refers("wheel_rewards", "reward_range_id"),
        refers("wheel_games", "wheel_game_id"),
        refers("wheel_versions", "wheel_version_id"),
        one_of("result_status", RESULT.statuses),
        one_of("claim_status", CLAIM.statuses),
        one_of("win_status", WinStatus),
        CheckConstraint("id = spin_session_id", name="one_result_a_session"),
        CheckConstraint("paid_amount >= 0", name="paid_amount"),
        CheckConstraint('"position" >= 1', name="position"),
        by_user(),
        Index("ix_spin_results_wins", "tenant_id", "wheel_game_id", "id", postgresql_where=text("win_status = 'win'")),
        kept(group=GROUP, by_month=True),
    )

    spin_session_id: Mapped[UUID]
    wheel_reward_id: Mapped[UUID]
    user_id: Mapped[UserId]
    result_status: Mapped[Word] = mapped_column(server_default="decided")
    claim_status: Mapped[Word]
    paid_amount: Mapped[Money] = mapped_column(server_default=ZERO)
    win_status: Mapped[Word]
    result_metadata: Mapped[Json] = mapped_column(server_default=EMPTY)
    result_timestamp: Mapped[datetime]
    wheel_game_id: Mapped[UUID]
    wheel_version_id: Mapped[UUID]
    position: Mapped[int]
    angle_deg: Mapped[float] = mapped_column(DOUBLE_PRECISION())
    reward_range_id: Mapped[UUID]


class SpinChance(Times, TenantRow, Base):
    """Chances to spin, given at one moment for one reason, and how many of them are left."""

    __tablename__ = "spin_chances"
    __table_args__ = (
        one_of("chance_type", CHANCE_TYPES),
        one_of("chance_status", CHANCE.statuses),
        CheckConstraint("used_chances + remaining_chances = chance_count", name="chances_add_up"),
        CheckConstraint("used_chances >= 0 AND remaining_chances >= 0", name="chances_not_negative"),
        by_user(),
        Index(
            "ix_spin_chances_spendable",
            "tenant_id",
            "user_id",
            "expires_at",
            "awarded_at",
            "id",
            postgresql_where=text("chance_status = 'active'"),
        ),
        Index(
            "ix_spin_chances_expiring",
            "expires_at",
            "tenant_id",
            postgresql_where=text("chance_status = 'active' AND expires_at IS NOT NULL"),
        ),
        {**kept(group=GROUP), "postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[UserId]
    chance_type: Mapped[Word]
    chance_status: Mapped[Word] = mapped_column(server_default="active")
    award_reason: Mapped[Prose | None]
    chance_count: Mapped[Count]
    used_chances: Mapped[Count] = mapped_column(server_default=ZERO)
    remaining_chances: Mapped[Count]
    awarded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime | None]
    chance_metadata: Mapped[Json] = mapped_column(server_default=EMPTY)


class SpinRequest(OfTenant, Base):
    """A player's request id and the play it led to: a partitioned table cannot keep it unique."""

    __tablename__ = "spin_requests"
    __table_args__ = (
        refers("spin_sessions", "session_id"),
        refers("wheel_games", "wheel_game_id"),
        kept(),
    )

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    request_id: Mapped[Code] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    wheel_game_id: Mapped[UUID]
    requested_at: Mapped[datetime]


class OpenSpin(OfTenant, Base):
    """A play that still turns, or whose result its player has not seen: the work list of the turntable.

    `plan` is the secret plan of the reveal (MessagePack).
    """

    __tablename__ = "open_spins"
    __table_args__ = (
        refers("spin_sessions", "session_id"),
        refers("wheel_games", "wheel_game_id"),
        Index("ix_open_spins_turning", "stops_at", postgresql_where=text("revealed_at IS NULL")),
        Index(None, "tenant_id", "user_id"),
        Index(
            "ix_open_spins_featured",
            "tenant_id",
            "wheel_game_id",
            postgresql_where=text("featured AND revealed_at IS NULL"),
        ),
        kept(),
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    wheel_game_id: Mapped[UUID]
    request_id: Mapped[Code]
    started_at: Mapped[datetime]
    stops_at: Mapped[datetime]
    duration_ms: Mapped[Count]
    plan: Mapped[bytes]
    featured: Mapped[bool] = mapped_column(server_default=NO)
    revealed_at: Mapped[datetime | None]


class SpinVoid(Times, TenantRow, Base):
    """An operator's wish that a play shall count for nothing, and what became of it.

    `spin_chance_id` is the chance that was given back; `decided_by` who voided it or withdrew the wish.
    """

    __tablename__ = "spin_voids"
    __table_args__ = (
        refers("spin_sessions", "spin_session_id"),
        refers("spin_chances", "spin_chance_id"),
        one_of("void_status", VOID.statuses),
        Index(
            "uq_spin_voids_standing",
            "tenant_id",
            "spin_session_id",
            unique=True,
            postgresql_where=text("void_status IN ('requested', 'voided')"),
        ),
        Index(None, "tenant_id", "void_status", "id"),
        kept(),
    )

    spin_session_id: Mapped[UUID]
    user_id: Mapped[UserId]
    void_status: Mapped[Word] = mapped_column(server_default="requested")
    void_reason: Mapped[Prose]
    requested_by: Mapped[UserId]
    decided_by: Mapped[UserId | None]
    decided_at: Mapped[datetime | None]
    spin_chance_id: Mapped[UUID | None]


class ChanceGrant(OfTenant, Created, Base):
    """What chances were given for, so that they are given once: a platform's key, a player's visit of a day, a win."""

    __tablename__ = "chance_grants"
    __table_args__ = (refers("spin_chances", "spin_chance_id"), kept())

    source: Mapped[Word] = mapped_column(primary_key=True)
    source_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    spin_chance_id: Mapped[UUID]
