"""What must be told after a commit, and what has been answered before."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import Base, Code, Count, Created, Json, OfTenant, TenantRow, Times, Word, kept, one_of

POLICIES = ("kept", "latest", "passing")


class OutboxMessage(Times, TenantRow, Base):
    """An event to publish on a channel once its transaction has committed; its id makes the publishing idempotent.

    `version` is that of a latest event, so that an older one that comes later changes nothing.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("policy", POLICIES),
        Index("ix_outbox_unpublished", "id", "tenant_id", postgresql_where=text("published_at IS NULL")),
        kept(),
    )

    channel: Mapped[str] = mapped_column(String(200))
    event: Mapped[Code]
    policy: Mapped[Word]
    payload: Mapped[Json]
    version: Mapped[int | None]
    traceparent: Mapped[str | None] = mapped_column(String(55))
    published_at: Mapped[datetime | None]


class IdempotencyKey(OfTenant, Created, Base):
    """A call that has come with an `Idempotency-Key`, and what it was answered; no status while it still runs."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "expires_at"), kept())

    caller: Mapped[str] = mapped_column(String(160), primary_key=True)
    route: Mapped[str] = mapped_column(String(160), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[bytes]
    response_status: Mapped[Count | None]
    response_body: Mapped[bytes | None]
    expires_at: Mapped[datetime]
