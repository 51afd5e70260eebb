"""Telling of plays: that a wheel turns, what it gave, what chances are left, and how other nodes can show it."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
import structlog

from channels.broker import Broker
from channels.channel import Channel
from channels.servers import BrokerUnavailable
from games.ids import derived_id
from games.messages.events import SpinResult, SpinStarted
from persistence import chances as chance_rows
from persistence.database import Database
from persistence.outbox import Message
from persistence.plays import Play, Untold
from persistence.vault import Vault
from server.live.seeing import RESULT
from server.moments import wire_time
from server.play import views
from server.play.versions import Versions

log = structlog.get_logger(__name__)

#: So much is told before the loop has its turn again: nobody's commit waits longer for it.
_SLICE = 64

Told = TypeVar("Told")


class SpinSignal(msgspec.Struct, array_like=True, frozen=True):
    """What one node tells the others of a spin so that each can show it; never leaves the nodes."""

    session_id: UUID
    wheel_id: UUID
    user_id: str
    shown_as: str
    started_at: datetime
    duration_ms: int
    server_seed_hash: str
    plan: bytes
    frames_per_second: int
    featured: bool
    #: whose plan it is; a node of before this was told turned nothing but wheels
    engine_type: str = "wheel"
    engine_version: str = "1"


#: Reads a signal as it came.
SIGNAL = msgspec.msgpack.Decoder(SpinSignal)


class Teller:
    """Publishes what happens to plays. With Redis away, this node's own listeners are told all the same."""

    def __init__(self, database: Database, vault: Vault, versions: Versions, broker: Broker) -> None:
        self._database = database
        self._vault = vault
        self._versions = versions
        self._broker = broker

    async def started(self, tenant_id: UUID, plays: Sequence[Play], *, again: bool = False) -> None:
        """Tell the player, and the wheel's watchers when featured, that the wheel turns; and other nodes how.

        `again`: it may have been told before, so that with Redis away nobody is told a second time.
        """
        for some in _slices(plays):
            await asyncio.gather(*(self._tell_started(tenant_id, play, again) for play in some))

    async def results(self, tenant_id: UUID, plays: Sequence[Play], *, again: bool = False) -> list[Untold]:
        """Tell the player, and the wheel's watchers when featured, what a stopped wheel has given; `again` as above.

        Answers with what other nodes could not be told: it is to be in the outbox when the plays are completed.
        """
        told: list[list[Untold]] = []
        for some in _slices(plays):
            told += await asyncio.gather(*(self._tell_result(tenant_id, play, again) for play in some))
        return [one for untold in told for one in untold]

    async def _tell_started(self, tenant_id: UUID, play: Play, again: bool) -> None:
        version = self._versions[play.version_id]
        shown_as = views.shown_as(version, play.user_id, play.display_name)
        signal = play.plan and msgspec.msgpack.encode(
            SpinSignal(
                play.session_id,
                play.wheel_id,
                play.user_id,
                shown_as,
                play.started_at,
                play.duration_ms,
                play.server_seed_hash,
                play.plan,
                version.spin_config.frames_per_second,
                play.featured,
                version.terms.engine_type,
                version.terms.engine_version,
            )
        )
        for channel, user in self._audience(tenant_id, play, shown_as):
            await self._publish(
                channel, "spin.started", _started(play, user), f"{play.session_id}:started", again=again
            )
            if signal:
                await self._signal(channel, signal)

    def _audience(self, tenant_id: UUID, play: Play, shown_as: str) -> list[tuple[Channel, str]]:
        audience = [(Channel(str(tenant_id), f"user:{play.user_id}"), play.user_id)]
        if play.featured:
            audience.append((Channel(str(tenant_id), f"wheel:{play.wheel_id}"), shown_as))
        return audience

    async def chances(self, tenant_id: UUID, *user_ids: str) -> None:
        """Send players their usable chances, whole."""
        # The version is older than what is read, so that whoever read before a change never stands after its teller.
        version = int(self._database.now().timestamp() * 1_000_000)
        async with self._database.tenant(tenant_id) as connection:
            found = await chance_rows.usable_of(connection, tenant_id, user_ids, self._database.clock_offset)
        for some in _slices(list(found.items())):
            await asyncio.gather(
                *(
                    self._publish(
                        Channel(str(tenant_id), f"user:{user_id}"),
                        "chance.changed",
                        views.chances_view(*usable),
                        None,
                        version=version,
                    )
                    for user_id, usable in some
                )
            )

    async def _tell_result(self, tenant_id: UUID, play: Play, again: bool) -> list[Untold]:
        result = self.result_of(tenant_id, play)
        shown_as = views.shown_as(self._versions[play.version_id], play.user_id, play.display_name)
        untold: list[Untold] = []
        for channel, user in self._audience(tenant_id, play, shown_as):
            told = msgspec.structs.replace(result, user=user)
            # The same for every node that tells it, and for the outbox.
            key = derived_id(play.stops_at, str(play.session_id), RESULT, channel.name)
            if not await self._publish(channel, RESULT, told, str(key), again=again):
                untold.append(Untold(play.session_id, Message(key, channel.name, RESULT, told)))
        return untold

    def result_of(self, tenant_id: UUID, play: Play) -> SpinResult:
        """What a play's player is told when the wheel has stopped."""
        version = self._versions[play.version_id]
        return views.spin_result(version, play, self.proof_of(tenant_id, play))

    def proof_of(self, tenant_id: UUID, play: Play) -> msgspec.Raw:
        """The play's proof; its seed is in it once the epoch has been revealed."""
        seed = None
        if play.epoch_status == "revealed":
            seed = self._vault.open(tenant_id, play.server_seed_encrypted).decode("ascii")
        return views.proof(self._versions[play.version_id], play, seed)

    async def _publish(
        self,
        channel: Channel,
        event: str,
        data: object,
        key: str | None,
        *,
        version: int | None = None,
        again: bool = False,
    ) -> bool:
        """Whether Redis has it. If not, this node's listeners have been told, and the channel will begin anew."""
        at = self._database.now()
        # A second time for what was lost on the way, Redis being back already; one that goes on refusing is away.
        for _ in range(1 if key is None else 2):
            try:
                await self._broker.publish(channel, event, data, idempotency_key=key, version=version, at=at)
            except BrokerUnavailable:
                continue
            return True
        if again:
            self._broker.begin_anew(channel)
        else:
            self._broker.publish_local(channel, event, data, at, idempotency_key=key)
        return False

    async def _signal(self, channel: Channel, payload: bytes) -> None:
        try:
            await self._broker.signal(channel, payload)
        except BrokerUnavailable:
            log.debug("other nodes were not told of a spin", channel=channel.name)


def _slices(many: Sequence[Told]) -> Iterator[Sequence[Told]]:
    return (many[start : start + _SLICE] for start in range(0, len(many), _SLICE))


def _started(play: Play, user: str) -> SpinStarted:
    return SpinStarted(
        play.session_id, play.wheel_id, user, wire_time(play.started_at), play.duration_ms, play.server_seed_hash
    )
