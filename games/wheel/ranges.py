"""The odds of a wheel: ranges of positions that share 1..N without gap or overlap (domain.md, Wheels, rewards)."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import reduce

import msgspec

from games.errors import BadRequest, Fault
from games.fairness import LARGEST_SIZE
from games.money import EXACT

#: Decimals with which a probability is kept.
PROBABILITY_DECIMALS = 30
_LAST_DECIMAL = Decimal(1).scaleb(-PROBABILITY_DECIMALS)
# A slug stands between commas in the configuration text.
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RewardRange(msgspec.Struct, frozen=True):
    """A reward's share of the positions, both ends included; `probability` None is not declared."""

    slug: str
    start: int
    end: int
    probability: Decimal | None = None


def probability_of(width: int, size: int) -> Decimal:
    """The odds of a range: width / size at the scale they are kept with."""
    return EXACT.divide(Decimal(width), Decimal(size)).quantize(_LAST_DECIMAL, rounding=ROUND_HALF_UP, context=EXACT)


def index_at(ends: Sequence[int], position: int) -> int:
    """Which range holds a position, given the ends of all ranges in order. Raises `ValueError` outside of them."""
    if not ends or not 1 <= position <= ends[-1]:
        raise ValueError(f"no range holds the position {position}")
    return bisect_left(ends, position)


def check_ranges(ranges: Sequence[RewardRange], size: int, path: str = "$.rewards") -> None:
    """Raise `BadRequest` with every fault of the whole set, unless it can decide spins of a wheel of this size."""
    if faults := range_faults(ranges, size, path):
        raise BadRequest("The rewards do not fit together: every fault is listed.", faults=faults)


def range_faults(ranges: Sequence[RewardRange], size: int, path: str = "$.rewards") -> list[Fault]:
    """Everything that is wrong with the whole set, each with its path; `path` is that of the list of rewards."""
    if not 1 <= size <= LARGEST_SIZE:
        return [Fault("$.wheel_config.size", f"must be within 1 and {LARGEST_SIZE}")]
    if not ranges:
        return [Fault(path, f"a wheel needs rewards that share the positions 1 to {size}")]
    faults = _slug_faults(ranges, path)
    for at, one in enumerate(ranges):
        faults += _own_faults(one, size, f"{path}[{at}]")
    return faults + _cover_faults(ranges, size, path)


def _slug_faults(ranges: Sequence[RewardRange], path: str) -> list[Fault]:
    faults, seen = [], dict[str, int]()
    for at, one in enumerate(ranges):
        if _SLUG.fullmatch(one.slug) is None:
            faults.append(Fault(f"{path}[{at}].reward_slug", "has 1 to 100 characters out of A–Z, a–z, 0–9, . _ and -"))
        if (first := seen.setdefault(one.slug, at)) != at:
            faults.append(Fault(f"{path}[{at}].reward_slug", f"{one.slug!r} is already the slug of {path}[{first}]"))
    return faults


def _own_faults(one: RewardRange, size: int, path: str) -> list[Fault]:
    faults = []
    if one.start < 1 or one.start > size:
        faults.append(Fault(f"{path}.range_start", f"{one.start} is not within 1 to {size}"))
    if one.end < 1 or one.end > size:
        faults.append(Fault(f"{path}.range_end", f"{one.end} is not within 1 to {size}"))
    if one.end < one.start:
        faults.append(Fault(f"{path}.range_end", f"{one.end} comes before the range's start, {one.start}"))
    elif one.probability is not None:
        exact = probability_of(one.end - one.start + 1, size)
        if not one.probability.is_finite() or one.probability != exact:
            told = f"must be {one.end - one.start + 1}/{size} = {plain(exact)}, not {plain(one.probability)}"
            faults.append(Fault(f"{path}.probability", told))
    return faults


def _cover_faults(ranges: Sequence[RewardRange], size: int, path: str) -> list[Fault]:
    """Gaps and overlaps, walking over the ranges that lie the right way round in the order of their starts."""
    faults, reached = [], 0
    ordered = sorted((one.start, one.end, at) for at, one in enumerate(ranges) if one.start <= one.end)
    for start, end, at in ordered:
        if start > reached + 1:
            faults.append(
                Fault(f"{path}[{at}].range_start", f"no reward has the positions {_span(reached + 1, start - 1)}")
            )
        elif start <= reached:
            told = f"another reward has the positions {_span(start, min(end, reached))} too"
            faults.append(Fault(f"{path}[{at}].range_start", told))
        reached = max(reached, end)
    if reached < size:
        faults.append(Fault(path, f"no reward has the positions {_span(reached + 1, size)}"))
    return faults


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# -- making ranges, so that nobody types them by hand


def ranges_from_weights(weights: Sequence[Decimal | int], size: int, path: str = "$.rewards") -> list[tuple[int, int]]:
    """Ranges in the order of the weights, sharing 1..size as nearly by them as whole positions can (largest remainder).

    Raises `BadRequest` naming every weight that is not above zero, or too small to be given a position.
    """
    exact = [Decimal(weight) for weight in weights]
    if not exact:
        raise BadRequest("A wheel needs rewards.", faults=[Fault(path, "there are none")])
    wrong = [at for at, weight in enumerate(exact) if not (weight.is_finite() and weight > 0)]
    if wrong:
        faults = [Fault(f"{path}[{at}].weight", "must be above zero") for at in wrong]
        raise BadRequest("Not every weight is above zero.", faults=faults)
    widths = largest_remainder(exact, size)
    if 0 in widths:
        told = f"is too small for a position of its own out of {size}; give the wheel a larger size"
        faults = [Fault(f"{path}[{at}].weight", told) for at, width in enumerate(widths) if width == 0]
        raise BadRequest("A reward would never be won.", faults=faults)
    ranges, start = [], 1
    for width in widths:
        ranges.append((start, start + width - 1))
        start += width
    return ranges


def ranges_from_probabilities(
    probabilities: Sequence[Decimal], size: int, path: str = "$.rewards"
) -> list[tuple[int, int]]:
    """Ranges out of probabilities, which must sum to 1 up to the rounding of their last decimals."""
    total = reduce(EXACT.add, probabilities, Decimal(0))
    if not total.is_finite() or abs(total - 1) > len(probabilities) * Decimal("1e-9"):
        faults = [Fault(path, f"the probabilities sum to {plain(total)}, not to 1")]
        raise BadRequest("The probabilities do not sum to 1.", faults=faults)
    return ranges_from_weights(probabilities, size, path)


def largest_remainder(weights: Sequence[Decimal], size: int) -> list[int]:
    """Whole numbers that sum to `size`, as near to the weights as can be; ties go to the first."""
    exact = [Fraction(weight) for weight in weights]
    total = sum(exact)
    quotas = [weight * size / total for weight in exact]
    widths = [int(quota) for quota in quotas]
    nearest = sorted(range(len(quotas)), key=lambda at: (widths[at] - quotas[at], at))
    for at in nearest[: size - sum(widths)]:
        widths[at] += 1
    return widths
