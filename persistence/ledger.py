"""The ledger in Postgres: transactions by double entry, made once for their key, and what the accounts come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import Conflict, LimitReached, WheelhouseError
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


@dataclass(frozen=True, slots=True)
class Posting:
    """A transaction to be made: once for its key, its entries summing to zero in each currency."""

    key: str
    kind: str
    entries: Sequence[Entry]
    metadata: str = "{}"
    rolls_back: UUID | None = None


class Crossed(Exception):
    """Another transaction of the same key came in the same moment; roll back, and post one by one."""


async def post(connection: Connection, tenant_id: UUID, posting: Posting) -> Posted:
    """Make the transaction of this key, or find the one that was made under it.

    The database refuses entries that do not sum to zero as it commits. Raises `LimitReached` when an account that may
    not owe would fall below zero, and `Conflict` when the key was used for something else: nothing has changed then.
    """
    (outcome,) = await post_all(connection, tenant_id, [posting])
    if isinstance(outcome, WheelhouseError):
        raise outcome
    return outcome


async def post_all(
    connection: Connection, tenant_id: UUID, postings: Sequence[Posting]
) -> list[Posted | WheelhouseError]:
    """Make transactions one after another, at once; each is found, made or refused by itself, as `post` says.

    Accounts are locked first, in one order, so that a key meets itself only where it moves nothing: raises `Crossed`.
    """
    accounts = await _lock(connection, tenant_id, [entry.account for one in postings for entry in one.entries])
    found = await _by_keys(connection, tenant_id, [one.key for one in postings])
    fresh: dict[str, Posting] = {}
    refused: dict[str, LimitReached] = {}
    sides: list[_Side] = []
    for one in postings:
        if one.key in found or one.key in fresh:
            continue
        try:
            sides += _sides(accounts, one)
        except LimitReached as error:
            refused[one.key] = error
        else:
            fresh[one.key] = one
    made = await _write(connection, tenant_id, fresh, sides)
    if made is None:
        if len(postings) > 1:
            raise Crossed
        found = await _by_keys(connection, tenant_id, [one.key for one in postings])
        made = {}
    outcomes: list[Posted | WheelhouseError] = []
    for one in postings:
        if one.key in found:
            outcomes.append(_judged(one, found[one.key], fresh=False))
        elif one.key in made:
            outcomes.append(_judged(one, (made[one.key], fresh[one.key].kind, fresh[one.key].metadata), fresh=True))
        else:
            outcomes.append(refused[one.key])
    return outcomes


@dataclass(frozen=True, slots=True)
class _Side:
    key: str
    account_id: UUID
    amount: Decimal
    balance: Decimal


def _sides(accounts: dict[Account, tuple[UUID, Decimal]], posting: Posting) -> list[_Side]:
    """What a transaction does to its accounts, whose balances move on with it; raises `LimitReached`."""
    after = dict[Account, tuple[UUID, Decimal]]()
    sides = []
    for entry in posting.entries:
        account_id, held = after.get(entry.account) or accounts[entry.account]
        balance = held + entry.amount
        if balance < 0 and entry.account.account_type not in OVERDRAWN:
            raise LimitReached(f"The balance is {held:f} {entry.account.currency}: that is not enough.")
        after[entry.account] = account_id, balance
        sides.append(_Side(posting.key, account_id, entry.amount, balance))
    accounts.update(after)
    return sides


async def _write(
    connection: Connection, tenant_id: UUID, fresh: dict[str, Posting], sides: Sequence[_Side]
) -> dict[str, UUID] | None:
    """The ids of new transactions by their keys, written with their sides; None when one of the keys was taken."""
    if not fresh:
        return {}
    rows = await connection.fetch(
        "INSERT INTO ledger_transactions"
        " (tenant_id, transaction_key, transaction_kind, rolls_back_id, transaction_metadata)"
        " SELECT $1, * FROM unnest($2::varchar[], $3::varchar[], $4::uuid[], $5::jsonb[])"
        " ON CONFLICT (tenant_id, transaction_key) DO NOTHING RETURNING id, transaction_key",
        tenant_id,
        list(fresh),
        [one.kind for one in fresh.values()],
        [one.rolls_back for one in fresh.values()],
        [one.metadata for one in fresh.values()],
    )
    if len(rows) < len(fresh):
        return None
    made: dict[str, UUID] = {row["transaction_key"]: row["id"] for row in rows}
    balances = {side.account_id: side.balance for side in sides}
    if sides:
        await connection.execute(
            statement("add_ledger_entries"),
            tenant_id,
            [made[side.key] for side in sides],
            [side.account_id for side in sides],
            [side.amount for side in sides],
            [side.balance for side in sides],
            list(balances),
            list(balances.values()),
        )
    return made


def _judged(posting: Posting, made: tuple[UUID, str, str], *, fresh: bool) -> Posted | Conflict:
    transaction_id, kind, metadata = made
    if kind == posting.kind and msgspec.json.decode(metadata) != msgspec.json.decode(posting.metadata):
        return Conflict("This transaction id was used for another transaction. Give each its own.")
    return Posted(transaction_id, kind, fresh)


async def _by_keys(connection: Connection, tenant_id: UUID, keys: Sequence[str]) -> dict[str, tuple[UUID, str, str]]:
    rows = await connection.fetch(
        "SELECT id, transaction_key, transaction_kind, transaction_metadata FROM ledger_transactions"
        " WHERE tenant_id = $1 AND transaction_key = ANY ($2::varchar[])",
        tenant_id,
        keys,
    )
    return {row["transaction_key"]: (row["id"], row["transaction_kind"], row["transaction_metadata"]) for row in rows}


async def roll_back(connection: Connection, tenant_id: UUID, key: str) -> Posted:
    """Take the transaction of this key back, once; when it has not come yet, leave a tombstone that refuses it.

    Raises `Conflict` for the key of a roll-back, and `LimitReached` when what was given has been spent.
    """
    found = await by_key(connection, tenant_id, key)
    if found is None:
        left = await post(connection, tenant_id, Posting(key, "tombstone", []))
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
    return await post(connection, tenant_id, Posting(f"{key}:rollback", "rollback", entries, rolls_back=found["id"]))


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
    if not accounts:
        return {}
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
