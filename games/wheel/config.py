"""What an operator may set on a wheel: `wheel_config` and `spin_config` (domain.md, The JSON columns)."""

from decimal import Decimal
from typing import Annotated

import msgspec

from games.display import DisplayNameRule
from games.fairness import LARGEST_SIZE
from games.money import is_plain
from games.rewards import LARGEST_AMOUNT
from games.texts import matching

#: The name of a theme, or values for some of the page's design tokens.
Theme = (
    Annotated[str, msgspec.Meta(max_length=64)]
    | dict[
        Annotated[str, matching("[a-z][a-z0-9-]{0,31}")],
        Annotated[str, matching("[#A-Za-z0-9(),.%/ -]{1,64}")],
    ]
)


class WheelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel: how many positions its odds share, how players are shown to each other, and its looks."""

    size: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIZE)] = 1_000_000
    display_name_rule: DisplayNameRule = "masked"
    theme: Theme | None = None


class SpinConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel's turning, and how often it may turn."""

    #: presentation only: the outcome is decided before the wheel moves
    duration_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] = 5000
    frames_per_second: Annotated[int, msgspec.Meta(ge=1, le=60)] = 15
    #: how many spins at a time are shown to all who watch the wheel
    featured: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 16
    turning_per_player: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    #: of one player; None is no limit but the server's own
    spins_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    #: of one player, from the beginning of a spin to the next one's; 0 is no limit
    least_interval_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    #: what a chance costs the player, in the tenant's currency; only for the return to player in a simulation
    price: Decimal | None = None

    def __post_init__(self) -> None:
        if self.price is not None and not (is_plain(self.price) and 0 < self.price <= LARGEST_AMOUNT):
            raise ValueError("price must be above zero, written without an exponent, or left out")
