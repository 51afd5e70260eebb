"""What is no person's rhythm and no luck, and that people and luck are left alone."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.anti_cheat import LONGEST_REACTION_MS, Reactions, RhythmLimits, superhuman, win_rate_evidence
from server.settings import Settings

SETTINGS = Settings()
LIMITS = RhythmLimits(
    SETTINGS.rhythm_reactions, SETTINGS.rhythm_spread, SETTINGS.rhythm_instant_ms, SETTINGS.rhythm_instant_share
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def lognormal(dice: random.Random, median_ms: float, ratio: float) -> float:
    """A reaction whose standard deviation by mean is about `ratio`."""
    return median_ms * math.exp(dice.gauss(0, math.sqrt(math.log1p(ratio**2))))


def test_people_are_not_taken_for_software_however_long_they_play():
    dice = random.Random(7)
    alarms = 0
    for _ in range(200):
        median_ms, ratio = dice.uniform(150, 3000), dice.uniform(0.15, 0.7)
        reactions = [lognormal(dice, median_ms, ratio) for _ in range(600)]
        windows = [reactions[at : at + LIMITS.reactions] for at in range(0, 600 - LIMITS.reactions + 1, 5)]
        alarms += any(superhuman(window, LIMITS) is not None for window in windows)
    assert alarms == 0


def test_somebody_who_hammers_the_button_is_no_software():
    dice = random.Random(8)
    for taps_a_second in (4, 6, 8, 10):
        reactions = [dice.uniform(0, 1000 / taps_a_second) for _ in range(LIMITS.reactions)]
        assert superhuman(reactions, LIMITS) is None


@pytest.mark.parametrize("waits_ms", [150, 500, 2000])
def test_software_that_waits_evenly_is_found_behind_a_jittering_network(waits_ms):
    dice = random.Random(9)
    for _ in range(50):
        reactions = [waits_ms + abs(dice.gauss(0, waits_ms * 0.03)) for _ in range(LIMITS.reactions)]
        found = superhuman(reactions, LIMITS)
        assert found is not None
        assert found.spread < LIMITS.spread


def test_pauses_do_not_hide_software():
    reactions = [500.0 + at % 7 for at in range(LIMITS.reactions - 15)] + [9000.0] * 15
    assert superhuman(reactions, LIMITS) is not None


def test_software_that_does_not_wait_is_found_however_unevenly():
    dice = random.Random(10)
    found = superhuman([dice.uniform(0, 40) for _ in range(LIMITS.reactions)], LIMITS)
    assert found is not None
    assert found.instant_share == 1


def test_too_few_reactions_say_nothing():
    assert superhuman([500.0] * (LIMITS.reactions - 1), LIMITS) is None
    assert superhuman([0.0] * LIMITS.reactions, LIMITS) is not None


def test_reactions_are_counted_from_stop_to_start_without_pauses_and_spins_at_once():
    reactions = Reactions()
    for start_s, stop_s in ((0, 5), (5.4, 10), (9, 14), (14.3, 19), (60, 65), (65.25, 70)):
        reactions.follow(NOON + timedelta(seconds=start_s), NOON + timedelta(seconds=stop_s), 2)
    assert reactions.ms == [300, 250]
    reactions.follow(NOON + timedelta(seconds=70, milliseconds=LONGEST_REACTION_MS), NOON + timedelta(seconds=90), 9)
    assert reactions.ms == [300, 250, LONGEST_REACTION_MS]


def test_evidence_under_the_published_rate_is_one_on_average_whenever_it_is_looked_at():
    for rate in (0.02, 0.25, 0.9):
        for spins in (1, 7, 40):
            expected = sum(
                math.comb(spins, hits)
                * rate**hits
                * (1 - rate) ** (spins - hits)
                * win_rate_evidence(spins, hits, rate)
                for hits in range(spins + 1)
            )
            assert expected == pytest.approx(1)


def test_luck_that_is_looked_at_after_every_spin_alarms_no_oftener_than_it_may():
    dice = random.Random(11)
    alpha, players, alarms = 0.05, 400, 0
    for _ in range(players):
        rate, hits = dice.choice((0.05, 0.25, 0.5)), 0
        for spins in range(1, 301):
            hits += dice.random() < rate
            if win_rate_evidence(spins, hits, rate) >= 1 / alpha:
                alarms += 1
                break
    assert alarms / players <= alpha


def test_a_rate_beyond_chance_is_found_soon():
    dice = random.Random(12)
    for _ in range(20):
        hits = sum(dice.random() < 0.5 for _ in range(300))
        assert win_rate_evidence(300, hits, 0.25) >= SETTINGS.win_rate_evidence


@given(st.integers(0, 5000), st.floats(0, 1), st.floats(0, 1))
def test_evidence_is_a_number_whatever_is_counted(spins, share, rate):
    evidence = win_rate_evidence(spins, int(share * spins), rate)
    assert math.isfinite(evidence)
    assert evidence >= 0


def test_what_the_published_odds_exclude_is_proof():
    assert win_rate_evidence(10, 1, 0.0) == 1e300
    assert win_rate_evidence(10, 9, 1.0) == 1e300
    assert win_rate_evidence(0, 0, 0.5) == 1
