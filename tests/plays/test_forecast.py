"""Forecasts of many spins: exact where they can be, and honest where they are sampled."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import BadRequest
from games.rewards import CashDetail, NoneDetail, RewardDetail, Stock
from games.wheel.expectation import OddsOf, figures, priced
from server.play.forecast import Forecast, forecast
from server.play.playing_over import Plan

EURO = "EUR"


def cash(amount: str, stock: Stock | None = None, fallback: str | None = None) -> CashDetail:
    return CashDetail(amount=Decimal(amount), currency=EURO, stock=stock, fallback=fallback)


def forecast_of(rewards: list[tuple[str, int, RewardDetail]], plan: Plan) -> Forecast:
    size = sum(width for _, width, _ in rewards)
    costed = priced([OddsOf(slug, slug, width, detail) for slug, width, detail in rewards], size, EURO)
    return forecast(costed, figures(costed, None), EURO, plan)


def of(spins: int, *, players: int = 10, spins_per_day: int = 1_000_000, seed: int = 1) -> Plan:
    return Plan(spins, players, spins_per_day, seed)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 300)), min_size=1, max_size=4),
    st.integers(1, 5),
)
def test_the_exact_quantiles_are_those_of_every_way_the_spins_can_fall(rewards: list[tuple[int, int]], spins: int):
    details = [
        (f"r{at}", width, cash(str(Decimal(cents).scaleb(-2))) if cents else NoneDetail())
        for at, (width, cents) in enumerate(rewards)
    ]
    found = forecast_of(details, of(spins))
    positions = [cents for width, cents in rewards for _ in range(width)]
    totals = (
        sorted(sum(fallen) for fallen in product(positions, repeat=spins)) if len(positions) ** spins < 20_000 else []
    )
    assert found.method == "exact"
    assert sum(bar.probability for bar in found.bars) == pytest.approx(1, abs=1e-5)
    for name, share in (("5%", Fraction(1, 20)), ("50%", Fraction(1, 2)), ("95%", Fraction(19, 20))):
        if totals:
            at = max(0, -(-len(totals) * share.numerator // share.denominator) - 1)
            # At an edge, the next cent may be the transform's.
            near = {totals[at], totals[min(at + 1, len(totals) - 1)]}
            assert Decimal(found.quantiles[name]) * 100 in near


def test_a_stock_for_all_days_is_never_paid_more_often_and_its_fallback_takes_over():
    found = forecast_of(
        [("none", 50, NoneDetail()), ("star", 50, cash("10", Stock(total=3), "one")), ("one", 1, cash("1"))], of(1000)
    )
    star = next(one for one in found.rewards if one.reward_slug == "star")
    assert star.paid == pytest.approx(3)
    assert star.exhausted == 1.0
    assert Decimal(found.quantiles["95%"]) < 30 + 600


def test_how_likely_a_stock_is_used_up_agrees_with_the_binomial_distribution():
    found = forecast_of([("none", 9, NoneDetail()), ("star", 1, cash("10", Stock(total=1), "none"))], of(7))
    star = next(one for one in found.rewards if one.reward_slug == "star")
    assert star.exhausted == pytest.approx(1 - 0.9**7, abs=0.02)
    assert star.paid == pytest.approx(1 - 0.9**7, abs=0.02)


def test_a_stock_of_the_day_is_there_again_the_next_day():
    found = forecast_of(
        [("star", 1, cash("10", Stock(per_day=2), "one")), ("one", 1, cash("1"))], of(1000, spins_per_day=100)
    )
    star = next(one for one in found.rewards if one.reward_slug == "star")
    assert star.paid == pytest.approx(20)


def test_a_stock_for_each_player_is_paid_to_each_that_often():
    found = forecast_of(
        [("star", 1, cash("10", Stock(per_user=2), "one")), ("one", 1, cash("1"))], of(5000, players=10)
    )
    star = next(one for one in found.rewards if one.reward_slug == "star")
    assert star.paid == pytest.approx(20)


def test_limits_of_all_days_of_the_day_and_of_the_player_hold_together():
    """Ten players who all win all day: 3 each would be 30, 8 a day for two days 16, and 12 in all."""
    limits = Stock(total=12, per_day=8, per_user=3)
    found = forecast_of(
        [("star", 1000, cash("10", limits, "one")), ("one", 1, cash("1"))], of(2000, spins_per_day=1000)
    )
    star = next(one for one in found.rewards if one.reward_slug == "star")
    assert star.paid == pytest.approx(12)


def test_fallbacks_that_run_out_too_hand_on():
    found = forecast_of(
        [
            ("third", 1, cash("1")),
            ("second", 1, cash("5", Stock(total=4), "third")),
            ("first", 98, cash("10", Stock(total=2), "second")),
        ],
        of(500),
    )
    paid = {one.reward_slug: one.paid for one in found.rewards}
    assert paid == pytest.approx({"first": 2, "second": 4, "third": 494})
    assert Decimal(found.mean) == 20 + 20 + 494


def test_a_lattice_too_fine_is_sampled_and_the_mean_stays_exact():
    found = forecast_of([("cent", 1, cash("0.01")), ("much", 1, cash("99999.99"))], of(10_000))
    assert found.method == "monte_carlo"
    assert found.standard_error is None
    assert Decimal(found.mean) == Decimal("500000000.00")
    assert float(found.quantiles["50%"]) == pytest.approx(5e8, rel=0.01)


def test_the_same_seed_gives_the_same_answer():
    rewards: list[tuple[str, int, RewardDetail]] = [
        ("none", 9, NoneDetail()),
        ("star", 1, cash("10", Stock(per_user=1), "none")),
    ]
    assert forecast_of(rewards, of(2000, players=1000, seed=7)) == forecast_of(rewards, of(2000, players=1000, seed=7))
    assert forecast_of(rewards, of(2000, players=1000, seed=7)) != forecast_of(rewards, of(2000, players=1000, seed=8))


def test_progress_only_rises_and_ends_at_one():
    costed = priced(
        [OddsOf("star", "star", 1, cash("10", Stock(per_user=1), "one")), OddsOf("one", "one", 1, cash("1"))], 2, EURO
    )
    told: list[float] = []
    forecast(costed, figures(costed, None), EURO, of(100), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_more_work_than_a_simulation_may_be_is_refused():
    rewards: list[tuple[str, int, RewardDetail]] = [
        ("none", 1, NoneDetail()),
        ("star", 1, cash("10", Stock(per_user=1), "none")),
    ]
    with pytest.raises(BadRequest, match="too long"):
        forecast_of(rewards, of(10_000_000))
