"""Wallets: where a tenant's players have their money, and the debits that are under way there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import STAKE
from persistence.tables.metadata import (
    ZERO,
    Base,
    Code,
    Count,
    Money,
    OfTenant,
    Prose,
    TenantRow,
    Times,
    UserId,
    Versioned,
    Word,
    by_user,
    kept,
    one_of,
)

ADAPTERS = ("http", "ledger")
#: What a stake is for; `source_id` is the ticket's id.
STAKE_SOURCES = ("jackpot", "raffle")


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


class WalletTransaction(Times, TenantRow, Base):
    """The debit of a player's stake, step by step: each is written before the next is taken.

    The wallet knows it as `stake:<id>`. `route` is the adapter that the first call went to, and the roll-back goes to.
    """

    __tablename__ = "wallet_transactions"
    __table_args__ = (
        one_of("source", STAKE_SOURCES),
        one_of("route", ADAPTERS),
        one_of("transaction_status", STAKE.statuses),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("attempts >= 0", name="attempts"),
        UniqueConstraint("tenant_id", "source", "source_id"),
        by_user(),
        Index(
            "ix_wallet_transactions_due",
            "next_attempt_at",
            "tenant_id",
            "id",
            postgresql_where=text("transaction_status IN ('reserved', 'debiting', 'debited', 'rolling_back')"),
        ),
        kept(),
    )

    user_id: Mapped[UserId]
    source: Mapped[Word]
    source_id: Mapped[UUID]
    amount: Mapped[Money]
    currency: Mapped[Code]
    transaction_status: Mapped[Word] = mapped_column(server_default="reserved")
    route: Mapped[Word | None]
    attempts: Mapped[Count] = mapped_column(server_default=ZERO)
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[Prose | None]
