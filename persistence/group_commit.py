"""Group commit: all that waits while a tenant's last commit runs goes into its next one.

A lone item is committed at once, since nothing waits for it; under load a batch grows by itself to what came in during
one commit. There is no timer: a batch waits only while turn by turn of the loop brings more. One batch of a tenant is
in flight at a time on a node, so its rows are locked in one order; other nodes' batches meet it only at row locks,
which are taken in one order as well.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from games.errors import Internal, Unavailable, WheelhouseError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

log = structlog.get_logger(__name__)

#: A batch goes when so many turns of the loop have brought nothing more, or after so many in all.
_QUIET_TURNS = 2
_MOST_TURNS = 20

Commit = Callable[[UUID, Sequence[Item]], Awaitable[Sequence[Outcome | WheelhouseError]]]


class GroupCommit(Generic[Item, Outcome]):
    """Joins items of one tenant into batches and hands each its own outcome.

    Arguments: `commit`, which commits one batch of a tenant in one transaction and answers item by item, in order (an
    error of the tree refuses that item alone); it must be safe to call again with the same items. `max_batch`, items in
    one transaction at the most. `max_waiting`, items of a tenant that may wait; more are refused with `Unavailable`.
    `retry_s`, how long a batch is tried again while Postgres is away.
    """

    def __init__(
        self, commit: Commit[Item, Outcome], *, max_batch: int = 500, max_waiting: int = 20_000, retry_s: float = 5.0
    ) -> None:
        self._commit = commit
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._retry_s = retry_s
        self._waiting: dict[UUID, deque[tuple[Item, asyncio.Future[Outcome]]]] = {}
        self._flushers: dict[UUID, asyncio.Task[None]] = {}

    async def submit(self, tenant_id: UUID, item: Item) -> Outcome:
        """Wait until `item` is on disk and return its outcome, or raise why it was refused."""
        return await self.enter(tenant_id, item)

    def enter(self, tenant_id: UUID, item: Item) -> asyncio.Future[Outcome]:
        """Put `item` into the next batch; its outcome, or why it was refused, comes when that is on disk."""
        waiting = self._waiting.setdefault(tenant_id, deque())
        if len(waiting) >= self._max_waiting:
            raise Unavailable("Too many requests are waiting to be written. Try again in a moment.")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        waiting.append((item, future))
        if tenant_id not in self._flushers:
            self._flushers[tenant_id] = asyncio.create_task(self._flush(tenant_id), name=f"group-commit {tenant_id}")
        return future

    async def drain(self) -> None:
        """Wait until nothing waits any more."""
        while self._flushers:
            await asyncio.gather(*self._flushers.values(), return_exceptions=True)

    async def _flush(self, tenant_id: UUID) -> None:
        waiting = self._waiting[tenant_id]
        try:
            while waiting:
                await self._gathered(waiting)
                batch = [waiting.popleft() for _ in range(min(len(waiting), self._max_batch))]
                await self._commit_batch(tenant_id, batch)
        finally:
            del self._flushers[tenant_id]
            if not waiting:
                del self._waiting[tenant_id]

    async def _gathered(self, waiting: deque[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        """Wait while turn by turn of the loop brings more, as when many have been answered at once and come again."""
        quiet = turns = 0
        while quiet < _QUIET_TURNS and turns < _MOST_TURNS and len(waiting) < self._max_batch:
            had = len(waiting)
            await asyncio.sleep(0)
            turns += 1
            quiet = quiet + 1 if len(waiting) == had else 0

    async def _commit_batch(self, tenant_id: UUID, batch: list[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._until_reached(tenant_id, [item for item, _ in batch])
        except Unavailable as error:
            _refuse(batch, error)
        except Exception as error:
            if len(batch) == 1:
                log.exception("one item could not be committed", tenant=str(tenant_id))
                _refuse(batch, error if isinstance(error, WheelhouseError) else Internal(_FAULT))
                return
            log.warning("a batch failed; its items are tried one by one", tenant=str(tenant_id), error=repr(error))
            for single in batch:
                await self._commit_batch(tenant_id, [single])
        else:
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if future.cancelled():
                    continue
                if isinstance(outcome, WheelhouseError):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    async def _until_reached(self, tenant_id: UUID, items: list[Item]) -> Sequence[Outcome | WheelhouseError]:
        """Commit, and again while Postgres is away: a commit whose answer was lost is found by its unique key."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._retry_s
        pause = 0.02
        while True:
            try:
                return await self._commit(tenant_id, items)
            except Unavailable:
                if loop.time() + pause >= give_up_at:
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.5)


_FAULT = "The server could not write this. Nothing was spent; the fault has been logged."


def _refuse(batch: Sequence[tuple[object, asyncio.Future[Outcome]]], error: Exception) -> None:
    for _, future in batch:
        if not future.cancelled():
            future.set_exception(error)
