"""The scratch card: cells are uncovered one after another, and what is beneath them shows with the result.

A prize is beneath three cells, every other one beneath two at the most. Frames are how many cells have been uncovered,
the last one in part, and the pace (cells a second); they are the same whatever has been won, to the end.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final, Literal, TypeVar

import msgspec

from games.engines import Engine, Frames, Random, Reveal
from games.wheel.angles import Segment, stop_angle
from games.wheel.terms import RewardTerms

T = TypeVar("T")

#: So many cells show what has been won.
MATCHING: Final = 3
#: Of the time that a cell has, what the coin spends on the way to the next one.
_ON_THE_WAY: Final = 0.2


class ScratchCardSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many cells a card has."""

    cells: Literal[6, 9, 12] = 9


class Scratching(msgspec.Struct, frozen=True, array_like=True):
    """When each cell is done, in ms; secret until the end, though it tells nothing."""

    duration_ms: int
    done_ms: list[float]


_SCRATCHING = msgspec.msgpack.Decoder(Scratching)


class ScratchCard(Engine):
    """A card whose cells are uncovered; three of a kind win."""

    engine_type = "scratch_card"
    engine_version = "1"
    title = "Scratch card"
    capabilities: Mapping[str, Any] = {"games": ["wheel"], "reveal": "uncovering"}
    config: type[msgspec.Struct] = ScratchCardSettings

    def reveal(self, config: ScratchCardSettings, segment: Segment, duration_ms: int, random: Random) -> Reveal:
        """An uncovering of every cell, some of them faster than others."""
        angle_deg = stop_angle(segment, random())
        done = list(accumulate(0.6 + 0.8 * random() for _ in range(config.cells)))
        scratching = Scratching(duration_ms, [duration_ms * one / done[-1] for one in done])
        return Reveal(msgspec.msgpack.encode(scratching), angle_deg)

    def frames(self, plan: bytes) -> Frames:
        """How much is uncovered at each moment."""
        scratching = _SCRATCHING.decode(plan)
        done = scratching.done_ms

        def at(t_ms: float) -> tuple[float, float]:
            if t_ms >= scratching.duration_ms:
                return float(len(done)), 0.0
            if t_ms <= 0:
                return 0.0, 0.0
            cell = next(index for index, end in enumerate(done) if t_ms < end or end == done[-1])
            begin = done[cell - 1] if cell else 0.0
            takes = done[cell] - begin
            # First the coin moves there.
            part = ((t_ms - begin) / takes - _ON_THE_WAY) / (1 - _ON_THE_WAY)
            if part < 0:
                return float(cell), 0.0
            return cell + min(1.0, part), 1000 / (takes * (1 - _ON_THE_WAY))

        return at

    def picture(
        self, config: ScratchCardSettings, rewards: Sequence[RewardTerms], won: RewardTerms, random: Random
    ) -> Mapping[str, Any]:
        """`cells`: the slug of the prize beneath each, null where there is none."""
        lucky = [won.slug] * MATCHING if won.type != "none" else []
        near = [one.slug for one in rewards if one.type != "none" and one.slug != won.slug] * (MATCHING - 1)
        others: list[str | None] = [*_shuffled(near, random)[: config.cells - len(lucky)]]
        cells = lucky + others
        return {"cells": _shuffled([*cells, *[None] * (config.cells - len(cells))], random)}


def _shuffled(items: Sequence[T], random: Random) -> list[T]:
    return [item for _, item in sorted(((random(), item) for item in items), key=lambda one: one[0])]
