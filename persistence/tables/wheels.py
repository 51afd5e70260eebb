"""Wheels, their published versions and their rewards."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import REWARD, WHEEL
from persistence.tables.metadata import (
    EMPTY,
    YES,
    ZERO,
    Base,
    Code,
    Count,
    Digest,
    Json,
    Name,
    OfTenant,
    Probability,
    Prose,
    TenantRow,
    Times,
    UserId,
    Word,
    kept,
    one_of,
    refers,
)

GROUP = "Wheel game system"
REWARD_TYPES = ("cash", "free_bet", "in_kind", "spin_chance", "balance_boost", "none")
LARGEST_WHEEL = 2**32


class WheelGame(Times, TenantRow, Base):
    """A wheel to spin. What it pays now is its current version; one made by hand has no template."""

    __tablename__ = "wheel_games"
    __table_args__ = (
        refers("game_templates", "game_template_id"),
        refers("wheel_versions", "current_version_id", use_alter=True),
        one_of("wheel_status", WHEEL.statuses),
        CheckConstraint("spin_chance_for_page_visit >= 0", name="page_visit_chances"),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        UniqueConstraint("tenant_id", "wheel_slug"),
        kept(group=GROUP),
    )

    game_template_id: Mapped[UUID | None]
    wheel_name: Mapped[Name]
    wheel_slug: Mapped[Code]
    wheel_status: Mapped[Word] = mapped_column(server_default="draft")
    wheel_description: Mapped[Prose | None]
    wheel_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    spin_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    spin_chance_for_page_visit: Mapped[Count] = mapped_column(server_default=ZERO)
    is_active: Mapped[bool] = mapped_column(server_default=YES)
    current_version_id: Mapped[UUID | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]


class WheelVersion(Times, TenantRow, Base):
    """A wheel's odds and terms as they were published; never changed, so that every play can say what it was under."""

    __tablename__ = "wheel_versions"
    __table_args__ = (
        refers("wheel_games", "wheel_game_id"),
        CheckConstraint(f"size BETWEEN 1 AND {LARGEST_WHEEL}", name="size"),
        UniqueConstraint("tenant_id", "wheel_game_id", "version_number"),
        kept(),
    )

    wheel_game_id: Mapped[UUID]
    version_number: Mapped[Count]
    size: Mapped[int]
    config_text: Mapped[Prose]
    config_digest: Mapped[Digest]
    terms_digest: Mapped[Digest]
    terms: Mapped[Json]
    published_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class WheelReward(Times, TenantRow, Base):
    """What a range of a wheel's positions wins."""

    __tablename__ = "wheel_rewards"
    __table_args__ = (
        refers("wheel_games", "wheel_game_id"),
        one_of("reward_type", REWARD_TYPES),
        one_of("reward_status", REWARD.statuses),
        CheckConstraint("probability BETWEEN 0 AND 1", name="probability"),
        CheckConstraint(f"range_start BETWEEN 1 AND range_end AND range_end <= {LARGEST_WHEEL}", name="range"),
        UniqueConstraint("tenant_id", "wheel_game_id", "reward_slug"),
        kept(group=GROUP),
    )

    wheel_game_id: Mapped[UUID]
    reward_label: Mapped[Name]
    reward_slug: Mapped[Code]
    reward_type: Mapped[Word]
    probability: Mapped[Probability]
    reward_color: Mapped[Word | None]
    reward_description: Mapped[Prose | None]
    reward_detail: Mapped[Json] = mapped_column(server_default=EMPTY)
    range_start: Mapped[int]
    range_end: Mapped[int]
    reward_status: Mapped[Word] = mapped_column(server_default="active")
    is_active: Mapped[bool] = mapped_column(server_default=YES)


class RewardStock(OfTenant, Times, Base):
    """What has been paid out of a reward of limited stock: in all, and on the last day of the tenant's that any was.

    `shown_total` counts those whose wheel has stopped: what others may be told of.
    """

    __tablename__ = "reward_stocks"
    __table_args__ = (
        refers("wheel_rewards", "wheel_reward_id"),
        CheckConstraint("paid_on_day BETWEEN 0 AND paid_total", name="paid_on_day"),
        CheckConstraint("shown_total BETWEEN 0 AND paid_total", name="shown_total"),
        kept(),
    )

    wheel_reward_id: Mapped[UUID] = mapped_column(primary_key=True)
    paid_total: Mapped[Count] = mapped_column(server_default=ZERO)
    paid_day: Mapped[date | None] = mapped_column(Date())
    paid_on_day: Mapped[Count] = mapped_column(server_default=ZERO)
    shown_total: Mapped[Count] = mapped_column(server_default=ZERO)


class RewardPlayerStock(OfTenant, Times, Base):
    """How often one player has been paid a reward of limited stock."""

    __tablename__ = "reward_player_stocks"
    __table_args__ = (
        refers("wheel_rewards", "wheel_reward_id"),
        CheckConstraint("paid > 0", name="paid"),
        kept(),
    )

    wheel_reward_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    paid: Mapped[Count]
