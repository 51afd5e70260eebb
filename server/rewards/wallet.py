"""The wallet: where a player's money is. A port with two sides: the platform's over HTTP, and the embedded ledger."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec


@dataclass(frozen=True, slots=True)
class Movement:
    """Money to be given to a player or taken. Its id stays the same however often it is asked for.

    `purpose` says what for: a reward's type (cash, free_bet, balance_boost), or `stake`. The amount of a boost is not
    known here: None, with `percent` of the player's balance up to `cap`.
    """

    transaction_id: str
    user_id: str
    purpose: str
    amount: Decimal | None
    currency: str
    percent: Decimal | None = None
    cap: Decimal | None = None
    detail: bytes = b"{}"


def terms(movement: Movement) -> str:
    """What a second transaction of the same id is held against; a boost's amount is of its first moment."""
    told = {"purpose": movement.purpose, "user_id": movement.user_id, "amount": movement.amount}
    return msgspec.json.encode(told).decode()


class WalletRefused(Exception):
    """The wallet has said no, for good: the player is unknown, or has not enough. Nothing has moved."""


class WalletUnknown(Exception):
    """No definite answer has come: the money may have moved or not. Ask again with the same id, or roll back."""


class Wallet(Protocol):
    """Moves money once for each transaction id."""

    async def credit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        """Give; answers the amount given. Raises `WalletRefused` or `WalletUnknown`."""

    async def debit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        """Take; answers the amount taken. Raises `WalletRefused` or `WalletUnknown`."""

    async def roll_back(self, tenant_id: UUID, transaction_id: str) -> None:
        """Undo a movement, once; one that has not come yet is refused when it does. Raises as the others do."""
