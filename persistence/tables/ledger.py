"""The ledger: money by double entry, whose transactions sum to zero and never change."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import (
    ZERO,
    Base,
    Code,
    Created,
    Json,
    Money,
    OfTenant,
    TenantRow,
    Times,
    Word,
    kept,
    one_of,
    refers,
)

#: `platform` is what the platform's own wallet has moved for its players. All but `house`, `fee` and `platform` are
#: owed by the operator and never fall below zero.
ACCOUNT_TYPES = ("player", "bonus", "pool", "fee", "liability", "house", "platform")
TRANSACTION_KINDS = ("credit", "debit", "rollback", "tombstone", "transfer")


class LedgerAccount(Times, TenantRow, Base):
    """What one holder has in one currency: a player, a game's pool, the house. `balance` is the sum of its entries."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        one_of("account_type", ACCOUNT_TYPES),
        CheckConstraint("account_type IN ('fee', 'house', 'platform') OR balance >= 0", name="balance"),
        UniqueConstraint("tenant_id", "account_type", "holder", "currency"),
        kept(),
    )

    account_type: Mapped[Word]
    holder: Mapped[str] = mapped_column(String(128), server_default="")
    currency: Mapped[Code]
    balance: Mapped[Money] = mapped_column(server_default=ZERO)


class LedgerTransaction(OfTenant, Created, Base):
    """One movement of money, known by a key that its maker chose, so that it is made once however often it is told.

    A `tombstone` moves nothing: it stands for a debit rolled back before it came, and refuses it when it does.
    """

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        one_of("transaction_kind", TRANSACTION_KINDS),
        UniqueConstraint("tenant_id", "transaction_key"),
        UniqueConstraint("tenant_id", "rolls_back_id"),
        refers("ledger_transactions", "rolls_back_id"),
        kept(append_only=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-1)
    transaction_key: Mapped[str] = mapped_column(String(160))
    transaction_kind: Mapped[Word]
    rolls_back_id: Mapped[UUID | None]
    transaction_metadata: Mapped[Json]


class LedgerEntry(OfTenant, Created, Base):
    """One side of a transaction: what an account was given (above zero) or gave. The sides of each sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        refers("ledger_transactions", "ledger_transaction_id"),
        refers("ledger_accounts", "ledger_account_id"),
        Index(None, "tenant_id", "ledger_account_id", "id"),
        Index(None, "tenant_id", "ledger_transaction_id"),
        kept(append_only=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-1)
    ledger_transaction_id: Mapped[UUID]
    ledger_account_id: Mapped[UUID]
    amount: Mapped[Money]
    balance_after: Mapped[Money]
