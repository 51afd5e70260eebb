"""Postgres and Valkey for a server that was given neither: started, kept alive, stopped with it."""

from __future__ import annotations

import os
import socket
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
    kept by a thread, so `start` may be called from any thread, and from within a running event loop only through
    one, since it blocks until the services answer (half a second for a new folder, else a tenth).
    """

    def __init__(self, data_folder: Path) -> None:
        self._folder = DataFolder(data_folder)
        self._keepers: dict[str, Keeper] = {}

    def start(self, *, postgres: bool = True, valkey: bool = True) -> ServiceUrls:
        """Start the services that are asked for and return when they answer.

        Raises PlatformUnsupported, DataFolderInUse, AccountUnavailable or ServiceFailed; nothing runs then.
        """
        programs = binaries.postgres_programs() if postgres else None
        server = binaries.valkey_server() if valkey else None
        self._folder.make()
        self._folder.acquire()
        try:
            return self._start(programs, server)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what was started and give the folder back. Calling it twice does nothing more."""
        held = bool(self._keepers)
        while self._keepers:
            _, keeper = self._keepers.popitem()
            keeper.stop()
        if held:
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

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _start(self, programs: Path | None, server: Path | None) -> ServiceUrls:
        folder = self._folder
        account = choose_account(folder.postgres)
        sockets = folder.open_socket_folder(account)
        launcher = launcher_for(account, [path for path in (folder.path, sockets, programs, server) if path])
        urls = ServiceUrls(None, None, None)
        if programs is not None:
            pg.make_private_folder(folder.postgres, account)
            database = pg.Postgres(programs, folder.postgres, sockets, launcher)
            self._keepers[database.name] = Keeper(database, launcher, folder.logs / "postgres.log")
            urls = ServiceUrls(database.url(pg.LOGIN), database.url(pg.SUPERUSER), None)
        if server is not None:
            pg.make_private_folder(folder.valkey, account)
            store = valkey.Valkey(server, folder.valkey, sockets)
            self._keepers[store.name] = Keeper(store, launcher, folder.logs / "valkey.log")
            urls = ServiceUrls(urls.database_url, urls.migration_url, store.url())
        folder.write(Record(os.getpid(), str(sockets), urls.database_url, urls.migration_url, urls.redis_url))
        for keeper in self._keepers.values():
            keeper.start()
        return urls


def find_running(data_folder: Path) -> ServiceUrls | None:
    """The services that a living server keeps in `data_folder`, None when there is none."""
    folder = DataFolder(data_folder)
    record = folder.read()
    if record is None or folder.holder() is None:
        return None
    sockets = Path(record.socket_folder)
    wanted = [name for name, url in ((pg.SOCKET_NAME, record.database_url), (valkey.SOCKET_NAME, record.redis_url)) if url]
    if not all(_listens(sockets / name) for name in wanted):
        return None
    return ServiceUrls(record.database_url, record.migration_url, record.redis_url)


@contextmanager
def reach(data_folder: Path) -> Iterator[ServiceUrls]:
    """The services of `data_folder` for the length of a command: those of the running server, else our own."""
    running = find_running(data_folder)
    if running is not None:
        yield running
        return
    with EmbeddedServices(data_folder) as services:
        yield services.start()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
