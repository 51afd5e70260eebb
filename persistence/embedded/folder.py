"""The data folder: who holds it, what is recorded in it, where the sockets are."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

import msgspec

from persistence.embedded.account import Account
from persistence.embedded.errors import DataFolderInUse, EmbeddedError
from persistence.embedded.postgres import SOCKET_NAME, make_private_folder

#: The longest path of a unix socket in bytes, the smallest of the systems' limits (macOS 103, Linux 107).
SOCKET_PATH_BYTES = 103
SHORT_FOLDER_PREFIX = "wheelhouse-"
#: Where a short folder is sure to fit when $TMPDIR is deep itself.
SHORTEST_TEMPORARY = "/tmp"  # noqa: S108 - the folder made there is private and its name is not guessable


class Record(msgspec.Struct, frozen=True):
    """What a server leaves in its data folder for other commands, while it runs."""

    server_pid: int
    #: Where the sockets are; a folder of its own outside the data folder when that lies too deep.
    socket_folder: str
    database_url: str | None
    migration_url: str | None
    redis_url: str | None

    @property
    def server_lives(self) -> bool:
        """Whether the process that wrote the record is there."""
        try:
            os.kill(self.server_pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class DataFolder:
    """The paths of one data folder, and its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.postgres = self.path / "postgres"
        self.valkey = self.path / "valkey"
        self.logs = self.path / "log"
        self._record = self.path / "services.json"
        self._lock_file = self.path / "lock"
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Take the folder for this process, made where it is missing.

        Others may pass through a folder that is made here, since the services can be another account's, but not look
        into it. The kernel drops the lock with the process, so that there is no stale one.

        Raises DataFolderInUse, naming the holder, and EmbeddedError where we may not write.
        """
        try:
            self.path.mkdir(parents=True, mode=0o711, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            lock = os.fdopen(os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        except OSError as fault:
            raise EmbeddedError(
                f"The data folder {self.path} cannot be written ({fault.strerror}): set WHEELHOUSE_DATA to a folder "
                "that this user may write to."
            ) from fault
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise DataFolderInUse(
                f"Another server (process {holder}) uses the data folder {self.path}: stop it, or set WHEELHOUSE_DATA "
                "to a different folder."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    @property
    def is_ours(self) -> bool:
        """Whether this object holds the lock."""
        return self._lock is not None

    def open_socket_folder(self, account: Account) -> Path:
        """The folder for the sockets, private to `account`: in the data folder if their paths are short enough."""
        self._drop_short_folder()
        folder = self.path / "run"
        if not fits(folder):
            folder = Path(tempfile.mkdtemp(prefix=SHORT_FOLDER_PREFIX))
            if not fits(folder):
                folder.rmdir()
                folder = Path(tempfile.mkdtemp(prefix=SHORT_FOLDER_PREFIX, dir=SHORTEST_TEMPORARY))
        make_private_folder(folder, account)
        return folder

    def write(self, record: Record) -> None:
        """Leave `record` for other commands."""
        fresh = self._record.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(record))
        fresh.replace(self._record)

    def read(self) -> Record | None:
        """The record of the server that runs, or of one that was killed."""
        try:
            return msgspec.json.decode(self._record.read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return None

    def forget(self) -> None:
        """Remove the record and what it points to, after the services have stopped."""
        self._drop_short_folder()
        self._record.unlink(missing_ok=True)

    def _drop_short_folder(self) -> None:
        record = self.read()
        if record is not None and Path(record.socket_folder).name.startswith(SHORT_FOLDER_PREFIX):
            shutil.rmtree(record.socket_folder, ignore_errors=True)


def fits(socket_folder: Path) -> bool:
    """Whether sockets in this folder can be named: short enough for the system, without the comma of host lists."""
    path = os.fsencode(socket_folder / SOCKET_NAME)
    return len(path) <= SOCKET_PATH_BYTES and b"," not in path
