"""Reporting what this node has of something that all nodes count: gathered for a moment, and again while it lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def report_forever(
    what: str, wake: asyncio.Event, flush: Callable[[], Awaitable[None]], *, flush_s: float, ttl_s: float
) -> None:
    """Flush what has changed `flush_s` after `wake` is set, and look ten times in `ttl_s` for what is to be renewed."""
    while True:
        try:
            async with asyncio.timeout(ttl_s / 10):
                await wake.wait()
            await asyncio.sleep(flush_s)
        except TimeoutError:
            pass
        wake.clear()
        try:
            await flush()
        except Exception:
            log.exception("%s could not be reported", what)
            await asyncio.sleep(flush_s)
