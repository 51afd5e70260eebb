"""When a wheel may be opened, and when it takes spins (domain.md, Wheels, rewards)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from games.errors import BadRequest, Fault
from games.lifecycles import WheelStatus
from games.rewards import RewardDetail, fallback_faults
from games.wheel.ranges import RewardRange, range_faults


class OfferedReward(msgspec.Struct, frozen=True):
    """A reward as it stands in a whole set: its share of the positions, and what it pays."""

    range: RewardRange
    detail: RewardDetail


def opening_faults(rewards: Sequence[OfferedReward], size: int, path: str = "$.rewards") -> list[Fault]:
    """Everything for which a wheel with these rewards may not be opened."""
    faults = range_faults([reward.range for reward in rewards], size, path)
    details = {reward.range.slug: reward.detail for reward in rewards}
    # With a slug twice in the set, a fallback's name means nothing yet.
    return faults + (fallback_faults(details, path) if len(details) == len(rewards) else [])


def check_opening(rewards: Sequence[OfferedReward], size: int, path: str = "$.rewards") -> None:
    """Raise `BadRequest` with every fault unless a wheel with these rewards may be opened."""
    if faults := opening_faults(rewards, size, path):
        raise BadRequest("The wheel cannot be opened: every fault is listed.", faults=faults)


def is_open(
    status: str, *, is_active: bool, opens_at: datetime | None, closes_at: datetime | None, now: datetime
) -> bool:
    """Whether a wheel takes spins at a moment: it opens with `opens_at` and is closed from `closes_at` on."""
    if status != WheelStatus.ACTIVE or not is_active:
        return False
    return (opens_at is None or opens_at <= now) and (closes_at is None or now < closes_at)
