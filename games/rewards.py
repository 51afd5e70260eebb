"""What a wheel can pay: the types of rewards, what each has to say, and what happens when one has run out."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec

from games.columns import Currency, Hours, parse_column
from games.errors import BadRequest, Fault
from games.lifecycles import ClaimStatus, WinStatus
from games.money import format_decimal, is_plain, minor_unit, round_down

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
#: The largest amount that fits numeric(20,4).
LARGEST_AMOUNT = Decimal("9999999999999999.9999")


class RewardType(StrEnum):
    """How a reward is paid."""

    CASH = "cash"
    FREE_BET = "free_bet"
    IN_KIND = "in_kind"
    SPIN_CHANCE = "spin_chance"
    BALANCE_BOOST = "balance_boost"
    NONE = "none"


class PaidOut(msgspec.Struct, frozen=True):
    """How often a reward has been paid: in all, on this day of the tenant's, and to the player in question."""

    total: int
    today: int
    to_player: int


class Stock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often a reward may be paid: in all, in a tenant's day, to one player. None is no limit."""

    total: Count | None = None
    per_day: Count | None = None
    per_user: Count | None = None

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return any(limit is not None for limit in (self.total, self.per_day, self.per_user))

    def has_one(self, paid: PaidOut) -> bool:
        """Whether one more may be paid."""
        return all(
            limit is None or so_far < limit
            for limit, so_far in ((self.total, paid.total), (self.per_day, paid.today), (self.per_user, paid.to_player))
        )


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whether a player has to ask for the reward, and within how many hours. Otherwise it is paid at once."""

    required: bool = False
    expires_in_h: Hours | None = None


class RewardDetail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What every type may say: its stock, the slug of the reward paid in its place, and how it is claimed."""

    stock: Stock | None = None
    fallback: Slug | None = None
    claim: Claim = Claim()

    @property
    def limited(self) -> bool:
        """Whether the reward can run out."""
        return self.stock is not None and self.stock.limited


class CashDetail(RewardDetail, frozen=True, kw_only=True):
    """Money, credited by the platform."""

    amount: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        _must_be_money(self.amount, self.currency)


class FreeBetDetail(RewardDetail, frozen=True, kw_only=True):
    """A free bet, with its limits."""

    amount: Decimal
    currency: Currency
    expires_in_h: Hours | None = None
    min_odds: Decimal | None = None
    markets: list[str] | None = None

    def __post_init__(self) -> None:
        _must_be_money(self.amount, self.currency)
        if self.min_odds is not None and not (is_plain(self.min_odds) and 1 <= self.min_odds <= LARGEST_AMOUNT):
            raise ValueError("min_odds must be 1 or more, written without an exponent")


class BalanceBoostDetail(RewardDetail, frozen=True, kw_only=True):
    """A percentage on the player's balance, up to a cap."""

    percent: Decimal
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if not (is_plain(self.percent) and 0 < self.percent <= 10_000):
            raise ValueError("percent must be above 0 and at most 10000, written without an exponent")
        if round_down(self.percent, 2) != self.percent:
            raise ValueError("percent has two decimals at most")
        if self.cap is not None and not (is_plain(self.cap) and 0 < self.cap <= LARGEST_AMOUNT):
            raise ValueError("cap must be above zero, written without an exponent")


class SpinChanceDetail(RewardDetail, frozen=True, kw_only=True):
    """More chances to spin, credited here."""

    count: Count = 1
    expires_in_h: Hours | None = None


class InKindDetail(RewardDetail, frozen=True, kw_only=True):
    """A thing, which an operator ships."""

    item: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    value: Decimal | None = None

    def __post_init__(self) -> None:
        if self.value is not None and not (is_plain(self.value) and 0 <= self.value <= LARGEST_AMOUNT):
            raise ValueError("value must not be negative, and is written without an exponent")


class NoneDetail(RewardDetail, frozen=True, kw_only=True):
    """No win, shown like the others."""


DETAILS: dict[RewardType, type[RewardDetail]] = {
    RewardType.CASH: CashDetail,
    RewardType.FREE_BET: FreeBetDetail,
    RewardType.IN_KIND: InKindDetail,
    RewardType.SPIN_CHANCE: SpinChanceDetail,
    RewardType.BALANCE_BOOST: BalanceBoostDetail,
    RewardType.NONE: NoneDetail,
}


