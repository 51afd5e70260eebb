"""Delivering rewards: each attempt of a job, what comes of it, and what an operator does with those that are stuck."""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec
import structlog
from asyncpg import Connection

from games.errors import Conflict, NotFound, WheelhouseError
from games.messages.events import RewardChanged
from games.messages.snapshots import DeliveryView
from games.messages.webhooks import RewardDue
from games.retries import delay_s
from games.rewards import BalanceBoostDetail, RewardType, parse_detail
from persistence import audit, outbox, rewards, tenants
from persistence.database import Database
from persistence.jobs import RetryLater
from persistence.rewards import Delivery
from server.play import views
from server.play.outbox import Relay
from server.rewards.wallet import Movement, Wallet, WalletRefused, WalletUnknown
from server.settings import Settings
from server.webhooks.hooks import Webhooks

log = structlog.get_logger(__name__)


class Payer(Protocol):
    """Takes a reward to where it is paid, once for its id. Raises as a wallet does."""

    async def pay(self, tenant_id: UUID, delivery: Delivery) -> Decimal | None:
        """Pay; answers the amount paid, where there is one."""


class WalletPayer:
    """Pays into the player's wallet."""

    def __init__(self, database: Database, wallet: Wallet) -> None:
        self._database = database
        self._wallet = wallet

    async def pay(self, tenant_id: UUID, delivery: Delivery) -> Decimal | None:
        """Credit cash, a free bet or a boost."""
        detail = parse_detail(delivery.reward_type, msgspec.json.decode(delivery.reward_detail))
        boost = detail if isinstance(detail, BalanceBoostDetail) else None
        currency = delivery.currency
        if currency is None:
            async with self._database.tenant(tenant_id) as connection:
                currency = await tenants.currency_of(connection, tenant_id)
        movement = Movement(
            transaction_id=f"reward:{delivery.id}",
            user_id=delivery.user_id,
            purpose=delivery.reward_type,
            amount=delivery.amount,
            currency=currency,
            percent=None if boost is None else boost.percent,
            cap=None if boost is None else boost.cap,
            detail=delivery.reward_detail,
        )
        return await self._wallet.credit(tenant_id, movement)


class WebhookPayer:
    """Tells the platform, which pays by itself: any 2xx confirms it."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def pay(self, tenant_id: UUID, delivery: Delivery) -> Decimal | None:
        """Send `reward.due` under the delivery's id to every endpoint that listens."""
        told = RewardDue(
            delivery_id=delivery.id,
            user_id=delivery.user_id,
            reward_type=delivery.reward_type,
            reward_detail=msgspec.Raw(delivery.reward_detail),
            session_id=delivery.source_id if delivery.source == "spin" else None,
            ticket_id=delivery.source_id if delivery.source == "jackpot" else None,
            winner_id=delivery.source_id if delivery.source in ("raffle", "tournament") else None,
        )
        if not await self._webhooks.send_now(tenant_id, "reward.due", told, delivery.id):
            raise WalletUnknown("no webhook endpoint has confirmed it")
        return delivery.amount


