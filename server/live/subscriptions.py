"""Which channels there are, who may listen to each, and what its present state is."""

import asyncio
import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import structlog

from channels.broker import Broker
from channels.channel import Channel
from channels.connections import Connections
from channels.envelope import Encoding
from channels.feed import Subscription
from channels.hub import Hub
from channels.presence import Presence
from channels.recovery import Position as ChannelPosition
from channels.servers import BrokerUnavailable
from channels.socket import Socket
from games.errors import Forbidden, LimitReached, NotFound
from games.messages import commands
from games.messages.commands import Subscribe, Unsubscribe
from games.messages.events import PresenceChanged
from games.messages.replies import PresenceCounts, Subscribed, Unsubscribed
from games.messages.snapshots import UserSnapshot
from server.auth.tokens import Caller
from server.live.listener import Listener, State
from server.live.seeing import Seen
from server.live.session import Session
from server.settings import Settings
from server.together import Together

log = structlog.get_logger(__name__)

#: Reads a channel's whole present state; `subject` is what follows the colon in its name. Raises `NotFound`.
Snapshot = Callable[[Caller, str], Awaitable[object]]


class Counted(enum.Enum):
    """How a kind of channel keeps who is there."""

    #: over all nodes, with the connections of the one user who has it
    WITH_ITS_USER = enum.auto()
    #: over all nodes
    EVERYWHERE = enum.auto()
    #: over all nodes, with an event when somebody comes or leaves: for small ones
    TOLD = enum.auto()


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One row of the table of channels: its snapshot, the roles that may listen (None: all), who is there."""

    snapshot: Snapshot
    roles: frozenset[str] | None = None
    counted: Counted = Counted.EVERYWHERE
    #: whether all of a tenant and role are shown the same, so that one reading serves whoever comes meanwhile
    is_shared: bool = False


class Subscriptions:
    """Subscribes sessions: by right, within limits, with history or a snapshot."""

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        hub: Hub,
        kinds: dict[str, ChannelKind],
        seen: Seen,
        presence: Presence,
        connections: Connections,
    ) -> None:
        self._settings = settings
        self._broker = broker
        self._hub = hub
        self._kinds = kinds
        self._seen = seen
        self._presence = presence
        self._connections = connections
        presence.on_change = self.changed
        #: of shared kinds, written once
        self._snapshots: Together[tuple[object, ...], msgspec.Raw] = Together()
        self._telling: set[asyncio.Task[None]] = set()

    async def subscribe(self, session: Session, command: Subscribe) -> None:
        """Answer with what was missed, or with the whole state; live events follow the answer."""
        caller = session.caller
        assert caller is not None and session.socket is not None
        command = msgspec.structs.replace(command, channel=command.channel.lower())
        if command.channel not in session.channels and len(session.channels) >= self._settings.channels_per_connection:
            raise LimitReached(
                f"A connection may listen to {self._settings.channels_per_connection} channels."
                " Unsubscribe from one first."
            )
        since = None if command.since is None else ChannelPosition(command.since.epoch, command.since.offset)
        if command.channel in session.channels:
            self._leave(session, command.channel)
        subscription, snapshot = await self.listen(caller, session.socket, command.channel, since)
        if session.state is not State.READY:
            self._broker.unsubscribe(subscription.channel, session.socket)
            return
        self.enter(session, command.channel, subscription.channel)
        session.answer(
            command.id,
            Subscribed(
                channel=command.channel,
                epoch=subscription.epoch,
                offset=subscription.offset,
                recovered=subscription.recovered,
                events=subscription.events,
                latest=subscription.latest,
                snapshot=snapshot,
            ),
        )
        if isinstance(snapshot, UserSnapshot):
            self._seen.sent(session.socket, session.tenant_id, [result.session_id for result in snapshot.results])
        self._broker.release(subscription)

    async def listen(
        self, caller: Caller, socket: Socket, name: str, since: ChannelPosition | None
    ) -> tuple[Subscription, object]:
        """Begin a subscription, and read the channel's state unless all that was missed is in hand.

        The right to listen is judged before anything of the channel is shown: a snapshot of a thing that the tenant
        does not have raises `NotFound`.
        """
        kind, subject = self._kind(caller, name)
        channel = _channel(caller, name)
        subscription = await self._broker.subscribe(channel, socket, since)
        try:
            return subscription, msgspec.UNSET if subscription.recovered else await self._snapshot(
                kind, caller, subject
            )
        except BaseException:
            self._broker.unsubscribe(channel, socket)
            raise

    async def _snapshot(self, kind: ChannelKind, caller: Caller, subject: str) -> object:
        if not kind.is_shared:
            return await kind.snapshot(caller, subject)

        async def read() -> msgspec.Raw:
            return msgspec.Raw(Encoding.JSON.encode(await kind.snapshot(caller, subject)))

        return await self._snapshots.read((caller.tenant_id, caller.role, kind, subject), read)

    def check(self, caller: Caller, name: str) -> None:
        """Raise `NotFound` or `Forbidden` where the channel's name or the caller's role alone forbid listening."""
        if caller.tenant_id is None:
            raise Forbidden("A platform key holds no tenant, so it cannot listen. Use a token of the tenant.")
        self._kind(caller, name)

    async def unsubscribe(self, session: Session, command: Unsubscribe) -> None:
        """Stop; unsubscribing from what is not subscribed is answered alike."""
        if command.channel.lower() in session.channels:
            self._leave(session, command.channel.lower())
        session.answer(command.id, Unsubscribed(command.channel.lower()))

    async def presence(self, session: Session, command: commands.Presence) -> None:
        """Count who listens to a channel."""
        caller = session.caller
        assert caller is not None
        name = command.channel.lower()
        kind, _ = self._kind(caller, name)
        channel = _channel(caller, name)
        if kind.counted is Counted.WITH_ITS_USER:
            counts = await self._connections.hearing(str(caller.tenant_id), caller.user_id)
        else:
            counts = await self._presence.count(channel)
        session.answer(command.id, PresenceCounts(connections=counts.connections, users=counts.users))

    def enter(self, session: Listener, name: str, channel: Channel) -> None:
        """A listener is on a channel from here on."""
        session.channels[name] = channel
        caller = session.caller
        if caller is None:
            return
        if self._kind(caller, name)[0].counted is Counted.WITH_ITS_USER:
            self._connections.changed(channel.tenant, caller.user_id)
        else:
            self._presence.join(channel, caller.user_id)

    def changed(self, channel: Channel, came: Sequence[str], went: Sequence[str]) -> None:
        """Tell a channel who has come and who has left, where its kind asks for that."""
        kind = self._kinds.get(channel.name)
        if kind is not None and kind.counted is Counted.TOLD:
            for event, users in (("presence.joined", came), ("presence.left", went)):
                if users:
                    self._telling.add(task := asyncio.create_task(self._tell(channel, event, list(users))))
                    task.add_done_callback(self._telling.discard)

    async def _tell(self, channel: Channel, event: str, users: list[str]) -> None:
        try:
            await self._broker.publish(channel, event, PresenceChanged(users), at=datetime.now(UTC))
        except BrokerUnavailable as error:
            log.info("who came and left was not told", error=str(error))

    def drop(self, session: Listener) -> None:
        """A session is gone: leave all its channels."""
        for name in list(session.channels):
            self._leave(session, name)

    def _leave(self, session: Listener, name: str) -> None:
        channel = session.channels.pop(name)
        caller = session.caller
        if caller is not None and self._kind(caller, name)[0].counted is Counted.WITH_ITS_USER:
            self._connections.changed(channel.tenant, caller.user_id)
        elif caller is not None:
            self._presence.leave(channel, caller.user_id)
        if session.socket is not None:
            self._broker.unsubscribe(channel, session.socket)

    def _kind(self, caller: Caller, name: str) -> tuple[ChannelKind, str]:
        word, colon, subject = name.partition(":")
        kind = self._kinds.get(word + colon)
        if kind is None or (colon and not _is_uuid(subject)):
            raise NotFound("There is no such channel.")
        if kind.roles is not None and caller.role not in kind.roles:
            raise Forbidden(f"The channel {word} is for {' and '.join(sorted(kind.roles))}.")
        return kind, subject


def _channel(caller: Caller, name: str) -> Channel:
    return Channel(str(caller.tenant_id), f"user:{caller.user_id}" if name == "user" else name)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
