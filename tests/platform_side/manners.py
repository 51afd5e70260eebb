"""How badly the platform behaves, drawn from a seed: the same call is treated alike in every run."""

import hashlib
from dataclasses import dataclass

#: What can go wrong with a call: done and no answer; done and answered after the caller has gone; done and answered
#: twice; not done, and a 500; done, and a 500 all the same.
WRONGS = ("lost", "late", "twice", "broken", "broken_after")


@dataclass(frozen=True, slots=True)
class Manners:
    """`share` of the calls (0 to 1) go wrong in one of `wrongs`."""

    seed: int = 1
    share: float = 0.0
    wrongs: tuple[str, ...] = WRONGS

    def of(self, call_id: str, turn: int) -> str:
        """What goes wrong with the turn-th call of this id: one of `wrongs`, or nothing."""
        digest = hashlib.sha256(f"{self.seed}:{call_id}:{turn}".encode()).digest()
        if int.from_bytes(digest[:4]) / 2**32 >= self.share:
            return ""
        return self.wrongs[digest[4] % len(self.wrongs)]
