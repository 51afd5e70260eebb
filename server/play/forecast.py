"""What so many spins of a wheel may cost (domain.md, Wheels, rewards).

Exact where it can be: the total's distribution is the n-th power of one spin's, taken by Fourier transform on the
lattice of the costs. Where rewards run out, or the lattice is too fine, the same spins are played many times over.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import gcd

import msgspec
import numpy as np

from games.money import format_decimal, minor_unit
from games.wheel.expectation import PricedReward, SpinFigures
from server.play.playing_over import Floats, Plan, Progress, Totals, count_hits, play_over

#: Points of the lattice on which a distribution is computed exactly: 32 MB of doubles, under a second.
LATTICE_POINTS = 1 << 22
BARS = 60
QUANTILES = (0.05, 0.5, 0.95)


class RewardForecast(msgspec.Struct, frozen=True):
    """How often a reward is hit and paid in all the spins, and what that costs."""

    reward_slug: str
    reward_label: str
    probability: float
    hits: float
    paid: float
    cost: str
    #: how likely its stock for all days is used up by the end; null where it has none
    exhausted: float | None


class Bar(msgspec.Struct, frozen=True):
    """A bar of the picture: how likely the total cost is from `cost_from` up to, without it, `cost_to`."""

    cost_from: str
    cost_to: str
    probability: float


class Forecast(msgspec.Struct, frozen=True):
    """All spins together; amounts are decimal strings in the tenant's currency."""

    #: `exact`, or `monte_carlo` with so many `runs`
    method: str
    runs: int | None
    mean: str
    #: of the mean; null where the mean is exact
    standard_error: str | None
    #: the cost that is not exceeded with a chance of 5, 50 and 95 %
    quantiles: dict[str, str]
    rewards: list[RewardForecast]
    bars: list[Bar]


def forecast(
    rewards: Sequence[PricedReward], one_spin: SpinFigures, currency: str, plan: Plan, progress: Progress | None = None
) -> Forecast:
    """The cost of a plan's spins. `progress` is called with the share of the work done, 0 to 1.

    Fallbacks must have been checked (`fallback_faults`). Raises `BadRequest` for more work than a simulation may be.
    """
    decimals = minor_unit(currency)
    # A chance's cost is a mean and may lie between two minor units; it is taken at the nearer one.
    units = [round(one.cost * 10**decimals) for one in rewards]
    if any(one.stock.limited for one in rewards):
        totals = play_over(rewards, units, plan, progress or _nobody)
        return _sampled(rewards, totals, None, decimals, plan)
    mean = one_spin.mean * plan.spins
    step = gcd(*units) or 1
    if plan.spins * (max(units) // step) < LATTICE_POINTS:
        return _exact(rewards, units, step, mean, decimals, plan)
    return _sampled(rewards, count_hits(rewards, units, plan), mean, decimals, plan)


def amount(exact: Fraction | float, decimals: int) -> str:
    """The nearest amount of so many decimals: a forecast owes nobody anything."""
    return format_decimal(Decimal(round(exact * 10**decimals)).scaleb(-decimals), decimals)


def _nobody(_: float) -> None:
    """Nobody watches the progress."""


def _exact(
    rewards: Sequence[PricedReward], units: list[int], step: int, mean: Fraction, decimals: int, plan: Plan
) -> Forecast:
    chances = _total_of(rewards, units, step, plan.spins)
    upto = np.cumsum(chances)
    return Forecast(
        method="exact",
        runs=None,
        mean=amount(mean, decimals),
        standard_error=None,
        quantiles={
            _name(at): amount(Fraction(int(np.searchsorted(upto, at)) * step, 10**decimals), decimals)
            for at in QUANTILES
        },
        rewards=[_forecast_of(one, float(one.probability * plan.spins), None, plan, decimals) for one in rewards],
        bars=_bars_of(chances, upto, step, decimals),
    )


def _total_of(rewards: Sequence[PricedReward], units: list[int], step: int, spins: int) -> Floats:
    """How likely each total is, by its number of steps."""
    spin = np.zeros(max(units) // step + 1)
    for one, cost in zip(rewards, units, strict=True):
        spin[cost // step] += float(one.probability)
    largest = spins * (len(spin) - 1)
    points = 1 << largest.bit_length()
    chances = np.fft.irfft(np.fft.rfft(spin, points) ** spins, points)[: largest + 1].clip(0.0, None)
    total: Floats = chances / chances.sum()
    return total


def _bars_of(chances: Floats, upto: Floats, step: int, decimals: int) -> list[Bar]:
    """The part of a distribution that leaves a millionth at each end, in at most `BARS` equal bars."""
    first = int(np.searchsorted(upto, 1e-6))
    last = min(int(np.searchsorted(upto, 1 - 1e-6)), len(chances) - 1) + 1
    edges = sorted({int(edge) for edge in np.linspace(first, last, min(BARS, last - first) + 1)})
    return [
        Bar(
            amount(Fraction(start * step, 10**decimals), decimals),
            amount(Fraction(end * step, 10**decimals), decimals),
            float(chances[start:end].sum()),
        )
        for start, end in pairwise(edges)
    ]


def _sampled(
    rewards: Sequence[PricedReward], totals: Totals, mean: Fraction | None, decimals: int, plan: Plan
) -> Forecast:
    runs = len(totals.cost)
    unit = Fraction(1, 10**decimals)
    counts, edges = np.histogram(totals.cost, bins=BARS)
    exhausted = [
        None if one.stock.total is None else float(times) / runs
        for one, times in zip(rewards, totals.used_up, strict=True)
    ]
    return Forecast(
        method="monte_carlo",
        runs=runs,
        mean=amount(Fraction(float(totals.cost.mean())) * unit if mean is None else mean, decimals),
        standard_error=(
            amount(Fraction(float(totals.cost.std(ddof=1) / np.sqrt(runs))) * unit, decimals) if mean is None else None
        ),
        quantiles={
            _name(at): amount(Fraction(float(np.quantile(totals.cost, at, method="inverted_cdf"))) * unit, decimals)
            for at in QUANTILES
        },
        rewards=[
            _forecast_of(one, float(paid), used_up, plan, decimals)
            for one, paid, used_up in zip(rewards, totals.paid, exhausted, strict=True)
        ],
        bars=[
            Bar(
                amount(Fraction(float(start)) * unit, decimals),
                amount(Fraction(float(end)) * unit, decimals),
                float(count) / runs,
            )
            for (start, end), count in zip(pairwise(edges), counts, strict=True)
        ],
    )


def _forecast_of(one: PricedReward, paid: float, exhausted: float | None, plan: Plan, decimals: int) -> RewardForecast:
    return RewardForecast(
        reward_slug=one.slug,
        reward_label=one.label,
        probability=float(one.probability),
        hits=float(one.probability * plan.spins),
        paid=paid,
        cost=amount(Fraction(paid) * one.cost, decimals),
        exhausted=exhausted,
    )


def _name(quantile: float) -> str:
    return f"{quantile:.0%}"
