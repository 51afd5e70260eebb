"""The rules of tournaments: what counts and when, who stands before whom, and how one board becomes the next.

Points are exact decimals of up to 15 digits before the point and four after it (domain.md, Tournaments).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from games.errors import BadRequest, Closed, Fault
from games.lifecycles import TournamentStatus
from games.messages.tournaments import BoardRow, LeaderboardDelta
from games.money import POINTS_DECIMALS, parse_decimal
from games.texts import matching

POINTS_SOURCES = ("spin", "bet", "deposit", "manual", "api")
#: Totals stay below this: fifteen digits.
TOO_MANY_POINTS = Decimal(10) ** 15
#: Bytes of a board key that hold the total; players whose keys share them are level.
TOTAL_BYTES = 9
BOARD_KEY_BYTES = TOTAL_BYTES + 16
#: How far a platform's clock may be ahead of ours.
CLOCK_LEEWAY = timedelta(seconds=60)

_POINTS = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)
_UNIT = Decimal(1).scaleb(-POINTS_DECIMALS)
#: Above every total in ten-thousandths, so that higher totals have lower keys and none is negative.
_TOP = 2**71

TiePolicy = Literal["earliest", "split"]
Join = Literal["automatic", "required"]
Operator = Literal["sum", "best", "last"]
Multiplier = Annotated[str, matching(r"[0-9]{1,9}(\.[0-9]{1,4})?")]
Word = Annotated[str, matching("[a-z0-9_-]{1,32}")]
Places = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
Rank = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]


class PointsRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a kind of platform event is turned into points."""

    points_source: Literal["spin", "bet", "deposit"]
    multiplier: Multiplier = "1"
    cap_per_event: Multiplier | None = None
    cap_per_day: Multiplier | None = None


class TournamentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column `tournament_config`."""

    #: earliest: who reached the final total first stands before the others; split: they share the rank
    tie_policy: TiePolicy = "earliest"
    #: automatic: the first points take a place; required: players join before they score
    join: Join = "automatic"
    #: seconds after the end in which points that were earned in time are still taken
    grace_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 60
    operator: Operator = "sum"
    points_rules: tuple[PointsRule, ...] = ()
    minimum_participants: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    entry_fee: Multiplier | None = None
    #: a cron expression
    recurs: str | None = None


class TournamentPrizeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column `prize_config` of a tournament's prize."""

    #: the last rank of a range that begins with `prize_rank`; that rank alone when left out
    rank_to: Rank | None = None


class PlannedPrize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize for a rank, or for the ranks from it to `prize_config.rank_to`, as an operator sets it."""

    prize_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    prize_rank: Rank
    prize_type: Word = "cash"
    prize_amount: Annotated[str, matching(r"[0-9]{1,15}(\.[0-9]{1,4})?")] = "0"
    prize_config: TournamentPrizeConfig = TournamentPrizeConfig()


class Window(msgspec.Struct, frozen=True):
    """When points count: earned from start to end, and told before the grace is over."""

    status: str
    start_time: datetime
    end_time: datetime
    grace_s: int

    @property
    def last_moment(self) -> datetime:
        """Until when points may be told."""
        return self.end_time + timedelta(seconds=self.grace_s)

    def check(self, earned_at: datetime, now: datetime) -> None:
        """Raise `Closed` unless points earned at that moment and told now count; `now` is the database's clock."""
        if self.status not in _SCORING:
            raise Closed(f"The tournament is {self.status}; points count while it runs.")
        if now < self.start_time or earned_at < self.start_time:
            raise Closed("The tournament had not begun when these points were earned.")
        if earned_at > self.end_time or now > self.last_moment:
            raise Closed("The tournament was over when these points were earned, or they came after the grace.")
        if earned_at > now + CLOCK_LEEWAY:
            raise BadRequest("points_earned_at lies in the future.")


#: The window's own times rule: a sweeper that comes late keeps nobody from scoring.
_SCORING = (TournamentStatus.REGISTRATION, TournamentStatus.RUNNING, TournamentStatus.FINALIZING)


class LedgerEntry(msgspec.Struct, frozen=True):
    """An entry of the ledger of points; with `reverses_id` the correction of another."""

    id: UUID
    user: str
    points: Decimal
    reverses_id: UUID | None = None


class Standing(msgspec.Struct, frozen=True):
    """A player's total, and the entry that last moved it."""

    user: str
    total: Decimal
    reached: UUID


class Ranked(msgspec.Struct, frozen=True):
    """A player's place."""

    user: str
    rank: int
    total: Decimal


