"""A coin that turns in the air and lands. Its frames are the half turns made so far, and how high it is (0 to 1)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from games.engines import Engine, Frames, Random, Reveal
from games.wheel.angles import Segment, stop_angle
from games.wheel.terms import RewardTerms


class CoinSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set: here, how fast the coin turns."""

    half_turns_a_second: Annotated[int, msgspec.Meta(ge=1, le=12)] = 6


class Flight(msgspec.Struct, frozen=True, array_like=True):
    """The plan of one flip; the server keeps it secret until the coin has landed."""

    duration_ms: int
    half_turns: float


class CoinFlip(Engine):
    """Heads for a prize, tails for none."""

    engine_type = "coin_flip"
    engine_version = "1"
    title = "Coin flip"
    capabilities: Mapping[str, Any] = {"games": ["wheel"], "reveal": "flipping"}
    config: type[msgspec.Struct] = CoinSettings
    drawing = Path(__file__).with_name("coin-flip.js")

    def reveal(self, config: CoinSettings, segment: Segment, duration_ms: int, random: Random) -> Reveal:
        """A flight of this length; how often the coin turns is chance alone, and tells nothing."""
        angle_deg = stop_angle(segment, random())
        half_turns = config.half_turns_a_second * duration_ms / 1000 * (0.8 + 0.4 * random())
        return Reveal(msgspec.msgpack.encode(Flight(duration_ms, half_turns)), angle_deg)

    def frames(self, plan: bytes) -> Frames:
        """Half turns and height at each moment."""
        flight = msgspec.msgpack.decode(plan, type=Flight)

        def at(t_ms: float) -> tuple[float, float]:
            part = min(1.0, max(0.0, t_ms / flight.duration_ms))
            return flight.half_turns * part, 4 * part * (1 - part)

        return at

    def picture(
        self,
        config: CoinSettings,  # noqa: ARG002 - the side needs no more than what was won
        rewards: Sequence[RewardTerms],  # noqa: ARG002
        won: RewardTerms,
        random: Random,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """The side that lies on top, told with the result."""
        return {"side": "tails" if won.type == "none" else "heads"}


ENGINE = CoinFlip()
