"""When what has failed is tried again: soon at first, then for days, spread so that many do not come at once."""

from collections.abc import Sequence

#: The share by which a delay is made longer or shorter.
JITTER = 0.2


def delay_s(failures: int, chance: float, delays_s: Sequence[float]) -> float | None:
    """Seconds to wait after so many failures (1, 2, …), or None when no further try is made.

    `chance`: a random number of 0 ≤ chance < 1, which spreads the tries. `delays_s`: before each further try.
    """
    if failures > len(delays_s):
        return None
    return delays_s[failures - 1] * (1 + JITTER * (2 * chance - 1))
