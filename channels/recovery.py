"""What a reader has missed, and what it is told next: decided from values alone, without Redis or a socket."""

from collections.abc import Sequence
from typing import NamedTuple

from channels.envelope import Broadcast
from channels.policy import Policy


class Position(NamedTuple):
    """Where a reader stands in a channel: it has all kept events of `epoch` up to `offset`."""

    epoch: str
    offset: int


class Recall(NamedTuple):
    """A channel as of one moment: where it stands, what was kept after the position asked for, the latest events."""

    position: Position
    kept: Sequence[Broadcast]
    latest: Sequence[Broadcast]


def missed(since: Position | None, recall: Recall) -> list[Broadcast] | None:
    """All kept events after `since`, oldest first, or None when they are not all in hand.

    None too for a reader of another epoch, or one that claims to have read what was never written.
    """
    now = recall.position
    if since is None or since.epoch != now.epoch or not 0 <= since.offset <= now.offset:
        return None
    events = [event for event in recall.kept if event.offset is not None and since.offset < event.offset <= now.offset]
    if [event.offset for event in events] != list(range(since.offset + 1, now.offset + 1)):
        return None
    return events


def newer(latest: Sequence[Broadcast], versions: dict[str, int]) -> list[Broadcast]:
    """The latest events that a reader of `versions` (by event) has not had."""
    return [event for event in latest if event.version is not None and event.version > versions.get(event.name, -1)]


class Waiting:
    """Live events of a channel that a reader is to have after the answer to its `subscribe`.

    Begun with the recall that the answer is made of; `max_bytes` bounds what is held.
    """

    __slots__ = ("_kept", "_latest", "_left_bytes", "_offset", "_versions", "complete")

    def __init__(self, recall: Recall, max_bytes: int) -> None:
        self._offset = recall.position.offset
        self._versions = {event.event: event.version for event in recall.latest if event.version is not None}
        self._kept: list[Broadcast] = []
        self._latest: dict[str, Broadcast] = {}
        self._left_bytes = max_bytes
        #: False once an event was lost: the reader has to start anew
        self.complete = True

    def take(self, event: Broadcast) -> None:
        """An event has come. Passing ones are not for somebody who has no answer yet."""
        if not self.complete:
            return
        if event.policy is Policy.KEPT:
            self._take_kept(event)
        elif event.policy is Policy.LATEST and newer([event], self._versions):
            assert event.version is not None
            follows = event.name not in self._latest and self._versions.get(event.name) == event.base
            self._versions[event.name] = event.version
            self._latest[event.name] = event if event.whole is None or follows else event.whole

    def _take_kept(self, event: Broadcast) -> None:
        if event.offset is not None:
            if event.offset <= self._offset:
                return
            if event.offset != self._offset + 1:
                self.break_off()
                return
            self._offset = event.offset
        self._left_bytes -= len(event.body)
        if self._left_bytes < 0:
            self.break_off()
        else:
            self._kept.append(event)

    def break_off(self) -> None:
        """Events were lost on the way here."""
        self.complete = False
        self._kept.clear()
        self._latest.clear()

    def follows(self, position: Position, epoch: str) -> bool:
        """Whether a reader of `epoch` that takes all this stands at `position`."""
        return self.complete and position == Position(epoch, self._offset)

    def release(self) -> list[Broadcast]:
        """What follows the answer, in order."""
        return [*self._kept, *self._latest.values()]
