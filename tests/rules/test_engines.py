"""What every engine must do, whoever wrote it, and what each of the built-in ones shows."""

import random
from collections import Counter
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.engines import Reveal, trial
from games.engines.plinko import PEGS_DEEP, Plinko, PlinkoSettings
from games.engines.scratch_card import ScratchCard, ScratchCardSettings
from games.engines.wheel import Wheel, WheelSettings
from games.wheel.angles import segment_at, segments, stops_within
from games.wheel.terms import RewardTerms
from games.wheel.timeline import REVEALING_MS

WIDTHS = [1, 40, 9, 50]
DRAWN = segments(WIDTHS)
CONFIGURED = [
    (Wheel(), WheelSettings()),
    *((Plinko(), PlinkoSettings(rows)) for rows in (6, 12, 20)),
    *((ScratchCard(), ScratchCardSettings(cells)) for cells in (6, 9, 12)),
]

configured = st.sampled_from(CONFIGURED)
outcomes = st.integers(0, len(WIDTHS) - 1)
durations = st.integers(100, 60_000)
seeds = st.integers()
moments = st.floats(0, 1)


def revealed(engine, config, won, duration_ms, seed):
    return engine.reveal(config, DRAWN[won], duration_ms, random.Random(seed).random)


def watched(engine, config, won, duration_ms, seed):
    return engine.frames(revealed(engine, config, won, duration_ms, seed).plan)


@given(configured, outcomes, durations, seeds)
def test_the_angle_told_with_a_result_lies_in_the_segment_of_its_outcome(one, won, duration_ms, seed):
    reveal = revealed(*one, won, duration_ms, seed)
    assert segment_at(DRAWN, reveal.angle_deg) == won
    assert stops_within(DRAWN[won], reveal.angle_deg)


@given(configured, outcomes, outcomes, durations, seeds, moments)
def test_frames_before_the_last_stretch_are_the_same_whatever_was_won(one, won, other, duration_ms, seed, moment):
    t_ms = moment * max(duration_ms - REVEALING_MS, duration_ms / 2)
    assert watched(*one, won, duration_ms, seed)(t_ms) == watched(*one, other, duration_ms, seed)(t_ms)


@given(configured, outcomes, durations, seeds)
def test_a_reveal_rests_before_its_start_and_after_its_end(one, won, duration_ms, seed):
    frames = watched(*one, won, duration_ms, seed)
    assert frames(-5) == frames(0)
    assert frames(duration_ms) == frames(duration_ms + 5000)


# -- plinko


@given(outcomes, durations, seeds)
def test_a_ball_begins_in_the_middle_at_the_top_and_lands_in_the_slot_that_its_angle_says(won, duration_ms, seed):
    reveal = revealed(Plinko(), PlinkoSettings(), won, duration_ms, seed)
    frames = Plinko().frames(reveal.plan)
    assert frames(0) == (180.0, 0.0)
    angle, depth = frames(duration_ms)
    assert (angle, depth) == (pytest.approx(reveal.angle_deg), 1.0)


@given(st.integers(6, 20), outcomes, seeds, moments)
def test_a_ball_stays_on_the_board_and_jumps_nowhere(rows, won, seed, moment):
    frames = watched(Plinko(), PlinkoSettings(rows), won, 5000, seed)
    t_ms = moment * 4999
    (angle, depth), (later, deeper) = frames(t_ms), frames(t_ms + 1)
    assert 0 < angle < 360
    assert 0 <= depth <= 1
    assert abs(later - angle) < 1
    assert abs(deeper - depth) < 0.01


@given(st.integers(6, 20), seeds)
def test_a_ball_meets_every_row_half_a_peg_to_a_side(rows, seed):
    frames = watched(Plinko(), PlinkoSettings(rows), 1, 9000, seed)
    row_ms = (9000 - 680) / rows
    places = [frames(row * row_ms) for row in range(rows)]
    for row, (_, depth) in enumerate(places):
        assert depth == pytest.approx(PEGS_DEEP * row / rows, abs=1e-6)
    for (one, _), (later, _) in pairwise(places):
        assert abs(one - later) == pytest.approx(180 / rows, abs=1e-6)


