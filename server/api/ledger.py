"""REST: the ledger, to be read."""

from uuid import UUID

import msgspec
from litestar import Controller, get

from games.errors import NotFound
from games.ids import parse_uuid
from server.api.access import tenant_of
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.moments import wire_time
from server.rewards.books import Books


class AccountView(msgspec.Struct, frozen=True):
    """An account; `balance` is the sum of its entries."""

    id: UUID
    account_type: str
    holder: str
    currency: str
    balance: str
    created_at: str
    updated_at: str


class EntryView(msgspec.Struct, frozen=True):
    """One side of a transaction: above zero was given to the account, below zero taken from it."""

    id: UUID
    amount: str
    balance_after: str
    transaction_id: UUID
    transaction_key: str
    transaction_kind: str
    created_at: str


class TrialLineView(msgspec.Struct, frozen=True):
    """All accounts of a type in a currency: what they hold, and what their entries come to."""

    currency: str
    account_type: str
    accounts: int
    balance: str
    entries: str


class TrialBalanceView(msgspec.Struct, frozen=True):
    """The trial balance; `faults` names what does not balance."""

    balanced: bool
    lines: list[TrialLineView]
    faults: list[str]


class LedgerController(Controller):
    """/api/v1/ledger."""

    path = "/api/v1/ledger"
    tags = ["rewards"]

    @get("/accounts", summary="Accounts, in the order of their making")
    async def list_accounts(
        self,
        caller: Caller,
        books: Books,
        account_type: str | None = None,
        holder: str | None = None,
        currency: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[AccountView]:
        tenant_id = tenant_of(caller, "operator", "auditor")
        found = await books.accounts(
            tenant_id,
            account_type=account_type,
            holder=holder,
            currency=currency,
            after=after(cursor),
            limit=limit + 1,
        )
        page, following = cut(found, limit)
        views = [
            AccountView(
                id=one.id,
                account_type=one.account_type,
                holder=one.holder,
                currency=one.currency,
                balance=f"{one.balance:f}",
                created_at=wire_time(one.created_at),
                updated_at=wire_time(one.updated_at),
            )
            for one in page
        ]
        return Page(views, following)

    @get("/accounts/{account_id:str}/entries", summary="What has moved on an account, newest first")
    async def list_entries(
        self, caller: Caller, books: Books, account_id: str, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[EntryView]:
        tenant_id = tenant_of(caller, "operator", "auditor")
        found_id = parse_uuid(account_id, NotFound("There is no such account."))
        page, following = cut(await books.entries(tenant_id, found_id, after(cursor), limit + 1), limit)
        views = [
            EntryView(
                id=one.id,
                amount=f"{one.amount:f}",
                balance_after=f"{one.balance_after:f}",
                transaction_id=one.transaction_id,
                transaction_key=one.transaction_key,
                transaction_kind=one.transaction_kind,
                created_at=wire_time(one.created_at),
            )
            for one in page
        ]
        return Page(views, following)

    @get("/trial-balance", summary="Whether all of it balances")
    async def trial_balance(self, caller: Caller, books: Books) -> TrialBalanceView:
        lines, faults = await books.trial_balance(tenant_of(caller, "operator", "auditor"))
        views = [
            TrialLineView(line.currency, line.account_type, line.accounts, f"{line.balance:f}", f"{line.entries:f}")
            for line in lines
        ]
        return TrialBalanceView(not faults, views, faults)
