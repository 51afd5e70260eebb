"""What the platform's wallet is asked for and what it answers (docs/wallet-api.md)."""

import msgspec


class WalletMovement(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`credit` and `debit`: move this money once for its `transaction_id`.

    `amount` is left out for a boost, which is `percent` of the player's balance, up to `cap`. `detail` is the reward's
    `reward_detail`, with the limits of a free bet.
    """

    transaction_id: str
    user_id: str
    purpose: str
    currency: str
    amount: str | None = None
    percent: str | None = None
    cap: str | None = None
    detail: msgspec.Raw = msgspec.Raw(b"{}")


class WalletRollback(msgspec.Struct, frozen=True):
    """`rollback`: undo the transaction of this id; refuse it when it comes later."""

    transaction_id: str


class WalletMoved(msgspec.Struct, frozen=True):
    """The answer of a yes: the transaction it is about, and the amount that has moved (not for a rollback)."""

    transaction_id: str
    amount: str | None = None


class WalletRefusal(msgspec.Struct, frozen=True):
    """The body of a no, with a status of 4xx: nothing has moved under this id, and nothing will."""

    code: str
    message: str = ""
