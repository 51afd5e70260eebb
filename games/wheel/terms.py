"""The terms of a published wheel version: everything a play depends on, kept to the letter and never changed."""

from uuid import UUID

import msgspec


class RewardTerms(msgspec.Struct, frozen=True):
    """A reward as published: its odds are its range, inclusive integers over 1..size."""

    id: UUID
    slug: str
    label: str
    type: str
    color: str | None
    description: str | None
    detail: msgspec.Raw
    range_start: int
    range_end: int
    probability: str
    #: where the page draws it, degrees clockwise from the wheel's zero mark
    start_deg: float
    sweep_deg: float


class Terms(msgspec.Struct, frozen=True):
    """A whole version. `rewards` are in the order of their ranges."""

    engine_type: str
    engine_version: str
    size: int
    wheel_config: msgspec.Raw
    spin_config: msgspec.Raw
    rewards: list[RewardTerms]
    #: of the engine, as it was when this was published
    engine_config: msgspec.Raw = msgspec.Raw(b"{}")
