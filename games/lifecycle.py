"""What a state machine is: statuses, the moves between them, and a sentence for whoever asks for another."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from games.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class Lifecycle(Generic[S]):
    """A table of moves. A move that is not in it is a conflict.

    `name`: what moves, in words, for messages. `kind`: its statuses; a new one begins with the first. `moves`: for each
    status, the words of those that may follow, separated by spaces; a status with none is final.
    """

    def __init__(self, name: str, kind: type[S], moves: Mapping[str, str]) -> None:
        self.name = name
        self.kind = kind
        self.initial: S = next(iter(kind))
        self.moves: dict[S, tuple[S, ...]] = {
            status: tuple(kind(word) for word in moves.get(status, "").split()) for status in kind
        }
        if unknown := moves.keys() - set(self.statuses):
            raise ValueError(f"no status of the {name}: {unknown}")

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every status, as the word that is kept."""
        return tuple(status.value for status in self.kind)

    @property
    def finals(self) -> tuple[S, ...]:
        """The statuses that are never left."""
        return tuple(status for status, targets in self.moves.items() if not targets)

    def allowed(self, current: str) -> tuple[S, ...]:
        """Where one in `current` may go. Raises `Conflict` when there is no such status."""
        return self.moves[self._status(current)]

    def may(self, current: str, to: str) -> bool:
        """Whether the move is in the table."""
        return to in self.moves.get(self._status(current), ())

    def check(self, current: str, to: str) -> S:
        """The status moved to. Raises `Conflict`, naming the moves there are, unless the move is in the table."""
        target, targets = self._status(to), self.allowed(current)
        if target in targets:
            return target
        if not targets:
            raise Conflict(f"The {self.name} is {current}, which is final; it cannot become {target}.")
        listed = " or ".join(targets)
        raise Conflict(f"The {self.name} is {current} and cannot become {target}; from here it may become {listed}.")

    def _status(self, word: str) -> S:
        try:
            return self.kind(word)
        except ValueError:
            listed = ", ".join(self.statuses)
            raise Conflict(f"A {self.name} is never {word!r}; its statuses are {listed}.") from None
