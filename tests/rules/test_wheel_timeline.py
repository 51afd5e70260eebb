"""How a wheel turns, and that its turning gives nothing away."""

import random
from itertools import pairwise
from math import dist, sqrt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from games.wheel.angles import segment_at, segments, stop_angle
from games.wheel.timeline import REVEALING_MS, angle_at, make_plan, turned_at, velocity_at

numbers = st.floats(0, 1, exclude_max=True)
draws = st.lists(numbers, min_size=5, max_size=5)
angles = st.floats(0, 360, exclude_max=True)
durations = st.integers(100, 60_000)


def planned(final_deg, duration_ms, drawn, start_deg=0.0):
    return make_plan(final_deg, duration_ms, iter(drawn).__next__, start_deg=start_deg)


@given(angles, durations, draws, angles)
def test_a_wheel_starts_and_ends_at_rest_where_it_must(final_deg, duration_ms, drawn, start_deg):
    plan = planned(final_deg, duration_ms, drawn, start_deg)
    assert angle_at(plan, 0) == angle_at(plan, -5) == pytest.approx(start_deg)
    assert angle_at(plan, duration_ms) == angle_at(plan, duration_ms + 1000) == final_deg
    assert velocity_at(plan, 0) == velocity_at(plan, duration_ms) == 0
    gap = (turned_at(plan, duration_ms) - final_deg) % 360
    assert min(gap, 360 - gap) < 1e-6
    assert velocity_at(plan, duration_ms - 1e-6) < 0.01


@example(26.0, 59_844, [0.0] * 5)
@given(angles, durations, draws)
def test_a_wheel_never_turns_back_or_jumps_and_its_velocity_is_that_of_its_angle(final_deg, duration_ms, drawn):
    plan = planned(final_deg, duration_ms, drawn)
    # Short enough that the last stretch, where the velocity bends, is many steps long.
    steps = max(400, round(duration_ms / 25))
    span = duration_ms / steps
    before, fastest = turned_at(plan, 0), plan.cruise_deg_s
    for step in range(1, steps + 1):
        t_ms = step * span
        turned = turned_at(plan, t_ms)
        assert -1e-9 <= turned - before <= fastest * span / 1000 + 1e-6
        middle = (velocity_at(plan, t_ms) + 4 * velocity_at(plan, t_ms - span / 2) + velocity_at(plan, t_ms - span)) / 6
        assert turned - before == pytest.approx(middle * span / 1000, abs=fastest * span / 1000 * 0.02)
        before = turned


@given(angles, durations, draws)
def test_the_velocity_is_continuous_where_one_stretch_meets_the_next(final_deg, duration_ms, drawn):
    plan = planned(final_deg, duration_ms, drawn)
    joints = [plan.gather_ms, plan.gather_ms + plan.cruise_ms, plan.duration_ms - plan.settle_ms, plan.duration_ms]
    for joint in joints:
        apart = velocity_at(plan, joint + 1e-7) - velocity_at(plan, joint - 1e-7)
        assert abs(apart) < plan.cruise_deg_s * 1e-4
        assert turned_at(plan, joint + 1e-7) - turned_at(plan, joint - 1e-7) < plan.cruise_deg_s * 1e-6


@given(angles, durations, draws)
def test_braking_only_ever_slows_the_wheel(final_deg, duration_ms, drawn):
    plan = planned(final_deg, duration_ms, drawn)
    assert 0 <= plan.softness <= 1
    begin = plan.gather_ms
    speeds = [velocity_at(plan, begin + (duration_ms - begin) * step / 300) for step in range(301)]
    assert all(later <= sooner + 1e-9 for sooner, later in pairwise(speeds))


@given(draws)
def test_a_spin_of_five_seconds_makes_several_turns_at_a_speed_that_frames_can_show(drawn):
    plan = planned(0, 5000, drawn)
    assert 5 <= turned_at(plan, 5000) / 360 < 19
    assert plan.cruise_deg_s / 15 < 180


@given(angles, angles, durations, draws, numbers)
def test_frames_before_the_settling_are_the_same_whatever_the_outcome(one, other, duration_ms, drawn, moment):
    first, second = planned(one, duration_ms, drawn), planned(other, duration_ms, drawn)
    t_ms = moment * max(duration_ms - REVEALING_MS, duration_ms / 2)
    assert angle_at(first, t_ms) == angle_at(second, t_ms)
    assert velocity_at(first, t_ms) == velocity_at(second, t_ms)


# -- predictors that have seen the frames of many spins


DURATION_MS = 5000
WHEEL = segments([1] * 8)
SPINS = 1500


def watched(source, until_ms):
    """A spin at a moment: the angle and some last speeds that a watcher has, where it rests, what it won."""
    won = source.randrange(8)
    plan = make_plan(stop_angle(WHEEL[won], source.random()), DURATION_MS, source.random)
    moments = [until_ms - 700, until_ms - 250, until_ms - 66, until_ms]
    return angle_at(plan, until_ms), [velocity_at(plan, t_ms) for t_ms in moments], plan.final_deg, won


def right_by_likeness(until_ms):
    """A predictor that turns the wheel on by what the likest of the spins it knows had left to turn."""
    source = random.Random(20261122)
    known = [watched(source, until_ms) for _ in range(SPINS)]
    right = 0
    for _ in range(SPINS):
        angle, speeds, _, won = watched(source, until_ms)
        likest = min(known, key=lambda one: dist(speeds, one[1]))
        right += segment_at(WHEEL, (angle + likest[2] - likest[0]) % 360) == won
    return right


def right_by_reach(until_ms):
    """The best of twenty predictors, each sure of another part of the way at full speed that braking leaves."""
    source = random.Random(7)
    right = [0] * 20
    for _ in range(SPINS):
        angle, speeds, _, won = watched(source, until_ms)
        reach = speeds[-1] * (DURATION_MS - until_ms) / 1000
        for part in range(20):
            right[part] += segment_at(WHEEL, (angle + reach * (part + 0.5) / 20) % 360) == won
    return max(right)


@pytest.mark.parametrize("predictor", [right_by_likeness, right_by_reach])
def test_a_predictor_does_no_better_than_the_odds_until_the_last_stretch(predictor):
    by_chance, deviation = SPINS / 8, sqrt(SPINS * 1 / 8 * 7 / 8)
    assert predictor(DURATION_MS - REVEALING_MS) < by_chance + 4 * deviation
    # The same predictor sees well enough once the wheel settles: it is no blind judge.
    assert predictor(DURATION_MS - 200) > SPINS / 2
