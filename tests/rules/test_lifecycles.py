"""The state machines: a move that is not listed is a conflict."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import lifecycles
from games.errors import Conflict
from games.lifecycle import Lifecycle
from games.lifecycles import CAMPAIGN, CLAIM, JACKPOT, RESULT, SPIN, WHEEL, WheelStatus

ALL = {name: one for name, one in vars(lifecycles).items() if isinstance(one, Lifecycle)}

#: a whole life, as the rules tell it
LIVES = {
    "ENGINE": "draft active maintenance active maintenance retired",
    "CONFIG": "draft published superseded",
    "WHEEL": "draft scheduled active paused active ended archived",
    "REWARD": "active depleted retired",
    "CHANCE": "active exhausted",
    "EPOCH": "next current revealed",
    "SPIN": "requested committed completed",
    "RESULT": "decided shown settled",
    "CLAIM": "unclaimed claiming claimed",
    "VOID": "requested withdrawn",
    "DELIVERY": "pending sending failed sending manual failed sending confirmed",
    "STAKE": "reserved debiting debited rolling_back manual rolled_back",
    "JACKPOT": "draft open locked resulting settling settled",
    "JACKPOT_EVENT": "scheduled live postponed resulted",
    "TICKET": "accepted won paid",
    "CAMPAIGN": "draft committed on_sale paused on_sale closed drawing drawn settled",
    "DRAW": "scheduled list_published failed executed published",
    "RAFFLE_TICKET": "reserved sold winning",
    "RAFFLE_WINNER": "drawn verified claimed paid",
    "TOURNAMENT": "draft registration running finalizing settled",
    "ALERT": "open acknowledged resolved",
}


def test_every_machine_has_a_life_to_be_tried():
    assert ALL.keys() == LIVES.keys()


@pytest.mark.parametrize("name", ALL)
def test_a_life_can_be_lived_from_its_first_status_on(name):
    one, (first, *rest) = ALL[name], LIVES[name].split()
    assert one.initial == first
    for status in rest:
        assert one.check(first, status) == status
        first = status


@pytest.mark.parametrize("name", ALL)
def test_every_status_can_be_reached_or_is_a_beginning(name):
    one = ALL[name]
    reached = {target for targets in one.moves.values() for target in targets} | {one.initial}
    assert set(one.statuses) - reached <= ({"not_required"} if one is CLAIM else set())


@given(st.sampled_from(sorted(ALL)), st.data())
def test_a_move_that_is_not_listed_is_a_conflict_that_names_those_that_are(name, data):
    one = ALL[name]
    current, to = (data.draw(st.sampled_from(one.statuses)) for _ in range(2))
    if to in one.allowed(current):
        assert one.may(current, to)
        return
    assert not one.may(current, to)
    with pytest.raises(Conflict) as refused:
        one.check(current, to)
    for word in (current, to, *one.allowed(current)):
        assert word in refused.value.message
    assert ("which is final" in refused.value.message) is (current in one.finals)


@pytest.mark.parametrize(
    ("one", "current", "to"),
    [
        (WHEEL, "draft", "ended"),
        (WHEEL, "ended", "active"),
        (WHEEL, "archived", "active"),
        (SPIN, "completed", "committed"),
        (SPIN, "voided", "completed"),
        (RESULT, "settled", "voided"),
        (JACKPOT, "locked", "open"),
        (JACKPOT, "settled", "cancelled"),
        (CAMPAIGN, "closed", "on_sale"),
        (CAMPAIGN, "draft", "on_sale"),
        (CLAIM, "not_required", "claiming"),
    ],
)
def test_what_would_undo_a_promise_is_a_conflict(one, current, to):
    with pytest.raises(Conflict):
        one.check(current, to)


def test_a_running_game_can_be_cancelled_and_a_finished_one_cannot():
    for name in ("JACKPOT", "CAMPAIGN", "TOURNAMENT"):
        for status in ALL[name].statuses:
            assert ALL[name].may(status, "cancelled") is (status not in ("settled", "cancelled"))


@pytest.mark.parametrize(("current", "to"), [("opened", "active"), ("draft", "opened"), ("", "")])
def test_a_word_that_is_no_status_is_a_conflict_that_names_the_statuses(current, to):
    with pytest.raises(Conflict, match="draft, scheduled, active, paused, ended, archived"):
        WHEEL.check(current, to)


def test_a_table_with_a_misspelt_status_is_not_made():
    class Light(StrEnum):
        ON = "on"
        OFF = "off"

    for moves in ({"on": "of"}, {"no": "off"}):
        with pytest.raises(ValueError, match=r"of|no"):
            Lifecycle("light", Light, moves)


def test_statuses_are_kept_as_their_words():
    assert WHEEL.statuses == ("draft", "scheduled", "active", "paused", "ended", "archived")
    assert WHEEL.initial is WheelStatus.DRAFT
