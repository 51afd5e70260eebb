"""What winners are paid: each rank its own, level players of a shared rank equal parts, never more than there is."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from games.tournament import Ranked, ranks_from
from games.tournament_prizes import cash_prizes

PRIZES = {1: Decimal(100), 2: Decimal(50), 3: Decimal("25.01")}


def amount_at(rank: int) -> Decimal:
    return PRIZES.get(rank, Decimal(0))


def places(*ranks: int) -> list[Ranked]:
    return [Ranked(f"u{at}", rank, Decimal(1)) for at, rank in enumerate(ranks)]


def test_each_rank_wins_its_own():
    assert cash_prizes(places(1, 2, 3), amount_at, 2) == [100, 50, Decimal("25.01")]


def test_level_players_share_what_their_ranks_win_rounded_down():
    assert cash_prizes(places(1, 2, 2), amount_at, 2) == [100, Decimal("37.50"), Decimal("37.50")]
    assert cash_prizes(places(1, 1, 1, 1), amount_at, 2) == [Decimal("43.75")] * 4


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_never_more_is_paid_than_there_is(totals):
    rows = [(f"u{at}", Decimal(total)) for at, total in enumerate(sorted(totals, reverse=True))]
    paid = cash_prizes(ranks_from(1, 1, rows, "split"), amount_at, 2)
    assert sum(paid) <= sum(PRIZES.values())
    assert len(paid) == len(rows)
