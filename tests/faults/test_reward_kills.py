"""Kill -9 of the server, a job worker, Postgres or the platform, with rewards at every step: each is paid once.

The steps of a delivery, where a reward is held by its player's name when the blow falls:

    owed      its job waits, and is being taken from the queue
    take      the attempt is being written down
    before    the platform has been asked and has done nothing yet
    after     the platform has paid and has not answered
    confirm   the answer has come and is being written down
"""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest

from persistence.rewards import Owed
from tests.faults.blows import BLOWS, holding, until_counted, until_waiting
from tests.platform_side import storm
from tests.platform_side.process import PlatformProcess
from tests.processes import ServerProcess, await_true

STEPS = ("take", "before", "after", "confirm", "owed")
#: Holds the writing of a step until the lock is let go.
HOLD = """
    CREATE OR REPLACE FUNCTION hold_reward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.user_id LIKE 'hold-take-%' AND NEW.delivery_status = 'sending' AND OLD.delivery_status = 'pending'
            OR NEW.user_id LIKE 'hold-confirm-%' AND NEW.delivery_status = 'confirmed'
        THEN PERFORM pg_advisory_xact_lock_shared(77); END IF;
        RETURN NEW;
    END $$;
    CREATE OR REPLACE FUNCTION hold_job() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        IF NEW.status = 'picked' AND EXISTS (
            SELECT FROM reward_deliveries
            WHERE user_id LIKE 'hold-owed-%' AND delivery_status = 'pending'
                AND position(id::text IN convert_from(NEW.payload, 'UTF8')) > 0
        )
        THEN PERFORM pg_advisory_xact_lock_shared(77); END IF;
        RETURN NEW;
    END $$;
    GRANT EXECUTE ON FUNCTION hold_reward(), hold_job() TO PUBLIC;
    CREATE OR REPLACE TRIGGER hold_job BEFORE UPDATE ON jobs.pgqueuer FOR EACH ROW EXECUTE FUNCTION hold_job();
    CREATE OR REPLACE TRIGGER hold_reward BEFORE UPDATE ON reward_deliveries
        FOR EACH ROW EXECUTE FUNCTION hold_reward();
"""


CONFIRMED = (
    "SELECT count(*) FROM reward_deliveries WHERE delivery_status = 'confirmed' AND user_id = ANY ($1::varchar[])"
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    with PlatformProcess(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, platform: PlatformProcess) -> Iterator[ServerProcess]:
    """A server whose tenant has its wallet at the platform."""
    environment = {**storm.SETTINGS, "WHEELHOUSE_PLATFORM_TIMEOUT_S": "3"}
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", environment=environment, workers=2) as running:
        storm.choose_wallet(running, platform)
        yield running


@pytest.mark.parametrize("route", ["wallet", "webhook"])
@pytest.mark.parametrize("blow", BLOWS)
async def test_a_reward_at_any_step_is_paid_once(server, platform, blow, route) -> None:
    await asyncio.to_thread(storm.listen if route == "webhook" else storm.deafen, server, platform)
    users = [f"hold-{step}-{blow.__name__}-{route}" for step in STEPS]
    async with holding(server, platform, HOLD) as database:
        async with storm.reached(server) as room:
            tenant_id = await storm.demo_tenant(room)
            # The job that is held in the queue holds those that would be taken with it.
            await storm.owe(room, tenant_id, [reward(user) for user in users[:-1]])
            await asyncio.to_thread(await_true, lambda: int(platform.control("held")) >= 2)
            await until_waiting(database, 2)
            await storm.owe(room, tenant_id, [reward(users[-1])])
        await until_waiting(database, 3)
        await asyncio.to_thread(blow, server, platform)
    await until_counted(server, CONFIRMED, users, len(users))

    async with storm.reached(server) as room:
        assert await storm.disagreements(room, tenant_id, platform) == []


def reward(user: str) -> Owed:
    return Owed(user, "spin", uuid4(), "cash", b'{"amount": "1.00", "currency": "EUR"}', Decimal(1), "EUR")
