"""Whatever is killed, committed rows are there again and nothing stays behind."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest
import redis

from persistence.embedded import leftovers
from persistence.embedded.services import EmbeddedServices, find_running


def nothing_runs(data_folder: Path) -> bool:
    return not leftovers.running_in(data_folder / "postgres") + leftovers.running_in(data_folder / "valkey")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_services_end_with_a_server_that_is_killed_and_the_next_start_recovers(
    number, data_folder, hold, query, main_process, eventually
):
    holder = hold()
    query(holder.urls.migration_url, "CREATE TABLE kept AS SELECT 7 AS x")
    # Of a session of their own: the Ctrl-C of a terminal is for the server alone.
    assert os.getsid(main_process(data_folder / "postgres")) != os.getsid(holder.process.pid)
    holder.process.send_signal(number)
    holder.process.wait(10)
    eventually(lambda: nothing_runs(data_folder))
    assert find_running(data_folder) is None
    with EmbeddedServices(data_folder) as services:
        urls = services.start()
        assert query(urls.migration_url, "SELECT x FROM kept") == [(7,)]
        assert redis.Redis.from_url(urls.redis_url).ping()


def test_a_start_right_after_a_kill_waits_for_what_is_still_shutting_down(data_folder, hold, query):
    holder = hold()
    query(holder.urls.migration_url, "CREATE TABLE kept AS SELECT generate_series(1, 50000) AS x")
    holder.process.kill()
    holder.process.wait(10)
    with EmbeddedServices(data_folder) as services:
        assert query(services.start().migration_url, "SELECT count(*) FROM kept") == [(50000,)]


def test_all_killed_at_once_is_recovered(data_folder, hold, query, main_process):
    holder = hold()
    query(holder.urls.migration_url, "CREATE TABLE kept AS SELECT 7 AS x")
    for pid in (holder.process.pid, main_process(data_folder / "postgres"), main_process(data_folder / "valkey")):
        os.kill(pid, signal.SIGKILL)
    holder.process.wait(10)
    with EmbeddedServices(data_folder) as services:
        assert query(services.start().migration_url, "SELECT x FROM kept") == [(7,)]


def test_a_killed_postgres_is_back_at_the_same_url_with_every_committed_row(
    services, data_folder, query, main_process, eventually
):
    url = services.start().migration_url
    query(url, "CREATE TABLE kept (x int)")

    async def insert_until_killed() -> int:
        connection = await asyncpg.connect(url)
        committed = 0
        try:
            while True:
                if committed == 100:
                    os.kill(main_process(data_folder / "postgres"), signal.SIGKILL)
                await connection.execute(f"INSERT INTO kept VALUES ({committed})")
                committed += 1
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            return committed
        finally:
            connection.terminate()

    committed = asyncio.run(insert_until_killed())
    eventually(lambda: query(url, "SELECT 1"))
    [(kept,)] = query(url, "SELECT count(*) FROM kept")
    # The last one may have been committed without its answer having come through.
    assert committed >= 100
    assert kept in (committed, committed + 1)
    eventually(lambda: services.restarts["Postgres"] == 1)


def test_a_postgres_killed_in_the_middle_of_work_is_back(services, data_folder, query, main_process, eventually):
    url = services.start().migration_url

    async def busy() -> None:
        connection = await asyncpg.connect(url)
        work = asyncio.create_task(connection.execute("SELECT count(*) FROM generate_series(1, 1000000000)"))
        while not await asyncio.to_thread(
            lambda: query(
                url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%1000000000%' AND pid <> pg_backend_pid()"
            )
        ):
            pass
        os.kill(main_process(data_folder / "postgres"), signal.SIGKILL)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await work
        connection.terminate()

    asyncio.run(busy())
    eventually(lambda: query(url, "SELECT 1"))


def test_a_killed_valkey_is_back_at_the_same_url(services, data_folder, main_process, eventually):
    store = redis.Redis.from_url(services.start().redis_url)
    before = store.info("server")["run_id"]
    os.kill(main_process(data_folder / "valkey"), signal.SIGKILL)

    def is_another() -> bool:
        try:
            return store.info("server")["run_id"] != before
        except redis.ConnectionError:
            return False

    eventually(is_another)
    eventually(lambda: services.restarts == {"Postgres": 0, "Valkey": 1})
    assert services.down == []
    store.close()


def test_a_pid_file_whose_process_id_belongs_to_another_now_is_no_obstacle(data_folder, hold, query, main_process):
    holder = hold()
    for pid in (main_process(data_folder / "postgres"), holder.process.pid):
        os.kill(pid, signal.SIGKILL)
    holder.process.wait(10)
    file = data_folder / "postgres" / "postmaster.pid"
    # Postgres takes a living process of its own account for another postmaster.
    with subprocess.Popen(["sleep", "60"], user=file.stat().st_uid) as innocent:
        file.write_text("\n".join([str(innocent.pid), *file.read_text().splitlines()[1:], ""]))
        try:
            with EmbeddedServices(data_folder) as services:
                assert query(services.start().database_url, "SELECT 1") == [(1,)]
                assert innocent.poll() is None
        finally:
            innocent.kill()


def test_without_a_process_file_system_the_main_processes_are_found(services, data_folder, main_process, monkeypatch):
    services.start()
    for folder in (data_folder / "postgres", data_folder / "valkey"):
        expected = main_process(folder)
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(leftovers, "PROCESSES", Path("/nonexistent"))
            assert leftovers.running_in(folder) == [expected]


def test_without_help_of_the_kernel_a_watchman_ends_the_services(data_folder, hold, query, main_process, eventually):
    holder = hold(ordinary_user=True, path="/nonexistent")
    query(holder.urls.migration_url, "CREATE TABLE kept AS SELECT 7 AS x")
    os.kill(main_process(data_folder / "postgres"), signal.SIGKILL)
    eventually(lambda: query(holder.urls.migration_url, "SELECT x FROM kept") == [(7,)])
    holder.process.kill()
    holder.process.wait(10)
    eventually(lambda: nothing_runs(data_folder))
