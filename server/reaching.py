"""How a command finds the services: those of its settings, those of a running server, or its own for the moment."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module

import asyncpg
import msgspec

from persistence.database import Database
from persistence.embedded import services
from persistence.vault import Vault, vault_from
from server.auth.tenants import Tenants
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Office:
    """What a command works with."""

    database: Database
    vault: Vault
    tenants: Tenants


@dataclass(frozen=True, slots=True)
class Reached:
    """Settings that name the services, and the login for migrations."""

    settings: Settings
    migration_url: str

    @asynccontextmanager
    async def office(self) -> AsyncIterator[Office]:
        """Open the database for a command's work."""
        assert self.settings.database_url is not None
        vault = vault_from(self.settings.secret_keys, self.settings.data)
        database = Database(self.settings.database_url, pool_size=2)
        await database.start()
        try:
            yield Office(database, vault, Tenants(database, vault))
        finally:
            await database.close()


async def _is_migrated(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT to_regclass('public.alembic_version') IS NOT NULL"))
    finally:
        await connection.close()


@contextmanager
def reach(settings: Settings) -> Iterator[Reached]:
    """The services for the length of a command; embedded ones are started when no server runs, and migrated."""
    if not settings.embedded:
        assert settings.database_url is not None
        yield Reached(settings, settings.database_migration_url or settings.database_url)
        return
    with services.reach(settings.data) as urls:
        assert urls.migration_url is not None
        if not asyncio.run(_is_migrated(urls.migration_url)):
            # Loaded where it is needed: migrations take longer to load than most commands to run.
            import_module("persistence.migrate").upgrade(urls.migration_url)
        yield Reached(
            msgspec.structs.replace(settings, database_url=urls.database_url, redis_url=urls.redis_url),
            urls.migration_url,
        )
