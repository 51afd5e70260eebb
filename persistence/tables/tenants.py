"""Tenants and the keys by which their callers are known. This is the platform's room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import YES, Base, Code, Name, TenantRow, Times, Versioned, Word, kept, one_of

KEY_ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
ROLES = ("player", "operator", "auditor", "service", "platform")


class Tenant(Times, Versioned, Base):
    """A customer of the platform; every other row belongs to one."""

    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("tenant_code"), kept(group="Tenant management"))

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-1)
    tenant_code: Mapped[Code]
    tenant_name: Mapped[Name]
    is_active: Mapped[bool] = mapped_column(server_default=YES)
    country_code: Mapped[Word]
    currency: Mapped[Word]
    language_code: Mapped[Word]
    time_zone: Mapped[Code] = mapped_column(server_default="UTC")
    #: rises with whatever ends tokens: a revocation, a retired key, the tenant switched off
    auth_version: Mapped[int] = mapped_column(BigInteger(), server_default=text("0"))


class TenantKey(Times, TenantRow, Base):
    """A key that signs the tokens of a tenant's players and operators. The seed has no place for it."""

    __tablename__ = "tenant_keys"
    __table_args__ = (
        one_of("algorithm", KEY_ALGORITHMS),
        one_of("key_status", ("active", "retired")),
        UniqueConstraint("tenant_id", "kid"),
        kept(),
    )

    kid: Mapped[str] = mapped_column(String(128))
    algorithm: Mapped[Word]
    key_material: Mapped[bytes]
    key_status: Mapped[Word] = mapped_column(server_default="active")


class ApiKey(Times, Versioned, Base):
    """A secret by which a back end calls; kept as its SHA-256. One of the platform itself has no tenant."""

    __tablename__ = "api_keys"
    __table_args__ = (
        one_of("role", ROLES),
        one_of("key_status", ("active", "revoked")),
        CheckConstraint("(tenant_id IS NULL) = (role = 'platform')", name="tenant_unless_platform"),
        UniqueConstraint("key_hash"),
        Index(None, "tenant_id", "id"),
        kept(),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-2)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id", ondelete="RESTRICT"), sort_order=-1)
    key_hash: Mapped[bytes]
    key_prefix: Mapped[str] = mapped_column(String(12))
    role: Mapped[Word]
    label: Mapped[Name] = mapped_column(server_default=text("''"))
    key_status: Mapped[Word] = mapped_column(server_default="active")
    last_used_at: Mapped[datetime | None]
