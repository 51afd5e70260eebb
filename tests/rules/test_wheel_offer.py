"""A wheel's rewards go in as one whole set, and every fault of it is named (domain.md, Wheels, rewards)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest
from games.wheel.offer import PlannedReward, as_offered, fit_together
from games.wheel.rules import opening_faults

SIZE = 1_000_000


def reward(slug="a", kind="none", detail=None, **share):
    return PlannedReward(reward_slug=slug, reward_label=slug, reward_type=kind, reward_detail=detail or {}, **share)


def faults_of(*planned, size=SIZE):
    with pytest.raises(BadRequest) as refused:
        fit_together(planned, size)
    return {(fault.path, fault.message) for fault in refused.value.faults}


def paths_of(*planned, size=SIZE):
    return {path for path, _ in faults_of(*planned, size=size)}


def test_ranges_that_sum_to_999_999_are_refused_and_the_missing_position_is_named():
    assert faults_of(
        reward("a", range_start=1, range_end=400_000), reward("b", range_start=400_001, range_end=999_999)
    ) == {("$.rewards", "no reward has the positions 1000000")}


def test_an_overlap_a_gap_a_bad_detail_a_wrong_probability_and_a_missing_fallback_are_all_named_at_once():
    found = paths_of(
        reward("a", range_start=1, range_end=400_000, probability="0.5"),
        reward("b", "cash", {"amount": "1"}, range_start=300_000, range_end=500_000),
        reward("c", "in_kind", {"item": "x", "stock": {"total": 1}}, range_start=500_010, range_end=SIZE),
        reward("c", "luck", range_start=500_002, range_end=500_003),
    )
    assert found == {
        "$.rewards[0].probability",
        "$.rewards[1].range_start",
        "$.rewards[1].reward_detail.currency",
        "$.rewards[3].range_start",
        "$.rewards[2].range_start",
        "$.rewards[3].reward_slug",
        "$.rewards[3].reward_type",
    }


def test_limited_stock_names_its_fallback_before_anything_is_opened():
    limited = reward("a", "in_kind", {"item": "x", "stock": {"total": 1}}, weight=1)
    assert paths_of(limited, reward("b", weight=1)) == {"$.rewards[0].reward_detail.fallback"}


def test_a_detail_that_does_not_fit_hides_no_fault_of_anothers_fallback():
    limited = reward("a", "in_kind", {"item": "x", "stock": {"total": 1}}, weight=1)
    broken = reward("b", "cash", {"amount": "1"}, weight=1)
    assert paths_of(limited, broken) == {"$.rewards[0].reward_detail.fallback", "$.rewards[1].reward_detail.currency"}


def test_a_set_says_its_shares_in_one_way():
    ranged = reward("a", range_start=1, range_end=SIZE)
    assert paths_of(ranged, reward("b", weight=1)) == {
        "$.rewards[1].range_start",
        "$.rewards[1].range_end",
        "$.rewards[1].weight",
    }
    assert paths_of(reward("a", weight=1), reward("b", probability="0.5")) == {
        "$.rewards[1]",
        "$.rewards[1].probability",
    }
    assert paths_of(reward("a"), reward("b")) == {"$.rewards[0]", "$.rewards[1]"}
    assert paths_of() == {"$.rewards"}


def test_probabilities_become_ranges_whose_widths_are_exact():
    first, second, third = fit_together(
        [reward("a", probability="0.25"), reward("b", probability="0.500001"), reward("c", probability="0.249999")],
        SIZE,
    )
    assert [(one.start, one.end) for one in (first, second, third)] == [
        (1, 250_000),
        (250_001, 750_001),
        (750_002, SIZE),
    ]
    assert second.probability == Decimal("0.500001")
    assert faults_of(reward("a", probability="0.5"), reward("b", probability="0.4")) == {
        ("$.rewards", "the probabilities sum to 0.9, not to 1")
    }


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_any_weights_become_a_set_that_may_be_opened(weights):
    planned = [reward(f"r{n}", weight=weight) for n, weight in enumerate(weights)]
    assert opening_faults(as_offered(fit_together(planned, 2**32)), 2**32) == []
