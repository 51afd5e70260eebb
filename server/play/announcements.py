"""What operators announce to a tenant's players, or to those who follow one game."""

from uuid import UUID

from asyncpg import Connection

from games.errors import BadRequest, Closed, Fault, NotFound
from games.ids import parse_uuid
from games.messages.events import Announcement
from persistence import audit, broadcasts, outbox
from persistence.database import Database
from server.play import views
from server.play.outbox import Relay

EVENT = "announcement"
TENANT = "tenant"


class Announcements:
    """Sends and lists."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay

    async def send(self, tenant_id: UUID, channel: str, message: str, data: bytes | None, actor: str) -> Announcement:
        """Tell everybody who listens to `channel`: `tenant`, or that of a game of the tenant's. `data`: JSON, or None.

        Raises `BadRequest` for a channel of another kind, `NotFound` when there is no such game, `Closed` for a draft.
        """
        async with self._database.tenant(tenant_id) as connection:
            channel = await _checked(connection, tenant_id, channel)
            sent = await broadcasts.add(
                connection, tenant_id, channel=channel, event=EVENT, message=message, data=data, sent_by=actor
            )
            told = views.announcement_view(sent)
            await outbox.add(connection, tenant_id, channel, EVENT, told)
            await audit.record(connection, tenant_id, actor, "announcement.sent", "broadcasts", sent.id, told)
        self._relay.wake(tenant_id)
        return told

    async def page(self, tenant_id: UUID, *, channel: str | None, after: UUID | None, limit: int) -> list[Announcement]:
        """Announcements, newest first; of one channel or of all."""
        async with self._database.tenant(tenant_id) as connection:
            sent = await broadcasts.page(connection, tenant_id, event=EVENT, channel=channel, after=after, limit=limit)
        return [views.announcement_view(one) for one in sent]


async def _checked(connection: Connection, tenant_id: UUID, channel: str) -> str:
    """The channel as it is subscribed to."""
    if channel == TENANT:
        return channel
    game, colon, subject = channel.partition(":")
    if game not in broadcasts.GAMES or not colon:
        kinds = ", ".join(f"{one}:<id>" for one in broadcasts.GAMES)
        raise BadRequest("There is no such channel.", faults=[Fault("$.channel", f"must be tenant, {kinds}")])
    missing = NotFound(f"There is no such {game}.")
    game_id = parse_uuid(subject, missing)
    status = await broadcasts.status_of(connection, tenant_id, game, game_id)
    if status is None:
        raise missing
    if status == "draft":
        raise Closed(f"The {game} is a draft, which nobody follows. Open it first.")
    return f"{game}:{game_id}"
