"""The embedded Postgres: its cluster, its settings, who may log in."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from persistence.embedded import leftovers
from persistence.embedded.account import Account
from persistence.embedded.errors import EmbeddedError, ServiceFailed
from persistence.embedded.launch import ENVIRONMENT, Launcher
from persistence.embedded.machine import MIB, Machine, measure

VERSION = "18"
#: Part of the socket's name only; no TCP port is opened.
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
DATABASE = "wheelhouse"
#: The login of the server: no superuser, no owner of anything.
LOGIN = "wheelhouse"
#: The login of migrations.
SUPERUSER = "postgres"
BOOTSTRAP = Path(__file__).with_name("bootstrap.sql")

#: Given on the command line, where nothing can override them.
FIXED = {
    "fsync": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
}


@dataclass(frozen=True)
class Postgres:
    """The Postgres of one data folder (see `keeper.Service`)."""

    programs: Path
    #: The cluster, owned by the launcher's account.
    folder: Path
    #: Where its socket is.
    socket_folder: Path
    launcher: Launcher

    name = "Postgres"
    #: Fast shutdown, then immediate: the next start recovers.
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    def url(self, login: str) -> str:
        """A URL that asyncpg, libpq and SQLAlchemy read."""
        return f"postgresql://{login}@/{DATABASE}?host={quote(str(self.socket_folder))}&port={PORT}"

    def prepare(self) -> None:
        """Make the cluster when there is none, write its settings for the machine as it is now."""
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        if made_by != VERSION:
            raise EmbeddedError(
                f"{self.folder} was made by Postgres {made_by} and this is {VERSION}: dump it with the old version, "
                "or set WHEELHOUSE_DATA to a new folder."
            )
        account = self.launcher.account
        _write(self.folder / "postgresql.conf", settings(measure(self.folder)), account)
        _write(self.folder / "pg_hba.conf", "local all all peer map=wheelhouse\n", account)
        _write(self.folder / "pg_ident.conf", _identities(), account)
        self._forget_reused_pid()

    def program(self) -> list[str]:
        fixed = {**FIXED, "unix_socket_directories": _quoted_folder(self.socket_folder)}
        options = [word for name, value in fixed.items() for word in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.folder), *options]

    def answers(self) -> bool:
        if not (self.socket_folder / SOCKET_NAME).exists():
            return False
        asked = [str(self.programs / "pg_isready"), "-q", "-h", str(self.socket_folder), "-p", str(PORT)]
        return subprocess.run(asked, env=ENVIRONMENT, check=False).returncode == 0  # noqa: S603 - of the wheel

    def settle(self) -> None:
        """Make the database and the roles, where they are missing."""
        done = self.ask("--file", str(BOOTSTRAP))
        if done.returncode != 0:
            raise ServiceFailed(f"Postgres does not take {BOOTSTRAP.name}: {done.stderr.strip()}")

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `psql` as the superuser."""
        connection = ["-h", str(self.socket_folder), "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres"]
        quiet = ["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]
        program = [str(self.programs / "psql"), *connection, *quiet, *arguments]
        return subprocess.run(  # noqa: S603 - of the wheel
            program, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves none or all of it."""
        account = self.launcher.account
        unfinished = self.folder.with_name(self.folder.name + ".new")
        if unfinished.exists():
            leftovers.clear(unfinished, ())
            shutil.rmtree(unfinished)
        make_private_folder(unfinished, account)
        program = [str(self.programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "-E", "UTF8"]
        program += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        program += ["--auth-local=peer", "--auth-host=reject"]
        with tempfile.TemporaryFile() as output:
            child = self.launcher.spawn(program, at_our_end=signal.SIGKILL, folder=unfinished, log=output)
            if child.wait() != 0:
                output.seek(0)
                raise ServiceFailed(f"initdb failed in {unfinished}: {output.read().decode(errors='replace').strip()}")
        self.folder.rmdir()
        unfinished.rename(self.folder)

    def _forget_reused_pid(self) -> None:
        """Drop a pid file whose process id now belongs to somebody else; Postgres would take that for itself.

        Nothing of this cluster is alive when this is called. With a dead id Postgres clears up by itself, and then
        also makes sure that its old shared memory is free.
        """
        for file in (self.folder / "postmaster.pid", self.socket_folder / f"{SOCKET_NAME}.lock"):
            if file.exists() and _alive(file.read_text().partition("\n")[0].strip()):
                file.unlink()


def settings(machine: Machine) -> str:
    """The text of postgresql.conf for a machine that also runs the server and Valkey."""
    chosen = {
        "max_connections": "200",
        "shared_buffers": _megabytes(machine.memory // 8, 32, 4096),
        "effective_cache_size": _megabytes(machine.memory // 2, 128, 65536),
        "maintenance_work_mem": _megabytes(machine.memory // 64, 16, 512),
        "work_mem": _megabytes(machine.memory // 2048, 2, 16),
        "synchronous_commit": "on",
        "min_wal_size": _megabytes(machine.disk_free // 100, 80, 256),
        "max_wal_size": _megabytes(machine.disk_free // 10, 256, 2048),
        "checkpoint_timeout": "'15min'",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": "2" if machine.cores >= 4 else "0",
        "dynamic_shared_memory_type": "posix" if machine.roomy_shared_memory else "mmap",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_line_prefix": "'%m [%p] '",
        "log_checkpoints": "off",
        "log_parameter_max_length_on_error": "0",
    }
    lines = [f"{name} = {value}" for name, value in chosen.items()]
    return "\n".join(["# Written at every start. Tune with ALTER SYSTEM, which is kept.", *lines, ""])


def make_private_folder(folder: Path, account: Account) -> None:
    """Make `folder` where it is missing, open to `account` alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not account.is_ours:
        os.chown(folder, account.uid, account.gid)


def _identities() -> str:
    """Whom the socket lets in as whom: ourselves and root, told apart by the kernel, without any password."""
    names = sorted({"root", pwd.getpwuid(os.geteuid()).pw_name})
    rows = [f'wheelhouse "{name}" {login}\n' for name in names for login in (SUPERUSER, LOGIN)]
    return "".join(rows)


def _write(path: Path, text: str, account: Account) -> None:
    """Replace `path` whole. Its folder is the account's: a new file is made, nothing there is followed."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(text)
        if not account.is_ours:
            os.fchown(file.fileno(), account.uid, account.gid)
    fresh.replace(path)


def _quoted_folder(folder: Path) -> str:
    """The folder as one entry of Postgres' list of folders."""
    doubled = str(folder).replace('"', '""')
    return f'"{doubled}"'


def _megabytes(size: int, least: int, most: int) -> str:
    return f"{min(max(size // MIB, least), most)}MB"


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
