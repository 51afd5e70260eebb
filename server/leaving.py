"""Leaving: a node that is told to stop lets go of its clients before the server around it cuts their connections.

uvicorn, told to stop, closes its listening socket first and ends the application last. A node needs it the other way
round: while its clients go, it still answers that it is not ready. So the signal is held back until the node is empty.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def before_stopping(leave: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """While in here, a signal to stop runs `leave` first, and reaches who handled it before when that is done.

    The same signal again is not held back. Does nothing where nobody handles the signals, or outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    handled = {int(one): handler for one in _SIGNALS if callable(handler := signal.getsignal(one))}
    leaving: dict[int, asyncio.Task[None] | None] = {}

    async def leave_then_stop(number: int) -> None:
        try:
            await leave()
        except Exception:
            log.exception("the node could not be left in good order")
        handled[number](number, None)

    def begin(number: int) -> None:
        if number in leaving:
            handled[number](number, None)
        else:
            # Ctrl-C reaches a worker twice, from the terminal and as its supervisor's SIGTERM: that is no impatience.
            leaving[number] = None if leaving else loop.create_task(leave_then_stop(number), name="leaving")

    def told(number: int, _: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin, number)

    for number in handled:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
