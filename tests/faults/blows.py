"""Kill -9 of what rewards and stakes pass through, each thing a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from persistence.embedded.services import find_running
from tests.platform_side.process import PlatformProcess
from tests.processes import ServerProcess


def kill_server(server: ServerProcess, _: PlatformProcess) -> None:
    """The supervisor, its workers and the embedded services with it."""
    server.kill()
    server.start()


def kill_worker(server: ServerProcess, _: PlatformProcess) -> None:
    """One of the processes that work off jobs and answer calls; its supervisor starts another."""
    os.kill(_workers(server)[0], signal.SIGKILL)


def kill_postgres(server: ServerProcess, _: PlatformProcess) -> None:
    os.kill(int((server.data / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def kill_platform(_: ServerProcess, platform: PlatformProcess) -> None:
    platform.kill()
    platform.start()


BLOWS = [kill_server, kill_worker, kill_postgres, kill_platform]


async def superuser(server: ServerProcess) -> asyncpg.Connection:
    urls = await asyncio.to_thread(find_running, server.data)
    assert urls is not None
    return await asyncpg.connect(urls.migration_url, timeout=2)


@asynccontextmanager
async def holding(server: ServerProcess, platform: PlatformProcess, triggers: str) -> AsyncIterator[asyncpg.Connection]:
    """Hold the platform's calls and what `triggers` hold by the lock 77 while in here."""
    await asyncio.to_thread(platform.control, "hold")
    database = await superuser(server)
    try:
        await database.execute(triggers, timeout=30)
        await database.execute("SELECT pg_advisory_lock(77)", timeout=30)
        yield database
    finally:
        await asyncio.to_thread(platform.control, "release")
        if not database.is_closed():
            database.terminate()


async def until_waiting(database: asyncpg.Connection, count: int) -> None:
    """Return when so many wait for the advisory lock 77, which the tests hold."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted"
    async with asyncio.timeout(15):
        while await database.fetchval(waiting) < count:  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.02)


async def until_counted(server: ServerProcess, query: str, users: list[str], count: int) -> None:
    """Return when a query about these players counts so much; Postgres may be away meanwhile."""
    async with asyncio.timeout(60):
        while True:
            try:
                database = await superuser(server)
                done = await database.fetchval(query, users)
                await database.close()
                if done == count:
                    return
            except (AssertionError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass
            await asyncio.sleep(0.1)


def _workers(server: ServerProcess) -> list[int]:
    assert server.process is not None
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == server.process.pid and b"spawn_main" in words:
            found.append(int(folder.name))
    assert found, "no workers"
    return found
