"""Playing the spins of a wheel many times over, with its stocks running out as they would."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from games.errors import BadRequest, Fault
from games.wheel.expectation import PricedReward

#: How many times spins are played over, at the most and at the least.
RUNS = 20_000
FEWEST_RUNS = 40
#: What one simulation draws in all: about two seconds of work; ten times as much is refused.
DRAWS = 20_000_000

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[float], None]


class Plan(msgspec.Struct, frozen=True):
    """What is simulated: how many spins, by how many players, so many of them a day. The same seed, the same answer."""

    spins: int
    players: int
    spins_per_day: int
    seed: int


@dataclass(slots=True)
class Totals:
    """What the runs came to."""

    #: of each run, in minor units of the currency
    cost: Floats
    #: how often each reward was paid, the mean of all runs
    paid: Floats
    #: in how many runs each reward's stock for all days was used up
    used_up: Whole


def count_hits(rewards: Sequence[PricedReward], units: list[int], plan: Plan) -> Totals:
    """The runs of a wheel on which nothing runs out, so that only how often each reward is hit counts."""
    random = np.random.default_rng(plan.seed)
    hits = random.multinomial(plan.spins, _odds(rewards), size=RUNS)
    return Totals(
        cost=_cost(hits, units),
        paid=_odds(rewards) * plan.spins,
        used_up=np.zeros(len(rewards), dtype=np.int64),
    )


def play_over(rewards: Sequence[PricedReward], units: list[int], plan: Plan, tell: Progress) -> Totals:
    """The runs of a wheel on which rewards run out, day by day; `tell` is called with the share of the work done.

    All runs go at once where no player is told from another. Raises `BadRequest` for too much work.
    """
    by_player = any(one.stock.per_user is not None for one in rewards)
    days = [plan.spins_per_day] * (plan.spins // plan.spins_per_day)
    if rest := plan.spins % plan.spins_per_day:
        days.append(rest)
    runs = _runs_for(rewards, plan, len(days), by_player=by_player)
    random = np.random.default_rng(plan.seed)
    if by_player:
        return _play_by_player(rewards, units, plan.players, days, runs, random, tell)
    return _play_by_count(rewards, units, days, runs, random, tell)


def _runs_for(rewards: Sequence[PricedReward], plan: Plan, days: int, *, by_player: bool) -> int:
    """How many runs the work allowed is enough for."""
    a_run: float = days * len(rewards)
    if by_player:
        hits = plan.spins * sum(float(one.probability) for one in rewards if one.stock.limited)
        # A hit is drawn, sorted by time and by player; a day's reward is some calls that cost as much as 200 draws.
        a_run = a_run * 200 + hits * 4 + plan.players
    if a_run * FEWEST_RUNS > 10 * DRAWS:
        faults = [Fault("$.spins", "is too many for this wheel's limits to be simulated: ask for fewer")]
        raise BadRequest("The simulation would take too long.", faults=faults)
    return max(FEWEST_RUNS, min(RUNS, int(DRAWS / a_run)))


def _play_by_count(
    rewards: Sequence[PricedReward],
    units: list[int],
    days: list[int],
    runs: int,
    random: np.random.Generator,
    tell: Progress,
) -> Totals:
    order = _fallback_order(rewards)
    at = {one.slug: index for index, one in enumerate(rewards)}
    left = np.array([_or_endless(one.stock.total) for one in rewards], dtype=np.int64) * np.ones((runs, 1), np.int64)
    paid = np.zeros((runs, len(rewards)), dtype=np.int64)
    for day, spins in enumerate(days):
        due = random.multinomial(spins, _odds(rewards), size=runs)
        for index in order:
            one = rewards[index]
            if not one.stock.limited:
                continue
            given = np.minimum(due[:, index], np.minimum(left[:, index], _or_endless(one.stock.per_day)))
            assert one.fallback is not None
            due[:, at[one.fallback]] += due[:, index] - given
            due[:, index] = given
            left[:, index] -= given
        paid += due
        tell((day + 1) / len(days))
    return Totals(
        cost=_cost(paid, units),
        paid=paid.mean(axis=0),
        used_up=(left == 0).sum(axis=0),
    )


def _play_by_player(
    rewards: Sequence[PricedReward],
    units: list[int],
    players: int,
    days: list[int],
    runs: int,
    random: np.random.Generator,
    tell: Progress,
) -> Totals:
    totals = Totals(np.zeros(runs), np.zeros(len(rewards)), np.zeros(len(rewards), dtype=np.int64))
    for run in range(runs):
        stocks = _Stocks(rewards, players)
        for spins in days:
            stocks.play(spins, random)
        totals.cost[run] = _cost(stocks.paid, units)
        totals.paid += stocks.paid / runs
        totals.used_up += stocks.left == 0
        tell((run + 1) / runs)
    return totals


class _Stocks:
    """One run: what is left of each reward's stock in all and for each player, and how often each was paid."""

    def __init__(self, rewards: Sequence[PricedReward], players: int) -> None:
        self._rewards = rewards
        self._players = players
        self._order = _fallback_order(rewards)
        self._at = {one.slug: index for index, one in enumerate(rewards)}
        self._odds = _odds(rewards)
        self.left = np.array([_or_endless(one.stock.total) for one in rewards], dtype=np.int64)
        self.paid = np.zeros(len(rewards), dtype=np.int64)
        self._had = {
            index: np.zeros(players, dtype=np.int64)
            for index, one in enumerate(rewards)
            if one.stock.per_user is not None
        }

    def play(self, spins: int, random: np.random.Generator) -> None:
        """A day: who hits a limited reward is paid it while there is some, first come first served, or its fallback."""
        hits = random.multinomial(spins, self._odds)
        due: list[list[tuple[Floats, Whole]]] = [
            [(random.random(count), random.integers(0, self._players, count))] if one.stock.limited else []
            for one, count in zip(self._rewards, hits, strict=True)
        ]
        for index in self._order:
            one = self._rewards[index]
            if not one.stock.limited:
                self.paid[index] += hits[index] + sum(len(times) for times, _ in due[index])
                continue
            times = np.concatenate([part[0] for part in due[index]])
            winners = np.concatenate([part[1] for part in due[index]])
            by_time = np.argsort(times, kind="stable")
            times, winners = times[by_time], winners[by_time]
            given = self._given(index, winners)
            assert one.fallback is not None
            due[self._at[one.fallback]].append((times[~given], winners[~given]))

    def _given(self, index: int, winners: Whole) -> NDArray[np.bool_]:
        """Which of the winners, in the order of their hits, are paid this reward itself."""
        stock = self._rewards[index].stock
        given = np.ones(len(winners), dtype=np.bool_)
        if stock.per_user is not None:
            given = _turn(winners) + self._had[index][winners] < stock.per_user
        most = min(int(self.left[index]), _or_endless(stock.per_day))
        given &= np.cumsum(given) <= most
        if stock.per_user is not None:
            np.add.at(self._had[index], winners[given], 1)
        count = int(given.sum())
        self.left[index] -= count
        self.paid[index] += count
        return given


