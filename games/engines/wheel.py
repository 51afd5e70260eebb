"""The turning wheel. Its frames are the wheel's angle (degrees) and velocity (degrees a second)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from games.engines import Engine, Frames, Random, Reveal
from games.wheel.angles import Segment, stop_angle
from games.wheel.timeline import Plan, angle_at, make_plan, velocity_at


class WheelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The turning wheel needs no settings."""


_PLAN = msgspec.msgpack.Decoder(Plan)


class Wheel(Engine):
    """A wheel that turns, and comes to rest anywhere within the margins of the outcome's segment."""

    engine_type = "wheel"
    engine_version = "1"
    title = "Turning wheel"
    capabilities: Mapping[str, Any] = {"games": ["wheel"], "reveal": "turning"}
    config: type[msgspec.Struct] = WheelSettings

    def reveal(self, config: Any, segment: Segment, duration_ms: int, random: Random) -> Reveal:  # noqa: ARG002 - it has no settings
        """A turning to rest in the segment."""
        angle_deg = stop_angle(segment, random())
        return Reveal(msgspec.msgpack.encode(make_plan(angle_deg, duration_ms, random)), angle_deg)

    def frames(self, plan: bytes) -> Frames:
        """Angle and velocity at each moment."""
        turning = _PLAN.decode(plan)

        def at(t_ms: float) -> tuple[float, float]:
            return angle_at(turning, t_ms), velocity_at(turning, t_ms)

        return at
