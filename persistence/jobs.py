"""Jobs: what must follow a commit is put into the queue by its transaction, and worked off by any node.

The queue is pgqueuer's, in a schema of its own. A job is a wake-up: what is due, and whether it still is, stands in the
rows that it names, so that a job done twice does nothing the second time.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from asyncpg import Connection


class Job(NamedTuple):
    """A job to be put into the queue. While one of the same `key` waits or runs, it is not put in a second time."""

    payload: bytes
    key: str
    delay: timedelta = timedelta()


class RetryLater(Exception):
    """Raised by a handler whose job is to come again after `delay_s` seconds; `reason` goes into the queue's log."""

    def __init__(self, delay_s: float, reason: str) -> None:
        super().__init__(reason)
        self.delay_s = delay_s


async def enqueue(connection: Connection, kind: str, jobs: Sequence[Job]) -> None:
    """Put jobs of a kind into the queue, as part of the caller's transaction."""
    if jobs:
        await connection.execute(
            "SELECT jobs.enqueue($1, $2, $3, $4)",
            kind,
            [job.payload for job in jobs],
            [f"{kind}:{job.key}" for job in jobs],
            [job.delay for job in jobs],
        )
