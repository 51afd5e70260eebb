"""What a node does by itself, again and again, for as long as it runs."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from games.errors import WheelhouseError

log = structlog.get_logger(__name__)


async def repeat(what: str, work: Callable[[], Awaitable[object]], least_s: float, most_s: float) -> None:
    """Do some work, wait `least_s` to `most_s` seconds, each node at moments of its own, and do it again.

    What is away is waited for, and what fails is tried again.
    """
    while True:
        try:
            await work()
        except WheelhouseError as error:
            log.info("background work waits", what=what, reason=error.message)
        except Exception:
            log.exception("background work failed; it is tried again", what=what)
        await asyncio.sleep(random.uniform(least_s, most_s))  # noqa: S311 - spreads nodes, guards nothing
