"""Where a reward stands on the drawn wheel, and where the wheel comes to rest for it.

Angles are degrees, clockwise. A segment's `start_deg` is measured on the wheel from its zero mark. The wheel's
`angle_deg` is how far it has turned, modulo 360; the pointer is at the top, over the zero mark when `angle_deg` is 0.
So the segment under the pointer at rest is the one that holds (360 - angle_deg) mod 360.

The drawn size of a segment does not tell its odds: a reward of 0.1 % would be a hair. A third of the circle is shared
equally and two thirds by the odds, which are shown as numbers beside the wheel.
"""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import msgspec

#: Of the circle: what is shared equally, so that every segment can be seen.
EQUAL_PART = Fraction(1, 3)
#: Of a segment's sweep: how far from either edge a wheel stops at the least, so that nobody doubts where it stands.
EDGE_MARGIN = 0.08
_DECIMALS = 6


class Segment(msgspec.Struct, frozen=True):
    """Where a reward is drawn: `sweep_deg` clockwise from `start_deg` on, measured from the wheel's zero mark."""

    start_deg: float
    sweep_deg: float


def segments(widths: Sequence[int]) -> list[Segment]:
    """The segments of rewards with these widths of range, in order, from the zero mark once around the wheel."""
    total, count = sum(widths), len(widths)
    bounds, end = [0.0], Fraction(0)
    for width in widths:
        end += 360 * (EQUAL_PART / count + (1 - EQUAL_PART) * Fraction(width, total))
        bounds.append(round(float(end), _DECIMALS))
    return [Segment(start, round(stop - start, _DECIMALS)) for start, stop in pairwise(bounds)]


def stop_angle(segment: Segment, random: float) -> float:
    """The wheel's angle at rest in a segment; `random`, of [0, 1), says where between the margins."""
    within = EDGE_MARGIN + (1 - 2 * EDGE_MARGIN) * random
    return (360.0 - (segment.start_deg + segment.sweep_deg * within)) % 360.0


def stops_within(segment: Segment, angle_deg: float) -> bool:
    """Whether an angle at rest is a segment's."""
    return 0.0 <= angle_deg < 360.0 and (360.0 - angle_deg - segment.start_deg) % 360.0 <= segment.sweep_deg


def segment_at(drawn: Sequence[Segment], angle_deg: float) -> int:
    """Which of a wheel's segments, in order, is under the pointer at this angle."""
    mark = (360.0 - angle_deg) % 360.0
    return bisect_right(drawn, mark, key=lambda segment: segment.start_deg) - 1
