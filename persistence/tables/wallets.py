"""Wallets: where a tenant's players have their money, and the debits that are under way there."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import Base, OfTenant, Prose, Times, UserId, Versioned, Word, kept, one_of

ADAPTERS = ("http", "ledger")


class Wallet(Times, Versioned, OfTenant, Base):
    """A tenant's wallet: the embedded ledger (also where there is no row), or the platform's own by HTTP.

    Address and secrets (sealed) stay when the adapter changes back, for what was begun with the platform ends there.
    """

    __tablename__ = "wallets"
    __table_args__ = (
        one_of("adapter", ADAPTERS),
        CheckConstraint(
            "adapter <> 'http' OR url IS NOT NULL AND secret_encrypted IS NOT NULL", name="platform_is_known"
        ),
        kept(),
    )

    adapter: Mapped[Word] = mapped_column(server_default="ledger")
    url: Mapped[Prose | None]
    secret_encrypted: Mapped[bytes | None]
    previous_secret_encrypted: Mapped[bytes | None]
    previous_secret_until: Mapped[datetime | None]
    changed_by: Mapped[UserId]
