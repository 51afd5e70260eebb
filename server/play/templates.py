"""Templates as operators keep them: made, changed, switched off, and what a game of one begins with."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import BadRequest, Conflict, Fault, NotFound
from games.lifecycles import EngineStatus
from games.templates import PARTS, TEMPLATE_KINDS, game_of, template_faults
from persistence import audit, engines, jackpots, templates
from persistence.database import Database
from persistence.templates import TemplateRow


class Templates:
    """The use-cases of templates, for one node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        tenant_id: UUID,
        *,
        template_type: str | None,
        template_category: str | None,
        engine_id: UUID | None,
        is_active: bool | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[TemplateRow]:
        """Templates, oldest first."""
        async with self._database.tenant(tenant_id) as connection:
            return await templates.page(
                connection,
                tenant_id,
                template_type=template_type,
                template_category=template_category,
                engine_id=engine_id,
                is_active=is_active,
                after=after,
                limit=limit,
            )

    async def read(self, tenant_id: UUID, template_id: UUID) -> TemplateRow:
        """One template; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            return await self._read(connection, tenant_id, template_id)

    async def make(self, tenant_id: UUID, values: Mapping[str, Any], actor: str) -> TemplateRow:
        """Make a template. Raises `BadRequest` with every fault, `Conflict` when its name is taken."""
        async with self._database.tenant(tenant_id) as connection:
            faults = await _engine_faults(connection, tenant_id, values["template_type"], values["game_engine_id"])
            await _check(connection, tenant_id, values["template_type"], values, faults)
            template_id = await templates.add(connection, tenant_id, dict(values))
            made = await self._read(connection, tenant_id, template_id)
            await audit.record(connection, tenant_id, actor, "template.made", "game_templates", template_id, made)
        return made

    async def change(
        self, tenant_id: UUID, template_id: UUID, values: Mapping[str, Any], row_version: int, actor: str
    ) -> TemplateRow:
        """Change columns; games that were made of it stay as they are. Raises `NotFound`, `Conflict`, `BadRequest`."""
        async with self._database.tenant(tenant_id) as connection:
            before = await self._read(connection, tenant_id, template_id)
            columns = {name: values.get(name, _decoded(before)[name]) for name in PARTS}
            await _check(connection, tenant_id, before.template_type, columns, [])
            await templates.change(connection, tenant_id, template_id, row_version, dict(values))
            after = await self._read(connection, tenant_id, template_id)
            await audit.record(
                connection, tenant_id, actor, "template.changed", "game_templates", template_id, after, before
            )
        return after

    async def game(
        self, tenant_id: UUID, template_id: UUID, template_type: str, overrides: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The body of a new game of a template, as the game's own route takes it.

        Raises `NotFound`, and `Conflict` when the template is of another kind of game, is switched off, or belongs to
        an engine that is retired.
        """
        template = await self.read(tenant_id, template_id)
        if template.template_type != template_type:
            raise Conflict(f"This is the template of a {template.template_type}; no {template_type} is made of it.")
        if not template.is_active:
            raise Conflict("The template is switched off. Switch it on, or choose another.")
        if template.engine_status == EngineStatus.RETIRED:
            raise Conflict("The template's engine is retired: what is made of it could never open. Choose another.")
        return game_of(_decoded(template), overrides)

    async def _read(self, connection: Connection, tenant_id: UUID, template_id: UUID) -> TemplateRow:
        row = await templates.by_id(connection, tenant_id, template_id)
        if row is None:
            raise NotFound("There is no such template.")
        return row


async def _engine_faults(
    connection: Connection, tenant_id: UUID, template_type: str, engine_id: UUID | None
) -> list[Fault]:
    path = "$.game_engine_id"
    if not TEMPLATE_KINDS[template_type].by_engine:
        return [Fault(path, f"no engine reveals a {template_type}: leave it out")] if engine_id is not None else []
    if engine_id is None:
        return [Fault(path, f"is missing: the template of a {template_type} belongs to the engine that reveals it")]
    engine = await engines.by_id(connection, tenant_id, engine_id)
    if engine is None:
        return [Fault(path, "is no engine of this tenant")]
    retired = engine.engine_status == EngineStatus.RETIRED
    return [Fault(path, f"{engine.engine_name} is retired: choose another engine")] if retired else []


async def _check(
    connection: Connection, tenant_id: UUID, template_type: str, columns: Mapping[str, Any], faults: list[Fault]
) -> None:
    currency = await jackpots.currency(connection, tenant_id)
    if found := faults + template_faults(template_type, columns, currency):
        raise BadRequest("The template does not fit: every fault is listed.", faults=found)


def _decoded(template: TemplateRow) -> dict[str, dict[str, Any]]:
    return {name: msgspec.json.decode(getattr(template, name)) for name in PARTS}
