"""A tenant's ledger, as operators and auditors read it."""

from uuid import UUID

from games.errors import NotFound
from persistence import books, ledger
from persistence.books import AccountRow, EntryRow
from persistence.database import Database
from persistence.ledger import TrialLine


class Books:
    """Accounts, entries, and the trial balance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(
        self,
        tenant_id: UUID,
        *,
        account_type: str | None,
        holder: str | None,
        currency: str | None,
        after: UUID | None,
        limit: int,
    ) -> list[AccountRow]:
        """A page of accounts, in the order of their making; None asks for all."""
        async with self._database.tenant(tenant_id) as connection:
            return await books.accounts(
                connection,
                tenant_id,
                account_type=account_type,
                holder=holder,
                currency=currency,
                after=after,
                limit=limit,
            )

    async def entries(self, tenant_id: UUID, account_id: UUID, before: UUID | None, limit: int) -> list[EntryRow]:
        """A page of an account's entries, newest first; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            found = await books.entries(connection, tenant_id, account_id, before=before, limit=limit)
        if found is None:
            raise NotFound("There is no such account.")
        return found

    async def trial_balance(self, tenant_id: UUID) -> tuple[list[TrialLine], list[str]]:
        """Accounts by type and currency, and what does not balance, both of one moment."""
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return await ledger.trial_balance(connection, tenant_id), await books.faults(connection, tenant_id)
