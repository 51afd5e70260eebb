"""What an engine is: the code that shows how a decided outcome comes out. It decides nothing, and pays nothing.

An outcome is drawn and committed before its engine is asked (domain.md, Engines). The engine gets the outcome's segment
and secret randomness, makes the plan of a reveal, and tells at any moment of it the two numbers of a frame. What they
mean is between the engine and its drawing on the players' pages.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from games.wheel.angles import Segment
from games.wheel.terms import RewardTerms

#: The group of entry points under which a package names its engines; each loads as an `Engine`.
ENTRY_POINTS = "wheelhouse.engines"

#: Numbers of [0, 1) that nobody can foresee.
Random = Callable[[], float]
#: A reveal as it is watched: milliseconds from its start to the two numbers of a frame.
Frames = Callable[[float], tuple[float, float]]


class Reveal(msgspec.Struct, frozen=True):
    """How one outcome will be shown: `plan`, secret until the end, and `angle_deg`, a place in the outcome's segment.

    The angle is told with the result whatever the engine, as a wheel's at rest: (360 - angle_deg) mod 360 lies in the
    segment (`games.wheel.angles.stop_angle` draws one).
    """

    plan: bytes
    angle_deg: float


class Engine(Protocol):
    """The code of an engine, by type and version. Packages make theirs a subclass of it.

    Frames must not tell the outcome: until the last `games.wheel.timeline.REVEALING_MS` those of one stream of random
    numbers are the same whatever was won. The server holds every engine to it when it starts (`games.engines.trial`).
    """

    @property
    def engine_type(self) -> str:
        """What it is called on the wire."""

    @property
    def engine_version(self) -> str:
        """Which version of it this is; plans and configurations of one version are never read by another."""

    @property
    def title(self) -> str:
        """What operators read."""

    @property
    def capabilities(self) -> Mapping[str, Any]:
        """What the code says that it can."""

    @property
    def config(self) -> type[msgspec.Struct]:
        """The type of its configuration, every field of it with a default."""

    @property
    def drawing(self) -> Path | None:
        """The ES module that draws it on players' pages; None: pages draw it as a turning wheel."""
        return None

    def reveal(self, config: Any, segment: Segment, duration_ms: int, random: Random) -> Reveal:
        """Plan a reveal of this length for an outcome with this segment; `config` is an instance of its type."""

    def frames(self, plan: bytes) -> Frames:
        """A planned reveal, to be watched; it rests before its start and after its end."""

    def picture(
        self,
        config: Any,  # noqa: ARG002 - what follows is for those that have a picture
        rewards: Sequence[RewardTerms],  # noqa: ARG002
        won: RewardTerms,  # noqa: ARG002
        random: Random,  # noqa: ARG002
    ) -> Mapping[str, Any] | None:
        """What the drawing must know at the end beside the angle: the `reveal` of a result. None for nothing.

        Asked for when the result is told, each time with the same random numbers. It may tell the outcome, and nothing
        but what is told with it.
        """
        return None
