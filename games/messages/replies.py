"""What a command is answered with (docs/protocol.md, Commands)."""

from typing import Any
from uuid import UUID

import msgspec

from games.messages.events import SpinResult


class Limits(msgspec.Struct, frozen=True):
    """What this connection may do."""

    frame_bytes: int
    channels: int
    commands_per_second: int


class FairnessShown(msgspec.Struct, frozen=True):
    """The commitment that the player's next spin on a wheel will be drawn from."""

    wheel_id: UUID
    epoch_id: UUID
    server_seed_hash: str
    client_seed: str
    nonce: int
    config_digest: str
    next_server_seed_hash: str


class OpenSpin(msgspec.Struct, frozen=True, omit_defaults=True):
    """A spin of the player's that still turns, or whose result the player has not seen."""

    session_id: UUID
    request_id: str
    wheel_id: UUID
    status: str
    started_at: str
    duration_ms: int
    server_seed_hash: str
    client_seed: str
    nonce: int
    result: SpinResult | None = None


class Connected(msgspec.Struct, frozen=True):
    """The answer to `connect`."""

    connection: str
    tenant: str
    user: str
    role: str
    server_time: str
    expires_at: str
    ping_interval_ms: int
    limits: Limits
    spins: list[OpenSpin]
    fairness: list[FairnessShown]


class Refreshed(msgspec.Struct, frozen=True):
    """The answer to `refresh`."""

    expires_at: str


class Subscribed(msgspec.Struct, frozen=True):
    """The answer to `subscribe`: the events missed when `recovered`, else the channel's whole state."""

    channel: str
    epoch: str
    offset: int
    recovered: bool
    events: list[Any]
    latest: dict[str, Any]
    snapshot: Any = msgspec.UNSET


class StreamOpened(msgspec.Struct, tag="subscribed", frozen=True):
    """The first message of an event stream; when `recovered`, the events missed follow it, oldest first."""

    connection: str
    channel: str
    epoch: str
    offset: int
    recovered: bool
    latest: dict[str, Any]
    expires_at: str
    snapshot: Any = msgspec.UNSET


class Unsubscribed(msgspec.Struct, frozen=True):
    """The answer to `unsubscribe`."""

    channel: str


class PresenceCounts(msgspec.Struct, frozen=True):
    """The answer to `presence`."""

    connections: int
    users: int


class SpinAccepted(msgspec.Struct, frozen=True):
    """The answer to `spin`: committed, its outcome not yet told."""

    session_id: UUID
    request_id: str
    server_seed_hash: str
    client_seed: str
    nonce: int
    started_at: str
    duration_ms: int
    replayed: bool
    #: true when the play had to begin an epoch whose hash the player had not been shown before
    epoch_started: bool = False


class Pong(msgspec.Struct, frozen=True):
    """The answer to `ping`."""

    server_time: str


class ErrorBody(msgspec.Struct, frozen=True):
    """Why a command was refused."""

    code: str
    message: str
    retry_after_ms: int = 0


class Reply(msgspec.Struct, tag="reply", frozen=True):
    """The envelope of an answer."""

    id: int
    result: Any


class ErrorReply(msgspec.Struct, tag="error", frozen=True):
    """The envelope of a refusal."""

    id: int
    error: ErrorBody
