"""When a wheel may be opened and when it takes spins; its settings."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from games.columns import column_faults, parse_column
from games.errors import BadRequest
from games.rewards import parse_detail
from games.wheel.config import SpinConfig, WheelConfig
from games.wheel.ranges import RewardRange
from games.wheel.rules import OfferedReward, check_opening, is_open, opening_faults

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def opened(status="active", *, is_active=True, opens_at=None, closes_at=None):
    return is_open(status, is_active=is_active, opens_at=opens_at, closes_at=closes_at, now=NOW)


def test_only_an_active_wheel_takes_spins():
    assert opened()
    for status in ("draft", "scheduled", "paused", "ended", "archived"):
        assert not opened(status)
    assert not opened(is_active=False)


def test_a_wheel_opens_with_its_opening_and_is_closed_from_its_closing_on():
    assert opened(opens_at=NOW)
    assert not opened(opens_at=NOW + TICK)
    assert opened(closes_at=NOW + TICK)
    assert not opened(closes_at=NOW)


def offered(slug, start, end, kind, detail):
    return OfferedReward(RewardRange(slug, start, end), parse_detail(kind, detail))


def test_a_wheel_of_whole_ranges_and_sound_fallbacks_may_be_opened():
    rewards = [
        offered("cap", 1, 10, "in_kind", {"item": "A cap", "stock": {"total": 3}, "fallback": "coin"}),
        offered(
            "coin", 11, 20, "cash", {"amount": "1", "currency": "EUR", "stock": {"per_day": 9}, "fallback": "none"}
        ),
        offered("none", 21, 100, "none", {}),
    ]
    check_opening(rewards, 100)
    assert opening_faults(rewards, 100) == []


def test_the_faults_of_ranges_and_of_fallbacks_are_named_together():
    rewards = [
        offered("cap", 1, 10, "in_kind", {"item": "A cap", "stock": {"total": 3}}),
        offered("hat", 11, 20, "in_kind", {"item": "A hat", "stock": {"per_user": 1}, "fallback": "scarf"}),
        offered("a", 21, 30, "none", {"fallback": "b"}),
        offered("b", 31, 90, "none", {"fallback": "a"}),
    ]
    with pytest.raises(BadRequest) as refused:
        check_opening(rewards, 100)
    told = {fault.path: fault.message for fault in refused.value.faults}
    assert told == {
        "$.rewards": "no reward has the positions 91 to 100",
        "$.rewards[0].reward_detail.fallback": (
            "a reward of limited stock names the reward that is paid when it has run out"
        ),
        "$.rewards[1].reward_detail.fallback": "no reward has the slug 'scarf'",
        "$.rewards[2].reward_detail.fallback": "the fallbacks lead back to this reward",
        "$.rewards[3].reward_detail.fallback": "the fallbacks lead back to this reward",
    }


def test_settings_left_out_have_their_defaults():
    assert msgspec.to_builtins(parse_column(WheelConfig, {}, "$.wheel_config")) == {
        "size": 1_000_000,
        "display_name_rule": "masked",
        "theme": None,
    }
    assert msgspec.to_builtins(parse_column(SpinConfig, {}, "$.spin_config")) == {
        "duration_ms": 5000,
        "frames_per_second": 15,
        "featured": 16,
        "turning_per_player": 1,
        "spins_per_minute": None,
        "least_interval_ms": 0,
        "price": None,
    }


def test_every_fault_of_a_setting_is_named_with_its_path():
    faults = column_faults(
        SpinConfig, {"durations": 1, "duration_ms": "5000", "featured": -1, "price": "0"}, "$.spin_config"
    )
    assert [fault.path for fault in faults] == [
        "$.spin_config.durations",
        "$.spin_config.duration_ms",
        "$.spin_config.featured",
        "$.spin_config.price",
    ]
    with pytest.raises(BadRequest) as refused:
        parse_column(WheelConfig, {"size": 2**32 + 1, "display_name_rule": "loud"}, "$.wheel_config")
    assert {fault.path for fault in refused.value.faults} == {"$.wheel_config.size", "$.wheel_config.display_name_rule"}


def test_of_a_thousand_faults_the_first_hundred_are_named_and_that_there_are_more():
    faults = column_faults(SpinConfig, {f"key{number}": 1 for number in range(1000)}, "$.spin_config")
    assert [fault.path for fault in faults[:100]] == [f"$.spin_config.key{number}" for number in range(100)]
    (last,) = faults[100:]
    assert last.path == "$.spin_config"
    assert "more faults than these 100" in last.message


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_a_setting_is_an_object(value):
    assert [fault.path for fault in column_faults(WheelConfig, value, "$.wheel_config")] == ["$.wheel_config"]


def test_a_theme_is_a_name_or_values_of_tokens():
    assert parse_column(WheelConfig, {"theme": "brass"}, "$").theme == "brass"
    assert parse_column(WheelConfig, {"theme": {"accent": "#c9a227"}}, "$").theme == {"accent": "#c9a227"}
    assert column_faults(WheelConfig, {"theme": {"accent": "url('//evil')"}}, "$")
