"""What a wheel costs its operator: what each reward is worth, and the exact figures of one spin (domain.md, Wheels).

Fractions throughout, so that a figure is exact until it is written down.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import msgspec

from games.errors import BadRequest, Fault
from games.rewards import (
    BalanceBoostDetail,
    CashDetail,
    FreeBetDetail,
    InKindDetail,
    NoneDetail,
    RewardDetail,
    SpinChanceDetail,
    Stock,
)


class OddsOf(msgspec.Struct, frozen=True):
    """A reward of a whole set: how many of the wheel's positions it has, and what it pays."""

    slug: str
    label: str
    width: int
    detail: RewardDetail

    @property
    def wins(self) -> bool:
        """Whether hitting it is a win."""
        return not isinstance(self.detail, NoneDetail)


class PricedReward(msgspec.Struct, frozen=True):
    """A reward with what paying it once costs, in the tenant's currency."""

    slug: str
    label: str
    wins: bool
    probability: Fraction
    cost: Fraction
    stock: Stock
    fallback: str | None


class SpinFigures(msgspec.Struct, frozen=True):
    """One spin while nothing has run out. Amounts are in the tenant's currency."""

    mean: Fraction
    standard_deviation: float
    hit_rate: Fraction
    #: cost for each unit of price; None where a spin has no price
    return_to_player: Fraction | None
    #: 1.645 standard deviations for each unit of price, as slots state it
    volatility_index: float | None


def priced(
    rewards: Sequence[OddsOf], size: int, currency: str, costs: Mapping[str, Decimal] | None = None
) -> list[PricedReward]:
    """The rewards of a whole set with their costs.

    Cash and a free bet cost their amount, a boost its cap, a thing its value. A further chance costs what a spin of
    this wheel costs on average, its own further chances included. `costs` says otherwise by slug, in `currency`.
    Raises `BadRequest` naming every reward whose cost cannot be known: without cap or value, in another currency, or
    where the wheel gives away as many chances as it takes.
    """
    told = costs or {}
    faults = [
        Fault(f"$.costs.{slug}", "no reward has this slug") for slug in told.keys() - {one.slug for one in rewards}
    ]
    known: dict[str, Fraction] = {}
    for one in rewards:
        if one.slug in told:
            known[one.slug] = Fraction(told[one.slug])
        elif (worth := _worth(one.detail, currency)) is not None:
            known[one.slug] = worth
        elif not isinstance(one.detail, SpinChanceDetail):
            faults.append(Fault(f"$.costs.{one.slug}", _why_unknown(one.detail, currency)))
    if faults:
        raise BadRequest("What the wheel costs cannot be told yet: say what these rewards cost.", faults=faults)
    a_spin = _cost_of_a_chance(rewards, known, size)
    return [
        PricedReward(
            slug=one.slug,
            label=one.label,
            wins=one.wins,
            probability=Fraction(one.width, size),
            cost=known[one.slug] if one.slug in known else a_spin * _chances(one.detail),
            stock=one.detail.stock or Stock(),
            fallback=one.detail.fallback,
        )
        for one in rewards
    ]


def figures(rewards: Sequence[PricedReward], price: Decimal | None) -> SpinFigures:
    """One spin's exact figures; `price` is what a chance costs the player, where it has one."""
    mean = sum((one.probability * one.cost for one in rewards), Fraction(0))
    square = sum((one.probability * one.cost * one.cost for one in rewards), Fraction(0))
    deviation = sqrt(square - mean * mean)
    return SpinFigures(
        mean=mean,
        standard_deviation=deviation,
        hit_rate=sum((one.probability for one in rewards if one.wins), Fraction(0)),
        return_to_player=None if price is None else mean / Fraction(price),
        volatility_index=None if price is None else 1.645 * deviation / float(price),
    )


def _worth(detail: RewardDetail, currency: str) -> Fraction | None:
    match detail:
        case CashDetail(amount=amount, currency=paid_in) | FreeBetDetail(amount=amount, currency=paid_in):
            return Fraction(amount) if paid_in == currency else None
        case BalanceBoostDetail(cap=most) | InKindDetail(value=most):
            return None if most is None else Fraction(most)
        case NoneDetail():
            return Fraction(0)
    return None


def _why_unknown(detail: RewardDetail, currency: str) -> str:
    match detail:
        case BalanceBoostDetail():
            return "a boost without a cap: say what one costs on average"
        case InKindDetail():
            return "a thing without a value: say what one costs"
    return f"is paid in another currency than {currency}: say what one costs in {currency}"


def _chances(detail: RewardDetail) -> int:
    return detail.count if isinstance(detail, SpinChanceDetail) else 0


def _cost_of_a_chance(rewards: Sequence[OddsOf], known: Mapping[str, Fraction], size: int) -> Fraction:
    """The mean m of a spin whose further chances cost m each: m = paid + m · given."""
    paid = sum((Fraction(one.width, size) * known[one.slug] for one in rewards if one.slug in known), Fraction(0))
    given = sum(
        (Fraction(one.width, size) * _chances(one.detail) for one in rewards if one.slug not in known), Fraction(0)
    )
    if given >= 1:
        told = "the wheel gives away as many chances as it takes: what a chance costs has no end"
        faults = [Fault(f"$.costs.{one.slug}", told) for one in rewards if _chances(one.detail)]
        raise BadRequest("What the wheel costs has no end.", faults=faults)
    return paid / (1 - given)
