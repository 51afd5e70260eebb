"""What follows a commit: the payload of every kind of job, by the name that the queue knows it by."""

from uuid import UUID

import msgspec


class DeliverReward(msgspec.Struct, frozen=True):
    """Try to deliver a reward, unless it has been."""

    tenant_id: UUID
    delivery_id: UUID


class SendWebhook(msgspec.Struct, frozen=True):
    """Try to send a message to an endpoint, unless it has arrived there."""

    tenant_id: UUID
    send_id: UUID


class ExpireClaim(msgspec.Struct, frozen=True):
    """The time to claim a spin's reward is over, unless it was claimed."""

    tenant_id: UUID
    session_id: UUID


class SettleStake(msgspec.Struct, frozen=True):
    """Bring a stake to its end, if it has come to a halt on its way."""

    tenant_id: UUID
    stake_id: UUID


#: Every kind of job there is.
KINDS: dict[str, type[msgspec.Struct]] = {
    "deliver_reward": DeliverReward,
    "expire_claim": ExpireClaim,
    "send_webhook": SendWebhook,
    "settle_stake": SettleStake,
}
