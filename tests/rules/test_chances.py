"""Chances: which are spent, in which order, and how they are counted."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.chances import CHANCE_TYPES, Chance, Counts, is_usable, local_day, spending_order, to_spend
from games.errors import BadRequest, NoChanceLeft
from games.lifecycles import CHANCE

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
WHEEL, OTHER = UUID(int=1), UUID(int=2)
moments = st.integers(-5, 5).map(lambda hours: NOW + timedelta(hours=hours))
chances = st.builds(
    Chance,
    id=st.uuids(),
    status=st.sampled_from(CHANCE.statuses),
    remaining=st.integers(0, 3),
    awarded_at=moments,
    expires_at=st.none() | moments,
    wheels=st.none() | st.frozensets(st.sampled_from([WHEEL, OTHER])),
)


def chance(**changes):
    return Chance(**({"id": WHEEL, "status": "active", "remaining": 1, "awarded_at": NOW} | changes))


@given(st.lists(chances, max_size=12))
def test_the_soonest_expiring_goes_first_then_the_oldest_and_what_never_expires_last(many):
    ordered = spending_order(many)
    assert sorted(one.id for one in ordered) == sorted(one.id for one in many)
    for at, one in enumerate(ordered):
        for later in ordered[at + 1 :]:
            if one.expires_at is None:
                assert later.expires_at is None
            elif later.expires_at is not None:
                assert one.expires_at <= later.expires_at
            if one.expires_at == later.expires_at:
                assert one.awarded_at <= later.awarded_at


@given(st.lists(chances, max_size=12))
def test_what_is_spent_is_usable_and_nothing_usable_stands_before_it(many):
    spent = to_spend(many, WHEEL, NOW)
    usable = [one for one in spending_order(many) if is_usable(one, WHEEL, NOW)]
    assert spent == (usable[0] if usable else None)


def test_a_chance_is_usable_until_the_moment_of_its_expiry():
    assert is_usable(chance(expires_at=NOW + timedelta(microseconds=1)), WHEEL, NOW)
    assert not is_usable(chance(expires_at=NOW), WHEEL, NOW)


def test_a_chance_bound_to_wheels_is_for_these_alone():
    assert is_usable(chance(wheels=None), OTHER, NOW)
    assert is_usable(chance(wheels=frozenset([WHEEL])), WHEEL, NOW)
    assert not is_usable(chance(wheels=frozenset([WHEEL])), OTHER, NOW)
    assert not is_usable(chance(wheels=frozenset()), WHEEL, NOW)


@pytest.mark.parametrize("status", ["exhausted", "expired", "revoked"])
def test_only_an_active_grant_with_something_left_is_usable(status):
    assert not is_usable(chance(status=status), WHEEL, NOW)
    assert not is_usable(chance(remaining=0), WHEEL, NOW)


@given(st.integers(1, 50))
def test_used_and_remaining_always_make_up_the_grant(granted):
    counts = Counts(0, granted)
    while counts.remaining:
        assert counts.status == "active"
        counts = counts.spend()
        assert counts.granted == granted
    assert counts == Counts(granted, 0)
    assert counts.status == "exhausted"
    with pytest.raises(NoChanceLeft):
        counts.spend()


@pytest.mark.parametrize(("used", "remaining"), [(-1, 2), (2, -1)])
def test_no_count_is_negative(used, remaining):
    with pytest.raises(ValueError, match="negative"):
        Counts(used, remaining)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), "Europe/Malta", date(2026, 11, 22)),
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), "Europe/Malta", date(2026, 11, 23)),
        (datetime(2026, 7, 22, 22, 0, tzinfo=UTC), "Europe/Malta", date(2026, 7, 23)),
        (datetime(2026, 11, 22, 10, 0, tzinfo=UTC), "Pacific/Kiritimati", date(2026, 11, 23)),
    ],
)
def test_a_day_is_that_of_the_tenant_s_zone(moment, zone, day):
    assert local_day(moment, zone) == day


@pytest.mark.parametrize("zone", ["Nowhere/Else", "", "../etc/passwd", "Europe"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(BadRequest):
        local_day(NOW, zone)


def test_chances_are_given_for_these_reasons():
    assert CHANCE_TYPES == ("bonus", "visit", "deposit", "purchase", "reward", "manual")
