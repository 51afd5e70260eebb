"""Points are exact, ranks are those of the ledger, and deltas turn one board into the next."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest, Closed
from games.messages.tournaments import BoardRow
from games.tournament import (
    BOARD_KEY_BYTES,
    LedgerEntry,
    Standing,
    TournamentPrizeConfig,
    Window,
    apply_delta,
    board_key,
    delta,
    format_points,
    parse_points,
    prize_ranks,
    ranked,
    ranks_from,
    read_board_key,
    replay,
    tie_bytes,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

totals = st.decimals(-(10**15) + 1, 10**15 - 1, places=4)
standings = st.lists(
    st.builds(Standing, st.sampled_from("abcdefghijkl"), st.decimals(0, 3, places=1) | totals, st.uuids()),
    unique_by=(lambda one: one.user, lambda one: one.reached),
)
boards = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 99)).map(
    lambda points: [
        BoardRow(user, f"{user}***", rank, str(total))
        for rank, (user, total) in enumerate(sorted(points.items(), key=lambda one: (-one[1], one[0])), 1)
    ]
)


@given(totals.filter(bool))
def test_points_of_fifteen_digits_and_four_decimals_survive_to_the_last_digit(points):
    assert parse_points(format(points, "f")) == points
    assert Decimal(format_points(points)) == points


@pytest.mark.parametrize("bad", ["", "1e3", "1.23456", "1234567890123456", "NaN", " 1", "0", "0.0000", 1.5, None, True])
def test_what_is_no_plain_decimal_is_no_points(bad):
    with pytest.raises(BadRequest):
        parse_points(bad)


@given(standings)
def test_keys_sort_as_the_board_does_and_hold_the_total_exactly(players):
    keys = {one.user: board_key(one.total, one.reached) for one in players}
    by_key = sorted(players, key=lambda one: keys[one.user])
    assert [one.user for one in ranked(players, "earliest")] == [one.user for one in by_key]
    for one in players:
        assert len(keys[one.user]) == BOARD_KEY_BYTES
        assert read_board_key(keys[one.user]) == one.total


@given(standings)
def test_a_split_rank_is_one_more_than_the_number_of_those_with_more_points(players):
    places = ranked(players, "split")
    for place in places:
        assert place.rank == 1 + sum(other.total > place.total for other in places)
    assert [place.rank for place in ranked(players, "earliest")] == list(range(1, len(players) + 1))


@given(standings, st.integers(0, 11), st.sampled_from(["earliest", "split"]))
def test_a_page_has_the_ranks_of_the_whole_board(players, offset, policy):
    whole = ranked(players, policy)
    page = whole[offset:]
    rows = [(place.user, place.total) for place in page]
    first = page[0].rank if page else 1
    assert ranks_from(offset + 1, first, rows, policy) == page


@given(standings, st.sampled_from(["earliest", "split"]))
def test_level_players_share_as_many_bytes_as_their_policy_says(players, policy):
    width = tie_bytes(policy)
    ranks = {place.user: place.rank for place in ranked(players, policy)}
    for one in players:
        for other in players:
            share = board_key(one.total, one.reached)[:width] == board_key(other.total, other.reached)[:width]
            assert share == (ranks[one.user] == ranks[other.user])


def entry(number: int, user: str, points: int, reverses: int | None = None) -> LedgerEntry:
    return LedgerEntry(UUID(int=number), user, Decimal(points), None if reverses is None else UUID(int=reverses))


def test_who_reached_the_final_total_first_stands_before():
    ledger = [entry(1, "late", 5), entry(2, "soon", 10), entry(3, "late", 5)]
    assert [place.user for place in ranked(replay(ledger), "earliest")] == ["soon", "late"]


def test_a_reversed_entry_is_as_if_it_had_never_been():
    ledger = [entry(1, "a", 10), entry(2, "b", 10), entry(3, "a", 7), entry(4, "a", -7, reverses=3)]
    assert [place.user for place in ranked(replay(ledger), "earliest")] == ["a", "b"]
    assert replay([entry(1, "a", 10), entry(2, "a", -10, reverses=1)]) == []


@given(boards, boards, boards, st.integers(0, 50))
def test_deltas_applied_in_order_turn_the_first_board_into_the_last(one, two, three, participants):
    first, second = delta(1, one, 2, two, participants), delta(2, two, 3, three, participants)
    assert apply_delta(one, first) == two
    assert apply_delta(apply_delta(one, first), second) == three
    assert delta(3, three, 3, three, participants).rows == []


@pytest.mark.parametrize(
    ("status", "earned", "told", "counts"),
    [
        ("running", HOUR, HOUR, True),
        ("registration", HOUR, HOUR, True),
        ("finalizing", HOUR, 2 * HOUR + timedelta(seconds=60), True),
        ("running", 2 * HOUR, 2 * HOUR, True),
        ("running", 2 * HOUR + timedelta(seconds=1), 2 * HOUR + timedelta(seconds=2), False),
        ("running", HOUR, 2 * HOUR + timedelta(seconds=61), False),
        ("registration", HOUR, -HOUR, False),
        ("running", -HOUR, HOUR, False),
        ("draft", HOUR, HOUR, False),
        ("settled", HOUR, HOUR, False),
        ("cancelled", HOUR, HOUR, False),
    ],
)
def test_points_count_by_when_they_were_earned_and_told(status, earned, told, counts):
    window = Window(status, START, START + 2 * HOUR, grace_s=60)
    if counts:
        window.check(START + earned, START + told)
    else:
        with pytest.raises(Closed):
            window.check(START + earned, START + told)


def test_points_are_not_earned_in_the_future():
    window = Window("running", START, START + 2 * HOUR, grace_s=60)
    with pytest.raises(BadRequest):
        window.check(START + HOUR, START + HOUR / 2)


def test_no_rank_has_two_prizes():
    config = TournamentPrizeConfig
    assert prize_ranks([(1, config()), (2, config(rank_to=10))]) == [range(1, 2), range(2, 11)]
    with pytest.raises(BadRequest) as refused:
        prize_ranks([(1, config(rank_to=3)), (3, config()), (9, config(rank_to=8))])
    assert [fault.path for fault in refused.value.faults] == [
        "$.prizes[1].prize_rank",
        "$.prizes[2].prize_config.rank_to",
    ]
