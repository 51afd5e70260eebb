"""The embedded wallet: players' balances in the ledger of this database."""

from decimal import Decimal
from uuid import UUID

from games.errors import LimitReached
from games.money import minor_unit, round_down
from persistence import ledger
from persistence.database import Database
from persistence.ledger import Account, Entry, Posting
from server.rewards.postings import Postings
from server.rewards.wallet import Movement, WalletRefused, terms

#: Free bets and boosts are the player's to play with, not to take out: an account of their own.
_BONUS = ("free_bet", "balance_boost")


class LedgerWallet:
    """Credits players from the house, and debits them to it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._postings = Postings(database)

    async def credit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        """Give from the house; a boost is a percentage of the player's balance in that moment."""
        return await self._move(tenant_id, movement, "credit")

    async def debit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        """Take to the house; refused when the player has not enough."""
        return await self._move(tenant_id, movement, "debit")

    async def roll_back(self, tenant_id: UUID, transaction_id: str) -> None:
        """Undo, or leave a tombstone that refuses what has not come yet."""
        try:
            async with self._database.tenant(tenant_id) as connection:
                await ledger.roll_back(connection, tenant_id, transaction_id)
        except LimitReached as error:
            raise WalletRefused(error.message) from error

    async def _move(self, tenant_id: UUID, movement: Movement, kind: str) -> Decimal:
        holder = Account(_account_type(movement.purpose), movement.user_id, movement.currency)
        house = Account("house", "", movement.currency)
        amount = movement.amount
        if amount is None:
            amount = await self._boost(tenant_id, movement)
        given = amount if kind == "credit" else -amount
        entries = [Entry(holder, given), Entry(house, -given)] if given else []
        try:
            posted = await self._postings.post(
                tenant_id, Posting(movement.transaction_id, kind, entries, metadata=terms(movement))
            )
        except LimitReached as error:
            raise WalletRefused(error.message) from error
        if posted.kind == "tombstone":
            raise WalletRefused("This transaction was rolled back before it came.")
        if posted.fresh:
            return amount
        async with self._database.tenant(tenant_id) as connection:
            return await ledger.moved(connection, tenant_id, posted.id, holder)

    async def _boost(self, tenant_id: UUID, movement: Movement) -> Decimal:
        player = Account("player", movement.user_id, movement.currency)
        async with self._database.tenant(tenant_id) as connection:
            return _boost(await ledger.balance(connection, tenant_id, player), movement)


def _account_type(purpose: str) -> str:
    return "bonus" if purpose in _BONUS else "player"


def _boost(balance: Decimal, movement: Movement) -> Decimal:
    assert movement.percent is not None
    boost = round_down(balance * movement.percent / 100, minor_unit(movement.currency))
    return boost if movement.cap is None else min(boost, movement.cap)
