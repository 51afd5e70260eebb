"""The platform's own wallet, called by HTTP as docs/wallet-api.md says, with a journal of it in the ledger."""

from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec

from games.errors import BadRequest, LimitReached
from games.messages.wallet import WalletMoved, WalletMovement, WalletRefusal, WalletRollback
from games.money import format_decimal, minor_unit, parse_decimal, round_down
from persistence import ledger, wallets
from persistence.database import Database
from persistence.ledger import Account, Entry, Posting
from server.rewards.postings import Postings
from server.rewards.wallet import Movement, WalletRefused, WalletUnknown, terms
from server.webhooks.calling import Answer, SignedCalls, signing

Body = TypeVar("Body", bound=msgspec.Struct)

#: Client errors that say "not now" or "not so", whatever their body: the transaction was never looked at.
_NOT_LOOKED_AT = (401, 408, 425, 429)


class HttpWallet:
    """Moves money at the platform. What it has moved stands in the ledger under the same transaction id."""

    def __init__(self, database: Database, calls: SignedCalls) -> None:
        self._database = database
        self._calls = calls
        self._postings = Postings(database)

    async def credit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        """Have the platform give to a player."""
        return await self._move(tenant_id, movement, "credit")

    async def debit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        """Have the platform take from a player."""
        return await self._move(tenant_id, movement, "debit")

    async def roll_back(self, tenant_id: UUID, transaction_id: str) -> None:
        """Have the platform undo a movement, or refuse it when it comes."""
        await self._call(tenant_id, "rollback", transaction_id, WalletRollback(transaction_id))
        try:
            async with self._database.tenant(tenant_id) as connection:
                await ledger.roll_back(connection, tenant_id, transaction_id)
        except LimitReached as error:
            raise WalletRefused(error.message) from error

    async def _move(self, tenant_id: UUID, movement: Movement, kind: str) -> Decimal:
        moved = await self._call(tenant_id, kind, movement.transaction_id, _asked(movement))
        amount = _amount(moved, movement)
        given = amount if kind == "credit" else -amount
        platform, house = Account("platform", "", movement.currency), Account("house", "", movement.currency)
        entries = [Entry(platform, given), Entry(house, -given)] if given else []
        posted = await self._postings.post(
            tenant_id, Posting(movement.transaction_id, kind, entries, metadata=terms(movement))
        )
        if posted.kind == "tombstone":
            raise WalletRefused("This transaction was rolled back before it came.")
        return amount

    async def _call(self, tenant_id: UUID, verb: str, transaction_id: str, asked: msgspec.Struct) -> WalletMoved:
        """Call; answers a definite yes. Raises `WalletRefused` for a definite no, `WalletUnknown` for all else."""
        async with self._database.tenant(tenant_id) as connection:
            wallet = await wallets.read(connection, tenant_id)
        if wallet.url is None or wallet.secret_encrypted is None:
            raise WalletUnknown("the tenant's wallet has no address: set it by PUT /api/v1/wallet")
        answer = await self._calls.post(
            tenant_id,
            f"{wallet.url}/{verb}",
            f"{transaction_id}:{verb}",
            msgspec.json.encode(asked),
            signing(wallet.secret_encrypted, wallet.previous_secret_encrypted, wallet.previous_secret_until),
        )
        return _definite(answer, transaction_id)


def _definite(answer: Answer, transaction_id: str) -> WalletMoved:
    status = answer.status_code
    if status is not None and 200 <= status < 300:
        moved = _decoded(answer, WalletMoved)
        if moved.transaction_id != transaction_id:
            raise WalletUnknown(f"answered {status}, but about another transaction: {moved.transaction_id[:128]}")
        return moved
    if status is not None and 400 <= status < 500 and status not in _NOT_LOOKED_AT:
        refusal = _decoded(answer, WalletRefusal)
        raise WalletRefused(f"{refusal.code}: {refusal.message}" if refusal.message else refusal.code)
    raise WalletUnknown(answer.error or "no answer came")


def _decoded(answer: Answer, kind: type[Body]) -> Body:
    """The body of an answer. Raises `WalletUnknown`, which says what does not fit, when it is none of this kind."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WalletUnknown(f"answered {answer.status_code} with a body that does not fit: {error}") from error


def _amount(moved: WalletMoved, movement: Movement) -> Decimal:
    """The amount that the platform says it has moved: the one that was asked for, or of a boost one that it may be."""
    try:
        amount = parse_decimal(moved.amount or "")
    except BadRequest as error:
        raise WalletUnknown("answered without the amount that has moved") from error
    if movement.amount is not None and amount != movement.amount:
        raise WalletUnknown(f"answered that {moved.amount} has moved, where {movement.amount} was asked for")
    if amount < 0 or amount != round_down(amount, minor_unit(movement.currency)):
        raise WalletUnknown(f"answered that {moved.amount} has moved, which is no amount of {movement.currency}")
    if movement.cap is not None and amount > movement.cap:
        raise WalletUnknown(f"answered that {moved.amount} has moved, which is above the cap of {movement.cap}")
    return amount


def _asked(movement: Movement) -> WalletMovement:
    decimals = minor_unit(movement.currency)
    return WalletMovement(
        transaction_id=movement.transaction_id,
        user_id=movement.user_id,
        purpose=movement.purpose,
        currency=movement.currency,
        amount=None if movement.amount is None else format_decimal(movement.amount, decimals),
        percent=None if movement.percent is None else format_decimal(movement.percent, 2),
        cap=None if movement.cap is None else format_decimal(movement.cap, decimals),
        detail=msgspec.Raw(movement.detail),
    )
