"""A wheel's rewards as an operator gives them: one whole set, checked together, with every fault named at once."""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import msgspec

from games.errors import BadRequest, Fault
from games.rewards import NoneDetail, RewardDetail, fallback_faults, parse_detail
from games.texts import matching
from games.wheel.ranges import (
    RewardRange,
    probability_of,
    range_faults,
    ranges_from_probabilities,
    ranges_from_weights,
)
from games.wheel.rules import OfferedReward

#: Rewards of one wheel at the most.
MOST_REWARDS = 200
Number = Annotated[str, matching(r"[0-9]{1,18}(\.[0-9]{1,30})?")]


class PlannedReward(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A reward of a set. Its share is a range, or else a probability or a weight that ranges are made out of.

    All of a set say it in the same way. A probability beside a range is declared: it must be width/size exactly.
    """

    reward_slug: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    reward_label: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    reward_type: str
    reward_detail: dict[str, Any] = {}
    reward_color: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    reward_description: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None
    range_start: int | None = None
    range_end: int | None = None
    probability: Number | None = None
    weight: Number | Annotated[int, msgspec.Meta(ge=1)] | None = None


class SetReward(msgspec.Struct, frozen=True):
    """A reward of a whole set that fits together; its range is its odds."""

    planned: PlannedReward
    detail: RewardDetail
    start: int
    end: int
    probability: Decimal


def fit_together(planned: Sequence[PlannedReward], size: int, path: str = "$.rewards") -> list[SetReward]:
    """The set with its ranges. Raises `BadRequest` with every fault of the whole set."""
    details, faults = _details(planned, path)
    try:
        ranges = _ranges(planned, size, path)
    except BadRequest as error:
        ranges, faults = [], faults + error.faults
    faults += range_faults(ranges, size, path) if ranges else []
    # A detail that does not fit stands for one that says nothing, so that it hides no fault of the others' fallbacks.
    by_slug = {one.reward_slug: detail or NoneDetail() for one, detail in zip(planned, details, strict=True)}
    if len(by_slug) == len(planned):
        faults += fallback_faults(by_slug, path)
    if faults:
        raise BadRequest("The rewards do not fit together: every fault is listed.", faults=faults)
    return [
        SetReward(one, detail, share.start, share.end, probability_of(share.end - share.start + 1, size))
        for one, detail, share in zip(planned, details, ranges, strict=True)
        if detail is not None
    ]


def as_offered(rewards: Sequence[SetReward]) -> list[OfferedReward]:
    """The set as the rules of opening read it."""
    return [
        OfferedReward(RewardRange(one.planned.reward_slug, one.start, one.end, one.probability), one.detail)
        for one in rewards
    ]


def _details(planned: Sequence[PlannedReward], path: str) -> tuple[list[RewardDetail | None], list[Fault]]:
    details, faults = list[RewardDetail | None](), list[Fault]()
    for at, one in enumerate(planned):
        try:
            details.append(parse_detail(one.reward_type, one.reward_detail, f"{path}[{at}].reward_detail"))
        except BadRequest as error:
            details.append(None)
            faults += error.faults
    return details, faults


def _ranges(planned: Sequence[PlannedReward], size: int, path: str) -> list[RewardRange]:
    """Ranges as given, or made out of weights or probabilities. Raises `BadRequest` for a set that says both."""
    if any(one.range_start is not None or one.range_end is not None for one in planned):
        faults = [
            Fault(f"{path}[{at}].{name}", "is missing: either every reward has a range, or none")
            for at, one in enumerate(planned)
            for name in ("range_start", "range_end")
            if getattr(one, name) is None
        ]
        faults += [
            Fault(f"{path}[{at}].weight", "a reward with a range has no weight")
            for at, one in enumerate(planned)
            if one.weight is not None
        ]
        if faults:
            raise BadRequest("The shares do not fit.", faults=faults)
        return [
            RewardRange(
                one.reward_slug, one.range_start or 0, one.range_end or 0, _decimal(one.probability, f"{path}[{at}]")
            )
            for at, one in enumerate(planned)
        ]
    if not planned:
        raise BadRequest("A wheel needs rewards.", faults=[Fault(path, "a wheel needs rewards")])
    name: str
    make: Callable[[list[Decimal], int, str], list[tuple[int, int]]]
    if any(one.weight is not None for one in planned):
        name, other, make = "weight", "probability", ranges_from_weights
    else:
        name, other, make = "probability", "weight", ranges_from_probabilities
    faults = [
        Fault(f"{path}[{at}]", "says no share: give every reward a range, or every one a probability, or a weight")
        for at, one in enumerate(planned)
        if getattr(one, name) is None
    ]
    faults += [
        Fault(f"{path}[{at}].{other}", f"either every reward has a {name}, or every one a {other}")
        for at, one in enumerate(planned)
        if getattr(one, other) is not None
    ]
    if faults:
        raise BadRequest("The shares do not fit.", faults=faults)
    shares = [_decimal(str(getattr(one, name)), f"{path}[{at}]") or Decimal(0) for at, one in enumerate(planned)]
    return [
        RewardRange(one.reward_slug, start, end)
        for one, (start, end) in zip(planned, make(shares, size, path), strict=True)
    ]


def _decimal(text: str | None, path: str) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise BadRequest("The shares do not fit.", faults=[Fault(path, f"{text!r} is no number")]) from None
