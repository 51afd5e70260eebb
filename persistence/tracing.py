"""What the database room tells of its work to whoever traces it, and whose work it is."""

from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Final, Protocol

#: The W3C `traceparent` of the span under way; empty while nobody traces. An outbox row takes it along.
TRACEPARENT: Final[ContextVar[str]] = ContextVar("traceparent", default="")


class Tracing(Protocol):
    """Where spans go."""

    def transaction(self) -> AbstractContextManager[object]:
        """A transaction runs, from the wait for a connection to its end."""
