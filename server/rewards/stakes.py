"""Stakes: reserve, debit, confirm or roll back, so that a crash between any two steps heals.

    reserved ─▶ debiting ─▶ debited ─▶ confirmed      (with the ticket, in one transaction)
        │           │ └──▶ refused │
        ▼           ▼              ▼
    rolled_back ◀─ rolling_back ◀──┘                  (asked until the wallet's answer is definite)

Each step is written before the next is taken. A stake that is not confirmed in time is taken back, by its job or, when
that is lost, by the sweep.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

import structlog
from asyncpg import Connection

from games.errors import Closed, LimitReached, NotFound, Unavailable, WheelhouseError
from games.retries import delay_s
from persistence import stakes
from persistence.database import Database
from persistence.jobs import RetryLater
from persistence.stakes import Stake, StakeRow
from server.rewards.wallet import Movement, Wallet, WalletRefused, WalletUnknown
from server.settings import Settings

log = structlog.get_logger(__name__)

GivenBack = Callable[[Connection, UUID, StakeRow], Awaitable[None]]

_OPEN = ("reserved", "debiting", "debited", "rolling_back")


class Stakes:
    """Takes what players stake. `wallets` by the adapter's name."""

    def __init__(self, settings: Settings, database: Database, wallets: Mapping[str, Wallet]) -> None:
        self._settings = settings
        self._database = database
        self._wallets = wallets
        #: told, by source, of a stake that has gone back, in the transaction that notes it
        self.on_given_back: dict[str, GivenBack] = {}

    async def reserve(self, connection: Connection, tenant_id: UUID, stake: Stake) -> StakeRow:
        """Step one, in the transaction that writes the ticket: nothing has been asked of the wallet yet.

        Again for the same ticket it answers the same stake.
        """
        offset = self._database.clock_offset
        return await stakes.reserve(connection, tenant_id, stake, self._settings.attempt_s, offset)

    async def debit(self, tenant_id: UUID, stake_id: UUID) -> StakeRow:
        """Step two: take the money. A stake that has been debited already answers so.

        Raises `LimitReached` when the wallet has said no, `Unavailable` when it has not said anything definite: the
        stake is then taken back by itself, and the player may try again with another ticket. Raises `Closed` for a
        stake that is being taken back.
        """
        stake = await self._move(tenant_id, stake_id, ("reserved",), "debiting")
        if stake is None:
            return await self._debited_before(tenant_id, stake_id)
        try:
            await self._wallets[stake.route or "ledger"].debit(tenant_id, _movement(stake))
        except WalletRefused as error:
            await self._move(tenant_id, stake_id, ("debiting",), "refused", error=str(error))
            raise LimitReached(f"The wallet has refused the stake: {error}") from error
        except (WalletUnknown, WheelhouseError) as error:
            await self.cancel(tenant_id, stake_id, str(error))
            raise Unavailable("The wallet gives no answer just now; nothing is kept. Try again in a moment.") from error
        debited = await self._move(tenant_id, stake_id, ("debiting",), "debited")
        if debited is None:
            raise Closed("The stake took too long and is being given back. Try again.")
        return debited

    async def confirm(self, connection: Connection, tenant_id: UUID, stake_id: UUID) -> StakeRow:
        """Step three, in the transaction that makes the ticket count.

        Raises `Closed`, so that this transaction does not commit, when the stake is not there to be kept.
        """
        offset = self._database.clock_offset
        kept = await stakes.move(
            connection, tenant_id, stake_id, ("debited", "confirmed"), "confirmed", clock_offset=offset
        )
        if kept is None:
            raise Closed("The stake is not there, or is being given back. Try again.")
        return kept

    async def cancel(self, tenant_id: UUID, stake_id: UUID, reason: str) -> None:
        """Step three, the other way: take the stake back, whether the money has moved or not. Confirmed ones stay."""
        if await self._move(tenant_id, stake_id, ("reserved",), "rolled_back", reason) is not None:
            return
        if await self._move(tenant_id, stake_id, ("debiting", "debited"), "rolling_back", reason, 0) is not None:
            async with self._database.tenant(tenant_id) as connection:
                await stakes.wake(connection, tenant_id, stake_id)

    async def heal(self, tenant_id: UUID, stake_id: UUID) -> None:
        """Take back, as a job, what has come to a halt. Raises `RetryLater` to look again."""
        offset = self._database.clock_offset
        async with self._database.tenant(tenant_id) as connection:
            stake = await stakes.heal(connection, tenant_id, stake_id, self._settings.attempt_s, offset)
            if stake is None:
                stake = await stakes.by_id(connection, tenant_id, stake_id)
                if stake is not None and stake.transaction_status in _OPEN:
                    raise RetryLater(self._settings.attempt_s, f"the stake is {stake.transaction_status}")
                return
        if stake.transaction_status == "rolling_back":
            await self._roll_back(tenant_id, stake)

    async def _roll_back(self, tenant_id: UUID, stake: StakeRow) -> None:
        try:
            await self._wallets[stake.route or "ledger"].roll_back(tenant_id, _transaction_id(stake))
        except WalletRefused as error:
            log.warning(
                "a stake could not be given back", tenant=str(tenant_id), stake=str(stake.id), reason=str(error)
            )
            await self._move(tenant_id, stake.id, ("rolling_back",), "manual", error=str(error))
        except (WalletUnknown, WheelhouseError) as error:
            delays = self._settings.retry_delays
            wait_s = delay_s(min(stake.attempts, len(delays)), random.random(), delays)  # noqa: S311 - spreads tries
            assert wait_s is not None
            await self._move(tenant_id, stake.id, ("rolling_back",), "rolling_back", str(error), wait_s)
            raise RetryLater(wait_s, str(error)) from error
        else:
            await self._given_back(tenant_id, stake)

    async def _given_back(self, tenant_id: UUID, stake: StakeRow) -> None:
        offset = self._database.clock_offset
        async with self._database.tenant(tenant_id) as connection:
            done = await stakes.move(
                connection, tenant_id, stake.id, ("rolling_back",), "rolled_back", clock_offset=offset
            )
            if done is not None and stake.source in self.on_given_back:
                await self.on_given_back[stake.source](connection, tenant_id, done)

    async def _move(
        self,
        tenant_id: UUID,
        stake_id: UUID,
        from_: tuple[str, ...],
        to: str,
        error: str | None = None,
        due_in_s: float | None = None,
    ) -> StakeRow | None:
        """Move a stake on in a transaction of its own; an open one is due when an attempt has taken too long."""
        if due_in_s is None and to in _OPEN:
            due_in_s = self._settings.attempt_s
        offset = self._database.clock_offset
        async with self._database.tenant(tenant_id) as connection:
            return await stakes.move(
                connection, tenant_id, stake_id, from_, to, clock_offset=offset, due_in_s=due_in_s, error=error
            )

    async def _debited_before(self, tenant_id: UUID, stake_id: UUID) -> StakeRow:
        async with self._database.tenant(tenant_id) as connection:
            stake = await stakes.by_id(connection, tenant_id, stake_id)
        if stake is None:
            raise NotFound("There is no such stake.")
        match stake.transaction_status:
            case "debited" | "confirmed":
                return stake
            case "refused":
                raise LimitReached(f"The wallet has refused the stake: {stake.last_error}")
            case "debiting":
                raise Unavailable("The stake is being taken just now. Look again in a moment.")
        raise Closed("Nothing was bought: the stake goes back. Buy anew (by REST, under a new Idempotency-Key).")


def _transaction_id(stake: StakeRow) -> str:
    return f"stake:{stake.id}"


def _movement(stake: StakeRow) -> Movement:
    return Movement(_transaction_id(stake), stake.user_id, "stake", stake.amount, stake.currency)
