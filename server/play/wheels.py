"""Wheels as operators run them: made, changed, given rewards, opened, paused, ended. Players are told of it all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import BadRequest, Conflict, Fault, NotFound
from games.lifecycles import WHEEL, EngineStatus, RewardStatus
from games.messages.events import GameMoved
from games.wheel.config import WheelConfig
from games.wheel.offer import PlannedReward, fit_together
from persistence import audit, engines, outbox, templates
from persistence import wheel_changes as changes
from persistence.database import Database
from persistence.publishing import publish
from persistence.wheels import WheelRow
from server.play.lobby import PUBLIC_STATUSES, Lobby, ShownWheel
from server.play.outbox import Relay

#: Who moves a wheel whose time has come.
CLOCK = "wheelhouse"
#: Statuses in which the terms stand published, so that a change of them is another version.
_PUBLISHED = ("scheduled", "active", "paused")
#: Columns that belong to the terms of a version.
_TERMS = ("wheel_config", "spin_config", "game_template_id")
#: Columns that may still change when a wheel has ended.
_WORDS = ("wheel_name", "wheel_description")
_GAME_EVENTS = {"active": "game.opened", "ended": "game.closed"}


class Wheels:
    """The use-cases of a wheel's operators, for one node."""

    def __init__(self, database: Database, lobby: Lobby, relay: Relay) -> None:
        self._database = database
        self._lobby = lobby
        self._relay = relay

    async def make(
        self, tenant_id: UUID, values: Mapping[str, Any], rewards: Sequence[PlannedReward], actor: str
    ) -> ShownWheel:
        """Make a draft; raises `BadRequest` with every fault, `Conflict` when its slug is taken."""
        async with self._database.tenant(tenant_id) as connection:
            _check_times(values.get("opens_at"), values.get("closes_at"))
            await _check_template(connection, tenant_id, values.get("game_template_id"))
            wheel_id = await changes.add(connection, tenant_id, dict(values))
            made = await self._lock(connection, tenant_id, wheel_id)
            if rewards:
                await self._set_rewards(connection, tenant_id, made, rewards)
            shown = await self._lobby.shown(connection, tenant_id, wheel_id)
            await audit.record(connection, tenant_id, actor, "wheel.made", "wheel_games", wheel_id, _told(shown))
        return shown

    async def change(
        self,
        tenant_id: UUID,
        wheel_id: UUID,
        values: Mapping[str, Any],
        rewards: Sequence[PlannedReward] | None,
        row_version: int | None,
        actor: str,
    ) -> ShownWheel:
        """Change columns, and the rewards too where `rewards` is given. `row_version`: as the caller has read it.

        Terms of a wheel that has opened become its next version, which the next spin is played under. Raises
        `NotFound`, `Conflict` (stale, or not in this status), `BadRequest` with every fault.
        """
        async with self._database.tenant(tenant_id) as connection:
            row = await self._lock(connection, tenant_id, wheel_id)
            fixed = [name for name in values if name not in _WORDS] + (["rewards"] if rewards is not None else [])
            if row.wheel_status in ("ended", "archived") and fixed:
                raise Conflict(f"The wheel is {row.wheel_status}; {', '.join(fixed)} can change no more.")
            _check_times(values.get("opens_at", row.opens_at), values.get("closes_at", row.closes_at))
            before = await self._lobby.shown(connection, tenant_id, wheel_id)
            await changes.change(
                connection, tenant_id, wheel_id, row.row_version if row_version is None else row_version, dict(values)
            )
            if rewards is not None:
                changed = await self._lock(connection, tenant_id, wheel_id)
                await self._set_rewards(connection, tenant_id, changed, rewards)
            if row.wheel_status in _PUBLISHED and (rewards is not None or any(name in values for name in _TERMS)):
                await publish(connection, tenant_id, wheel_id)
            after = await self._lobby.shown(connection, tenant_id, wheel_id)
            if row.wheel_status in PUBLIC_STATUSES:
                await self._tell(connection, tenant_id, after, "game.changed")
            await audit.record(
                connection, tenant_id, actor, "wheel.changed", "wheel_games", wheel_id, _told(after), _told(before)
            )
        self._relay.wake(tenant_id)
        return after

    async def move(
        self,
        tenant_id: UUID,
        wheel_id: UUID,
        to: str,
        actor: str,
        reason: str | None = None,
        *,
        when_due: bool = False,
    ) -> ShownWheel:
        """Move a wheel on; a move by hand before its time moves that time to now.

        Leaving the draft checks everything and publishes. `when_due`: refuse it before its time. Raises `NotFound`,
        `Conflict`, `BadRequest` with every fault for which it cannot be opened.
        """
        async with self._database.tenant(tenant_id) as connection:
            row = await self._lock(connection, tenant_id, wheel_id)
            WHEEL.check(row.wheel_status, to)
            now = await self._database.deciding_time(connection)
            due = row.opens_at if row.wheel_status == "scheduled" else row.closes_at
            if when_due and (due is None or due > now):
                raise Conflict("The wheel moves later by now.")
            faults = [] if when_due else _opening_faults(row, to, now)
            if to in ("scheduled", "active"):
                resting = await _engine_faults(connection, tenant_id, row)
                if resting and when_due:
                    raise Conflict("The wheel's engine is not active; it opens when it is.")
                faults += resting
            if row.wheel_status == "draft":
                try:
                    await publish(connection, tenant_id, wheel_id)
                except BadRequest as error:
                    faults += error.faults
            if faults:
                raise BadRequest("The wheel cannot be opened: every fault is listed.", faults=faults)
            await changes.change(
                connection, tenant_id, wheel_id, row.row_version, {"wheel_status": to, **_times(row, to, now)}
            )
            after = await self._lobby.shown(connection, tenant_id, wheel_id)
            if to in PUBLIC_STATUSES:
                resumed = (row.wheel_status, to) == ("paused", "active")
                await self._tell(
                    connection, tenant_id, after, "game.changed" if resumed else _GAME_EVENTS.get(to, "game.changed")
                )
            await audit.record(
                connection,
                tenant_id,
                actor,
                "wheel.moved",
                "wheel_games",
                wheel_id,
                {"wheel_status": to, "reason": reason, "version_number": after.view.version_number},
                {"wheel_status": row.wheel_status},
            )
        self._relay.wake(tenant_id)
        return after

    async def move_by_clock(self, tenant_id: UUID, wheel_id: UUID, to: str) -> None:
        """Open or end a wheel whose time has come."""
        await self.move(tenant_id, wheel_id, to, CLOCK, when_due=True)

    async def _set_rewards(
        self, connection: Connection, tenant_id: UUID, row: WheelRow, rewards: Sequence[PlannedReward]
    ) -> None:
        size = msgspec.json.decode(row.wheel_config, type=WheelConfig).size
        fitting = fit_together(rewards, size)
        had = await changes.reward_statuses(connection, tenant_id, row.id)
        retired = [
            Fault(
                f"$.rewards[{at}].reward_slug",
                f"{one.reward_slug!r} is retired from this wheel: offer it under another slug",
            )
            for at, one in enumerate(rewards)
            if had.get(one.reward_slug) == RewardStatus.RETIRED
        ]
        if retired:
            raise BadRequest("What was retired stays so: every such reward is listed.", faults=retired)
        published = row.current_version_id is not None
        await changes.set_rewards(connection, tenant_id, row.id, fitting, retire=published)

    async def _tell(self, connection: Connection, tenant_id: UUID, wheel: ShownWheel, event: str) -> None:
        view = wheel.view
        told = GameMoved("wheel", wheel.id, view.wheel_name, view.wheel_status, view.version_number)
        for channel in ("tenant", f"wheel:{wheel.id}"):
            await outbox.add(connection, tenant_id, channel, event, told)

    async def _lock(self, connection: Connection, tenant_id: UUID, wheel_id: UUID) -> WheelRow:
        row = await changes.lock(connection, tenant_id, wheel_id)
        if row is None:
            raise NotFound("There is no such wheel.")
        return row


