"""REST: rewards on their way, a player's purse, and what an operator does with those that are stuck."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from games.errors import NotFound
from games.ids import parse_uuid
from games.messages.events import RewardChanged
from games.messages.snapshots import DeliveryView
from server.api.access import tenant_of
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.rewards.delivery import Deliveries


class HandledBody(msgspec.Struct, forbid_unknown_fields=True):
    """How a reward was delivered by hand."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


def _delivery_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such reward."))


class RewardController(Controller):
    """/api/v1/rewards."""

    path = "/api/v1/rewards"
    tags = ["rewards"]

    @get("/", summary="Rewards, newest first; a player's own")
    async def list_rewards(
        self,
        caller: Caller,
        deliveries: Deliveries,
        user_id: str | None = None,
        delivery_status: str | None = None,
        reward_type: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[DeliveryView]:
        tenant_id = tenant_of(caller)
        found = await deliveries.page(
            tenant_id,
            user_id=caller.user_id if caller.role == "player" else user_id,
            status=delivery_status,
            reward_type=reward_type,
            before=after(cursor),
            limit=limit + 1,
            whole=caller.role != "player",
        )
        page, following = cut(found, limit)
        return Page(list(page), following)

    @post("/{delivery_id:str}/retry", status_code=200, summary="Send a stuck reward again at once")
    async def retry(self, caller: Caller, deliveries: Deliveries, delivery_id: str) -> RewardChanged:
        tenant_id = tenant_of(caller, "operator")
        return await deliveries.send_again(tenant_id, _delivery_id(delivery_id), caller.user_id)

    @post("/{delivery_id:str}/handle", status_code=200, summary="Note that a held reward was delivered by hand")
    async def handle(
        self, caller: Caller, deliveries: Deliveries, delivery_id: str, data: HandledBody
    ) -> RewardChanged:
        tenant_id = tenant_of(caller, "operator")
        return await deliveries.handle(tenant_id, _delivery_id(delivery_id), caller.user_id, data.reason)
