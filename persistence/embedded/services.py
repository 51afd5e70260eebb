"""Postgres and Valkey for a server that was given neither: started, kept alive, stopped with it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from persistence.embedded import binaries, valkey
from persistence.embedded import postgres as pg
from persistence.embedded.account import choose_account
from persistence.embedded.folder import DataFolder, Record
from persistence.embedded.keeper import Keeper
from persistence.embedded.launch import launcher_for

POLL_S = 0.05


@dataclass(frozen=True)
class ServiceUrls:
    """Where the services answer. None stands for one that was not started."""

    #: As the server's login, which has no rights but through its roles.
    database_url: str | None
    #: As the superuser, for migrations.
    migration_url: str | None
    redis_url: str | None


class EmbeddedServices:
    """The services of one data folder.

    They end when this process does, however it does, and one that is killed comes back at the same URL. Each is
    kept by a thread of its own, so `start` and `stop` may be called from any thread; both block (a start half a
    second in a new folder, else a tenth), so that an event loop calls them through a thread.
    """

    def __init__(self, data_folder: Path) -> None:
        self._folder = DataFolder(data_folder)
        self._keepers: dict[str, Keeper] = {}

    def start(self, *, postgres: bool = True, valkey: bool = True) -> ServiceUrls:
        """Start the services that are asked for and return when they answer.

        Raises EmbeddedError (PlatformUnsupported, DataFolderInUse, AccountUnavailable, ServiceFailed); nothing runs
        then.
        """
        programs = binaries.postgres_programs() if postgres else None
        server = binaries.valkey_server() if valkey else None
        self._folder.acquire()
        try:
            return self._start(programs, server)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what was started and give the folder back. Calling it twice does nothing more."""
        while self._keepers:
            _, keeper = self._keepers.popitem()
            keeper.stop()
        if self._folder.is_ours:
            self._folder.forget()
            self._folder.release()

    @property
    def restarts(self) -> dict[str, int]:
        """How often each service has been started again after it had died."""
        return {name: max(keeper.starts - 1, 0) for name, keeper in self._keepers.items()}

    @property
    def down(self) -> list[str]:
        """The services that do not run at this moment; their keepers are starting them again."""
        return [name for name, keeper in self._keepers.items() if not keeper.is_up]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, programs: Path | None, server: Path | None) -> ServiceUrls:
        folder = self._folder
        account = choose_account(folder.postgres)
        pg.make_private_folder(folder.postgres, account)
        pg.make_private_folder(folder.valkey, account)
        needed = [folder.postgres, programs / "postgres" if programs else None, server]
        launcher = launcher_for(account, [path for path in needed if path])
        sockets = folder.open_socket_folder(account)
        database = pg.Postgres(programs, folder.postgres, sockets, launcher) if programs else None
        store = valkey.Valkey(server, folder.valkey, sockets) if server else None
        urls = ServiceUrls(
            database_url=database.url(pg.LOGIN) if database else None,
            migration_url=database.url(pg.SUPERUSER) if database else None,
            redis_url=store.url() if store else None,
        )
        folder.write(Record(os.getpid(), str(sockets), urls.database_url, urls.migration_url, urls.redis_url))
        for service in (database, store):
            if service is None:
                continue
            keeper = Keeper(service, launcher, folder.logs / f"{service.name.lower()}.log")
            self._keepers[service.name] = keeper
            keeper.start()
        return urls


def find_running(data_folder: Path, *, patience_s: float = 5.0) -> ServiceUrls | None:
    """The services that a living server keeps in `data_folder`, None when there is none.

    Waits up to `patience_s` for a server that is just starting, or starting one of them again.
    """
    deadline = time.monotonic() + patience_s
    while True:
        record = DataFolder(data_folder).read()
        if record is None or not record.server_lives:
            return None
        if _answers(record):
            return ServiceUrls(record.database_url, record.migration_url, record.redis_url)
        if time.monotonic() > deadline:
            return None
        time.sleep(POLL_S)


@contextmanager
def reach(data_folder: Path) -> Iterator[ServiceUrls]:
    """The services of `data_folder` for the length of a command: those of the running server, else our own."""
    running = find_running(data_folder)
    if running is not None:
        yield running
        return
    with EmbeddedServices(data_folder) as services:
        yield services.start()


def _answers(record: Record) -> bool:
    folder = Path(record.socket_folder)
    wanted = ((pg.SOCKET_NAME, record.database_url), (valkey.SOCKET_NAME, record.redis_url))
    return all(_listens(folder / name) for name, url in wanted if url is not None)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
