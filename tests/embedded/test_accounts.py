"""Who runs the services, as root and as an ordinary user."""

import os
import shutil
import stat
from pathlib import Path

import pytest
import redis

from persistence.embedded import leftovers
from persistence.embedded.account import Account, choose_account
from persistence.embedded.errors import AccountUnavailable
from persistence.embedded.launch import launcher_for

#: The right to read past permissions, as /proc shows it.
READ_SEARCH = 1 << 2


def capabilities(process: Path) -> int:
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(status["CapEff"], 16)


def test_the_services_have_no_rights_and_closed_folders_stay_closed(services, data_folder, query):
    shutil.rmtree(data_folder)
    before = data_folder.parent.stat()
    urls = services.start()
    assert query(urls.database_url, "SELECT 1") == [(1,)]
    after = data_folder.parent.stat()
    assert stat.S_IMODE(after.st_mode) == 0o700
    assert (before.st_uid, before.st_gid) == (after.st_uid, after.st_gid)
    expected = choose_account(data_folder / "postgres").uid
    assert expected != 0
    for service in ("postgres", "valkey"):
        folder = data_folder / service
        processes = [Path(f"/proc/{pid}") for pid in leftovers.running_in(folder)]
        assert {process.stat().st_uid for process in processes} == {expected}
        assert {capabilities(process) for process in processes} <= {0, READ_SEARCH}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_ordinary_user_can_serve(data_folder, hold, query):
    shutil.rmtree(data_folder / "postgres")
    holder = hold(ordinary_user=True)
    uid = data_folder.stat().st_uid
    assert uid != 0
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in leftovers.running_in(data_folder / "postgres")}
    assert owners == {uid}
    # The socket lets in the user who serves, and root.
    assert query(holder.urls.migration_url, "SELECT 1") == [(1,)]
    assert redis.Redis.from_url(holder.urls.redis_url).ping()
    holder.end()


def test_root_serves_what_an_ordinary_user_began(hold, services, query):
    holder = hold(ordinary_user=True)
    query(holder.urls.migration_url, "CREATE TABLE kept AS SELECT 7 AS x")
    holder.end()
    assert query(services.start().migration_url, "SELECT x FROM kept") == [(7,)]


def test_permissions_are_read_as_the_kernel_reads_them(tmp_path):
    account = Account("someone", 54321, 54322)
    open_folder = Path("/")
    assert account.reaches(open_folder)
    tmp_path.chmod(0o700)
    assert not account.reaches(tmp_path)
    file = tmp_path / "file"
    file.touch()
    assert not account.reaches(file)


def test_an_account_that_cannot_reach_its_files_is_told_where_and_what_to_do(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert shutil.which("setpriv") is None
    with pytest.raises(AccountUnavailable) as refusal:
        launcher_for(Account("someone", 54321, 54322), [tmp_path])
    assert str(tmp_path) in str(refusal.value)
    assert "WHEELHOUSE_DATA" in str(refusal.value)
    assert "DATABASE_URL" in str(refusal.value)


def test_our_own_account_needs_nothing_dropped(tmp_path):
    ours = Account("ourselves", os.geteuid(), os.getegid())
    assert not launcher_for(ours, [tmp_path]).reads_past_permissions
