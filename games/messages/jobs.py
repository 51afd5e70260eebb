"""What follows a commit: the payload of every kind of job, by the name that the queue knows it by."""

from uuid import UUID

import msgspec


class DeliverReward(msgspec.Struct, frozen=True):
    """Try to deliver a reward, unless it has been."""

    tenant_id: UUID
    delivery_id: UUID


#: Every kind of job there is.
KINDS: dict[str, type[msgspec.Struct]] = {"deliver_reward": DeliverReward}
