"""Money is exact, rounded down, and never lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest
from games.money import format_decimal, minor_unit, parse_decimal, round_down, split

amounts = st.decimals(0, 10**15, places=4)


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("sek", 2)])
def test_a_currency_has_the_decimals_of_iso_4217(currency, decimals):
    assert minor_unit(currency) == decimals


@given(amounts, st.integers(0, 4))
def test_rounding_down_never_gives_more_and_takes_less_than_a_unit(amount, decimals):
    rounded = round_down(amount, decimals)
    assert 0 <= amount - rounded < Decimal(1).scaleb(-decimals)
    assert parse_decimal(format_decimal(amount, decimals)) == rounded


@given(
    amounts,
    st.lists(st.integers(0, 10**9) | st.decimals(0, 10**6, places=4), max_size=40),
    st.integers(0, 4),
)
def test_shares_and_residue_are_the_whole_amount_to_the_last_decimal(amount, weights, decimals):
    shares, residue = split(amount, weights, decimals)
    assert len(shares) == len(weights)
    assert sum(shares) + residue == amount
    assert residue >= 0
    if any(weights):
        assert residue < len(weights) * Decimal(1).scaleb(-decimals)
    else:
        assert residue == amount


@given(amounts, st.integers(1, 10**6), st.integers(2, 40))
def test_equal_weights_get_equal_shares(amount, weight, count):
    shares, _ = split(amount, [weight] * count, 2)
    assert len(set(shares)) == 1


def test_a_third_of_a_hundred_leaves_a_cent():
    assert split(Decimal(100), [1, 1, 1], 2) == ([Decimal("33.33")] * 3, Decimal("0.01"))


@pytest.mark.parametrize(("amount", "weights"), [("-1", [1]), ("1", [2, -1])])
def test_nothing_negative_is_split(amount, weights):
    with pytest.raises(ValueError, match="negative"):
        split(Decimal(amount), weights, 2)


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "Infinity", " 1", "1,5", ".5", "1.", "+1", "１", "1" * 17])
def test_what_is_no_plain_decimal_is_refused(text):
    with pytest.raises(BadRequest):
        parse_decimal(text)
