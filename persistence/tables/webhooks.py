"""Webhooks: where a tenant wants to be told, what there was to tell, and how far each telling has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import DELIVERY, DeliveryStatus
from persistence.tables.metadata import (
    ZERO,
    Base,
    Code,
    Count,
    Created,
    Json,
    OfTenant,
    Prose,
    TenantRow,
    Times,
    UserId,
    Word,
    kept,
    one_of,
    refers,
)

ENDPOINT_STATUSES = ("active", "disabled", "gone")


class WebhookEndpoint(Times, TenantRow, Base):
    """An address of the platform, the kinds of messages that go there, and the secrets that sign them (sealed)."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (one_of("endpoint_status", ENDPOINT_STATUSES), kept())

    url: Mapped[Prose]
    description: Mapped[Prose] = mapped_column(server_default="")
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    endpoint_status: Mapped[Word] = mapped_column(server_default="active")
    secret_encrypted: Mapped[bytes]
    previous_secret_encrypted: Mapped[bytes | None]
    previous_secret_until: Mapped[datetime | None]
    created_by: Mapped[UserId]


class WebhookMessage(OfTenant, Created, Base):
    """Something to tell; its id is the `webhook-id` of every attempt at every endpoint."""

    __tablename__ = "webhook_messages"
    __table_args__ = (kept(append_only=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-1)
    event_type: Mapped[Code]
    payload: Mapped[Json]


class WebhookSend(Times, TenantRow, Base):
    """A message on its way to one endpoint."""

    __tablename__ = "webhook_sends"
    __table_args__ = (
        refers("webhook_messages", "webhook_message_id"),
        refers("webhook_endpoints", "webhook_endpoint_id"),
        one_of("send_status", [status for status in DELIVERY.statuses if status != DeliveryStatus.STOPPED]),
        CheckConstraint("attempts >= 0", name="attempts"),
        UniqueConstraint("tenant_id", "webhook_message_id", "webhook_endpoint_id"),
        Index(None, "tenant_id", "webhook_endpoint_id", "id"),
        Index(
            "ix_webhook_sends_due",
            "next_attempt_at",
            "tenant_id",
            "id",
            postgresql_where=text("send_status IN ('pending', 'sending', 'failed') AND next_attempt_at IS NOT NULL"),
        ),
        kept(),
    )

    webhook_message_id: Mapped[UUID]
    webhook_endpoint_id: Mapped[UUID]
    send_status: Mapped[Word] = mapped_column(server_default="pending")
    attempts: Mapped[Count] = mapped_column(server_default=ZERO)
    next_attempt_at: Mapped[datetime | None]
    last_status_code: Mapped[Count | None]
    last_error: Mapped[Prose | None]
    last_duration_ms: Mapped[Count | None]
    confirmed_at: Mapped[datetime | None]
