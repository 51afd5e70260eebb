"""Starting, stopping and finding the services."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import redis

from persistence.embedded import keeper, leftovers
from persistence.embedded.errors import DataFolderInUse, EmbeddedError
from persistence.embedded.services import EmbeddedServices, find_running, reach


def test_both_answer_at_their_urls_on_no_port_and_nothing_is_kept_back_from_the_disk(services, query):
    urls = services.start()
    assert redis.Redis.from_url(urls.redis_url).config_get("port") == {"port": "0"}
    durable = "SELECT setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
    assert query(urls.database_url, durable) == [("on",)] * 3
    assert query(urls.database_url, "SHOW data_checksums") == [("on",)]
    assert query(urls.database_url, "SHOW listen_addresses") == [("",)]
    assert services.down == []


def test_the_servers_login_has_no_rights_but_through_its_two_roles(services, query):
    urls = services.start()
    shape = (
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'wheelhouse%' ORDER BY 1"
    )
    assert query(urls.database_url, shape) == [
        ("wheelhouse", True, False, False),
        ("wheelhouse_maintenance", False, False, True),
        ("wheelhouse_owner", False, False, False),
        ("wheelhouse_platform", False, False, False),
        ("wheelhouse_server", False, False, False),
    ]
    query(urls.migration_url, "CREATE TABLE kept (x int); ")
    query(urls.migration_url, "GRANT SELECT ON kept TO wheelhouse_server")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        query(urls.database_url, "SELECT * FROM kept")
    as_server, as_maintenance = (
        f"{urls.database_url}&options=-c%20role%3Dwheelhouse_{role}" for role in ("server", "maintenance")
    )
    assert query(as_server, "SELECT * FROM kept") == []
    with pytest.raises(asyncpg.PostgresError, match="permission denied to set role"):
        query(as_maintenance, "SELECT 1")


def test_what_was_committed_is_there_after_a_restart(new_folder, query):
    with EmbeddedServices(new_folder) as services:
        url = services.start().migration_url
        query(url, "CREATE TABLE kept AS SELECT 7 AS x")
    with EmbeddedServices(new_folder) as services:
        assert query(services.start().migration_url, "SELECT x FROM kept") == [(7,)]


def test_a_second_server_on_the_folder_is_refused_and_told_who_holds_it(data_folder, hold, query):
    holder = hold()
    with pytest.raises(DataFolderInUse) as refusal, EmbeddedServices(data_folder) as second:
        second.start()
    assert f"process {holder.process.pid}" in str(refusal.value)
    assert str(data_folder) in str(refusal.value)
    assert "WHEELHOUSE_DATA" in str(refusal.value)
    assert query(holder.urls.database_url, "SELECT 1") == [(1,)]


def test_a_command_reaches_the_running_services_or_its_own(data_folder, hold, query):
    assert find_running(data_folder) is None
    with reach(data_folder) as own:
        query(own.migration_url, "CREATE TABLE kept AS SELECT 7 AS x")
    assert find_running(data_folder) is None
    holder = hold()
    with reach(data_folder) as theirs:
        assert theirs == holder.urls == find_running(data_folder)
        assert query(theirs.migration_url, "SELECT x FROM kept") == [(7,)]
    assert query(theirs.migration_url, "SELECT 1") == [(1,)]
    holder.end()
    assert find_running(data_folder) is None


def test_stopping_leaves_no_process_and_no_record(services, data_folder):
    services.start()
    assert leftovers.running_in(data_folder / "postgres")
    assert leftovers.running_in(data_folder / "valkey")
    services.stop()
    assert leftovers.running_in(data_folder / "postgres") == leftovers.running_in(data_folder / "valkey") == []
    assert not (data_folder / "services.json").exists()
    services.stop()


def test_either_can_be_had_alone(data_folder, query):
    with EmbeddedServices(data_folder) as services:
        urls = services.start(valkey=False)
        assert urls.redis_url is None
        assert query(urls.database_url, "SELECT 1") == [(1,)]
        assert leftovers.running_in(data_folder / "valkey") == []
        assert find_running(data_folder) == urls
    with EmbeddedServices(data_folder) as services:
        urls = services.start(postgres=False)
        assert urls.database_url is urls.migration_url is None
        assert redis.Redis.from_url(urls.redis_url).ping()
        assert leftovers.running_in(data_folder / "postgres") == []


@pytest.mark.parametrize("name", ["deep" * 30, "with, comma", "b l a n k ü 'quoted' \"twice\" %20 & {x}"])
def test_any_name_of_a_folder_will_do(new_folder, name, query):
    folder = new_folder / name
    with EmbeddedServices(folder) as services:
        urls = services.start()
        assert query(urls.database_url, "SELECT 1") == [(1,)]
        store = redis.Redis.from_url(urls.redis_url)
        assert store.ping()
        sockets = Path(store.connection_pool.connection_kwargs["path"]).parent
        store.close()
    assert folder in sockets.parents or not sockets.exists()


def test_a_cluster_of_another_version_is_refused_in_a_sentence_and_nothing_stays(data_folder):
    version = data_folder / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(EmbeddedError, match="was made by Postgres 17"):
        EmbeddedServices(data_folder).start()
    assert leftovers.running_in(data_folder / "valkey") == []
    version.write_text("18\n")
    with EmbeddedServices(data_folder) as services:
        assert services.start().database_url


def test_a_start_that_fails_carries_the_end_of_the_services_log(data_folder, monkeypatch):
    (data_folder / "postgres" / "postgresql.auto.conf").write_text("shared_buffers = nonsense\n")
    monkeypatch.setattr(keeper, "ATTEMPTS", 1)
    with pytest.raises(EmbeddedError, match="nonsense"):
        EmbeddedServices(data_folder).start()


def test_a_folder_that_cannot_be_made_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="set WHEELHOUSE_DATA"):
        EmbeddedServices(tmp_path / "file" / "data").start()


def test_a_log_that_was_removed_ends_no_service(data_folder, monkeypatch, query, eventually, caplog):
    monkeypatch.setattr(keeper, "LOG_CHECK_S", 0.05)
    with EmbeddedServices(data_folder) as services:
        url = services.start(valkey=False).migration_url
        (data_folder / "log" / "postgres.log").unlink()
        eventually(lambda: "cannot be cut" in caplog.text)
        assert query(url, "SELECT 1") == [(1,)]
    assert services.restarts == {}
    assert "started again" not in caplog.text


def test_a_log_is_cut_to_its_last_part_while_the_service_runs(data_folder, monkeypatch, query, eventually):
    monkeypatch.setattr(keeper, "LOG_BYTES", 4000)
    monkeypatch.setattr(keeper, "LOG_CHECK_S", 0.05)
    log = data_folder / "log" / "postgres.log"
    with EmbeddedServices(data_folder) as services:
        url = services.start(valkey=False).migration_url
        query(url, "DO $$ BEGIN FOR i IN 1..200 LOOP RAISE LOG 'line % of two hundred', i; END LOOP; END $$")
        eventually(lambda: log.stat().st_size < 4000)
        query(url, "DO $$ BEGIN RAISE LOG 'written afterwards'; END $$")
        text = log.read_text()
    assert "line 1 of" not in text
    assert "written afterwards" in text


def test_the_demo_can_be_made_before_any_server_has_run(tmp_path):
    command = [sys.executable, "-m", "server", "demo"]
    environment = {**os.environ, "WHEELHOUSE_DATA": str(tmp_path / "data")}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stderr
    assert "demo and demo-b are there" in made.stdout
