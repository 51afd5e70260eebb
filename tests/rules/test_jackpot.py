"""The rules of jackpots, as values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest, Closed, Conflict, LimitReached
from games.jackpot import (
    JackpotConfig,
    JackpotEventConfig,
    JackpotPrizeConfig,
    PlannedEvent,
    PlannedPrize,
    PoolMove,
    check_opening,
    codes,
    event_faults,
    locks_at,
    placed,
    prize_faults,
    term_faults,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def event(pick: str = "1,X,2", **config: object) -> PlannedEvent:
    return PlannedEvent("Match", pick, event_config=JackpotEventConfig(**config))


def prize(kind: str = "main", **config: object) -> PlannedPrize:
    return PlannedPrize("Tier", JackpotPrizeConfig(**{"correct": 1, **config}), kind)


@given(st.lists(st.decimals(min_value=0, max_value=10**9, places=4), max_size=20))
def test_moves_add_up_exactly(amounts):
    pool = Decimal(0)
    for amount in amounts:
        pool = PoolMove(add=f"{amount:f}").moved("open", pool)
    assert pool == sum(amounts, Decimal(0))


@pytest.mark.parametrize("status", ["draft", "open", "locked"])
def test_a_pool_is_set_or_moved_until_results_come(status):
    assert PoolMove(pool_amount="12.50").moved(status, Decimal(7)) == Decimal("12.5")
    assert PoolMove(add="-7").moved(status, Decimal(7)) == 0


@pytest.mark.parametrize("status", ["resulting", "settling", "settled", "cancelled"])
def test_a_pool_stands_from_then_on(status):
    with pytest.raises(Closed):
        PoolMove(add="1").moved(status, Decimal(7))


def test_a_pool_never_falls_below_zero_and_never_outgrows_its_column():
    with pytest.raises(Conflict, match="below zero"):
        PoolMove(add="-7.01").moved("open", Decimal(7))
    with pytest.raises(LimitReached):
        PoolMove(add="1").moved("open", Decimal(999999999999999))


@pytest.mark.parametrize("move", [PoolMove(), PoolMove(pool_amount="1", add="1")])
def test_a_move_sets_or_adds_and_not_both(move):
    with pytest.raises(BadRequest):
        move.moved("open", Decimal(7))


def test_codes_are_short_words_two_at_least_and_none_twice():
    assert codes("1,X,2") == ("1", "X", "2")
    for wrong in ("1", "1,1", "1,,2", "1, 2", "x,y", "TOOLONGWORD,1", ""):
        with pytest.raises(ValueError, match=r"names two|lists codes"):
            codes(wrong)


def test_events_stand_where_they_say_or_where_they_are_listed():
    events = placed([event(), event(position=7), event()])
    assert [one.event_config.position for one in events] == [1, 7, 3]
    assert event_faults(events) == []


def test_every_fault_of_events_is_named():
    faults = event_faults(placed([event("1"), event(position=1), event(starts_at=datetime(2026, 1, 1))]))  # noqa: DTZ001
    assert [fault.path for fault in faults] == [
        "$.events[0].event_pick",
        "$.events[1].event_config.position",
        "$.events[2].event_config.starts_at",
    ]


@pytest.mark.parametrize(
    ("tier", "path"),
    [
        (prize(), ""),
        (prize(share_bps=1, fixed="1"), ""),
        (prize("fixed", share_bps=1), ".fixed"),
        (prize("pool_share", fixed="1"), ".share_bps"),
        (prize(fixed="1.005"), ".fixed"),
    ],
)
def test_a_tier_is_a_share_or_a_sum_that_can_be_paid(tier, path):
    assert [fault.path for fault in prize_faults([tier], "EUR")] == [f"$.prizes[0].prize_config{path}"]


def test_tiers_share_the_whole_pool_at_the_most():
    assert prize_faults([prize(share_bps=8000), prize(share_bps=2000)], "EUR") == []
    assert [fault.path for fault in prize_faults([prize(share_bps=8000), prize(share_bps=2001)], "EUR")] == ["$.prizes"]


def test_it_locks_at_the_earlier_of_its_end_and_the_first_events_start():
    assert locks_at(NOW + HOUR, [event(), event(starts_at=NOW + 2 * HOUR)]) == NOW + HOUR
    assert locks_at(NOW + HOUR, [event(starts_at=NOW + HOUR / 2), event()]) == NOW + HOUR / 2


def test_a_draft_opens_when_it_can_be_played():
    check_opening([event()], [prize()], NOW + HOUR, NOW)
    for events, prizes, locks, lacks in (
        ([event()], [prize()], NOW, "has passed"),
        ([], [prize()], NOW + HOUR, "no events"),
        ([event(reserve=True)], [prize()], NOW + HOUR, "no events"),
        ([event()], [], NOW + HOUR, "no prizes"),
        ([event(), event(reserve=True)], [prize(correct=2)], NOW + HOUR, "2 right calls of 1"),
    ):
        with pytest.raises(Conflict, match=lacks):
            check_opening(events, prizes, locks, NOW)


def test_terms_are_sums_that_can_be_paid_and_times_in_order():
    good = {"jackpot_stake": Decimal("2.50"), "start_time": NOW, "end_time": NOW + HOUR}
    assert term_faults(good, "EUR") == []
    bad = {
        "jackpot_stake": Decimal("2.50"),
        "start_time": NOW,
        "end_time": NOW,
        "jackpot_config": JackpotConfig(seed_amount="0.5", guarantee="0.25"),
    }
    assert [fault.path for fault in term_faults(bad, "JPY")] == [
        "$.end_time",
        "$.jackpot_stake",
        "$.jackpot_config.seed_amount",
        "$.jackpot_config.guarantee",
    ]
