"""What the winners of a tournament are paid."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

from games.money import split
from games.tournament import Ranked


def cash_prizes(places: Sequence[Ranked], amount_at: Callable[[int], Decimal], decimals: int) -> list[Decimal]:
    """The amount for each place, in the order given, which is that of the board.

    Places that share a rank share what theirs and the next ranks win, as many as they are, rounded down (domain.md,
    Tournaments). `amount_at`: what a rank wins; `decimals`: of the currency.
    """
    amounts: list[Decimal] = []
    for rank, tied in groupby(places, key=lambda place: place.rank):
        count = len(list(tied))
        pooled = sum((amount_at(rank + offset) for offset in range(count)), Decimal(0))
        shares, _ = split(pooled, [1] * count, decimals)
        amounts += shares
    return amounts
