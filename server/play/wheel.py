"""Playing a wheel: decided under lock, committed in a group, shown, revealed, completed. On disk before all else."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from asyncpg import Connection

from channels.channel import Channel
from games.errors import NotFound, WheelhouseError
from games.ids import parse_request_id, parse_uuid
from games.messages.events import SpinResult
from games.messages.replies import FairnessShown, OpenSpin, SpinAccepted
from games.rewards import RewardType
from persistence import plays as plays_of
from persistence import spins
from persistence.database import Database
from persistence.group_commit import GroupCommit
from persistence.plays import Play, Untold
from persistence.spin_states import Committed, Origin, SpinRequest
from persistence.vault import Vault
from server.auth.tokens import Caller
from server.live.turntable import Turning, Turntable
from server.moments import wire_time
from server.play import installed, views
from server.play.arriving import Arrival, Arrivals
from server.play.deciding import Decider, new_epoch
from server.play.outbox import Relay
from server.play.telling import SIGNAL, Teller
from server.play.versions import Versions
from server.play.visits import Welcome
from server.settings import Settings

log = structlog.get_logger(__name__)

#: How long after its stop a play is looked for again until it is completed.
_COMPLETED_WITHIN_S = 0.05


class Stopped(NamedTuple):
    """A play whose result has been told, and word of what could not be."""

    play: Play
    untold: Sequence[Untold]


class WheelPlay:
    """The use-cases of a wheel's players, for one node."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        vault: Vault,
        versions: Versions,
        teller: Teller,
        table: Turntable,
        relay: Relay,
        welcome: Welcome | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._versions = versions
        self._teller = teller
        self._table = table
        self._relay = relay
        self._arrivals = Arrivals(database, vault, versions, settings.fairness_epoch_max_age, welcome)
        self._decider = Decider(vault, versions, self._featured, settings.fairness_epoch_max_age)
        batches = partial(
            GroupCommit,
            max_batch=settings.spin_batch,
            max_waiting=settings.spins_waiting,
            retry_s=settings.commit_retry_s,
        )
        self._spins: GroupCommit[SpinRequest, Committed] = batches(self._commit)
        self._stopped: GroupCommit[Stopped, None] = batches(self._complete)
        #: players whose chances have changed: read, and told of, together
        self._changed: GroupCommit[str, None] = batches(self._tell_chances)
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """The database's time, as this node knows it."""
        return self._database.now()

    async def drain(self) -> None:
        """Finish the commits that wait and tell of them."""
        await self._spins.drain()
        await self._stopped.drain()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._changed.drain()

    # -- a player comes

    async def arrive(self, caller: Caller) -> tuple[list[OpenSpin], list[FairnessShown]]:
        """What waits for a caller: their open spins, and the commitment their next spin on each wheel is drawn from."""
        if caller.role != "player" or caller.tenant_id is None:
            return [], []
        tenant_id = caller.tenant_id
        plays, pairs = await self._arrivals.arrive(tenant_id, Arrival(caller.user_id, caller.name))
        for play in plays:
            if play.completed_at is None:
                self._turn(tenant_id, play, owned=False)
        return (
            [self._open_spin(tenant_id, play) for play in reversed(plays)],
            [views.fairness_shown(wheel_id, pair) for wheel_id, pair in pairs.items()],
        )

    def _open_spin(self, tenant_id: UUID, play: Play) -> OpenSpin:
        # A stopped wheel's result may have been told just before its play is completed.
        stopped = play.completed_at is not None or play.stops_at <= self.now()
        return OpenSpin(
            session_id=play.session_id,
            request_id=play.request_id,
            wheel_id=play.wheel_id,
            status="stopped" if stopped else "turning",
            started_at=wire_time(play.started_at),
            duration_ms=play.duration_ms,
            server_seed_hash=play.server_seed_hash,
            client_seed=play.client_seed,
            nonce=play.nonce,
            result=self._teller.result_of(tenant_id, play) if stopped else None,
        )

    # -- a player spins

    async def spin(
        self,
        tenant_id: UUID,
        user_id: str,
        wheel_id: str,
        request_id: str,
        origin: Origin,
    ) -> SpinAccepted:
        """Play once for `request_id`, however often it is asked for; answered when the play is on disk.

        Raises `NotFound`, `WheelClosed`, `NoChanceLeft`, `SpinInProgress`, `Forbidden` (player blocked), `Unavailable`
        (Postgres away: the same request_id may be sent again).
        """
        request = SpinRequest(
            user_id=user_id,
            wheel_id=parse_uuid(wheel_id, NotFound("There is no such wheel.")),
            request_id=parse_request_id(request_id),
            origin=origin,
        )
        committed = await self._spins.submit(tenant_id, request)
        play = committed.play
        if play.wheel_id != request.wheel_id:
            raise views.request_id_used_elsewhere()
        return SpinAccepted(
            session_id=play.session_id,
            request_id=play.request_id,
            server_seed_hash=play.server_seed_hash,
            client_seed=play.client_seed,
            nonce=play.nonce,
            started_at=wire_time(play.started_at),
            duration_ms=play.duration_ms,
            replayed=committed.replayed,
            epoch_started=committed.epoch_started,
        )

    async def await_result(self, tenant_id: UUID, session_id: UUID) -> SpinResult:
        """The result of a play, when its wheel has stopped."""
        while (play := await self._play(tenant_id, session_id)).completed_at is None:
            left = (play.stops_at - self.now()).total_seconds()
            await asyncio.sleep(max(left, _COMPLETED_WITHIN_S))
        await plays_of.mark_shown(self._database, tenant_id, [session_id])
        return self._teller.result_of(tenant_id, play)

    async def _play(self, tenant_id: UUID, session_id: UUID) -> Play:
        async with self._database.tenant(tenant_id) as connection:
            (play,) = await plays_of.read(connection, tenant_id, [session_id])
            await self._versions.load(connection, tenant_id, [play.version_id])
        return play

    async def _commit(self, tenant_id: UUID, requests: Sequence[SpinRequest]) -> spins.Outcomes:
        outcomes = await spins.commit_batch(
            self._database,
            tenant_id,
            requests,
            self._decider,
            partial(new_epoch, self._vault, tenant_id),
        )
        begun = [outcome.play for outcome in outcomes if isinstance(outcome, Committed) and not outcome.replayed]
        for outcome in outcomes:
            if isinstance(outcome, Committed) and outcome.play.plan is not None and outcome.play.completed_at is None:
                self._turn(tenant_id, outcome.play, owned=True)
        if begun:
            self._spawn(self._teller.started(tenant_id, begun))
            self._chances_changed(tenant_id, {play.user_id for play in begun})
        return outcomes

    def _featured(self, tenant_id: UUID, wheel_id: UUID) -> int:
        return len(self._table.on_wheel(Channel(str(tenant_id), f"wheel:{wheel_id}")))

    def _turn(self, tenant_id: UUID, play: Play, *, owned: bool) -> None:
        if play.plan is None:
            return
        version = self._versions[play.version_id]
        self._table.add(
            Turning(
                tenant_id=tenant_id,
                session_id=play.session_id,
                wheel_id=play.wheel_id,
                user_id=play.user_id,
                shown_as=views.shown_as(version, play.user_id, play.display_name),
                started_at=play.started_at,
                duration_ms=play.duration_ms,
                server_seed_hash=play.server_seed_hash,
                frames=installed.frames(version.terms.engine_type, version.terms.engine_version, play.plan),
                frames_per_second=version.spin_config.frames_per_second,
                featured=play.featured,
                play=play if owned else None,
            )
        )

    def show(self, tenant_id: UUID, plays: Sequence[Play]) -> None:
        """Put plays of other nodes on this node's turntable, for somebody here has begun to watch them."""
        for play in plays:
            self._turn(tenant_id, play, owned=False)

    async def load_versions(self, connection: Connection, tenant_id: UUID, plays: Sequence[Play]) -> None:
        """Have at hand what showing these plays needs."""
        await self._versions.load(connection, tenant_id, {play.version_id for play in plays})

    def on_signal(self, channel: Channel, payload: bytes) -> None:
        """Another node has begun a spin that somebody here may watch."""
        told = SIGNAL.decode(payload)
        self._table.add(
            Turning(
                tenant_id=UUID(channel.tenant),
                session_id=told.session_id,
                wheel_id=told.wheel_id,
                user_id=told.user_id,
                shown_as=told.shown_as,
                started_at=told.started_at,
                duration_ms=told.duration_ms,
                server_seed_hash=told.server_seed_hash,
                frames=installed.frames(told.engine_type, told.engine_version, told.plan),
                frames_per_second=told.frames_per_second,
                featured=told.featured,
                play=None,
            )
        )

    # -- revealing

    async def reveal(self, stopped: Sequence[Turning]) -> None:
        """Wheels of this node have stopped: tell their results, then complete their sessions."""
        by_tenant: dict[UUID, list[Play]] = {}
        for turning in stopped:
            if turning.play is not None:
                by_tenant.setdefault(turning.tenant_id, []).append(turning.play)
        for tenant_id, plays in by_tenant.items():
            await self.finish(tenant_id, plays)

    async def finish(self, tenant_id: UUID, plays: Sequence[Play], *, again: bool = False) -> None:
        """Tell results and complete sessions; harmless when done before or elsewhere (`again`)."""
        untold = await self._teller.results(tenant_id, plays, again=again)
        await asyncio.gather(
            *(
                self._stopped.enter(
                    tenant_id, Stopped(play, [one for one in untold if one.session_id == play.session_id])
                )
                for play in plays
            )
        )

    async def _complete(self, tenant_id: UUID, stopped: Sequence[Stopped]) -> list[None]:
        # Who has won chances is locked while these are credited, and their next spin waits: that is soon over.
        credited, others = list[Stopped](), list[Stopped]()
        for one in stopped:
            wins = views.won_chances(self._versions[one.play.version_id], one.play)
            (others if wins is None else credited).append(one)
        for some in (credited, others):
            await self._complete_some(tenant_id, some)
        return [None] * len(stopped)

    async def _complete_some(self, tenant_id: UUID, stopped: Sequence[Stopped]) -> None:
        if not stopped:
            return
        plays = [one.play for one in stopped]
        dues = views.dues(self._versions, plays)
        untold = [one for each in stopped for one in each.untold]
        await plays_of.complete(self._database, tenant_id, [play.session_id for play in plays], dues, untold)
        self._chances_changed(tenant_id, {one.user_id for one in dues.won})
        if any(one.reward_type == RewardType.IN_KIND for one in dues.owed):
            self._relay.wake(tenant_id)

    async def finish_overdue(self, tenant_id: UUID, session_ids: Sequence[UUID]) -> None:
        """Complete plays that another node began and did not finish, telling also what may not have been told."""
        async with self._database.tenant(tenant_id) as connection:
            plays = await plays_of.read(connection, tenant_id, session_ids)
            await self._versions.load(connection, tenant_id, {play.version_id for play in plays})
        await self._teller.started(tenant_id, plays, again=True)
        await self.finish(tenant_id, plays, again=True)
        self._chances_changed(tenant_id, {play.user_id for play in plays})

    def _chances_changed(self, tenant_id: UUID, user_ids: set[str]) -> None:
        for user_id in user_ids:
            self._changed.enter(tenant_id, user_id).add_done_callback(_told)

    async def _tell_chances(self, tenant_id: UUID, user_ids: Sequence[str]) -> list[None]:
        await self._teller.chances(tenant_id, *set(user_ids))
        return [None] * len(user_ids)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        _told(task)


def _told(telling: "asyncio.Future[None]") -> None:
    if not telling.cancelled() and (error := telling.exception()) is not None:
        known = isinstance(error, WheelhouseError)
        log.warning("telling of plays failed", error=str(error), exc_info=None if known else error)
