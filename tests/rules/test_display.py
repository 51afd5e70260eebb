"""How players are shown to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.display import HIDDEN, LONGEST_SHOWN, narrower, shown_name

rules = st.sampled_from(["masked", "full", "hidden"])


@pytest.mark.parametrize(
    ("user_id", "name", "rule", "shown"),
    [
        ("player-1", None, "masked", "pl***1"),
        ("player-1", "Antonia", "masked", "An***a"),
        ("abcd", None, "masked", "a***"),
        ("a", None, "masked", "a***"),
        ("player-1", "", "full", "player-1"),
        ("player-1", "Antonia", "full", "Antonia"),
        ("player-1", "x" * 40, "full", "x" * 31 + "…"),
        ("player-1", "Antonia", "hidden", HIDDEN),
        ("player-1", "\u202eevil\x07 \n name", "full", "evil name"),
        ("player-1", "\u200b", "full", "player-1"),
    ],
)
def test_a_name_is_shown_by_the_rule(user_id, name, rule, shown):
    assert shown_name(user_id, name, rule) == shown


@given(st.text(min_size=1, max_size=128), st.none() | st.text(max_size=64), rules)
def test_what_is_shown_is_never_empty_nor_longer_than_32(user_id, name, rule):
    assert 1 <= len(shown_name(user_id, name, rule)) <= LONGEST_SHOWN


@given(st.text("abcdefgh", min_size=1, max_size=64), st.text("abcdefgh", min_size=5, max_size=64))
def test_a_masked_name_shows_three_characters_at_most(user_id, name):
    assert len(shown_name(user_id, name, "masked").replace("***", "")) <= 3


@given(rules, rules)
def test_a_wheel_can_only_narrow_its_tenant_s_rule(one, other):
    order = ["full", "masked", "hidden"]
    assert narrower(one, other) == order[max(order.index(one), order.index(other))]
