"""${message}."""

from persistence.migrations.scripts import run_as_owner

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """${message}."""
    run_as_owner(revision, "up")


def downgrade() -> None:
    """Take it back."""
    run_as_owner(revision, "down")
