"""REST: many grants of chances in one call. A route of its own, since its body may be larger than others'."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, post

from games.errors import TooLarge
from server.api.access import tenant_of
from server.api.chance_bodies import read_entries
from server.auth.tokens import Caller
from server.play.chances import DUPLICATE, GRANTED, Chances
from server.settings import Settings


class BatchBody(msgspec.Struct, forbid_unknown_fields=True):
    """Grants, each judged by itself: {grant_id, user_id, chance_type, chance_count, award_reason, …}."""

    entries: Annotated[list[Any], msgspec.Meta(min_length=1)]


class BatchItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an entry: `granted`, `duplicate`, or an error's code and what to do about it."""

    status: str
    chance_id: UUID | None = None
    message: str | None = None


class BatchAnswer(msgspec.Struct, frozen=True):
    """Entry by entry, in the order of the call."""

    items: list[BatchItem]
    granted: int
    duplicates: int


@post("/api/v1/chances/batch", status_code=200, tags=["chances"], summary="Give chances to many, each grant_id once")
async def give_many(caller: Caller, chances: Chances, settings: Settings, data: BatchBody) -> BatchAnswer:
    """Answers entry by entry. A call that is sent again gives nothing twice."""
    tenant_id = tenant_of(caller, "service", "operator")
    if len(data.entries) > settings.chances_per_call:
        raise TooLarge(f"A call has at most {settings.chances_per_call} entries. Send the others in another call.")
    answers = await chances.give_all(tenant_id, read_entries(data.entries), caller.user_id)
    return BatchAnswer(
        [BatchItem(one.status, one.chance_id, one.message) for one in answers],
        granted=sum(one.status == GRANTED for one in answers),
        duplicates=sum(one.status == DUPLICATE for one in answers),
    )


def chance_batches(body_bytes: int) -> Router:
    """The route, for bodies of so many bytes."""
    return Router("/", route_handlers=[give_many], request_max_body_size=body_bytes)
