"""The ledger in Postgres: transactions by double entry, made once for their key, and what the accounts come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import Conflict, LimitReached
from persistence.statements import statement

#: Accounts that may owe: all others are never below zero.
OVERDRAWN = ("house", "fee", "platform")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account: of which type, and held by whom (a player's user_id, a game's id, nobody for the house)."""

    account_type: str
    holder: str
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a transaction: above zero is given to the account, below zero taken from it."""

    account: Account
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Posted:
    """A transaction of the ledger; `fresh` when this call made it, `kind` as it stands there."""

    id: UUID
    kind: str
    fresh: bool


async def post(
    connection: Connection,
    tenant_id: UUID,
    key: str,
    kind: str,
    entries: Sequence[Entry],
    *,
    metadata: str = "{}",
    rolls_back: UUID | None = None,
) -> Posted:
    """Make the transaction of this key, or find the one that was made under it.

    The entries sum to zero in each currency (the database refuses others as it commits). Raises `LimitReached` when an
    account that may not owe would fall below zero: nothing has changed then, but the transaction must be rolled back.
    """
    made = await connection.fetchrow(
        "INSERT INTO ledger_transactions"
        " (tenant_id, transaction_key, transaction_kind, rolls_back_id, transaction_metadata)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, transaction_key) DO NOTHING RETURNING id",
        tenant_id,
        key,
        kind,
        rolls_back,
        metadata,
    )
    if made is None:
        found = await by_key(connection, tenant_id, key)
        assert found is not None
        same = msgspec.json.decode(found["transaction_metadata"]) == msgspec.json.decode(metadata)
        if found["transaction_kind"] == kind and not same:
            raise Conflict("This transaction id was used for another transaction. Give each its own.")
        return Posted(found["id"], found["transaction_kind"], fresh=False)
    accounts = await _lock(connection, tenant_id, [entry.account for entry in entries])
    for entry in entries:
        account_id, held = accounts[entry.account]
        balance = held + entry.amount
        if balance < 0 and entry.account.account_type not in OVERDRAWN:
            raise LimitReached(f"The balance is {held:f} {entry.account.currency}: that is not enough.")
        accounts[entry.account] = account_id, balance
        await connection.execute(
            statement("add_ledger_entry"), tenant_id, made["id"], account_id, entry.amount, balance
        )
    return Posted(made["id"], kind, fresh=True)


async def roll_back(connection: Connection, tenant_id: UUID, key: str) -> Posted:
    """Take the transaction of this key back, once; when it has not come yet, leave a tombstone that refuses it.

    Raises `Conflict` for the key of a roll-back, and `LimitReached` when what was given has been spent.
    """
    found = await by_key(connection, tenant_id, key)
    if found is None:
        left = await post(connection, tenant_id, key, "tombstone", [])
        if left.kind == "tombstone":
            return left
        # It came between the two looks.
        found = await by_key(connection, tenant_id, key)
        assert found is not None
    if found["transaction_kind"] == "tombstone":
        return Posted(found["id"], "tombstone", fresh=False)
    if found["rolls_back_id"] is not None:
        raise Conflict("A roll-back cannot be rolled back.")
    sides = await connection.fetch(
        "SELECT account.account_type, account.holder, account.currency, entry.amount FROM ledger_entries AS entry"
        " JOIN ledger_accounts AS account ON account.tenant_id = $1 AND account.id = entry.ledger_account_id"
        " WHERE entry.tenant_id = $1 AND entry.ledger_transaction_id = $2",
        tenant_id,
        found["id"],
    )
    entries = [Entry(Account(row["account_type"], row["holder"], row["currency"]), -row["amount"]) for row in sides]
    return await post(connection, tenant_id, f"{key}:rollback", "rollback", entries, rolls_back=found["id"])


async def by_key(connection: Connection, tenant_id: UUID, key: str) -> Record | None:
    """The transaction made under a key."""
    return await connection.fetchrow(
        "SELECT id, transaction_kind, rolls_back_id, transaction_metadata FROM ledger_transactions"
        " WHERE tenant_id = $1 AND transaction_key = $2",
        tenant_id,
        key,
    )


async def moved(connection: Connection, tenant_id: UUID, transaction_id: UUID, account: Account) -> Decimal:
    """How much a transaction moved on an account, whichever way."""
    amount = await connection.fetchval(
        "SELECT abs(sum(entry.amount)) FROM ledger_entries AS entry"
        " JOIN ledger_accounts AS account ON account.tenant_id = $1 AND account.id = entry.ledger_account_id"
        " WHERE entry.tenant_id = $1 AND entry.ledger_transaction_id = $2 AND account.account_type = $3"
        " AND account.holder = $4 AND account.currency = $5",
        tenant_id,
        transaction_id,
        account.account_type,
        account.holder,
        account.currency,
    )
    return Decimal(0) if amount is None else Decimal(amount)


async def balance(connection: Connection, tenant_id: UUID, account: Account) -> Decimal:
    """What an account holds; zero when it has never been used."""
    held = await connection.fetchval(
        "SELECT balance FROM ledger_accounts"
        " WHERE tenant_id = $1 AND account_type = $2 AND holder = $3 AND currency = $4",
        tenant_id,
        account.account_type,
        account.holder,
        account.currency,
    )
    return Decimal(0) if held is None else Decimal(held)


@dataclass(frozen=True, slots=True)
class TrialLine:
    """What the accounts of one type come to in one currency, and what their entries come to."""

    currency: str
    account_type: str
    accounts: int
    balance: Decimal
    entries: Decimal


async def trial_balance(connection: Connection, tenant_id: UUID) -> list[TrialLine]:
    """All accounts by type and currency. In each currency the balances sum to zero, and equal their entries."""
    rows = await connection.fetch(
        "SELECT account.currency, account.account_type, count(*) AS accounts, sum(account.balance) AS balance,"
        " coalesce(sum(entry.amount), 0) AS entries FROM ledger_accounts AS account"
        " LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM ledger_entries"
        "   WHERE tenant_id = $1 AND ledger_account_id = account.id) AS entry ON true"
        " WHERE account.tenant_id = $1 GROUP BY account.currency, account.account_type ORDER BY 1, 2",
        tenant_id,
    )
    return [TrialLine(**dict(row)) for row in rows]


async def _lock(
    connection: Connection, tenant_id: UUID, accounts: Sequence[Account]
) -> dict[Account, tuple[UUID, Decimal]]:
    """The accounts' ids and balances; made where there are none, locked in one order."""
    wanted = sorted(set(accounts), key=lambda one: (one.account_type, one.holder, one.currency))
    columns = ([one.account_type for one in wanted], [one.holder for one in wanted], [one.currency for one in wanted])
    await connection.execute(
        "INSERT INTO ledger_accounts (tenant_id, account_type, holder, currency)"
        " SELECT $1, * FROM unnest($2::varchar[], $3::varchar[], $4::varchar[])"
        " ON CONFLICT (tenant_id, account_type, holder, currency) DO NOTHING",
        tenant_id,
        *columns,
    )
    rows = await connection.fetch(
        "SELECT account.id, account.account_type, account.holder, account.currency, account.balance"
        " FROM ledger_accounts AS account"
        " JOIN unnest($2::varchar[], $3::varchar[], $4::varchar[]) AS wanted (account_type, holder, currency)"
        "   USING (account_type, holder, currency)"
        " WHERE account.tenant_id = $1 ORDER BY account.account_type, account.holder, account.currency"
        " FOR UPDATE OF account",
        tenant_id,
        *columns,
    )
    return {Account(row["account_type"], row["holder"], row["currency"]): (row["id"], row["balance"]) for row in rows}
