"""The rules of a jackpot's tickets: what may be picked, how many lines that is, what it costs, what the pool gets.

The source of the rules is domain.md, Jackpots.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from math import prod
from typing import Literal, NamedTuple

from games.errors import BadRequest, Fault, LimitReached
from games.money import minor_unit

TicketType = Literal["single", "permutation", "free"]

#: Lines of one ticket at the most.
MOST_LINES = 10_000


class Picks(NamedTuple):
    """What a ticket picks, written one way, and how many lines that is: the product of its picks."""

    text: str
    lines: int


def parse_picks(text: str, outcomes: Sequence[tuple[str, ...]]) -> Picks:
    """`1,X,1|2`: for each event, in order, one of its outcomes or several. `outcomes`: those that each event has.

    Raises `BadRequest`, which names every event that does not fit, and `LimitReached` for too many lines.
    """
    given = [part.strip().split("|") for part in text.upper().split(",")]
    if len(given) != len(outcomes):
        told = f"picks {len(given)} of {len(outcomes)} events: one for each, with commas between"
        raise BadRequest("The picks do not fit the jackpot.", faults=[Fault("$.ticket_picks", told)])
    faults = [
        Fault(f"$.ticket_picks[{at}]", fault)
        for at, (picked, possible) in enumerate(zip(given, outcomes, strict=True))
        if (fault := _fault(picked, possible)) is not None
    ]
    if faults:
        raise BadRequest("The picks do not fit the jackpot: every event that does not is listed.", faults=faults)
    lines = prod(len(picked) for picked in given)
    if lines > MOST_LINES:
        raise LimitReached(f"A ticket has {MOST_LINES} lines at the most; these picks make {lines}. Pick less of each.")
    ordered = [sorted(picked, key=possible.index) for picked, possible in zip(given, outcomes, strict=True)]
    return Picks(",".join("|".join(picked) for picked in ordered), lines)


def _fault(picked: Sequence[str], possible: Sequence[str]) -> str | None:
    if len(set(picked)) < len(picked):
        return "picks an outcome twice"
    if unknown := [one for one in picked if one not in possible]:
        return f"{unknown[0]!r} is none of {', '.join(possible)}"
    return None


def ticket_type(picks: Picks, wanted: TicketType | None) -> TicketType:
    """The type of a ticket. Raises `BadRequest` when it is wanted to be what its picks are not."""
    natural: TicketType = "single" if picks.lines == 1 else "permutation"
    if wanted in (None, natural, "free"):
        return wanted or natural
    told = f"these picks make {picks.lines} lines, so the ticket is {natural}"
    raise BadRequest("The ticket does not fit its picks.", faults=[Fault("$.ticket_type", told)])


def contribution(stake: Decimal, bps: int, currency: str) -> Decimal:
    """What a stake adds to the pool: its share, rounded down to what the currency can pay."""
    return (stake * bps / 10_000).quantize(Decimal(1).scaleb(-minor_unit(currency)), ROUND_DOWN)
