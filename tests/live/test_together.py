"""One reading serves all who ask while the one before runs, and none is older than its asker."""

import asyncio

import pytest

from server.together import Together


class Slow:
    """Something to read, whose readings end when they are let."""

    def __init__(self) -> None:
        self.readings = 0
        self.begun = asyncio.Event()
        self.let = asyncio.Semaphore(0)

    async def read(self) -> int:
        self.readings += 1
        number = self.readings
        self.begun.set()
        await self.let.acquire()
        return number


async def test_whoever_asks_while_one_is_read_shares_the_next():
    slow, together = Slow(), Together[str, int]()
    first = asyncio.create_task(together.read("a", slow.read))
    await slow.begun.wait()
    later = [asyncio.create_task(together.read("a", slow.read)) for _ in range(50)]
    other = asyncio.create_task(together.read("b", slow.read))
    for _ in range(3):
        slow.let.release()
    assert await first == 1
    assert {*await asyncio.gather(*later), await other} == {2, 3}
    assert slow.readings == 3


async def test_one_who_leaves_takes_nobody_along_and_a_fault_is_told_to_all_who_shared_it():
    slow, together = Slow(), Together[str, int]()
    leaves, stays = (asyncio.create_task(together.read("a", slow.read)) for _ in range(2))
    await slow.begun.wait()
    leaves.cancel()
    slow.let.release()
    assert await stays == 1

    async def fails() -> int:
        raise ValueError("no")

    told = await asyncio.gather(*(together.read("a", fails) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [ValueError] * 3
    with pytest.raises(asyncio.CancelledError):
        await leaves
