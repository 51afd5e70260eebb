"""Chances to spin: which may be spent, in which order, and how they are counted (domain.md, Chances)."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from games.errors import BadRequest, NoChanceLeft
from games.lifecycles import ChanceStatus


class ChanceType(StrEnum):
    """What a player was given chances for."""

    BONUS = "bonus"
    VISIT = "visit"
    DEPOSIT = "deposit"
    PURCHASE = "purchase"
    REWARD = "reward"
    MANUAL = "manual"


CHANCE_TYPES: tuple[str, ...] = tuple(kind.value for kind in ChanceType)


class ChanceMetadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`chance_metadata`: the wheels that a grant may be spent on; None is all of them."""

    wheels: list[UUID] | None = None


class Counts(msgspec.Struct, frozen=True):
    """How a grant stands: `used` and `remaining` are never negative and always make up the whole grant."""

    used: int
    remaining: int

    def __post_init__(self) -> None:
        if self.used < 0 or self.remaining < 0:
            raise ValueError("neither used nor remaining chances are negative")

    @property
    def granted(self) -> int:
        """The whole grant."""
        return self.used + self.remaining

    @property
    def status(self) -> ChanceStatus:
        """What the counts alone make of an active grant."""
        return ChanceStatus.ACTIVE if self.remaining else ChanceStatus.EXHAUSTED

    def spend(self) -> "Counts":
        """One chance is taken. Raises `NoChanceLeft`."""
        if self.remaining == 0:
            raise NoChanceLeft("You have no chance left for this wheel.")
        return Counts(self.used + 1, self.remaining - 1)


class Chance(msgspec.Struct, frozen=True):
    """A grant of chances, as far as spending it goes."""

    id: UUID
    status: str
    remaining: int
    awarded_at: datetime
    expires_at: datetime | None = None
    wheels: frozenset[UUID] | None = None


def is_usable(chance: Chance, wheel_id: UUID, now: datetime) -> bool:
    """Whether a grant may be spent on a wheel at a moment: up to, but not at, its expiry."""
    return (
        chance.status == ChanceStatus.ACTIVE
        and chance.remaining > 0
        and (chance.expires_at is None or now < chance.expires_at)
        and (chance.wheels is None or wheel_id in chance.wheels)
    )


def spending_order(chances: Iterable[Chance]) -> list[Chance]:
    """Soonest expiring first and those that never expire last; the oldest first among equals, then by id."""

    def before(chance: Chance) -> tuple[bool, float, datetime, UUID]:
        never = chance.expires_at is None
        return never, 0.0 if chance.expires_at is None else chance.expires_at.timestamp(), chance.awarded_at, chance.id

    return sorted(chances, key=before)


def to_spend(chances: Iterable[Chance], wheel_id: UUID, now: datetime) -> Chance | None:
    """The grant that the next spin on a wheel is taken from."""
    return next((chance for chance in spending_order(chances) if is_usable(chance, wheel_id, now)), None)


def local_day(moment: datetime, time_zone: str) -> date:
    """The day that it is in a time zone (`Europe/Malta`) at a moment. Raises `BadRequest` for a zone there is not."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(f"There is no time zone {time_zone!r}. Use a name such as Europe/Malta.") from None
    return moment.astimezone(zone).date()
