"""What waits is counted: rewards by status, jobs by kind, and for how long."""

from datetime import timedelta
from uuid import uuid4

from persistence import backlog
from persistence.rewards import Owed
from tests.plays.conftest import House
from tests.plays.test_reward_deliveries import cash, owe


async def test_rewards_and_jobs_are_counted_by_status(house: House) -> None:
    empty = await backlog.read(house.database)
    assert (empty.rewards, empty.jobs, empty.oldest_due_s) == ({}, {}, 0)
    thing = Owed("ann", "spin", uuid4(), "in_kind", b'{"item": "A cap"}', None, None)
    await owe(house, cash(), cash(), thing)
    house.database.clock_offset = timedelta(seconds=90)
    found = await backlog.read(house.database)
    assert found.rewards == {(house.tenant_id, "pending"): 2, (house.tenant_id, "manual"): 1}
    assert found.jobs == {("deliver_reward", "waiting"): 2}
    assert 89 < found.oldest_due_s < 120
