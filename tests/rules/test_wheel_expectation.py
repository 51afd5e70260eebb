"""What a spin costs, to the last fraction."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest
from games.rewards import (
    BalanceBoostDetail,
    CashDetail,
    FreeBetDetail,
    InKindDetail,
    NoneDetail,
    RewardDetail,
    SpinChanceDetail,
)
from games.wheel.expectation import OddsOf, figures, priced

EURO = "EUR"


def odds(*rewards: tuple[str, int, RewardDetail]) -> list[OddsOf]:
    return [OddsOf(slug, slug, width, detail) for slug, width, detail in rewards]


def cash(amount: str, currency: str = EURO) -> CashDetail:
    return CashDetail(amount=Decimal(amount), currency=currency)


def test_the_mean_hit_rate_and_return_are_exact():
    rewards = priced(odds(("none", 2, NoneDetail()), ("one", 1, cash("1"))), 3, EURO)
    found = figures(rewards, Decimal("0.50"))
    assert found.mean == Fraction(1, 3)
    assert found.hit_rate == Fraction(1, 3)
    assert found.return_to_player == Fraction(2, 3)
    assert found.standard_deviation == pytest.approx((2 / 9) ** 0.5)
    assert found.volatility_index == pytest.approx(1.645 * (2 / 9) ** 0.5 / 0.5)


def test_without_a_price_there_is_no_return_to_player():
    found = figures(priced(odds(("one", 1, cash("1"))), 1, EURO), None)
    assert (found.return_to_player, found.volatility_index) == (None, None)


def test_a_free_bet_costs_its_amount_a_boost_its_cap_a_thing_its_value():
    rewards = priced(
        odds(
            ("bet", 1, FreeBetDetail(amount=Decimal(10), currency=EURO)),
            ("boost", 1, BalanceBoostDetail(percent=Decimal(20), cap=Decimal(50))),
            ("cap", 1, InKindDetail(item="A cap", value=Decimal(25))),
        ),
        3,
        EURO,
    )
    assert [one.cost for one in rewards] == [10, 50, 25]


@given(st.integers(1, 9), st.integers(1, 3), st.integers(1, 10_000))
def test_a_chance_costs_what_a_spin_costs_its_own_chances_included(width: int, count: int, cents: int):
    if width * count >= 10 * 3:
        return
    size = 30
    prize = CashDetail(amount=Decimal(cents).scaleb(-2), currency=EURO)
    rewards = priced(odds(("again", width, SpinChanceDetail(count=count)), ("prize", size - width, prize)), size, EURO)
    mean = figures(rewards, None).mean
    assert rewards[0].cost == mean * count
    # Of a very long chain of spins: paid / (1 - chances given a spin).
    assert mean == Fraction(cents, 100) * Fraction(size - width, size) / (1 - Fraction(width * count, size))


def test_a_wheel_that_gives_as_many_chances_as_it_takes_has_no_end():
    with pytest.raises(BadRequest) as refused:
        priced(odds(("again", 1, SpinChanceDetail(count=2)), ("prize", 1, cash("1"))), 2, EURO)
    assert [fault.path for fault in refused.value.faults] == ["$.costs.again"]


def test_every_cost_that_cannot_be_known_is_named():
    with pytest.raises(BadRequest) as refused:
        priced(
            odds(
                ("boost", 1, BalanceBoostDetail(percent=Decimal(20))),
                ("thing", 1, InKindDetail(item="A cap")),
                ("dollars", 1, cash("1", "USD")),
                ("fine", 1, cash("1")),
            ),
            4,
            EURO,
            {"nobody": Decimal(1)},
        )
    assert {fault.path for fault in refused.value.faults} == {
        "$.costs.boost",
        "$.costs.thing",
        "$.costs.dollars",
        "$.costs.nobody",
    }


def test_a_cost_that_is_told_is_taken_instead():
    rewards = priced(odds(("boost", 1, BalanceBoostDetail(percent=Decimal(20)))), 1, EURO, {"boost": Decimal("3.5")})
    assert rewards[0].cost == Fraction(7, 2)
