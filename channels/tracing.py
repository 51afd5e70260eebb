"""What the live side tells of its work to whoever traces it. With nobody there, nothing is paid but one comparison."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from channels.channel import Channel
from channels.envelope import Broadcast


class Tracing(Protocol):
    """Where spans go. A `traceparent` is that of W3C Trace Context; empty stands for none."""

    def publishing(self, channel: Channel, event: str, cause: str) -> AbstractContextManager[str]:
        """An event is being published, because of the span `cause` or of the one under way; gives its traceparent."""

    def received(self, channel: Channel, broadcast: Broadcast, cause: str) -> None:
        """An event that was published by the span `cause` has come to this node, and goes to its hub."""

    def flushing(self, channel: Channel, broadcasts: Sequence[Broadcast], sockets: int) -> Callable[[], None] | None:
        """Events are being written to sockets; what is given is called when all have been served."""
