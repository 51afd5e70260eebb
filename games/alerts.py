"""Alerts: the rules that raise them, and what each says of what it found (domain.md, Analytics, alerts, logs, audit).

One alert of a rule and a subject stands at a time; a subject is a player, a wheel's version, or a player on one.
"""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec


class Severity(StrEnum):
    """How soon somebody should look."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class WinRateFound(msgspec.Struct, frozen=True, tag_field="kind", tag="win_rate"):
    """Hits of a published wheel version, of one player or (`user_id` null) of all, that chance does not explain.

    `evidence_log10`: how many times better other odds explain what was seen than the published ones do, as a power of
    ten (games/anti_cheat.py).
    """

    wheel_id: UUID
    wheel_version_id: UUID
    user_id: str | None
    spins: int
    hits: int
    hit_rate: float
    published_hit_rate: float
    evidence_log10: float


class RhythmFound(msgspec.Struct, frozen=True, tag_field="kind", tag="rhythm"):
    """How long a player takes from a wheel's stop to the next spin, over the newest of their plays on that wheel.

    `spread`: the middle half's width by the median; `instant_share`: of times that nobody can react in.
    """

    wheel_id: UUID
    user_id: str
    reactions: int
    median_ms: float
    spread: float
    instant_share: float


AlertMetadata = WinRateFound | RhythmFound


class AlertRule(NamedTuple):
    """What an alert of a rule is called, what kind it is, and how grave. `condition`: what came true, in words."""

    name: str
    kind: str
    severity: Severity
    condition: str


PLAYER_RHYTHM = AlertRule(
    "player_rhythm",
    "anti_cheat",
    Severity.WARNING,
    "spins follow the wheel's stop more regularly, or sooner, than a person's do",
)
PLAYER_WIN_RATE = AlertRule(
    "player_win_rate",
    "anti_cheat",
    Severity.CRITICAL,
    "a player hits more often than the published odds of the wheel's version explain",
)
WHEEL_WIN_RATE = AlertRule(
    "wheel_win_rate",
    "anti_cheat",
    Severity.CRITICAL,
    "a wheel's version hits more or less often than its published odds explain",
)
