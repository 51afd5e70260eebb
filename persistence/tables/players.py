"""Players of a tenant."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import Base, TenantRow, Times, UserId, Word, kept, one_of


class Player(Times, TenantRow, Base):
    """A player seen at least once; whoever changes chances, epochs or plays locks these rows first, by `user_id`."""

    __tablename__ = "players"
    __table_args__ = (
        one_of("player_status", ("active", "blocked")),
        UniqueConstraint("tenant_id", "user_id"),
        kept(),
    )

    user_id: Mapped[UserId]
    display_name: Mapped[str | None] = mapped_column(String(64))
    player_status: Mapped[Word] = mapped_column(server_default="active")
