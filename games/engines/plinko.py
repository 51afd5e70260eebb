"""Plinko: a ball falls from peg to peg, and a kicker below the pegs throws it into a slot.

The board is as wide as the circle of the wheel's segments unrolled: its slots are the segments, from left to right.
The way through the pegs is a walk by chance alone. Only the kick, within the last stretch, knows where the ball must
land; from wherever it starts it can reach every slot.

Frames are the ball's place as an angle, 360 at the left edge falling to 0 at the right one, so that at rest it means
what a wheel's angle means; and how deep it has fallen, 0 at the top to 1 in the slot.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from games.engines import Engine, Frames, Random, Reveal
from games.wheel.angles import Segment, stop_angle
from games.wheel.timeline import SETTLE_MS

#: How deep the pegs reach; below them is the kicker.
PEGS_DEEP = 0.72
#: How high the ball springs from a peg and from the kicker: the share of a fall that it first rises, times four.
_PEG_SPRING, _KICK_SPRING = 0.35, 2.5
#: Of a fall shorter than three times the kick, the part that is the kick.
_LARGEST_KICK_PART = 1 / 3


class PlinkoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many rows of pegs the board has."""

    rows: Annotated[int, msgspec.Meta(ge=6, le=20)] = 12


class Fall(msgspec.Struct, frozen=True, array_like=True):
    """A ball's way, whole; secret until it has landed. Places are degrees from the left edge, 0..360."""

    duration_ms: int
    kick_ms: float
    #: where it begins, then where it meets each row; the last is the kicker
    places: list[float]
    #: where it lands
    slot_deg: float


_FALL = msgspec.msgpack.Decoder(Fall)


class Plinko(Engine):
    """A ball that falls through pegs, and is thrown into the outcome's slot."""

    engine_type = "plinko"
    engine_version = "1"
    title = "Plinko"
    capabilities: Mapping[str, Any] = {"games": ["wheel"], "reveal": "falling"}
    config: type[msgspec.Struct] = PlinkoSettings

    def reveal(self, config: PlinkoSettings, segment: Segment, duration_ms: int, random: Random) -> Reveal:
        """A fall through as many rows as the board has, into the segment's slot."""
        angle_deg = stop_angle(segment, random())
        kick_ms = min(float(SETTLE_MS), duration_ms * _LARGEST_KICK_PART)
        fall = Fall(duration_ms, kick_ms, _walk(config.rows, random), 360.0 - angle_deg)
        return Reveal(msgspec.msgpack.encode(fall), angle_deg)

    def frames(self, plan: bytes) -> Frames:
        """Where the ball is at each moment."""
        fall = _FALL.decode(plan)
        rows = len(fall.places) - 1
        row_ms = (fall.duration_ms - fall.kick_ms) / rows

        def at(t_ms: float) -> tuple[float, float]:
            if t_ms >= fall.duration_ms:
                return _angle(fall.slot_deg), 1.0
            if t_ms >= row_ms * rows:
                part = 1.0 - (fall.duration_ms - t_ms) / fall.kick_ms
                place = fall.places[-1] + (fall.slot_deg - fall.places[-1]) * part
                return _angle(place), PEGS_DEEP + (1.0 - PEGS_DEEP) * _thrown(part, _KICK_SPRING)
            passed = max(0.0, t_ms / row_ms)
            row = int(passed)
            part = passed - row
            place = fall.places[row] + (fall.places[row + 1] - fall.places[row]) * part
            # It is let go at the top, and springs from every peg.
            return _angle(place), PEGS_DEEP * (row + _thrown(part, _PEG_SPRING if row else 0.0)) / rows

        return at


def _walk(rows: int, random: Random) -> list[float]:
    """From the middle, half a peg's distance to either side at each row, and back from the edges."""
    half = 180.0 / rows
    places = [180.0]
    for _ in range(rows):
        step = half if random() < 0.5 else -half
        if not half / 2 < places[-1] + step < 360.0 - half / 2:
            step = -step
        places.append(places[-1] + step)
    return places


def _thrown(part: float, spring: float) -> float:
    """How much of a fall is done when this part of its time is over, should it begin with a spring upwards."""
    return (1.0 + spring) * part * part - spring * part


def _angle(place_deg: float) -> float:
    return (360.0 - place_deg) % 360.0
