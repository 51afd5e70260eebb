"""Tokens that are good by their signature and are believed no more."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, false, func
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import Base, Prose, TenantRow, Times, UserId, kept


class Revocation(Times, TenantRow, Base):
    """A user whose tokens made before a moment are refused (all of them when blocked), or one token by its `jti`."""

    __tablename__ = "revocations"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (token_id IS NULL)", name="user_or_token"),
        CheckConstraint("NOT is_blocked OR user_id IS NOT NULL", name="only_users_are_blocked"),
        UniqueConstraint("tenant_id", "user_id"),
        UniqueConstraint("tenant_id", "token_id"),
        Index(None, "tenant_id", "auth_version"),
        kept(),
    )

    user_id: Mapped[UserId | None]
    token_id: Mapped[str | None] = mapped_column(String(200))
    is_blocked: Mapped[bool] = mapped_column(server_default=false())
    issued_before: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    reason: Mapped[Prose]
    revoked_by: Mapped[UserId]
    lifted_at: Mapped[datetime | None]
    #: the tenant's when this was last changed: a node reads what is newer than it knows
    auth_version: Mapped[int] = mapped_column(BigInteger())
