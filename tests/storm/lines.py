"""What a client writes down: every connection, every command, every message, in the order in which they happened."""

from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection was made."""

    at: float
    node: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A command was sent."""

    at: float
    command: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Something was sent that is no command."""

    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Received:
    """A message came, as it was on the wire."""

    at: float
    raw: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A command was given up, though the connection stood."""

    at: float
    command_id: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A connection ended; 1006 when without a word."""

    at: float
    code: int


Line = Opened | Sent | Spoiled | Received | Unanswered | Closed


@dataclass(slots=True)
class ClientLog:
    """All that one client saw."""

    name: str
    tenant: str
    user: str
    role: str
    #: `json` or `msgpack`
    encoding: str
    lines: list[Line] = field(default_factory=list)

    def message(self, line: Received) -> dict[str, Any]:
        """The message of a line."""
        if self.encoding == "json":
            return dict(msgspec.json.decode(line.raw))
        return dict(msgspec.msgpack.decode(line.raw))