def test_the_place_of_the_ball_over_the_kicker_foretells_no_slot():
    slots = segments([1] * 8)
    right, falls = 0, 2000
    for seed in range(falls):
        won = random.Random(-1 - seed).randrange(8)
        reveal = Plinko().reveal(PlinkoSettings(), slots[won], 5000, random.Random(seed).random)
        angle, _ = Plinko().frames(reveal.plan)(5000 - REVEALING_MS)
        right += segment_at(slots, angle) == won
    # An eighth by chance; five deviations of it are 74 of 2,000.
    assert abs(right - falls / 8) < 74


# -- the scratch card


@given(st.sampled_from([6, 9, 12]), outcomes, durations, seeds, moments)
def test_cells_are_uncovered_one_after_another_and_never_covered_again(cells, won, duration_ms, seed, moment):
    frames = watched(ScratchCard(), ScratchCardSettings(cells), won, duration_ms, seed)
    t_ms = moment * duration_ms
    assert 0 <= frames(t_ms)[0] <= frames(t_ms + 5)[0] <= cells
    assert frames(0) == (0, 0)
    assert frames(duration_ms) == (cells, 0)


@given(outcomes, outcomes, durations, seeds, moments)
def test_frames_of_a_card_are_the_same_to_the_end_whatever_was_won(won, other, duration_ms, seed, moment):
    config, t_ms = ScratchCardSettings(), moment * duration_ms
    first = watched(ScratchCard(), config, won, duration_ms, seed)(t_ms)
    assert first == watched(ScratchCard(), config, other, duration_ms, seed)(t_ms)


def reward(at, kind):
    return RewardTerms(UUID(int=at), f"r{at}", f"R{at}", kind, None, None, msgspec.Raw(b"{}"), at, at, "0.1", 0.0, 1.0)


@given(st.lists(st.sampled_from(["none", "cash"]), min_size=1, max_size=12), st.data(), seeds)
def test_three_of_a_kind_are_what_was_won_and_without_a_prize_there_are_none(kinds, data, seed):
    config = ScratchCardSettings(data.draw(st.sampled_from([6, 9, 12])))
    rewards = [reward(at, kind) for at, kind in enumerate(kinds)]
    won = data.draw(st.sampled_from(rewards))
    cells = ScratchCard().picture(config, rewards, won, random.Random(seed).random)["cells"]
    assert len(cells) == config.cells
    shown = Counter(slug for slug in cells if slug is not None)
    assert {slug for slug, often in shown.items() if often >= 3} == ({won.slug} if won.type != "none" else set())
    assert max(shown.values(), default=0) <= 3
    assert set(shown) <= {one.slug for one in rewards if one.type != "none"}


# -- the trial that packages are held to


class Telltale(Wheel):
    """Turns at its outcome's pace from the first frame on."""

    def frames(self, plan):
        shown = super().frames(plan)
        last = shown(1e9)[0]
        return lambda t_ms: (last * min(1.0, t_ms / 1000), 0.0)


class Astray(Wheel):
    def reveal(self, config, segment, duration_ms, random):
        return Reveal(super().reveal(config, segment, duration_ms, random).plan, 12.0)


class Broken(Wheel):
    def frames(self, plan):
        raise ValueError(f"{len(plan)} bytes, and not today")


class Demanding(Wheel):
    class config(msgspec.Struct):  # noqa: N801 - as engines name it
        colour: str


@pytest.mark.parametrize(
    ("engine", "fault"),
    [
        (Telltale(), "its frames tell the outcome"),
        (Astray(), "does not lie in the outcome's segment"),
        (Broken(), "it fails: ValueError"),
        (Demanding(), "needs a default for every field"),
    ],
    ids=["telltale", "astray", "broken", "demanding"],
)
def test_the_trial_finds_what_is_wrong_with_an_engine(engine, fault):
    assert any(fault in found for found in trial.faults(engine, lambda seed: random.Random(seed).random))


@pytest.mark.parametrize("engine", [Wheel(), Plinko(), ScratchCard()], ids=["wheel", "plinko", "scratch_card"])
def test_the_built_in_engines_pass_the_trial(engine):
    assert trial.faults(engine, lambda seed: random.Random(seed).random) == []
