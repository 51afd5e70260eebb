"""What in a player's plays is no person's, and what no luck: rules from plays to findings (docs/anti-cheat.md).

**Rhythm.** The time from a wheel's stop to the same player's next spin is a reaction. People's reactions spread, and
the more the slower they are: their standard deviation rises linearly with their mean (Wagenmakers and Brown 2007, On
the linear relation between the mean and the standard deviation of a response time distribution). We hold a ratio of
0.15 for the steadiest of people. Software waits evenly, or not at all. `spread` is the width of the middle half by
the median, which pauses and single outliers do not move; for a normal distribution it is 1.35 times that ratio.

**Win rate.** Whether hits come at the published rate p is tested by the mixture likelihood ratio under the prior
Beta(1/2, 1/2) (Robbins 1970, Statistical Methods Related to the Law of the Iterated Logarithm; Krichevsky and Trofimov
1981). Under p it is a martingale of mean one, so by Ville's inequality the probability that it *ever* reaches 1/alpha
is at most alpha: it may be looked at after every spin, for as long as one likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import exp, inf, lgamma, log
from statistics import median, quantiles
from typing import NamedTuple

#: Whoever waits longer has looked away: a pause is no reaction.
LONGEST_REACTION_MS = 10_000
#: What is told of evidence that no number holds.
_MOST_EVIDENCE = 1e300


class RhythmLimits(NamedTuple):
    """What a person's rhythm does not fall under.

    `reactions`: how many of the newest are looked at; `spread`: less is too regular; `instant_share` or more of them
    under `instant_ms` is too soon.
    """

    reactions: int
    spread: float
    instant_ms: int
    instant_share: float


class Rhythm(NamedTuple):
    """Reactions in figures: the median, the middle half's width by the median, the share of instant ones."""

    median_ms: float
    spread: float
    instant_share: float


@dataclass(slots=True)
class Reactions:
    """A player's newest reactions on a wheel, oldest first, and when their last wheel stopped."""

    last_stop: datetime | None = None
    ms: list[int] = field(default_factory=list)

    def follow(self, started_at: datetime, stops_at: datetime, most: int) -> None:
        """Take a play in, and keep `most` reactions. One that began while another wheel turned is no reaction."""
        if self.last_stop is not None:
            reaction_ms = int((started_at - self.last_stop).total_seconds() * 1000)
            if 0 <= reaction_ms <= LONGEST_REACTION_MS:
                self.ms = [*self.ms, reaction_ms][-most:]
        if self.last_stop is None or stops_at > self.last_stop:
            self.last_stop = stops_at


def rhythm_of(reactions_ms: Sequence[float], instant_ms: int) -> Rhythm:
    """The rhythm of two reactions or more."""
    low, middle, high = quantiles(reactions_ms, n=4, method="inclusive")
    spread = (high - low) / middle if middle > 0 else 0.0
    instant = sum(one < instant_ms for one in reactions_ms) / len(reactions_ms)
    return Rhythm(float(median(reactions_ms)), spread, instant)


def superhuman(reactions_ms: Sequence[float], limits: RhythmLimits) -> Rhythm | None:
    """The rhythm that is no person's; None while there are too few reactions, or a person's."""
    if len(reactions_ms) < max(2, limits.reactions):
        return None
    rhythm = rhythm_of(reactions_ms, limits.instant_ms)
    if rhythm.spread < limits.spread or rhythm.instant_share >= limits.instant_share:
        return rhythm
    return None


def win_rate_evidence(spins: int, hits: int, rate: float) -> float:
    """How much better other odds explain the hits than the published rate does; 1 is none, at most 1e300.

    Of whoever plays at the published rate, no more than one in `x` ever comes to evidence of `x`.
    """
    if not 0 <= hits <= spins:
        raise ValueError("there are no more hits than spins, and no fewer than none")
    published = _log_power(rate, hits) + _log_power(1 - rate, spins - hits)
    if published == -inf:
        return _MOST_EVIDENCE
    log_evidence = _log_beta(hits + 0.5, spins - hits + 0.5) - _log_beta(0.5, 0.5) - published
    return min(exp(min(log_evidence, log(_MOST_EVIDENCE))), _MOST_EVIDENCE)


def _log_power(base: float, exponent: int) -> float:
    if exponent == 0:
        return 0.0
    return exponent * log(base) if base > 0 else -inf


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