def parse_points(value: object) -> Decimal:
    """Points as an exact decimal: a whole number or a plain decimal string of at most 15 digits and 4 decimals.

    Raises `BadRequest` for anything else, and for zero.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or _POINTS.fullmatch(text) is None:
        raise BadRequest(
            "points_earned is a decimal string of at most 15 digits and 4 decimals, for example 12.5.",
            faults=[Fault("$.points_earned", "is not a plain decimal of at most 15 digits and 4 decimals")],
        )
    points = parse_decimal(text)
    if not points:
        raise BadRequest("points_earned is zero, which moves nothing.", faults=[Fault("$.points_earned", "is zero")])
    return points


def format_points(total: Decimal) -> str:
    """Points without the zeros that their column adds: `12.5`, `3`."""
    text = format(total, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def replay(ledger: Iterable[LedgerEntry]) -> list[Standing]:
    """Every player's standing, told from the ledger alone, in the order of ids, without what was reversed."""
    entries = sorted(ledger, key=lambda entry: entry.id)
    reversed_ids = {entry.reverses_id for entry in entries if entry.reverses_id is not None}
    standings: dict[str, Standing] = {}
    for entry in entries:
        if entry.reverses_id is None and entry.id not in reversed_ids:
            before = standings.get(entry.user)
            total = entry.points if before is None else before.total + entry.points
            standings[entry.user] = Standing(entry.user, total, entry.id)
    return list(standings.values())


def ranked(standings: Iterable[Standing], tie_policy: TiePolicy) -> list[Ranked]:
    """The board: most points first; level players in the order in which they reached their totals."""
    ordered = sorted(standings, key=lambda one: (-one.total, one.reached))
    return ranks_from(1, 1, [(one.user, one.total) for one in ordered], tie_policy)


def ranks_from(
    position: int, first_rank: int, rows: Sequence[tuple[str, Decimal]], tie_policy: TiePolicy
) -> list[Ranked]:
    """The ranks of a part of the board.

    `position`: where its first row stands; `first_rank`: that row's rank, which is lower when rows before share it
    (ranks 1, 2, 2, 4).
    """
    places: list[Ranked] = []
    for index, (user, total) in enumerate(rows):
        if index == 0:
            rank = first_rank
        elif tie_policy == "split" and total == places[-1].total:
            rank = places[-1].rank
        else:
            rank = position + index
        places.append(Ranked(user, rank, total))
    return places


def board_key(total: Decimal, reached: UUID) -> bytes:
    """A key that sorts as the board does, byte by byte, and holds its total exactly."""
    units = int(total / _UNIT)
    return (_TOP - units).to_bytes(TOTAL_BYTES, "big") + reached.bytes


def read_board_key(key: bytes) -> Decimal:
    """The total that a key holds."""
    return (_TOP - int.from_bytes(key[:TOTAL_BYTES], "big")) * _UNIT


def tie_bytes(tie_policy: TiePolicy) -> int:
    """How many bytes of their keys level players share, when they share a rank."""
    return TOTAL_BYTES if tie_policy == "split" else BOARD_KEY_BYTES


def delta(
    from_version: int, before: Sequence[BoardRow], version: int, after: Sequence[BoardRow], participants: int
) -> LeaderboardDelta:
    """What turns the one board into the other."""
    known = {row.user: row for row in before}
    there = {row.user for row in after}
    return LeaderboardDelta(
        from_version=from_version,
        version=version,
        rows=[row for row in after if known.get(row.user) != row],
        gone=[row.user for row in before if row.user not in there],
        participants=participants,
    )


def apply_delta(board: Sequence[BoardRow], change: LeaderboardDelta) -> list[BoardRow]:
    """The board after a delta, in the order of ranks; level players keep the order in which they are told."""
    rows: Mapping[str, BoardRow] = {row.user: row for row in board}
    gone = set(change.gone)
    merged = {user: row for user, row in rows.items() if user not in gone} | {row.user: row for row in change.rows}
    return sorted(merged.values(), key=lambda row: (row.rank, row.user))


def prize_ranks(prizes: Iterable[tuple[int, TournamentPrizeConfig]]) -> list[range]:
    """The ranks that each prize is for, in the order given. Raises `BadRequest` when two prizes are for one rank."""
    spans: list[range] = []
    faults = []
    for at, (rank, config) in enumerate(prizes):
        last = rank if config.rank_to is None else config.rank_to
        span = range(rank, last + 1)
        if not span:
            faults.append(Fault(f"$.prizes[{at}].prize_config.rank_to", "lies before prize_rank"))
        elif any(max(span.start, other.start) < min(span.stop, other.stop) for other in spans):
            faults.append(Fault(f"$.prizes[{at}].prize_rank", "another prize is for this rank already"))
        spans.append(span)
    if faults:
        raise BadRequest("The prizes do not fit: every fault is listed.", faults=faults)
    return spans
