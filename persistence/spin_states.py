"""What is asked for, what it is decided from, and what is decided: the values of a spin on its way to disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from games.rewards import Stock
from persistence import fairness
from persistence.plays import Play


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence a spin was asked for, as the play's event tells it; None what is not known.

    `token_id` and `key` name the token (its `jti`) and what signed it (a `kid`, or the API key's id), and are no
    secret; `client` is what the client calls itself, `caller` who asked for the player.
    """

    ip_address: str | None = None
    user_agent: str | None = None
    token_id: str | None = None
    key: str | None = None
    connection: str | None = None
    client: str | None = None
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class SpinRequest:
    """A player's wish to spin; `request_id` makes it one play however often it is sent."""

    user_id: str
    wheel_id: UUID
    request_id: str
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class LockedPlayer:
    """What the player's row says, held under lock."""

    status: str
    display_name: str | None


@dataclass(frozen=True, slots=True)
class SpinState:
    """What a decision is made from, read under lock. `taken` is what the batch has used before."""

    now: datetime
    session_id: UUID
    player: LockedPlayer
    wheel_status: str
    wheel_is_active: bool
    opens_at: datetime | None
    closes_at: datetime | None
    #: the version the wheel stands at; None while nothing has been published
    version_id: UUID | None
    #: None for a wheel without a template, which turns by itself
    engine_status: str | None
    #: when the player's spins of the last minute on this wheel began, newest first; read where a version limits them
    last_minute: Sequence[datetime]
    epoch: fairness.Epoch
    epoch_started: bool
    nonce: int
    turning: int
    turning_stops_at: datetime | None
    chance_id: UUID | None


@dataclass(frozen=True, slots=True)
class Payable:
    """A reward that may be paid, and what paying it says. `stock` None: it never runs out."""

    reward_id: UUID
    stock: Stock | None
    win_status: str
    claim_status: str


@dataclass(frozen=True, slots=True)
class DecidedSpin:
    """A play as it is written: the outcome, its reveal plan, and what it was decided from.

    `payables`: the reward whose range was hit, then its fallbacks in turn up to the first that never runs out; `paid`
    is the first of them that there is any of.
    """

    request: SpinRequest
    state: SpinState
    version_id: UUID
    duration_ms: int
    range_reward_id: UUID
    payables: tuple[Payable, ...]
    paid: Payable
    position: int
    angle_deg: float
    plan: bytes
    featured: bool


@dataclass(frozen=True, slots=True)
class Committed:
    """The outcome of a request: the play, whether it had been made before, and whether it had to begin an epoch."""

    play: Play
    replayed: bool
    epoch_started: bool = False
