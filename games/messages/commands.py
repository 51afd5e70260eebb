"""What a client may send: one command a frame, chosen by its `type` (docs/protocol.md, Commands)."""

from typing import Annotated

import msgspec

CommandId = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
ChannelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
TokenText = Annotated[str, msgspec.Meta(min_length=1, max_length=8192)]
RequestId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Position(msgspec.Struct, frozen=True):
    """Where a reader stands in a channel: `offset` kept events of `epoch` are in its hands."""

    epoch: Annotated[str, msgspec.Meta(max_length=100)]
    offset: Annotated[int, msgspec.Meta(ge=0)]


class ClientInfo(msgspec.Struct, frozen=True):
    """How a client names itself; told by the events of its plays, and else of no effect."""

    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    version: Annotated[str, msgspec.Meta(max_length=32)] = ""

    @property
    def words(self) -> str | None:
        """Name and version in one; None for a client without either."""
        return f"{self.name} {self.version}".strip() or None


class Connect(msgspec.Struct, tag="connect", frozen=True):
    """Comes first and within the connect time-out: who is speaking."""

    id: CommandId
    token: TokenText
    client: ClientInfo | None = None


class Refresh(msgspec.Struct, tag="refresh", frozen=True):
    """A newer token of the same tenant, user and role."""

    id: CommandId
    token: TokenText


class Subscribe(msgspec.Struct, tag="subscribe", frozen=True):
    """Listen to a channel, from `since` on when it can be recovered."""

    id: CommandId
    channel: ChannelName
    since: Position | None = None


class Unsubscribe(msgspec.Struct, tag="unsubscribe", frozen=True):
    """Stop listening to a channel."""

    id: CommandId
    channel: ChannelName


class Presence(msgspec.Struct, tag="presence", frozen=True):
    """How many connections and users listen to a channel."""

    id: CommandId
    channel: ChannelName


class Spin(msgspec.Struct, tag="spin", frozen=True):
    """Play a wheel once; `request_id` is the player's own idempotency key."""

    id: CommandId
    wheel_id: Annotated[str, msgspec.Meta(max_length=64)]
    request_id: RequestId


class Ping(msgspec.Struct, tag="ping", frozen=True):
    """Ask for the server's time."""

    id: CommandId


Command = Connect | Refresh | Subscribe | Unsubscribe | Presence | Spin | Ping

COMMAND_TYPES: frozenset[str] = frozenset(
    {"connect", "refresh", "subscribe", "unsubscribe", "presence", "spin", "ping"}
)


class CommandHead(msgspec.Struct, frozen=True):
    """The two fields that decide whether a frame that does not decode can be answered at all."""

    type: str
    id: CommandId