def _must_be_money(amount: Decimal, currency: str) -> None:
    if not (is_plain(amount) and 0 < amount <= LARGEST_AMOUNT):
        raise ValueError("amount must be above zero, written without an exponent")
    if round_down(amount, minor_unit(currency)) != amount:
        raise ValueError(f"amount has more decimals than {currency}, which has {minor_unit(currency)}")


def parse_detail(reward_type: str, detail: object, path: str = "$.reward_detail") -> RewardDetail:
    """A `reward_detail` as its reward's type has it. Raises `BadRequest` with every fault."""
    try:
        kind = RewardType(reward_type)
    except ValueError:
        told = f"{reward_type!r} is none of {', '.join(RewardType)}"
        faults = [Fault(path.removesuffix("detail") + "type", told)]
        raise BadRequest("There is no such type of reward.", faults=faults) from None
    return parse_column(DETAILS[kind], detail, path)


def config_amount(reward_type: str, detail: object) -> str:
    """What the configuration text says of a reward's worth; `detail` is the column's JSON object or its struct."""
    match detail if isinstance(detail, RewardDetail) else parse_detail(reward_type, detail):
        case CashDetail(amount=amount) | FreeBetDetail(amount=amount) | BalanceBoostDetail(percent=amount):
            return format_decimal(amount, 2)
        case SpinChanceDetail(count=count):
            return str(count)
        case InKindDetail():
            return "1"
    return "0"


def face_value(detail: RewardDetail) -> tuple[Decimal | None, str | None]:
    """The amount and currency that a reward is worth as it stands; None for what has no amount of its own."""
    match detail:
        case CashDetail(amount=amount, currency=currency) | FreeBetDetail(amount=amount, currency=currency):
            return amount, currency
    return None, None


def worth(detail: RewardDetail) -> Decimal | None:
    """What paying a reward costs at the most, in its own currency; None where nobody has said it."""
    match detail:
        case CashDetail(amount=amount) | FreeBetDetail(amount=amount):
            return amount
        case BalanceBoostDetail(cap=most) | InKindDetail(value=most):
            return most
    return Decimal(0)


def is_delivered(reward_type: str) -> bool:
    """Whether winning it leaves something to deliver: chances are credited with the result, and no win is nothing."""
    return reward_type not in (RewardType.NONE, RewardType.SPIN_CHANCE)


def win_status(reward_type: str) -> WinStatus:
    """Whether a reward of this type is a win."""
    return WinStatus.NO_WIN if reward_type == RewardType.NONE else WinStatus.WIN


def initial_claim_status(reward_type: str, claim: Claim | None = None) -> ClaimStatus:
    """How the claim of a reward just won begins: only a win that has to be claimed waits for its player."""
    waits = claim is not None and claim.required and win_status(reward_type) is WinStatus.WIN
    return ClaimStatus.UNCLAIMED if waits else ClaimStatus.NOT_REQUIRED


def payable_in_turn(won: str, details: Mapping[str, RewardDetail]) -> list[str]:
    """The slugs of what may be paid when a range is hit: its reward, or the first of its fallbacks that is left.

    The last never runs out; a set without `fallback_faults` always has it. Raises `ValueError` for another.
    """
    slugs = [won]
    while (detail := details[slugs[-1]]).limited:
        if detail.fallback is None or detail.fallback in slugs:
            raise ValueError(f"the fallbacks of {won} do not end at a reward without limits")
        slugs.append(detail.fallback)
    return slugs


def fallback_faults(details: Mapping[str, RewardDetail], path: str = "$.rewards") -> list[Fault]:
    """What is wrong with the fallbacks of a whole set, rewards by slug in the set's order."""
    faults = []
    for at, (slug, detail) in enumerate(details.items()):
        where = f"{path}[{at}].reward_detail.fallback"
        if detail.fallback is None:
            if detail.limited:
                faults.append(
                    Fault(where, "a reward of limited stock names the reward that is paid when it has run out")
                )
        elif detail.fallback not in details:
            faults.append(Fault(where, f"no reward has the slug {detail.fallback!r}"))
        elif _turns_in_a_circle(slug, details):
            faults.append(Fault(where, "the fallbacks lead back to this reward"))
    return faults


def _turns_in_a_circle(slug: str, details: Mapping[str, RewardDetail]) -> bool:
    following, steps = details[slug].fallback, 0
    while following is not None and following in details and steps <= len(details):
        if following == slug:
            return True
        following, steps = details[following].fallback, steps + 1
    return False
