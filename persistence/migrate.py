"""Moves a database to a revision of the schema and says where it stands.

The functions block and start an event loop of their own: inside a running one, call them through a thread.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_T = TypeVar("_T")
_FOLDER = Path(__file__).with_name("migrations")
#: Alembic keeps the migration that runs in globals of the process: one at a time.
_ONE_AT_A_TIME = threading.Lock()


def upgrade(migration_url: str, revision: str = "head") -> None:
    """Move the database up to `revision`, in one transaction; nodes that call it together wait for each other.

    Arguments: `migration_url`, a `postgresql://` URL of a login that may make roles or is a member of
    `wheelhouse_owner` where they exist. Raises what Postgres raises; nothing has changed then.
    """
    _on_connection(migration_url, lambda connection: command.upgrade(_config(connection), revision))


def downgrade(migration_url: str, revision: str = "base") -> None:
    """Move the database down to `revision`; to `base` leaves nothing but the roles. Rows go with their tables."""

    def down(connection: Connection) -> None:
        command.downgrade(_config(connection), revision)
        if MigrationContext.configure(connection).get_current_revision() is None:
            connection.execute(text("DROP TABLE IF EXISTS alembic_version"))

    _on_connection(migration_url, down)


def current(url: str) -> str | None:
    """The revision that the database is at; None for one that has never been migrated."""
    return _on_connection(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def heads() -> tuple[str, ...]:
    """The newest revisions that this release knows; one, unless two makers' revisions have not been joined."""
    return tuple(ScriptDirectory(str(_FOLDER)).get_heads())


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _on_connection(url: str, work: Callable[[Connection], _T]) -> _T:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, server_settings={"application_name": "wheelhouse migrate"})

    async def run() -> _T:
        engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    with _ONE_AT_A_TIME:
        return asyncio.run(run())
