"""A real Postgres and a real Valkey for the whole run, and a migrated database of its own for each test."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import settings

from persistence import migrate
from persistence.embedded.services import EmbeddedServices, ServiceUrls

TEMPLATE = "wheelhouse_template"

# How long an example takes is the machine's, which other tests are busy with too.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")


@dataclass(frozen=True)
class DatabaseUrls:
    """A database and the ways into it."""

    #: as the login `wheelhouse`, which has no rights but through the roles it picks
    database_url: str
    #: as the superuser, whom row-level security does not bind
    migration_url: str
    redis_url: str


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceUrls]:
    """One embedded cluster for the whole run."""
    with EmbeddedServices(tmp_path_factory.mktemp("services") / "data") as running:
        yield running.start()


@pytest.fixture(scope="session")
def template_database(services: ServiceUrls) -> str:
    """The name of a migrated database that the others are copied from. Nobody connects to it."""
    _execute(services.migration_url, f"CREATE DATABASE {TEMPLATE} OWNER wheelhouse_owner")
    _in_thread(lambda: migrate.upgrade(_of(services.migration_url, TEMPLATE)))
    return TEMPLATE


@pytest.fixture(scope="session")
def make_database(services: ServiceUrls, template_database: str) -> Iterator[Callable[..., DatabaseUrls]]:
    """Make databases that live until the run ends: `make_database()` a migrated one, `migrated=False` an empty one."""
    numbers = count(1)
    made: list[str] = []

    def make(*, migrated: bool = True) -> DatabaseUrls:
        name = f"wheelhouse_{next(numbers)}"
        template = template_database if migrated else "template0"
        _execute(services.migration_url, f"CREATE DATABASE {name} OWNER wheelhouse_owner TEMPLATE {template}")
        made.append(name)
        return DatabaseUrls(
            _of(services.database_url, name), _of(services.migration_url, name), str(services.redis_url)
        )

    yield make
    for name in made:
        _drop(services, name)


@pytest.fixture
def database_urls(services: ServiceUrls, make_database: Callable[..., DatabaseUrls]) -> Iterator[DatabaseUrls]:
    """A migrated database of the test's own, gone after it."""
    urls = make_database()
    yield urls
    _drop(services, urlsplit(urls.database_url).path[1:])


def _drop(services: ServiceUrls, name: str) -> None:
    _execute(services.migration_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _of(url: str | None, name: str) -> str:
    assert url is not None
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _execute(url: str | None, statement: str) -> None:
    async def send() -> None:
        connection = await asyncpg.connect(_of(url, "postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def run(send: Callable[[], Coroutine[Any, Any, None]] = send) -> None:
        asyncio.run(send())

    _in_thread(run)


def _in_thread(work: Callable[[], None]) -> None:
    """Run what starts a loop of its own, whether or not one runs here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()
