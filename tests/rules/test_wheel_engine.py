"""The turning wheel as an engine: it rests in the outcome's segment, and tells nothing before the last stretch."""

import random

from hypothesis import given
from hypothesis import strategies as st

from games.engines import Wheel
from games.wheel.angles import segment_at, segments
from games.wheel.timeline import REVEALING_MS

WIDTHS = [1, 40, 9, 50]
DRAWN = segments(WIDTHS)


@given(st.integers(0, 3), st.integers(100, 60_000), st.integers())
def test_a_reveal_rests_in_the_segment_of_its_outcome(won, duration_ms, seed):
    reveal = Wheel().reveal(DRAWN[won], duration_ms, random.Random(seed).random)
    assert segment_at(DRAWN, reveal.rest) == won
    assert Wheel().frames(reveal.plan)(duration_ms) == (reveal.rest, 0.0)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(), st.floats(0, 1))
def test_frames_before_the_last_stretch_are_the_same_whatever_was_won(one, other, seed, moment):
    duration_ms = 5000
    first, second = (
        Wheel().frames(Wheel().reveal(DRAWN[won], duration_ms, random.Random(seed).random).plan) for won in (one, other)
    )
    t_ms = moment * (duration_ms - REVEALING_MS)
    assert first(t_ms) == second(t_ms)
