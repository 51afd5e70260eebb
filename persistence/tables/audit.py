"""The audit trail, chained by hash in a tenant's order."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import (
    ZERO,
    Base,
    Code,
    Created,
    Json,
    OfTenant,
    Prose,
    TenantRow,
    UserId,
    by_user,
    kept,
)


class AuditLog(Created, TenantRow, Base):
    """Who changed what, from where. Never changed; `hash` covers the row and the hash of the one before it.

    `entity_id` names a row of the table in `entity_type`, which may be any: it is no foreign key.
    """

    __tablename__ = "audit_logs"
    __table_args__ = (
        by_user(),
        Index(None, "tenant_id", "sequence", "id", unique=True),
        Index(None, "tenant_id", "entity_id"),
        kept(group="Configuration and alerts", append_only=True, by_month=True),
    )

    user_id: Mapped[UserId | None]
    action: Mapped[Code]
    entity_type: Mapped[Code]
    entity_id: Mapped[UUID | None]
    old_values: Mapped[Json | None]
    new_values: Mapped[Json | None]
    ip_address: Mapped[Code | None]
    user_agent: Mapped[Prose | None]
    sequence: Mapped[int]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class AuditHead(OfTenant, Base):
    """The end of a tenant's chain: locked last by whoever adds to the trail."""

    __tablename__ = "audit_heads"
    __table_args__ = ({**kept(), "postgresql_with": {"fillfactor": 50}},)

    sequence: Mapped[int] = mapped_column(server_default=ZERO)
    hash: Mapped[bytes]
