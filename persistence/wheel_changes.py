"""Wheels in Postgres, as operators change them: made, changed, given rewards, moved."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Connection, ForeignKeyViolationError, UniqueViolationError

from games.errors import BadRequest, Conflict, Fault
from games.lifecycles import RewardStatus
from games.wheel.offer import SetReward
from persistence import wheels
from persistence.database import Database
from persistence.statements import statement
from persistence.wheels import WheelRow

#: Columns that an operator sets.
COLUMNS = (
    "game_template_id",
    "wheel_name",
    "wheel_slug",
    "wheel_description",
    "wheel_config",
    "spin_config",
    "spin_chance_for_page_visit",
    "opens_at",
    "closes_at",
)


async def add(connection: Connection, tenant_id: UUID, values: dict[str, Any]) -> UUID:
    """Make a draft out of the columns that an operator sets. Raises `Conflict` when its slug is taken."""
    names = [column for column in COLUMNS if column in values]
    try:
        made: UUID = await connection.fetchval(
            f"INSERT INTO wheel_games (tenant_id, {', '.join(names)})"  # noqa: S608 - names of columns, no values
            f" VALUES ($1, {', '.join(f'${place}' for place in range(2, 2 + len(names)))}) RETURNING id",
            tenant_id,
            *(_kept(values[name]) for name in names),
        )
    except UniqueViolationError:
        raise _slug_taken(values["wheel_slug"]) from None
    except ForeignKeyViolationError:
        raise _no_template() from None
    return made


async def lock(connection: Connection, tenant_id: UUID, wheel_id: UUID) -> WheelRow | None:
    """The wheel, locked against every other writer and against spins until this transaction ends."""
    await connection.execute(
        "SELECT FROM wheel_games WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tenant_id, wheel_id
    )
    return await wheels.by_id(connection, tenant_id, wheel_id)


async def change(
    connection: Connection, tenant_id: UUID, wheel_id: UUID, row_version: int, values: dict[str, Any]
) -> None:
    """Set columns of a locked wheel. Raises `Conflict` when it has changed since the caller read it."""
    names = [column for column in (*COLUMNS, "wheel_status") if column in values]
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 4))
    try:
        changed = await connection.execute(
            f"UPDATE wheel_games SET {sets}row_version = row_version + 1, updated_at = clock_timestamp()"  # noqa: S608 - names of columns, no values
            " WHERE tenant_id = $1 AND id = $2 AND row_version = $3",
            tenant_id,
            wheel_id,
            row_version,
            *(_kept(values[name]) for name in names),
        )
    except UniqueViolationError:
        raise _slug_taken(values["wheel_slug"]) from None
    except ForeignKeyViolationError:
        raise _no_template() from None
    if changed != "UPDATE 1":
        raise Conflict("The wheel has changed since you read it. Read it again and repeat your change.")


async def reward_statuses(connection: Connection, tenant_id: UUID, wheel_id: UUID) -> dict[str, str]:
    """The status of every reward that the wheel has or has had, by slug."""
    rows = await connection.fetch(
        "SELECT reward_slug, reward_status FROM wheel_rewards WHERE tenant_id = $1 AND wheel_game_id = $2",
        tenant_id,
        wheel_id,
    )
    return {row["reward_slug"]: row["reward_status"] for row in rows}


async def set_rewards(
    connection: Connection, tenant_id: UUID, wheel_id: UUID, rewards: Sequence[SetReward], *, retire: bool
) -> None:
    """Replace the rewards of a locked wheel by a whole set. `retire`: those that go have been published."""
    planned = [one.planned for one in rewards]
    await connection.execute(
        statement("set_wheel_rewards"),
        tenant_id,
        wheel_id,
        RewardStatus.RETIRED if retire else None,
        [one.reward_slug for one in planned],
        [one.reward_label for one in planned],
        [one.reward_type for one in planned],
        [one.reward_color for one in planned],
        [one.reward_description for one in planned],
        [msgspec.json.encode(one.reward_detail).decode() for one in planned],
        [one.start for one in rewards],
        [one.end for one in rewards],
        [one.probability for one in rewards],
    )


class Due(NamedTuple):
    """A wheel whose time has come, and what it becomes."""

    tenant_id: UUID
    wheel_id: UUID
    next_status: str


async def due(database: Database) -> list[Due]:
    """Wheels over all tenants that are to open or to end by the database's clock."""
    async with database.platform() as connection:
        rows = await connection.fetch(statement("read_due_wheels"), database.clock_offset)
    return [Due(*row) for row in rows]


def _kept(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, msgspec.Struct) else value


def _slug_taken(slug: str) -> Conflict:
    return Conflict(f"Another wheel has the wheel_slug {slug!r} already. Choose another.")


def _no_template() -> BadRequest:
    told = "is no template of this tenant"
    return BadRequest("There is no such template.", faults=[Fault("$.game_template_id", told)])
