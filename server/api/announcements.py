"""REST: what operators announce."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post

from games.messages.events import Announcement
from server.api.access import tenant_of
from server.api.idempotency import idempotent
from server.api.messages import Message, encoded_data
from server.api.paging import Cursor, Limit, Page, after, cut
from server.auth.tokens import Caller
from server.play.announcements import TENANT, Announcements
from server.settings import Settings


class AnnouncementBody(msgspec.Struct, forbid_unknown_fields=True):
    """A message to everybody on a channel: all of the tenant, or those who follow one game."""

    message: Message
    data: dict[str, Any] | None = None
    channel: Annotated[str, msgspec.Meta(max_length=100)] = TENANT


class AnnouncementController(Controller):
    """/api/v1/announcements."""

    path = "/api/v1/announcements"
    tags = ["announcements"]

    @post("/", summary="Announce something")
    @idempotent
    async def send(
        self, caller: Caller, announcements: Announcements, settings: Settings, data: AnnouncementBody
    ) -> Announcement:
        tenant_id = tenant_of(caller, "operator")
        sent = encoded_data(data.message, data.data, settings.message_bytes)
        return await announcements.send(tenant_id, data.channel, data.message, sent, caller.user_id)

    @get("/", summary="What was announced, newest first")
    async def list_announcements(
        self,
        caller: Caller,
        announcements: Announcements,
        channel: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Announcement]:
        found = await announcements.page(tenant_of(caller), channel=channel, after=after(cursor), limit=limit + 1)
        page, following = cut(found, limit)
        return Page(list(page), following)
