"""What is told beforehand is true."""

import pytest

from persistence.embedded.checks import findings


def faults(data_folder) -> list[str]:
    return [finding.what for finding in findings(data_folder) if not finding.ok]


def test_a_good_place_has_no_faults_and_is_left_untouched(new_folder):
    assert faults(new_folder) == []
    assert not new_folder.exists()


def test_a_running_server_is_named_and_its_postgres_asked(data_folder, hold):
    holder = hold()
    told = [finding.what for finding in findings(data_folder)]
    assert faults(data_folder) == []
    assert f"the server {holder.process.pid} uses the data folder" in told
    assert any("fsync=on" in what for what in told)


def test_commits_that_do_not_wait_for_the_disk_are_a_fault(services, data_folder, query, eventually):
    url = services.start(valkey=False).migration_url
    query(url, "ALTER SYSTEM SET synchronous_commit = off")
    query(url, "SELECT pg_reload_conf()")
    eventually(lambda: query(url, "SHOW synchronous_commit") == [("off",)])
    [fault] = [finding for finding in findings(data_folder) if not finding.ok]
    assert "synchronous_commit=off" in fault.what
    assert "RESET synchronous_commit" in fault.mend


def test_a_killed_server_is_told_of(data_folder, hold):
    holder = hold()
    holder.process.kill()
    holder.process.wait(10)
    assert any("was killed" in finding.what for finding in findings(data_folder))


@pytest.mark.parametrize("below", ["data", "deeper/data"])
def test_a_place_that_cannot_be_written_is_a_fault_with_a_remedy(tmp_path, below):
    (tmp_path / "file").touch(mode=0o600)
    [fault] = [finding for finding in findings(tmp_path / "file" / below) if "written" in finding.what]
    assert not fault.ok
    assert "WHEELHOUSE_DATA" in fault.mend
