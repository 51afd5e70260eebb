"""What the state machine of rewards compares with: a reward as it ought to stand, and a wallet that fails at will."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from games.lifecycles import CLAIM, DELIVERY
from server.rewards.ledger_wallet import LedgerWallet
from server.rewards.wallet import Movement, WalletRefused, WalletUnknown
from server.settings import Settings

#: A reward of the wheel of this name; `asked` and `chances` have to be claimed within two hours.
CASH = {"amount": "5.00", "currency": "EUR"}
CLAIM_HOURS = 2
ASKED = {"claim": {"required": True, "expires_in_h": CLAIM_HOURS}}
WON = {
    "cash": ("cash", CASH),
    "asked": ("cash", {**CASH, **ASKED}),
    "thing": ("in_kind", {"item": "A cap", "value": "5.00"}),
    "chances": ("spin_chance", {"count": 3, **ASKED}),
}
#: After its second failure in a row a reward is left to an operator. Who takes one over waits longer than spins take.
SETTINGS = Settings(retry_delays_s="1", attempt_s=1800)
ATTEMPTS = 2
#: What may become of an attempt. The money moves, or not; and the wallet answers, does not, or the node is no more.
WAYS = ("arrives", "is refused", "is lost", "never arrives", "dies", "dies when it has paid")
PAYING = ("arrives", "is lost", "dies when it has paid")


class NodeDied(Exception):
    """Nothing of a node runs any more, in the middle of an attempt."""


@dataclass
class FickleWallet:
    """The embedded wallet, and what becomes of each call of it."""

    wallet: LedgerWallet
    way: str = "arrives"
    asked: int = 0

    async def credit(self, tenant_id: UUID, movement: Movement) -> Decimal:
        self.asked += 1
        if self.way == "is refused":
            raise WalletRefused("this player is unknown")
        amount = await self.wallet.credit(tenant_id, movement) if self.way in PAYING else Decimal(0)
        if self.way.startswith("dies"):
            raise NodeDied
        if self.way != "arrives":
            raise WalletUnknown("no answer")
        return amount


@dataclass
class Win:
    """What was won, as it ought to stand."""

    session_id: UUID
    kind: str
    #: the hour of the machine, as `taken_at`
    won_at: int
    claim: str = "not_required"
    delivery: str | None = None
    delivery_id: UUID | None = None
    attempts: int = 0
    taken_at: int = 0
    has_moved: bool = False
    is_shown: bool = False
    is_void: bool = False

    def __post_init__(self) -> None:
        self.delivery = {"cash": "pending", "thing": "manual"}.get(self.kind)
        if self.kind in ("asked", "chances"):
            self.claim = "unclaimed"

    def move(self, to: str) -> None:
        if to != self.delivery:
            self.delivery = DELIVERY.check(str(self.delivery), to)

    def move_claim(self, to: str) -> None:
        self.claim = CLAIM.check(self.claim, to)

    def arrive(self) -> None:
        self.move("confirmed")
        if self.claim == "claiming":
            self.move_claim("claimed")

    @property
    def result(self) -> str:
        if self.is_void:
            return "voided"
        if not self.is_shown:
            return "decided"
        return "settled" if self.delivery == "confirmed" else "shown"

    @property
    def paid(self) -> int:
        return 5 if self.delivery == "confirmed" and self.kind != "thing" else 0
