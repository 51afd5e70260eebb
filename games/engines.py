"""What an engine is: the code that shows how a decided outcome comes out. It decides nothing, and pays nothing.

An outcome is drawn and committed before its engine is asked (domain.md, Engines). The engine gets the outcome's segment
and secret randomness, makes the plan of a reveal, and tells at any moment of it the two numbers of a frame.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from games.wheel.angles import Segment, stop_angle
from games.wheel.timeline import Plan, angle_at, make_plan, velocity_at

#: The group of entry points under which a package names its engines; each loads as an `Engine`.
ENTRY_POINTS = "wheelhouse.engines"

#: Numbers of [0, 1) that nobody can foresee.
Random = Callable[[], float]
#: A reveal as it is watched: milliseconds from its start to the two numbers of a frame.
Frames = Callable[[float], tuple[float, float]]


class Reveal(msgspec.Struct, frozen=True):
    """How one outcome will be shown: `plan`, secret until the end, and `rest`, the first number of the last frame."""

    plan: bytes
    rest: float


class Engine(Protocol):
    """The code of an engine, by type and version.

    Frames must not tell the outcome: until the last `games.wheel.timeline.REVEALING_MS` those of one stream of random
    numbers are the same whatever was won.
    """

    @property
    def engine_type(self) -> str:
        """What it is called on the wire."""

    @property
    def engine_version(self) -> str:
        """Which version of it this is; plans of one version are never read by another."""

    @property
    def title(self) -> str:
        """What operators read."""

    @property
    def capabilities(self) -> Mapping[str, Any]:
        """What the code says that it can."""

    @property
    def config(self) -> type[msgspec.Struct]:
        """The type of its configuration, every field of it with a default."""

    def reveal(self, segment: Segment, duration_ms: int, random: Random) -> Reveal:
        """Plan a reveal of this length that comes to rest in the outcome's segment."""

    def frames(self, plan: bytes) -> Frames:
        """A planned reveal, to be watched; it rests before its start and after its end."""


class WheelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The turning wheel needs no settings."""


_PLAN = msgspec.msgpack.Decoder(Plan)


class Wheel:
    """The turning wheel. Its frames are the wheel's angle (degrees) and velocity (degrees a second)."""

    engine_type = "wheel"
    engine_version = "1"
    title = "Turning wheel"
    capabilities: Mapping[str, Any] = {"games": ["wheel"], "reveal": "turning"}
    config: type[msgspec.Struct] = WheelConfig

    def reveal(self, segment: Segment, duration_ms: int, random: Random) -> Reveal:
        """A turning to rest anywhere within the segment's margins."""
        angle_deg = stop_angle(segment, random())
        return Reveal(msgspec.msgpack.encode(make_plan(angle_deg, duration_ms, random)), angle_deg)

    def frames(self, plan: bytes) -> Frames:
        """Angle and velocity at each moment."""
        turning = _PLAN.decode(plan)

        def at(t_ms: float) -> tuple[float, float]:
            return angle_at(turning, t_ms), velocity_at(turning, t_ms)

        return at
