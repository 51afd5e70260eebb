"""Voiding plays: an operator's word, above a limit two operators' (domain.md, Spins)."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection

from games.errors import Conflict, Forbidden, NotFound, SpinInProgress
from games.lifecycles import RESULT, DeliveryStatus, ResultStatus, VoidStatus
from games.messages.events import SpinVoided, VoidView
from games.rewards import worth
from persistence import audit, chances, claims, outbox, plays, rewards, voids
from persistence.database import Database
from persistence.plays import Play
from persistence.rewards import Delivery
from persistence.voids import VoidRow
from server.moments import wire_time, wire_time_or_none
from server.play import views
from server.play.outbox import Relay
from server.play.versions import Version, Versions
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class _Held:
    """A play whose delivery and result are locked, and the void of it that waits."""

    play: Play
    delivery: Delivery | None
    standing: VoidRow | None


class Voids:
    """What operators do to plays that shall not count."""

    def __init__(self, settings: Settings, database: Database, versions: Versions, relay: Relay) -> None:
        self._limit = settings.void_consent_above
        self._database = database
        self._versions = versions
        self._relay = relay

    async def void(self, tenant_id: UUID, session_id: UUID, operator: str, reason: str) -> VoidView:
        """Void a play, or ask for another operator's consent where its reward is worth more than the limit.

        Raises `NotFound`; `SpinInProgress` while its wheel turns; `Conflict` when it is void already, when a void of it
        waits, and when what it won has been paid, may have been, or has been used.
        """
        async with self._database.tenant(tenant_id) as connection:
            held = await self._hold(connection, tenant_id, session_id)
            if held.standing is not None:
                raise Conflict(
                    f"{held.standing.requested_by} has asked for this void already: consent to it, or withdraw it."
                )
            wish = await voids.request(connection, tenant_id, session_id, held.play.user_id, reason, operator)
            if self._takes_two(held.play):
                view = await self._tell_staff(connection, tenant_id, "void.requested", wish, held.play)
                told = {"reason": reason, "consent_needed": True}
                await audit.record(
                    connection, tenant_id, operator, "spin.void_requested", "spin_sessions", session_id, told
                )
            else:
                view = await self._void(connection, tenant_id, held, wish, operator)
        self._relay.wake(tenant_id)
        return view

    async def consent(self, tenant_id: UUID, session_id: UUID, operator: str) -> VoidView:
        """Void a play as another operator has asked. Raises as `void`, and `Forbidden` for who has asked."""
        async with self._database.tenant(tenant_id) as connection:
            held = await self._hold(connection, tenant_id, session_id)
            wish = _waiting(held.standing)
            if wish.requested_by == operator:
                raise Forbidden("Whoever asked for a void does not consent to it. Another operator has to.")
            view = await self._void(connection, tenant_id, held, wish, operator)
        self._relay.wake(tenant_id)
        return view

    async def withdraw(self, tenant_id: UUID, session_id: UUID, operator: str) -> VoidView:
        """End a void that waits for consent. Raises `NotFound`, or `Conflict` when none waits."""
        async with self._database.tenant(tenant_id) as connection:
            # What was paid while the void waited cannot be voided; the wish must end all the same.
            play, standing = await self._lock(connection, tenant_id, session_id)
            wish = _waiting(standing)
            done = await voids.withdraw(connection, tenant_id, wish.id, operator)
            view = await self._tell_staff(connection, tenant_id, "void.ended", done, play)
            told = {"requested_by": wish.requested_by}
            await audit.record(
                connection, tenant_id, operator, "spin.void_withdrawn", "spin_sessions", session_id, told
            )
        self._relay.wake(tenant_id)
        return view

    async def page(self, tenant_id: UUID, *, status: str | None, after: UUID | None, limit: int) -> list[VoidView]:
        """Voids, newest first."""
        async with self._database.tenant(tenant_id) as connection:
            rows = await voids.page(connection, tenant_id, status=status, after=after, limit=limit)
            found = await plays.read(connection, tenant_id, [row.spin_session_id for row in rows])
            await self._versions.load(connection, tenant_id, {play.version_id for play in found})
            played = {play.session_id: play for play in found}
            of = [(row, played[row.spin_session_id]) for row in rows]
            return [shown(row, play, self._versions[play.version_id]) for row, play in of]

    async def _hold(self, connection: Connection, tenant_id: UUID, session_id: UUID) -> _Held:
        delivery = await rewards.of_source(connection, tenant_id, "spin", session_id)
        play, standing = await self._lock(connection, tenant_id, session_id)
        if play.completed_at is None:
            raise SpinInProgress("The wheel is still turning. Void the spin when it has stopped.")
        if play.result_status == ResultStatus.VOIDED:
            raise Conflict("The spin is void already.")
        if not RESULT.may(play.result_status, ResultStatus.VOIDED):
            raise Conflict("What the spin won has been paid, so it cannot be voided any more.")
        if delivery is None:
            # Claimed between the two locks: whoever delivers it may hold it, and waits for the result.
            made = await rewards.page(connection, tenant_id, source_id=session_id, limit=1)
            if made:
                raise Conflict("The reward has just been claimed. Try again.")
        return _Held(play, delivery, standing)

    async def _lock(self, connection: Connection, tenant_id: UUID, session_id: UUID) -> tuple[Play, VoidRow | None]:
        """Lock a play's result; the play, and the void of it that waits."""
        if not await claims.lock(connection, tenant_id, session_id):
            raise NotFound("There is no such spin.")
        (play,) = await plays.read(connection, tenant_id, [session_id])
        await self._versions.load(connection, tenant_id, [play.version_id])
        every = await voids.of_play(connection, tenant_id, session_id)
        return play, next((one for one in every if one.void_status == VoidStatus.REQUESTED), None)

    def _takes_two(self, play: Play) -> bool:
        most = worth(self._versions[play.version_id].details[play.reward_id])
        return most is None or most > self._limit

    async def _void(
        self, connection: Connection, tenant_id: UUID, held: _Held, wish: VoidRow, operator: str
    ) -> VoidView:
        play = held.play
        await chances.lock_player(connection, tenant_id, play.user_id)
        await self._stop(connection, tenant_id, held, operator)
        try:
            offset = self._database.clock_offset
            await voids.take_won_chances(connection, tenant_id, play.session_id, offset, operator)
        except LookupError as error:
            raise Conflict("Chances that the spin won have been used, so it cannot be voided any more.") from error
        back = await voids.give_back(connection, tenant_id, play.session_id, offset, operator)
        done = await voids.void(connection, tenant_id, wish, operator, back)
        event = SpinVoided(play.session_id, play.wheel_id, back is not None)
        await outbox.add(connection, tenant_id, f"user:{play.user_id}", "spin.voided", event)
        await self._tell_chances(connection, tenant_id, play.user_id)
        view = await self._tell_staff(connection, tenant_id, "void.ended", done, play)
        await audit.record(
            connection,
            tenant_id,
            operator,
            "spin.voided",
            "spin_sessions",
            play.session_id,
            {
                "spin_status": "voided",
                "reason": wish.void_reason,
                "requested_by": wish.requested_by,
                "spin_chance_id": None if back is None else back.id,
            },
            {
                "spin_status": play.spin_status,
                "result_status": play.result_status,
                "claim_status": play.claim_status,
            },
        )
        return view

    async def _tell_staff(
        self, connection: Connection, tenant_id: UUID, event: str, row: VoidRow, play: Play
    ) -> VoidView:
        view = shown(row, play, self._versions[play.version_id])
        await outbox.add(connection, tenant_id, "operator", event, view)
        return view

    async def _stop(self, connection: Connection, tenant_id: UUID, held: _Held, operator: str) -> None:
        if held.delivery is None:
            return
        stopped = await rewards.stop(connection, tenant_id, held.delivery, operator, "the spin was voided")
        if stopped is None:
            if held.delivery.delivery_status == DeliveryStatus.CONFIRMED:
                raise Conflict("What the spin won has been paid, so it cannot be voided any more.")
            raise Conflict(
                "What the spin won is on its way and may have been paid. Void the spin when the reward is held."
            )
        told = views.reward_changed(stopped)
        await outbox.add(connection, tenant_id, f"user:{held.play.user_id}", "reward.changed", told)

    async def _tell_chances(self, connection: Connection, tenant_id: UUID, user_id: str) -> None:
        usable = await chances.usable(connection, tenant_id, user_id, self._database.clock_offset)
        left = views.chances_view(*usable)
        version = int(self._database.now().timestamp() * 1_000_000)
        await outbox.add(connection, tenant_id, f"user:{user_id}", "chance.changed", left, version)


def shown(row: VoidRow, play: Play, version: Version) -> VoidView:
    """A void of a play as operators see it."""
    return VoidView(
        id=row.id,
        session_id=row.spin_session_id,
        wheel_id=play.wheel_id,
        user_id=row.user_id,
        reward=views.reward_shown(version, play.reward_id),
        void_status=row.void_status,
        void_reason=row.void_reason,
        requested_by=row.requested_by,
        requested_at=wire_time(row.created_at),
        decided_by=row.decided_by,
        decided_at=wire_time_or_none(row.decided_at),
        spin_chance_id=row.spin_chance_id,
        row_version=row.row_version,
    )


def _waiting(standing: VoidRow | None) -> VoidRow:
    if standing is None:
        raise Conflict("No void of this spin waits for consent.")
    return standing
