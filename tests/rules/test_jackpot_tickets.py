"""What a ticket may pick, how many lines that is, and what it adds to the pool (domain.md, Jackpots)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest, LimitReached
from games.jackpot_tickets import MOST_LINES, contribution, parse_picks, ticket_type

THREE = [("1", "X", "2"), ("1", "X", "2"), ("YES", "NO")]


def test_lines_are_the_product_of_the_picks() -> None:
    assert parse_picks("1,X,YES", THREE) == ("1,X,YES", 1)
    assert parse_picks(" 2|1 ,x, no|yes", THREE) == ("1|2,X,YES|NO", 4)


@pytest.mark.parametrize(
    ("picks", "paths"),
    [
        ("1,X", ["$.ticket_picks"]),
        ("1,X,YES,1", ["$.ticket_picks"]),
        ("3,X,YES", ["$.ticket_picks[0]"]),
        ("1|1,X|,MAYBE", ["$.ticket_picks[0]", "$.ticket_picks[1]", "$.ticket_picks[2]"]),
    ],
)
def test_every_event_whose_picks_do_not_fit_is_named(picks: str, paths: list[str]) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_picks(picks, THREE)
    assert [fault.path for fault in refused.value.faults] == paths


def test_a_ticket_has_ten_thousand_lines_at_the_most() -> None:
    events = [("1", "2")] * 13 + [("1", "2", "3", "4", "5")]
    assert parse_picks(",".join(["1|2"] * 13 + ["1"]), events).lines == 8_192
    with pytest.raises(LimitReached, match=str(MOST_LINES)):
        parse_picks(",".join(["1|2"] * 13 + ["1|2"]), events)


def test_a_ticket_is_what_its_picks_make_it_unless_it_is_free() -> None:
    one, four = parse_picks("1,X,YES", THREE), parse_picks("1|2,X,YES|NO", THREE)
    assert (ticket_type(one, None), ticket_type(four, None)) == ("single", "permutation")
    assert (ticket_type(one, "free"), ticket_type(four, "permutation")) == ("free", "permutation")
    with pytest.raises(BadRequest, match="does not fit"):
        ticket_type(four, "single")


@given(st.decimals("0.01", "100000", places=2), st.integers(0, 10_000))
def test_the_pool_never_gets_more_than_the_share_nor_less_than_a_coin_below_it(stake: Decimal, bps: int) -> None:
    share = contribution(stake, bps, "EUR")
    exact = stake * bps / 10_000
    assert share <= exact < share + Decimal("0.01")
    assert contribution(stake, bps, "JPY") == int(exact)
