"""Revisions are SQL scripts: each has a folder of them in `persistence/migrations/sql`."""

from pathlib import Path

from alembic import op
from asyncpg import Connection

_FOLDER = Path(__file__).with_name("sql")
_OWNER = "wheelhouse_owner"


def run_as_owner(revision: str, *names: str) -> None:
    """Run scripts of a revision in their order, so that what they make belongs to `wheelhouse_owner`."""
    _execute(f"SET LOCAL ROLE {_OWNER}")
    run(revision, *names)
    _execute("SET LOCAL ROLE NONE")


def run(revision: str, *names: str) -> None:
    """Run scripts of a revision in their order, inside its transaction, as the login that migrates."""
    for name in names:
        _execute((_FOLDER / revision / f"{name}.sql").read_text(encoding="utf-8"))


def _execute(script: str) -> None:
    async def send(connection: Connection) -> None:
        await connection.execute(script)

    op.get_bind().connection.run_async(send)
