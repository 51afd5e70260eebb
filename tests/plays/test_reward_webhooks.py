"""A reward by `reward.due`: nothing that is sent again beside its delivery has it paid twice."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest

from games.errors import Conflict
from persistence import rewards, webhooks
from persistence.jobs import RetryLater
from persistence.rewards import Delivery, Owed
from server.rewards.delivery import Deliveries, WebhookPayer
from server.settings import Settings
from server.webhooks.calling import SignedCalls
from server.webhooks.hooks import Webhooks
from server.webhooks.sending import Sender
from tests.plays.conftest import House

SETTINGS = Settings(webhook_private=True)


class NobodyListens:
    """Where no relay runs: what is to be told waits in the outbox."""

    def wake(self, _tenant_id: object) -> None:
        return


def hooks(house: House, answer: Callable[[httpx.Request], httpx.Response]) -> Webhooks:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Webhooks(SETTINGS, house.database, house.vault, Sender(SignedCalls(client, house.vault, 1.0)))


def deliveries(house: House, told: Webhooks) -> Deliveries:
    return Deliveries(SETTINGS, house.database, {"webhook": WebhookPayer(told)}, NobodyListens())  # type: ignore[arg-type]


async def owed(house: House) -> Delivery:
    detail = b'{"amount": "5.00", "currency": "EUR"}'
    async with house.database.tenant(house.tenant_id) as connection:
        (delivery,) = await rewards.owe(
            connection,
            house.tenant_id,
            [Owed("ann", "spin", uuid4(), "cash", detail, None, "EUR")],
            house.database.clock_offset,
        )
    return delivery


async def test_a_reward_that_the_platform_has_not_confirmed_is_not_replayed(house):
    answers = [500, 500, 204]
    told = hooks(house, lambda _: httpx.Response(answers.pop(0), stream=httpx.ByteStream(b"")))
    await told.add(house.tenant_id, "http://127.0.0.1:9/", "", ["reward.due"], "operator-1")
    work, waits, by_hand = deliveries(house, told), await owed(house), await owed(house)
    for delivery in (waits, by_hand):
        with pytest.raises(RetryLater):
            await work.deliver(house.tenant_id, delivery.id)
    with pytest.raises(Conflict, match="has not arrived"):
        await told.replay(house.tenant_id, await send_of(house, waits), "operator-1")

    async with house.database.tenant(house.tenant_id) as connection:
        await rewards.take(connection, house.tenant_id, by_hand.id, 1.0, house.database.clock_offset)
        await rewards.fail(connection, house.tenant_id, by_hand.id, "no", None, house.database.clock_offset)
    await work.handle(house.tenant_id, by_hand.id, "operator-1", "paid over the counter")
    with pytest.raises(Conflict, match="by hand"):
        await told.replay(house.tenant_id, await send_of(house, by_hand), "operator-1")

    await work.deliver(house.tenant_id, waits.id)
    again = await told.replay(house.tenant_id, await send_of(house, waits), "operator-1")
    assert again.message_id == waits.id


async def send_of(house: House, delivery: Delivery) -> UUID:
    async with house.database.tenant(house.tenant_id) as connection:
        (send,) = await webhooks.sends(connection, house.tenant_id, message_id=delivery.id)
    return send.id
