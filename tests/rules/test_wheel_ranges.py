"""The odds of a wheel: ranges, their faults, and their making out of weights."""

from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest
from games.money import EXACT
from games.wheel.ranges import (
    RewardRange,
    check_ranges,
    index_at,
    probability_of,
    range_faults,
    ranges_from_probabilities,
    ranges_from_weights,
)

sizes = st.integers(1, 2**32)


@st.composite
def whole_sets(draw):
    """A size, and ranges that share its positions in any order."""
    widths = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
    size, start, ranges = sum(widths), 1, []
    for at, width in enumerate(widths):
        probability = draw(st.sampled_from([None, probability_of(width, size)]))
        ranges.append(RewardRange(f"reward-{at}", start, start + width - 1, probability))
        start += width
    return size, draw(st.permutations(ranges))


def paths(ranges, size):
    return {fault.path for fault in range_faults(ranges, size)}


@given(whole_sets())
def test_ranges_that_share_all_positions_have_no_fault(whole):
    size, ranges = whole
    assert range_faults(ranges, size) == []
    check_ranges(ranges, size)


@given(whole_sets(), st.data())
def test_every_position_has_the_one_reward_whose_range_holds_it(whole, data):
    size, ranges = whole
    ordered = sorted(ranges, key=lambda one: one.start)
    position = data.draw(st.integers(1, size))
    found = ordered[index_at([one.end for one in ordered], position)]
    assert found.start <= position <= found.end


@pytest.mark.parametrize("position", [0, -1, 101])
def test_a_position_off_the_wheel_has_no_reward(position):
    with pytest.raises(ValueError, match="no range"):
        index_at([50, 100], position)


@given(whole_sets(), st.data())
def test_a_range_moved_by_one_end_leaves_a_gap_or_an_overlap(whole, data):
    size, ranges = whole
    at = data.draw(st.integers(0, len(ranges) - 1))
    one = ranges[at]
    start, end = data.draw(
        st.sampled_from([(one.start - 1, one.end), (one.start, one.end + 1), (one.start + 1, one.end)])
    )
    changed = [*ranges[:at], RewardRange(one.slug, start, end), *ranges[at + 1 :]]
    assert range_faults(changed, size)


def test_every_fault_is_named_at_once_with_its_path():
    ranges = [
        RewardRange("cash", 1, 10),
        RewardRange("cash", 9, 20),
        RewardRange("boost", 31, 40, Decimal("0.2")),
        RewardRange("back", 60, 50),
        RewardRange("far", 90, 101),
        RewardRange("a,b", 0, 0),
    ]
    with pytest.raises(BadRequest) as refused:
        check_ranges(ranges, 100)
    told = {fault.path: fault.message for fault in refused.value.faults}
    assert told["$.rewards[1].reward_slug"] == "'cash' is already the slug of $.rewards[0]"
    assert told["$.rewards[1].range_start"] == "another reward has the positions 9 to 10 too"
    assert told["$.rewards[2].range_start"] == "no reward has the positions 21 to 30"
    assert told["$.rewards[2].probability"] == "must be 10/100 = 0.1, not 0.2"
    assert told["$.rewards[3].range_end"] == "50 comes before the range's start, 60"
    assert told["$.rewards[4].range_start"] == "no reward has the positions 41 to 89"
    assert told["$.rewards[4].range_end"] == "101 is not within 1 to 100"
    assert "$.rewards[5].range_start" in told
    assert "$.rewards[5].reward_slug" in told


def test_positions_left_over_at_the_end_are_named():
    (fault,) = range_faults([RewardRange("one", 1, 99)], 100)
    assert (fault.path, fault.message) == ("$.rewards", "no reward has the positions 100")


@pytest.mark.parametrize("size", [0, -1, 2**32 + 1])
def test_a_wheel_has_1_to_2_to_the_32_positions(size):
    assert paths([RewardRange("one", 1, size)], size) == {"$.wheel_config.size"}
    assert paths([RewardRange("one", 1, 2**32)], 2**32) == set()


def test_a_wheel_without_rewards_is_refused():
    assert paths([], 100) == {"$.rewards"}


@given(sizes, st.data())
def test_a_probability_is_the_width_over_the_size_to_the_thirtieth_decimal(size, data):
    width = data.draw(st.integers(1, size))
    exact = probability_of(width, size)
    assert abs(Fraction(exact) - Fraction(width, size)) <= Fraction(1, 2 * 10**30)
    ranges = [RewardRange("one", 1, width, exact)]
    assert "$.rewards[0].probability" not in paths(ranges, size)
    nearly = EXACT.subtract(exact, Decimal("1e-30"))
    assert "$.rewards[0].probability" in paths([RewardRange("one", 1, width, nearly)], size)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-0.1", "0.99999999999999999999999999999999999"])
def test_a_probability_that_is_not_exact_is_refused(text):
    assert paths([RewardRange("one", 1, 10, Decimal(text))], 10) == {"$.rewards[0].probability"}


weights = st.lists(st.integers(1, 10**6) | st.decimals("0.001", 10**6, places=3), min_size=1, max_size=20)


@given(weights, st.integers(10**9, 2**32))
def test_ranges_made_of_weights_share_the_wheel_and_miss_their_quota_by_less_than_a_position(many, size):
    try:
        ranges = ranges_from_weights(many, size)
    except BadRequest:
        total = sum(Fraction(weight) for weight in many)
        assert any(Fraction(weight) * size / total < 1 for weight in many)
        return
    assert range_faults([RewardRange(f"r{at}", *ends) for at, ends in enumerate(ranges)], size) == []
    total = sum(Fraction(weight) for weight in many)
    for weight, (start, end) in zip(many, ranges, strict=True):
        assert abs((end - start + 1) - Fraction(weight) * size / total) < 1


def test_the_largest_remainders_get_what_is_left():
    assert ranges_from_weights([1, 1, 1], 100) == [(1, 34), (35, 67), (68, 100)]
    assert ranges_from_probabilities([Decimal("0.205"), Decimal("0.207"), Decimal("0.588")], 100) == [
        (1, 20),
        (21, 41),
        (42, 100),
    ]


@pytest.mark.parametrize(("many", "path"), [([1, 0], 1), ([-1, 2], 0), ([Decimal("NaN"), 1], 0), ([1, 10**9], 0)])
def test_a_weight_that_gives_no_position_is_named(many, path):
    with pytest.raises(BadRequest) as refused:
        ranges_from_weights(many, 1_000_000)
    assert [fault.path for fault in refused.value.faults] == [f"$.rewards[{path}].weight"]


def test_probabilities_that_do_not_sum_to_one_are_refused():
    with pytest.raises(BadRequest):
        ranges_from_probabilities([Decimal("0.5"), Decimal("0.4")], 100)
    third = Decimal(1) / Decimal(3)
    assert len(ranges_from_probabilities([third] * 3, 999)) == 3


def test_a_wheel_of_many_rewards_is_searched_as_bisect_does():
    ends = list(range(7, 7001, 7))
    assert all(index_at(ends, position) == bisect_left(ends, position) for position in range(1, 7001))