def _told(wheel: ShownWheel) -> dict[str, object]:
    """A wheel as the audit trail keeps it."""
    return {"wheel": wheel.view, "rewards": wheel.rewards}


def time_faults(opens_at: datetime | None, closes_at: datetime | None) -> list[Fault]:
    """What is wrong with the times of a wheel, whatever its status."""
    faults = [
        Fault(f"$.{name}", "needs a time zone, for example 2026-11-22T10:00:00Z")
        for name, time in (("opens_at", opens_at), ("closes_at", closes_at))
        if time is not None and time.tzinfo is None
    ]
    if not faults and opens_at is not None and closes_at is not None and closes_at <= opens_at:
        faults = [Fault("$.closes_at", "must be after opens_at")]
    return faults


def _check_times(opens_at: datetime | None, closes_at: datetime | None) -> None:
    if faults := time_faults(opens_at, closes_at):
        raise BadRequest("The times do not fit: every fault is listed.", faults=faults)


async def _check_template(connection: Connection, tenant_id: UUID, template_id: UUID | None) -> None:
    if template_id is None:
        return
    template = await templates.by_id(connection, tenant_id, template_id)
    if template is None or template.template_type != "wheel":
        told = "is no template of this tenant" if template is None else f"is the template of a {template.template_type}"
        raise BadRequest("There is no such template.", faults=[Fault("$.game_template_id", told)])


async def _engine_faults(connection: Connection, tenant_id: UUID, row: WheelRow) -> list[Fault]:
    """What is wrong with the engine that a wheel opens on; it is held until this transaction ends."""
    engine = await engines.of_template(connection, tenant_id, row.game_template_id)
    if engine is None or engine.engine_status == EngineStatus.ACTIVE:
        return []
    return [Fault("$.engine_status", f"its engine, {engine.engine_name}, is {engine.engine_status}: make it active")]


def _opening_faults(row: WheelRow, to: str, now: datetime) -> list[Fault]:
    faults = []
    if to == "scheduled" and (row.opens_at is None or row.opens_at <= now):
        faults.append(Fault("$.opens_at", "a scheduled wheel opens at a time to come: set opens_at"))
    if to in ("scheduled", "active") and row.closes_at is not None and row.closes_at <= now:
        faults.append(Fault("$.closes_at", "is past: the wheel would end at once"))
    return faults


def _times(row: WheelRow, to: str, now: datetime) -> dict[str, datetime]:
    """The times that a move by hand moves."""
    if to == "active" and row.opens_at is not None and row.opens_at > now:
        return {"opens_at": now}
    if to == "ended" and row.closes_at is not None and row.closes_at > now:
        return {"closes_at": now}
    return {}
