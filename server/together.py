"""Reading once for all who ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Together(Generic[Key, Found]):
    """Joins reads of the same thing: whoever asks while one runs is given the next, begun after they asked.

    So nobody is told something older than what a read of their own would have found.
    """

    def __init__(self) -> None:
        #: what is to be read next, and for whom
        self._next: dict[Key, asyncio.Future[Found]] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}

    async def read(self, key: Key, read: Callable[[], Awaitable[Found]]) -> Found:
        """What `read` finds, or raises; `key` says which reads are the same."""
        future = self._next.get(key)
        if future is None:
            future = self._next[key] = asyncio.get_running_loop().create_future()
            if key not in self._running:
                self._running[key] = asyncio.create_task(self._run(key, read))
        # One who leaves does not take the others' answer along.
        return await asyncio.shield(future)

    async def _run(self, key: Key, read: Callable[[], Awaitable[Found]]) -> None:
        try:
            while (future := self._next.pop(key, None)) is not None:
                try:
                    future.set_result(await read())
                except Exception as error:  # noqa: BLE001 - told to those who asked
                    future.set_exception(error)
                    # Whether or not any of them is still there.
                    future.exception()
        finally:
            del self._running[key]
