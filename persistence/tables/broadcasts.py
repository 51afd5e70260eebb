"""What operators have told everybody who listens."""

from sqlalchemy import Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import Base, Code, Created, Prose, TenantRow, UserId, kept


class Broadcast(Created, TenantRow, Base):
    """A message of an operator's on a channel, as the event that carried it. Never changed."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        Index("ix_broadcasts_newest", "tenant_id", "event", "channel", text("id DESC")),
        kept(append_only=True),
    )

    channel: Mapped[str] = mapped_column(String(200))
    event: Mapped[Code]
    message: Mapped[Prose]
    data: Mapped[dict[str, object] | None] = mapped_column(JSONB())
    sent_by: Mapped[UserId]
