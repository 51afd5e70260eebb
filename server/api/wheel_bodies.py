"""What operators say of wheels over REST: a new one, changes of one, its rewards as a whole set, a move."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from games.texts import matching
from games.wheel.config import SpinConfig, WheelConfig
from games.wheel.offer import MOST_REWARDS, PlannedReward

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Slug = Annotated[str, matching("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
Prose = Annotated[str, msgspec.Meta(max_length=4_000)]
VisitChances = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Rewards = Annotated[list[PlannedReward], msgspec.Meta(max_length=MOST_REWARDS)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class WheelBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new wheel, a draft until it is opened. Without a template it is a turning wheel."""

    wheel_name: Name
    wheel_slug: Slug
    wheel_description: Prose | None = None
    game_template_id: UUID | None = None
    wheel_config: WheelConfig = WheelConfig()
    spin_config: SpinConfig = SpinConfig()
    spin_chance_for_page_visit: VisitChances = 0
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    rewards: Rewards = []


class WheelChange(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a wheel; `row_version` here or in `If-Match`. `rewards`, when given, is the whole set."""

    wheel_name: Name | msgspec.UnsetType = msgspec.UNSET
    wheel_slug: Slug | msgspec.UnsetType = msgspec.UNSET
    wheel_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    wheel_config: WheelConfig | msgspec.UnsetType = msgspec.UNSET
    spin_config: SpinConfig | msgspec.UnsetType = msgspec.UNSET
    spin_chance_for_page_visit: VisitChances | msgspec.UnsetType = msgspec.UNSET
    opens_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    closes_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    rewards: Rewards | msgspec.UnsetType = msgspec.UNSET
    row_version: int | None = None


class RewardsBody(msgspec.Struct, forbid_unknown_fields=True):
    """All rewards, in place of those before; `row_version`, if you like, here or in `If-Match`."""

    rewards: Rewards
    row_version: int | None = None


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    """A move to another status."""

    to: str
    reason: Reason | None = None
