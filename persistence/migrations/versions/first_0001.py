"""All tables, their rights and their first partitions."""

from alembic import op

from persistence.migrations.scripts import run, run_as_owner

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "tenants",
    "revocations",
    "players",
    "engines",
    "wheels",
    "fairness",
    "spins",
    "jackpots",
    "raffles",
    "tournaments",
    "rewards",
    "ledger",
    "wallets",
    "webhooks",
    "monitoring",
    "play_watches",
    "configuration",
    "audit",
    "broadcasts",
    "outbox",
)


def upgrade() -> None:
    """Make everything, and the partitions of this month and three ahead."""
    run(revision, "roles")
    run_as_owner(revision, *TABLES, "functions", "rights", "statistics", "jobs")
    op.execute("SELECT wheelhouse_create_partitions(3)")


def downgrade() -> None:
    """Drop everything with all its rows."""
    run(revision, "down")
