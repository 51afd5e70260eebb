"""One migrated database for the tests that only look at it, and ways to ask as each of the roles."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import Connection

from tests.schema import catalogue
from tests.schema.rows import Rows

#: By the ways into a database, what it was filled with.
_FILLED: dict[Any, Rows] = {}

As = Callable[..., AbstractAsyncContextManager[Connection]]


@pytest.fixture(scope="session")
def schema_urls(make_database: Callable[..., Any]) -> Any:
    return make_database()


@pytest.fixture(scope="session")
async def superuser(schema_urls: Any) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(schema_urls.migration_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def tables(superuser: Connection) -> dict[str, catalogue.Table]:
    return await catalogue.read(superuser)


@pytest.fixture(scope="session")
async def rows(schema_urls: Any, superuser: Connection, tables: dict[str, catalogue.Table]) -> Rows:
    """Rows of tenants `rows.alpha` and `rows.beta` in every table."""
    # Fixtures that wait are set up anew when tests on another loop come in between; the database is the same.
    if schema_urls not in _FILLED:
        rows = _FILLED[schema_urls] = Rows(tables)
        rows.alpha, rows.beta = await rows.fill(superuser, "alpha"), await rows.fill(superuser, "beta")
    return _FILLED[schema_urls]


@pytest.fixture(scope="session")
async def as_role(schema_urls: Any) -> AsyncIterator[As]:
    """A transaction as a role, rolled back after: `as_role("wheelhouse_server", tenant)`; None is the bare login."""
    connections: dict[str | None, Connection] = {}

    @asynccontextmanager
    async def enter(role: str | None, tenant: UUID | None = None) -> AsyncIterator[Connection]:
        if role not in connections:
            settings = {"role": role} if role else {}
            connections[role] = await asyncpg.connect(schema_urls.database_url, server_settings=settings)
        connection = connections[role]
        transaction = connection.transaction()
        await transaction.start()
        try:
            if tenant:
                await connection.execute(f"SET LOCAL wheelhouse.tenant_id = '{tenant}'")
            yield connection
        finally:
            await transaction.rollback()

    yield enter
    for connection in connections.values():
        await connection.close()
