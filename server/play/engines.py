"""Engines as operators run them: made, configured, put to work, taken out for maintenance, retired."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.engines import Engine
from games.errors import Conflict, NotFound
from games.lifecycles import ENGINE, EngineStatus
from games.messages.events import GameMoved
from persistence import audit, engines, outbox
from persistence import wheel_changes as changes
from persistence.database import Database
from persistence.engines import EngineRow, LiveWheel
from persistence.publishing import publish
from server.play import installed
from server.play.outbox import Relay

#: An engine is configured where no player sees it change.
_CONFIGURABLE = (EngineStatus.DRAFT, EngineStatus.MAINTENANCE)


class Engines:
    """The use-cases of engines, for one node."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay

    async def page(
        self, tenant_id: UUID, *, status: str | None, engine_type: str | None, after: UUID | None, limit: int
    ) -> Sequence[EngineRow]:
        """Engines, oldest first."""
        async with self._database.tenant(tenant_id) as connection:
            return await engines.page(
                connection, tenant_id, status=status, engine_type=engine_type, after=after, limit=limit
            )

    async def read(self, tenant_id: UUID, engine_id: UUID) -> EngineRow:
        """One engine; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            return await self._read(connection, tenant_id, engine_id)

    async def make(
        self, tenant_id: UUID, name: str, engine_type: str, version: str | None, config: dict[str, Any], actor: str
    ) -> EngineRow:
        """Make a draft. Raises `BadRequest` with every fault of its type, version and configuration, and `Conflict`."""
        found = installed.engine(engine_type, version)
        values = {
            "engine_name": name,
            "engine_type": found.engine_type,
            "engine_version": found.engine_version,
            **_configured(found, config),
        }
        async with self._database.tenant(tenant_id) as connection:
            engine_id = await engines.add(connection, tenant_id, values)
            made = await self._read(connection, tenant_id, engine_id)
            await audit.record(connection, tenant_id, actor, "engine.made", "game_engines", engine_id, made)
        return made

    async def change(
        self, tenant_id: UUID, engine_id: UUID, values: Mapping[str, Any], row_version: int, actor: str
    ) -> EngineRow:
        """Rename it, or configure it anew: wheels that are open, or are going to be, then go on in their next version.

        Raises `NotFound`, `Conflict` (stale, or not in this status), `BadRequest` with every fault.
        """
        async with self._database.tenant(tenant_id) as connection:
            if "engine_config" in values:
                # Wheels before their engine, as one that opens takes them.
                await _lock_wheels(connection, tenant_id, engine_id)
            before = await self._lock(connection, tenant_id, engine_id)
            if before.engine_status == EngineStatus.RETIRED:
                raise Conflict("The engine is retired; it can change no more.")
            written = dict(values)
            if "engine_config" in values:
                if before.engine_status not in _CONFIGURABLE:
                    raise Conflict("The engine is active, and players see what it does. Put it into maintenance first.")
                found = installed.engine(before.engine_type, before.engine_version)
                written |= _configured(found, values["engine_config"])
            await engines.change(connection, tenant_id, engine_id, row_version, written)
            after = await self._read(connection, tenant_id, engine_id)
            if after.engine_config != before.engine_config:
                await self._publish_anew(connection, tenant_id, engine_id)
            await audit.record(connection, tenant_id, actor, "engine.changed", "game_engines", engine_id, after, before)
        self._relay.wake(tenant_id)
        return after

    async def move(self, tenant_id: UUID, engine_id: UUID, to: str, actor: str, reason: str | None = None) -> EngineRow:
        """Move an engine on; those who watch its wheels are told.

        While it is not active its wheels take no spins, and none of them opens. Raises `NotFound`, `Conflict` (also to
        retire one that wheels stand on), `BadRequest` when what it is made active with is not installed or does not
        fit.
        """
        async with self._database.tenant(tenant_id) as connection:
            before = await self._lock(connection, tenant_id, engine_id)
            target = ENGINE.check(before.engine_status, to)
            wheels = await engines.live_wheels(connection, tenant_id, engine_id)
            values: dict[str, Any] = {"engine_status": target}
            if target == EngineStatus.RETIRED and wheels:
                names = ", ".join(wheel.wheel_name for wheel in wheels[:3]) + (" …" if len(wheels) > 3 else "")
                raise Conflict(f"{len(wheels)} of its wheels are not ended yet ({names}). End them first.")
            if target == EngineStatus.ACTIVE:
                found = installed.engine(before.engine_type, before.engine_version)
                values |= _configured(found, msgspec.json.decode(before.engine_config))
            await engines.change(connection, tenant_id, engine_id, before.row_version, values)
            after = await self._read(connection, tenant_id, engine_id)
            for wheel in wheels:
                await _tell(connection, tenant_id, wheel)
            await audit.record(
                connection,
                tenant_id,
                actor,
                "engine.moved",
                "game_engines",
                engine_id,
                {"engine_status": target, "reason": reason, "wheels": [wheel.id for wheel in wheels]},
                {"engine_status": before.engine_status},
            )
        self._relay.wake(tenant_id)
        return after

    async def _publish_anew(self, connection: Connection, tenant_id: UUID, engine_id: UUID) -> None:
        """The configuration belongs to the terms: every wheel that stands on the engine gets its next version."""
        for wheel in await _lock_wheels(connection, tenant_id, engine_id):
            await publish(connection, tenant_id, wheel.id)
        for wheel in await engines.live_wheels(connection, tenant_id, engine_id):
            await _tell(connection, tenant_id, wheel)

    async def _read(self, connection: Connection, tenant_id: UUID, engine_id: UUID) -> EngineRow:
        return _there(await engines.by_id(connection, tenant_id, engine_id))

    async def _lock(self, connection: Connection, tenant_id: UUID, engine_id: UUID) -> EngineRow:
        return _there(await engines.lock(connection, tenant_id, engine_id))


async def _lock_wheels(connection: Connection, tenant_id: UUID, engine_id: UUID) -> list[LiveWheel]:
    """The engine's wheels that are open, or are going to be, each locked against spins and other writers."""
    wheels = await engines.live_wheels(connection, tenant_id, engine_id)
    for wheel in wheels:
        await changes.lock(connection, tenant_id, wheel.id)
    return wheels


def _there(row: EngineRow | None) -> EngineRow:
    if row is None:
        raise NotFound("There is no such engine.")
    return row


def _configured(found: Engine, config: dict[str, Any]) -> dict[str, str]:
    """The columns that an engine's code has checked, and those that it writes itself."""
    return {
        "engine_config": msgspec.json.encode(installed.checked(found, config)).decode(),
        "engine_capabilities": msgspec.json.encode(dict(found.capabilities)).decode(),
    }


async def _tell(connection: Connection, tenant_id: UUID, wheel: LiveWheel) -> None:
    told = GameMoved("wheel", wheel.id, wheel.wheel_name, wheel.wheel_status, wheel.version_number)
    for channel in ("tenant", f"wheel:{wheel.id}"):
        await outbox.add(connection, tenant_id, channel, "game.changed", told)
