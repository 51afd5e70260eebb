"""Reading the ledger: its accounts, their entries, and whether all of it balances."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from asyncpg import Connection

from persistence.ledger import OVERDRAWN
from persistence.statements import statement

#: Faults of one kind that are named; there are as many as there are.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A row of `ledger_accounts`."""

    id: UUID
    account_type: str
    holder: str
    currency: str
    balance: Decimal
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of `ledger_entries`, with the transaction that it is a side of."""

    id: UUID
    amount: Decimal
    balance_after: Decimal
    created_at: datetime
    transaction_id: UUID
    transaction_key: str
    transaction_kind: str


async def accounts(
    connection: Connection,
    tenant_id: UUID,
    *,
    account_type: str | None = None,
    holder: str | None = None,
    currency: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[AccountRow]:
    """Accounts in the order of their making; None asks for all."""
    rows = await connection.fetch(
        "SELECT id, account_type, holder, currency, balance, created_at, updated_at FROM ledger_accounts"
        " WHERE tenant_id = $1 AND ($2::varchar IS NULL OR account_type = $2)"
        " AND ($3::varchar IS NULL OR holder = $3) AND ($4::varchar IS NULL OR currency = $4)"
        " AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6",
        tenant_id,
        account_type,
        holder,
        currency,
        after,
        limit,
    )
    return [AccountRow(**dict(row)) for row in rows]


async def entries(
    connection: Connection, tenant_id: UUID, account_id: UUID, *, before: UUID | None, limit: int
) -> list[EntryRow] | None:
    """Entries of an account, newest first; None when there is no such account."""
    if not await connection.fetchval(
        "SELECT true FROM ledger_accounts WHERE tenant_id = $1 AND id = $2", tenant_id, account_id
    ):
        return None
    rows = await connection.fetch(
        "SELECT entry.id, entry.amount, entry.balance_after, entry.created_at, made.id AS transaction_id,"
        " made.transaction_key, made.transaction_kind FROM ledger_entries AS entry"
        " JOIN ledger_transactions AS made ON made.tenant_id = $1 AND made.id = entry.ledger_transaction_id"
        " WHERE entry.tenant_id = $1 AND entry.ledger_account_id = $2 AND ($3::uuid IS NULL OR entry.id < $3)"
        " ORDER BY entry.id DESC LIMIT $4",
        tenant_id,
        account_id,
        before,
        limit,
    )
    return [EntryRow(**dict(row)) for row in rows]


async def faults(connection: Connection, tenant_id: UUID) -> list[str]:
    """What does not balance, each in a sentence; nothing when all of it does."""
    rows = await connection.fetch(statement("check_ledger"), tenant_id, list(OVERDRAWN), _NAMED)
    return [row["fault"] for row in rows]
