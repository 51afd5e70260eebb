"""Everything that can be refused or fail, as one tree and two tables that code, documents and tests read.

    WheelhouseError
    ├── BadRequest        ├── NoChanceLeft      ├── LimitReached
    ├── Unauthorized      ├── WheelClosed       ├── RateLimited
    ├── Forbidden         ├── SpinInProgress    ├── TooLarge
    ├── NotFound          ├── SoldOut           ├── Unavailable
    └── Conflict          ├── Closed            └── Internal

A message is a sentence that tells its reader what to do. It never holds SQL, a stack, or another tenant's data.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class ErrorKind(msgspec.Struct, frozen=True):
    """A code of the wire (docs/protocol.md, Error codes), the HTTP status it has there, and what it means."""

    code: str
    http_status: int
    meaning: str


class Fault(msgspec.Struct, frozen=True):
    """One thing that does not fit: where (`$.rewards[2].range_end`), and what would."""

    path: str
    message: str


class WheelhouseError(Exception):
    """A refusal or failure that a caller is told of.

    `retry_after_ms`: when trying again may help; None when only a change would.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_ms = retry_after_ms


class BadRequest(WheelhouseError):
    """A body, field or frame does not fit its type or a game's rules; every fault is named."""

    code = "bad_request"

    def __init__(self, message: str, *, faults: Sequence[Fault] = (), retry_after_ms: int | None = None) -> None:
        super().__init__(message, retry_after_ms=retry_after_ms)
        self.faults = list(faults)


class Unauthorized(WheelhouseError):
    """The token is missing, wrong or expired."""

    code = "unauthorized"


class Forbidden(WheelhouseError):
    """The role, the tenant or the player may not do this."""

    code = "forbidden"


class NotFound(WheelhouseError):
    """There is no such thing, or it is another tenant's."""

    code = "not_found"


class Conflict(WheelhouseError):
    """A stale `row_version`, or a move that the state machine does not have."""

    code = "conflict"


class NoChanceLeft(WheelhouseError):
    """The player has no usable chance for this wheel."""

    code = "no_chance_left"


class WheelClosed(WheelhouseError):
    """The wheel is not open at this moment."""

    code = "wheel_closed"


class SpinInProgress(WheelhouseError):
    """A spin that must come to rest first is still turning."""

    code = "spin_in_progress"


class SoldOut(WheelhouseError):
    """No ticket or place is left."""

    code = "sold_out"


class Closed(WheelhouseError):
    """The jackpot, raffle, tournament or claim takes nothing more."""

    code = "closed"


class LimitReached(WheelhouseError):
    """The caller has as many of these as it may have."""

    code = "limit_reached"


class RateLimited(WheelhouseError):
    """Too many requests in too short a time."""

    code = "rate_limited"


class TooLarge(WheelhouseError):
    """The body or frame is larger than the server takes."""

    code = "too_large"


class Unavailable(WheelhouseError):
    """Postgres or Redis is away: nothing was spent."""

    code = "unavailable"


class Internal(WheelhouseError):
    """A fault of the server's own."""

    code = "internal"


#: Every code there is.
ERRORS: dict[str, ErrorKind] = {
    kind.code: kind
    for kind in (
        ErrorKind("bad_request", 422, "The request does not fit its type or the rules."),
        ErrorKind("unauthorized", 401, "The token is missing, wrong or expired."),
        ErrorKind("forbidden", 403, "This role, tenant or player may not do that."),
        ErrorKind("not_found", 404, "There is no such thing here."),
        ErrorKind("conflict", 409, "The row has changed, or its status does not allow this."),
        ErrorKind("no_chance_left", 409, "No chance is left for this wheel."),
        ErrorKind("wheel_closed", 409, "The wheel is not open now."),
        ErrorKind("spin_in_progress", 409, "A spin is still turning."),
        ErrorKind("sold_out", 409, "Nothing is left."),
        ErrorKind("closed", 409, "This game takes nothing more."),
        ErrorKind("limit_reached", 409, "A limit has been reached."),
        ErrorKind("rate_limited", 429, "Too many requests in too short a time."),
        ErrorKind("too_large", 413, "The request is larger than the server takes."),
        ErrorKind("unavailable", 503, "The server cannot do this now; nothing was spent. Try again."),
        ErrorKind("internal", 500, "The server failed; the fault has been logged."),
    )
}


class CloseKind(msgspec.Struct, frozen=True):
    """A reason for which the server closes a websocket (docs/protocol.md, Close codes)."""

    code: int
    word: str
    meaning: str

    @property
    def may_return(self) -> bool:
        """Whether the client comes back by itself: 4500–4599 yes, 4400–4499 not without a change."""
        return 4500 <= self.code < 4600


#: Every close code there is, by its word.
CLOSE_CODES: dict[str, CloseKind] = {
    kind.word: kind
    for kind in (
        CloseKind(4400, "bad_frame", "Not a message of this protocol, a second `connect`, or a command before it."),
        CloseKind(4401, "unauthorized", "The token is missing, wrong, or expired and was not refreshed."),
        CloseKind(4403, "forbidden", "The origin is not allowed, the tenant not active, or the user blocked."),
        CloseKind(4409, "too_many_connections", "Over the user's limit; the oldest connection goes."),
        CloseKind(4413, "too_large", "A frame over the limit."),
        CloseKind(4500, "internal", "A fault of the server's own, logged with the connection's id."),
        CloseKind(4503, "draining", "This node is going away."),
        CloseKind(4508, "slow_consumer", "The client did not read; its state is recovered on reconnect."),
        CloseKind(4509, "connect_timeout", "No `connect` in time."),
        CloseKind(4510, "missed_ping", "A ping was not answered in time."),
        CloseKind(4529, "rate_limited", "Kept on sending past a limit after being told, or the tenant is full."),
    )
}
