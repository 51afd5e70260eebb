"""Rounds of a run: every session in turn, so that whatever else the machine does falls on all alike."""

import time
from collections.abc import Callable

from bench.goals import Results
from bench.load import LoadFailed
from bench.world import World

Figures = dict[str, float]
#: The session's name, whom it measures, and how.
Session = tuple[str, str, Callable[[World], Figures]]


def measured(listed: list[Session], shared: World, rounds: int, minutes: float, results: Results) -> int:
    """Go through all sessions so often, adding to `results`; how many rounds were whole when the time was over."""
    begun = time.monotonic()
    for number in range(rounds):
        # Whoever comes first finds another machine than whoever comes last.
        turned = number % max(1, len(listed))
        for kind, name, run in (*listed[turned:], *listed[:turned]):
            if time.monotonic() - begun > minutes * 60:
                print(f"{minutes:g} minutes are over: what was measured by now counts.")
                return number
            at = time.monotonic()
            try:
                figures = run(shared)
            except LoadFailed as error:
                print(f"round {number + 1}: {kind}, {name} failed: {error}", flush=True)
                continue
            for figure, value in figures.items():
                results.setdefault((kind, name, figure), []).append(value)
            told = ", ".join(f"{figure} {value:,.2f}" for figure, value in figures.items())
            print(f"round {number + 1}: {kind}, {name}: {told} [{time.monotonic() - at:.0f} s]", flush=True)
    return rounds
