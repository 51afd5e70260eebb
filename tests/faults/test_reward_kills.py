"""Kill -9 of the server and its jobs, of Postgres or the platform, with rewards at every step: each is paid once.

The steps of a delivery, where a reward is held by its player's name when the blow falls:

    take      the attempt is being written down
    before    the platform has been asked and has done nothing yet
    after     the platform has paid and has not answered
    confirm   the answer has come and is being written down
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import asyncpg
import pytest

from persistence.embedded.services import find_running
from persistence.rewards import Owed
from tests.platform_side import storm
from tests.platform_side.process import PlatformProcess
from tests.processes import ServerProcess, await_true

STEPS = ("take", "before", "after", "confirm")
#: Holds the writing of a step until the lock is let go.
HOLD = """
    CREATE OR REPLACE FUNCTION hold_reward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.user_id LIKE 'hold-take-%' AND NEW.delivery_status = 'sending' AND OLD.delivery_status = 'pending'
            OR NEW.user_id LIKE 'hold-confirm-%' AND NEW.delivery_status = 'confirmed'
        THEN PERFORM pg_advisory_xact_lock_shared(77); END IF;
        RETURN NEW;
    END $$;
    GRANT EXECUTE ON FUNCTION hold_reward() TO PUBLIC;
    CREATE OR REPLACE TRIGGER hold_reward BEFORE UPDATE ON reward_deliveries
        FOR EACH ROW EXECUTE FUNCTION hold_reward();
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    with PlatformProcess(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, platform: PlatformProcess) -> Iterator[ServerProcess]:
    """A server whose tenant has its wallet at the platform."""
    environment = {**storm.SETTINGS, "WHEELHOUSE_PLATFORM_TIMEOUT_S": "3"}
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", environment=environment) as running:
        storm.choose_wallet(running, platform)
        yield running


async def superuser(server: ServerProcess) -> asyncpg.Connection:
    urls = await asyncio.to_thread(find_running, server.data)
    assert urls is not None
    return await asyncpg.connect(urls.migration_url, timeout=2)


def kill_server(server: ServerProcess, _: PlatformProcess) -> None:
    server.kill()
    server.start()


def kill_postgres(server: ServerProcess, _: PlatformProcess) -> None:
    os.kill(int((server.data / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def kill_platform(_: ServerProcess, platform: PlatformProcess) -> None:
    platform.kill()
    platform.start()


@pytest.mark.parametrize("blow", [kill_server, kill_postgres, kill_platform])
async def test_a_reward_at_any_step_is_paid_once(server, platform, blow) -> None:
    await asyncio.to_thread(platform.control, "hold")
    database = await superuser(server)
    await database.execute(HOLD)
    await database.execute("SELECT pg_advisory_lock(77)")
    users = [f"hold-{step}-{blow.__name__}" for step in STEPS]
    async with storm.reached(server) as room:
        tenant_id = await storm.demo_tenant(room)
        await storm.owe(room, tenant_id, [reward(user) for user in users])
    await asyncio.to_thread(await_true, lambda: int(platform.control("held")) == 2)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted"
    async with asyncio.timeout(10):
        while await database.fetchval(waiting) < 2:  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.02)

    await asyncio.to_thread(blow, server, platform)
    await asyncio.to_thread(platform.control, "release")
    if not database.is_closed():
        await database.close()
    await all_confirmed(server, users)

    async with storm.reached(server) as room:
        assert await storm.disagreements(room, tenant_id, platform) == []


def reward(user: str) -> Owed:
    return Owed(user, "spin", uuid4(), "cash", b'{"amount": "1.00", "currency": "EUR"}', Decimal(1), "EUR")


async def all_confirmed(server: ServerProcess, users: list[str]) -> None:
    query = (
        "SELECT count(*) FROM reward_deliveries WHERE delivery_status = 'confirmed' AND user_id = ANY ($1::varchar[])"
    )
    async with asyncio.timeout(60):
        while True:
            try:
                database = await superuser(server)
                done = await database.fetchval(query, users)
                await database.close()
                if done == len(users):
                    return
            except (AssertionError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass  # Postgres is coming back
            await asyncio.sleep(0.1)
