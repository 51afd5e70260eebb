"""Where rewards are drawn and where wheels rest."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.wheel.angles import EDGE_MARGIN, segment_at, segments, stop_angle

widths = st.lists(st.integers(1, 10**6), min_size=1, max_size=60)


@given(widths)
def test_the_segments_go_once_around_the_wheel_without_a_gap(many):
    drawn = segments(many)
    assert drawn[0].start_deg == 0
    for one, following in pairwise(drawn):
        assert one.start_deg + one.sweep_deg == pytest.approx(following.start_deg, abs=1e-9)
    assert drawn[-1].start_deg + drawn[-1].sweep_deg == pytest.approx(360, abs=1e-9)


@given(widths)
def test_a_rare_reward_has_a_third_of_an_equal_share_at_least_and_likelier_ones_have_more(many):
    drawn = segments(many)
    assert all(segment.sweep_deg > 120 / len(many) - 1e-5 for segment in drawn)
    by_width = sorted(zip(many, drawn, strict=True), key=lambda pair: pair[0])
    for (_, smaller), (_, larger) in pairwise(by_width):
        assert smaller.sweep_deg <= larger.sweep_deg + 1e-5


@given(widths, st.data(), st.floats(0, 1, exclude_max=True))
def test_a_wheel_rests_in_its_segment_away_from_the_edges(many, data, random):
    drawn = segments(many)
    at = data.draw(st.integers(0, len(many) - 1))
    angle = stop_angle(drawn[at], random)
    assert 0 <= angle < 360
    assert segment_at(drawn, angle) == at
    assert segment_at(drawn, round(angle, 4)) == at
    into = (360 - angle) % 360 - drawn[at].start_deg
    margin = drawn[at].sweep_deg * EDGE_MARGIN - 1e-9
    assert margin <= into <= drawn[at].sweep_deg - margin


def test_the_pointer_is_over_the_zero_mark_of_a_wheel_that_has_not_turned():
    drawn = segments([1, 1, 1, 1])
    assert [segment_at(drawn, angle) for angle in (359.9, 0.1, 90.1, 180.1, 270.1)] == [0, 3, 2, 1, 0]
