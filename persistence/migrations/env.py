"""Where Alembic enters: it migrates on the connection that `persistence.migrate` hands in, in one transaction."""

from alembic import context
from sqlalchemy import text

from persistence.tables.schema import METADATA

#: Held while migrating, so that nodes that start together migrate one after another.
ADVISORY_LOCK = 0x77686565_6C  # "wheel"


def run() -> None:
    """Run what `persistence.migrate` has asked for."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=METADATA)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        context.run_migrations()


run()
