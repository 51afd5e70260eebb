"""The rules of jackpots: what events and tiers must be, when one opens and locks, how its pool moves.

The source of the rules is domain.md, Jackpots.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from games.errors import BadRequest, Closed, Conflict, Fault, LimitReached
from games.money import format_decimal, minor_unit
from games.texts import matching

#: A share of something, in ten-thousandths.
BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
#: A plain decimal of the column's fifteen digits before the point and four after it.
Amount = Annotated[str, matching(r"[0-9]{1,15}(\.[0-9]{1,4})?")]
Shift = Annotated[str, matching(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")]
PrizeType = Literal["main", "consolation", "fixed", "pool_share"]
SupportedMode = Literal["online", "retail", "both"]

#: Pools stay below this: fifteen digits.
TOO_MUCH_MONEY = Decimal(10) ** 15
#: While a jackpot is one of these its pool may be moved.
POOL_MOVES_IN = ("draft", "open", "locked")
#: Statuses that come with results and settlement.
SETTLEMENT = ("resulting", "settling", "settled")

NEEDS_A_ZONE = "needs a time zone, for example 2026-11-22T10:00:00Z"

_CODE = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)


class VoidPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What void events come to."""

    #: so many void events, and every ticket is refunded
    refund_at: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4
    #: with fewer: right: a void event counts as called right; reserve: the next reserve event takes its place
    below: Literal["right", "reserve"] = "right"


class JackpotConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column `jackpot_config`."""

    #: the share of every stake that grows the pool
    contribution_bps: BasisPoints = 10_000
    #: what the pool is given when the jackpot opens
    seed_amount: Amount = "0"
    fee_bps: BasisPoints = 0
    #: the jackpot that takes what is left over
    rollover_to: UUID | None = None
    guarantee: Amount | None = None
    void_policy: VoidPolicy = VoidPolicy()
    two_operators: bool = False


class JackpotEventConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column `event_config`. Positions count from 1; left out, an event stands where it stands in its list."""

    starts_at: datetime | None = None
    reserve: bool = False
    position: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None


class JackpotPrizeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column `prize_config` of a jackpot's prize: for `correct` right calls a share of the pool, or a fixed sum."""

    correct: Annotated[int, msgspec.Meta(ge=0, le=1_000)]
    share_bps: BasisPoints | None = None
    fixed: Amount | None = None


class PlannedEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event as an operator sets it: `event_pick` are the outcomes that may be picked, such as `1,X,2`."""

    event_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    event_pick: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
    event_type: Annotated[str, matching("[a-z0-9_-]{1,64}")] = "match"
    event_config: JackpotEventConfig = JackpotEventConfig()


class PlannedPrize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier as an operator sets it."""

    prize_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    prize_config: JackpotPrizeConfig
    prize_type: PrizeType = "main"
    prize_amount: Amount = "0"


class PoolMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A move of the pool: to `pool_amount`, or by `add`, which may be negative. One of the two."""

    pool_amount: Amount | None = None
    add: Shift | None = None

    def moved(self, status: str, pool: Decimal) -> Decimal:
        """The pool after the move.

        Raises `Closed` when the jackpot's pool stands, `Conflict` when it would fall below zero, `LimitReached` when
        it would have more than fifteen digits, `BadRequest` unless exactly one of the two is given.
        """
        if (self.pool_amount is None) == (self.add is None):
            raise BadRequest("Say either pool_amount, what the pool is to be, or add, by how much it moves.")
        if status not in POOL_MOVES_IN:
            raise Closed(f"The jackpot is {status}; its pool stands.")
        after = Decimal(self.pool_amount) if self.pool_amount is not None else pool + Decimal(self.add or "0")
        if after < 0:
            raise Conflict(f"The pool is {pool:f} and cannot fall below zero.")
        if after >= TOO_MUCH_MONEY:
            raise LimitReached("A pool has at most fifteen digits before the point.")
        return after


def codes(event_pick: str) -> tuple[str, ...]:
    """The outcomes that may be picked, from `1,X,2`. Raises `ValueError`, whose message says what is wrong."""
    found = tuple(event_pick.split(","))
    if any(_CODE.fullmatch(code) is None for code in found):
        raise ValueError("lists codes of one to eight capital letters or digits, with commas between, such as 1,X,2")
    if len(found) < 2 or len(set(found)) < len(found):
        raise ValueError("names two outcomes at least, and none twice")
    return found


def placed(events: Sequence[PlannedEvent]) -> list[PlannedEvent]:
    """The events, each at its position."""
    return [
        msgspec.structs.replace(
            event,
            event_config=msgspec.structs.replace(event.event_config, position=event.event_config.position or at),
        )
        for at, event in enumerate(events, 1)
    ]


def event_faults(events: Sequence[PlannedEvent]) -> list[Fault]:
    """What is wrong with events that have been placed, each and together."""
    faults = []
    taken: set[int | None] = set()
    for at, event in enumerate(events):
        try:
            codes(event.event_pick)
        except ValueError as error:
            faults.append(Fault(f"$.events[{at}].event_pick", str(error)))
        if event.event_config.starts_at is not None and event.event_config.starts_at.tzinfo is None:
            faults.append(Fault(f"$.events[{at}].event_config.starts_at", NEEDS_A_ZONE))
        if event.event_config.position in taken:
            faults.append(Fault(f"$.events[{at}].event_config.position", "another event stands there"))
        taken.add(event.event_config.position)
    return faults


def prize_faults(prizes: Sequence[PlannedPrize], currency: str) -> list[Fault]:
    """What is wrong with tiers, each and together."""
    faults = []
    for at, prize in enumerate(prizes):
        where, config = f"$.prizes[{at}].prize_config", prize.prize_config
        if (config.share_bps is None) == (config.fixed is None):
            faults.append(Fault(where, "gives either share_bps, of the pool, or fixed, a sum"))
        elif prize.prize_type == "fixed" and config.fixed is None:
            faults.append(Fault(f"{where}.fixed", "is missing: the tier's prize_type is fixed"))
        elif prize.prize_type == "pool_share" and config.share_bps is None:
            faults.append(Fault(f"{where}.share_bps", "is missing: the tier's prize_type is pool_share"))
        faults += payable(f"{where}.fixed", config.fixed, currency)
        faults += payable(f"$.prizes[{at}].prize_amount", prize.prize_amount, currency)
    if sum(prize.prize_config.share_bps or 0 for prize in prizes) > 10_000:
        faults.append(Fault("$.prizes", "share more than the whole pool: share_bps add up to more than 10000"))
    return faults


def payable(path: str, amount: str | None, currency: str) -> list[Fault]:
    """The fault of an amount that the currency cannot pay: it has no such small coin."""
    decimals = minor_unit(currency)
    if amount is None or Decimal(amount) == Decimal(format_decimal(Decimal(amount), decimals)):
        return []
    return [Fault(path, f"has more decimals than {currency}, which has {decimals}")]


def locks_at(end_time: datetime, events: Iterable[PlannedEvent]) -> datetime:
    """When a jackpot locks by itself: at the earlier of its end and the first event's start."""
    starts = (event.event_config.starts_at for event in events)
    return min([end_time, *(start for start in starts if start is not None)])


def check_opening(
    events: Sequence[PlannedEvent], prizes: Sequence[PlannedPrize], locks: datetime, now: datetime
) -> None:
    """Whether a draft may open. Raises `Conflict`, which says what it lacks."""
    called = [event for event in events if not event.event_config.reserve]
    lacks = []
    if locks <= now:
        lacks.append("its end_time, or its first event's start, has passed")
    if not called:
        lacks.append("it has no events to call")
    if not prizes:
        lacks.append("it has no prizes")
    elif (most := max(prize.prize_config.correct for prize in prizes)) > len(called) > 0:
        lacks.append(f"a prize asks for {most} right calls of {len(called)} events")
    if lacks:
        raise Conflict(f"The jackpot cannot open: {'; '.join(lacks)}.")


def term_faults(values: Mapping[str, Any], currency: str) -> list[Fault]:
    """What is wrong with a jackpot's own columns, those that are given."""
    faults = [
        Fault(f"$.{name}", NEEDS_A_ZONE)
        for name in ("start_time", "end_time")
        if name in values and values[name].tzinfo is None
    ]
    if not faults and {"start_time", "end_time"} <= values.keys() and values["start_time"] >= values["end_time"]:
        faults.append(Fault("$.end_time", "must be after start_time"))
    if "jackpot_stake" in values:
        faults += payable("$.jackpot_stake", str(values["jackpot_stake"]), currency)
    if "jackpot_config" in values:
        config: JackpotConfig = values["jackpot_config"]
        faults += payable("$.jackpot_config.seed_amount", config.seed_amount, currency)
        faults += payable("$.jackpot_config.guarantee", config.guarantee, currency)
    return faults
