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


class Record(msgspec.Struct, frozen=True):
    """What a server leaves in its data folder for other commands, while it runs."""

    server_pid: int
    #: Where the sockets are; a folder of its own outside the data folder when that lies too deep.
    socket_folder: str
    database_url: str | None
    migration_url: str | None
    redis_url: str | None


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

    def make(self) -> None:
        """Make the folder where it is missing.

        Others may pass through it, since the services can be another account's, but not look into it.
        """
        try:
            self.path.mkdir(parents=True, mode=0o711, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except OSError as fault:
            raise EmbeddedError(
                f"The data folder {self.path} cannot be made ({fault.strerror}): set WHEELHOUSE_DATA to a folder that "
                "this user may write to."
            ) from fault

    def acquire(self) -> None:
        """Take the folder for this process. Raises DataFolderInUse, naming the holder.

        The kernel drops the lock with the process, so that there is no stale one.
        """
        lock = self._lock_file.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
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

    def holder(self) -> str | None:
        """The process that holds the lock, as it wrote itself down; None when nobody does."""
        try:
            with self._lock_file.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return self._lock_file.read_text().strip() or "unknown"
        return None

    def open_socket_folder(self, account: Account) -> Path:
        """The folder for the sockets, private to `account`: in the data folder if their paths are short enough."""
        self._drop_short_folder()
        folder = self.path / "run"
        if not fits(folder):
            folder = Path(tempfile.mkdtemp(prefix=SHORT_FOLDER_PREFIX))
            if not fits(folder):
                folder.rmdir()
                folder = Path(tempfile.mkdtemp(prefix=SHORT_FOLDER_PREFIX, dir="/tmp"))
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
        except (FileNotFoundError, msgspec.DecodeError):
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
    """Whether the system takes the paths of sockets in this folder."""
    return len(os.fsencode(socket_folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES
