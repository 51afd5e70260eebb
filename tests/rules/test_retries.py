"""What has failed is tried again for days, each time a little earlier or later than the last word says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.retries import JITTER, delay_s
from server.settings import Settings

DELAYS = Settings().retry_delays
chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, len(DELAYS)), chances)
def test_a_try_comes_at_most_a_fifth_earlier_or_later_than_its_delay(failures, chance):
    delay = DELAYS[failures - 1]
    found = delay_s(failures, chance, DELAYS)
    assert found is not None
    assert abs(found - delay) <= delay * JITTER * (1 + 1e-9)


@given(st.integers(1, len(DELAYS)), chances, chances)
def test_tries_that_have_failed_together_are_spread_by_chance(failures, one, other):
    earlier, later = sorted((one, other))
    found = [delay_s(failures, chance, DELAYS) for chance in (earlier, later)]
    assert found == sorted(found)
    assert delay_s(failures, 0.0, DELAYS) == pytest.approx(DELAYS[failures - 1] * 0.8)
    assert delay_s(failures, 0.5, DELAYS) == DELAYS[failures - 1]


@given(chances)
def test_after_the_last_delay_no_try_is_made(chance):
    assert delay_s(len(DELAYS) + 1, chance, DELAYS) is None
    assert delay_s(1, chance, []) is None


def test_a_reward_is_tried_for_days_soon_at_first():
    assert sorted(DELAYS) == DELAYS
    assert DELAYS[0] <= 10
    assert sum(DELAYS) * (1 - JITTER) > 3 * 86_400