class Deliveries:
    """Brings rewards to their players."""

    def __init__(self, settings: Settings, database: Database, payers: Mapping[str, Payer], relay: Relay) -> None:
        """`payers` by route: `webhook`, and one for each adapter of the wallet."""
        self._settings = settings
        self._database = database
        self._payers = payers
        self._relay = relay

    async def deliver(self, tenant_id: UUID, delivery_id: UUID) -> None:
        """One attempt, as a job, if one is due. Raises `RetryLater` when another has to follow."""
        async with self._database.tenant(tenant_id) as connection:
            attempt_s = self._settings.attempt_s
            delivery = await rewards.take(connection, tenant_id, delivery_id, attempt_s, self._database.clock_offset)
        if delivery is None:
            return
        try:
            paid = await self._payers[delivery.route or "ledger"].pay(tenant_id, delivery)
        except WalletRefused as error:
            await self._failed(tenant_id, delivery, str(error), None)
        except (WalletUnknown, WheelhouseError) as error:
            wait_s = delay_s(delivery.attempts, random.random(), self._settings.retry_delays)  # noqa: S311 - spreads tries, guards nothing
            await self._failed(tenant_id, delivery, str(error), wait_s)
            if wait_s is not None:
                raise RetryLater(wait_s, str(error)) from error
        else:
            await self._confirmed(tenant_id, delivery, paid)

    async def _confirmed(self, tenant_id: UUID, delivery: Delivery, paid: Decimal | None) -> None:
        async with self._database.tenant(tenant_id) as connection:
            confirmed = await rewards.confirm(connection, tenant_id, delivery, paid)
            if confirmed is not None:
                await self._tell(connection, tenant_id, confirmed)
        self._relay.wake(tenant_id)

    async def _failed(self, tenant_id: UUID, delivery: Delivery, error: str, next_in_s: float | None) -> None:
        log.warning(
            "a reward did not arrive",
            tenant=str(tenant_id),
            delivery=str(delivery.id),
            attempts=delivery.attempts,
            reason=error,
            left_to_an_operator=next_in_s is None,
        )
        async with self._database.tenant(tenant_id) as connection:
            failed = await rewards.fail(
                connection, tenant_id, delivery.id, error, next_in_s, self._database.clock_offset
            )
            if failed is not None:
                await self._tell(connection, tenant_id, failed)
        self._relay.wake(tenant_id)

    async def page(
        self,
        tenant_id: UUID,
        *,
        user_id: str | None,
        status: str | None,
        reward_type: str | None,
        before: UUID | None,
        limit: int,
        whole: bool,
    ) -> list[DeliveryView]:
        """Rewards, newest first; None asks for all. `whole`: with what only operators see."""
        async with self._database.tenant(tenant_id) as connection:
            found = await rewards.page(
                connection,
                tenant_id,
                user_id=user_id,
                status=status,
                reward_type=reward_type,
                before=before,
                limit=limit,
            )
        return [views.delivery_view(one, whole=whole) for one in found]

    # -- what an operator does

    async def send_again(self, tenant_id: UUID, delivery_id: UUID, operator: str) -> RewardChanged:
        """Try a stuck delivery again at once. Raises `NotFound`, or `Conflict` for a thing or one that is not stuck."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._locked(connection, tenant_id, delivery_id)
            if before.reward_type == RewardType.IN_KIND:
                raise Conflict("A thing is not sent by a wallet or a webhook: ship it, and mark it as delivered.")
            after = await rewards.send_again(connection, tenant_id, delivery_id, self._database.clock_offset)
            if after is None:
                raise Conflict(f"Only a failed or held reward can be sent again; this one is {before.delivery_status}.")
            await self._tell(connection, tenant_id, after)
            await self._trail(connection, tenant_id, "reward.sent_again", operator, before, {})
        self._relay.wake(tenant_id)
        return views.reward_changed(after)

    async def handle(self, tenant_id: UUID, delivery_id: UUID, operator: str, reason: str) -> RewardChanged:
        """Note that an operator has delivered a held reward by hand. Raises `NotFound`, or `Conflict` for another."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._locked(connection, tenant_id, delivery_id)
            after = await rewards.handle(connection, tenant_id, before, operator, reason)
            if after is None:
                raise Conflict(f"Only a held reward is delivered by hand; this one is {before.delivery_status}.")
            await self._tell(connection, tenant_id, after)
            await self._trail(connection, tenant_id, "reward.handled", operator, before, {"reason": reason})
        self._relay.wake(tenant_id)
        return views.reward_changed(after)

    async def _locked(self, connection: Connection, tenant_id: UUID, delivery_id: UUID) -> Delivery:
        found = await rewards.by_id(connection, tenant_id, delivery_id, lock=True)
        if found is None:
            raise NotFound("There is no such reward.")
        return found

    async def _tell(self, connection: Connection, tenant_id: UUID, delivery: Delivery) -> None:
        told = views.reward_changed(delivery)
        await outbox.add(connection, tenant_id, f"user:{delivery.user_id}", "reward.changed", told)

    async def _trail(
        self,
        connection: Connection,
        tenant_id: UUID,
        action: str,
        operator: str,
        before: Delivery,
        values: dict[str, str],
    ) -> None:
        old = {"delivery_status": before.delivery_status}
        await audit.record(connection, tenant_id, operator, action, "reward_deliveries", before.id, values, old)
