"""A tenant whose platform does not answer keeps its own jobs waiting, and nobody else's."""

import asyncio
from contextlib import ExitStack, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from persistence import jobs
from persistence.job_places import Places
from persistence.jobs import RetryLater
from persistence.workers import Workers
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House

#: A kind of job that no other worker takes.
KIND = "wait_for_an_answer"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def taking(places: Places, clock: Clock, tenant_id: UUID, each_s: float, count: int) -> None:
    """So many jobs of a tenant, one after another, each of which takes so long."""
    for _ in range(count):
        with places.held(tenant_id):
            clock.now_s += each_s


def test_a_tenant_whose_jobs_are_quick_holds_as_many_places_as_there_are() -> None:
    clock = Clock()
    places, tenant = Places(2, clock), uuid4()
    taking(places, clock, tenant, 0.5, 100)
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(places.held(tenant))


def test_a_tenant_whose_jobs_take_long_holds_its_share_until_they_are_quick_again() -> None:
    clock = Clock()
    places, slow, other = Places(2, clock), uuid4(), uuid4()
    taking(places, clock, slow, 10.0, 100)
    with ExitStack() as held:
        for tenant in (slow, slow, other, other, other):
            held.enter_context(places.held(tenant))
        with pytest.raises(RetryLater), places.held(slow):
            pass
    taking(places, clock, slow, 0.1, 100)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(places.held(slow))


def test_the_more_are_put_off_the_later_the_next_one_comes_again() -> None:
    clock = Clock()
    places, slow = Places(1, clock), uuid4()
    taking(places, clock, slow, 2.0, 100)
    delays = []
    with places.held(slow):
        for _ in range(100):
            with pytest.raises(RetryLater) as later, places.held(slow):
                pass
            delays.append(later.value.delay_s)
    assert 0.5 <= delays[0] <= 2
    assert all(30 <= delay <= 60 for delay in delays[40:])


async def test_others_jobs_are_done_while_one_tenants_receivers_do_not_answer(
    house: House, database_urls: DatabaseUrls
) -> None:
    silent, other = uuid4(), uuid4()
    begun, answered, never = 0, asyncio.Event(), asyncio.Event()

    async def work(tenant_id: UUID, _row_id: UUID) -> None:
        nonlocal begun
        if tenant_id == other:
            answered.set()
            return
        begun += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), 1.5)

    async with house.database.tenant(house.tenant_id) as connection:
        await jobs.enqueue(connection, KIND, silent, {uuid4(): timedelta() for _ in range(400)})
        await jobs.enqueue(connection, KIND, other, {uuid4(): timedelta()})
    node = Workers(database_urls.database_url, {KIND: work}, at_once=40, of_slow_tenant=5, lost_s=30)
    node.start()
    try:
        async with asyncio.timeout(60):
            await answered.wait()
        assert begun < 200
    finally:
        never.set()
        await node.stop(20)
        async with house.database.platform() as connection:
            await connection.execute("DELETE FROM jobs.pgqueuer WHERE entrypoint = $1", KIND)
