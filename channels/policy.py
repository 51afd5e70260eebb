"""How an event is delivered, and how much of the past a channel keeps."""

import enum
from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Policy(enum.StrEnum):
    """The promise that goes with a kind of event."""

    #: counted without a hole, in the history, recovered after an absence
    KEPT = "kept"
    #: only the newest counts: conflated for a slow reader, handed to whoever comes
    LATEST = "latest"
    #: never replayed, dropped for a slow reader
    PASSING = "passing"


class History(msgspec.Struct, frozen=True):
    """How many kept events a channel holds, and for how many seconds."""

    events: int = 200
    age_s: float = 300.0


class HistoryLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long what can be recovered is held in Redis."""

    kept: History = History()
    #: other limits for channels whose name begins with this word (`wheel`, `user`, …)
    kinds: Mapping[str, History] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    #: the newest of each latest event, and the channel's position, after its last publish
    position_s: float = 86_400.0
    #: how long a publish under the same idempotency key is known to be the same
    idempotency_s: float = 600.0

    def of(self, kind: str) -> History:
        """The history of channels of a kind."""
        return self.kinds.get(kind, self.kept)