def _turn(winners: Whole) -> Whole:
    """For each entry, how many entries of the same player come before it."""
    order = np.argsort(winners, kind="stable")
    ordered = winners[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, len(ordered)])
    turns = np.empty(len(winners), dtype=np.int64)
    turns[order] = np.arange(len(ordered)) - np.repeat(starts, lengths)
    return turns


def _fallback_order(rewards: Sequence[PricedReward]) -> list[int]:
    """The rewards so that each comes before the one that is paid in its place."""
    at = {one.slug: index for index, one in enumerate(rewards)}

    def depth(index: int) -> int:
        following, steps = rewards[index], 0
        while following.stock.limited and following.fallback is not None and steps <= len(rewards):
            following, steps = rewards[at[following.fallback]], steps + 1
        return steps

    return sorted(range(len(rewards)), key=depth, reverse=True)


def _odds(rewards: Sequence[PricedReward]) -> Floats:
    odds = np.array([float(one.probability) for one in rewards])
    shares: Floats = odds / odds.sum()
    return shares


def _cost(paid: Whole, units: list[int]) -> Floats:
    cost: Floats = paid.astype(np.float64) @ np.array(units, dtype=np.float64)
    return cost


def _or_endless(limit: int | None) -> int:
    return np.iinfo(np.int64).max if limit is None else limit
