"""Wheels in Postgres: their rows, and their published versions, which never change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.lifecycles import EngineStatus
from persistence.records import of_record

_WHEEL = """
    SELECT wheel.*, engine.engine_type, engine.engine_version, engine.engine_status, engine.engine_config,
        version.version_number, version.config_digest, version.terms_digest,
        ARRAY(
            SELECT reward.id FROM wheel_rewards AS reward
            WHERE reward.tenant_id = wheel.tenant_id AND reward.wheel_game_id = wheel.id
                AND reward.reward_status = 'depleted'
        ) AS depleted
    FROM wheel_games AS wheel
    LEFT JOIN game_templates AS template
        ON template.tenant_id = wheel.tenant_id AND template.id = wheel.game_template_id
    LEFT JOIN game_engines AS engine
        ON engine.tenant_id = template.tenant_id AND engine.id = template.game_engine_id
    LEFT JOIN wheel_versions AS version
        ON version.tenant_id = wheel.tenant_id AND version.id = wheel.current_version_id
    WHERE wheel.tenant_id = $1
"""


@dataclass(frozen=True, slots=True)
class WheelRow:
    """A row of `wheel_games`, with its engine's type and what its published version says."""

    id: UUID
    game_template_id: UUID | None
    wheel_name: str
    wheel_slug: str
    wheel_status: str
    wheel_description: str | None
    wheel_config: msgspec.Raw
    spin_config: msgspec.Raw
    spin_chance_for_page_visit: int
    is_active: bool
    row_version: int
    created_at: datetime
    updated_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    engine_type: str
    engine_version: str
    engine_status: str
    engine_config: msgspec.Raw
    current_version_id: UUID | None
    version_number: int | None
    config_digest: str | None
    terms_digest: str | None
    #: rewards whose last item has been shown to its winner
    depleted: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class RewardRow:
    """A row of `wheel_rewards`: what it pays and its range. `reward_detail` is JSON."""

    id: UUID
    reward_slug: str
    reward_label: str
    reward_type: str
    reward_color: str | None
    reward_description: str | None
    reward_detail: bytes
    reward_status: str
    range_start: int
    range_end: int
    probability: Decimal


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A row of `wheel_versions`: what was published, to the letter."""

    id: UUID
    wheel_id: UUID
    version_number: int
    size: int
    config_text: str
    config_digest: str
    terms_digest: str
    terms: bytes


@dataclass(frozen=True, slots=True)
class WinRow:
    """A win that has been shown."""

    session_id: UUID
    user_id: str
    display_name: str | None
    reward_id: UUID
    version_id: UUID
    paid_amount: str
    at: datetime


async def by_id(connection: Connection, tenant_id: UUID, wheel_id: UUID) -> WheelRow | None:
    """The wheel of that id, or None."""
    row = await connection.fetchrow(_WHEEL + " AND wheel.id = $2", tenant_id, wheel_id)
    return None if row is None else _wheel(row)


async def unknown(connection: Connection, tenant_id: UUID, wheel_ids: Collection[UUID]) -> set[UUID]:
    """Those ids that are of no wheel of the tenant."""
    if not wheel_ids:
        return set()
    rows = await connection.fetch(
        "SELECT id FROM wheel_games WHERE tenant_id = $1 AND id = ANY ($2::uuid[])", tenant_id, list(wheel_ids)
    )
    return set(wheel_ids) - {row["id"] for row in rows}


_AFTER_BY_NAME = (
    "(lower(wheel.wheel_name), wheel.id) > (SELECT lower(last.wheel_name), last.id"
    " FROM wheel_games AS last WHERE last.tenant_id = $1 AND last.id = $4)"
)
#: Orders of a list of wheels: which wheels come after the one of id $4, and by what they are ordered.
ORDERS = {
    "oldest": ("wheel.id > $4", "wheel.id"),
    "newest": ("wheel.id < $4", "wheel.id DESC"),
    "name": (_AFTER_BY_NAME, "lower(wheel.wheel_name), wheel.id"),
}


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    slug: str | None,
    statuses: Sequence[str] | None,
    after: UUID | None,
    limit: int,
    words: str | None = None,
    order: str = "oldest",
) -> list[WheelRow]:
    """Wheels after the one named in one of `ORDERS`: of a slug, in some statuses, with words in name or slug."""
    following, by = ORDERS[order]
    rows = await connection.fetch(
        _WHEEL + " AND ($2::varchar IS NULL OR wheel.wheel_slug = $2)"
        " AND ($3::varchar[] IS NULL OR wheel.wheel_status = ANY ($3))"
        " AND ($6::varchar IS NULL"
        " OR strpos(lower(wheel.wheel_name || ' ' || wheel.wheel_slug), lower($6)) > 0)"
        f" AND ($4::uuid IS NULL OR {following}) ORDER BY {by} LIMIT $5",
        tenant_id,
        slug,
        None if statuses is None else list(statuses),
        after,
        limit,
        words,
    )
    return [_wheel(row) for row in rows]


async def rewards_of(connection: Connection, tenant_id: UUID, wheel_id: UUID) -> list[RewardRow]:
    """The rewards of a wheel as they stand now, in the order of their ranges; published or not."""
    rows = await connection.fetch(
        "SELECT id, reward_slug, reward_label, reward_type, reward_color, reward_description, reward_detail,"
        " reward_status, range_start, range_end, probability FROM wheel_rewards"
        " WHERE tenant_id = $1 AND wheel_game_id = $2 AND is_active ORDER BY range_start, id",
        tenant_id,
        wheel_id,
    )
    return [RewardRow(**dict(row) | {"reward_detail": row["reward_detail"].encode()}) for row in rows]


async def versions(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> list[VersionRow]:
    """Published versions by id."""
    rows = await connection.fetch(
        "SELECT id, wheel_game_id, version_number, size, config_text, config_digest, terms_digest, terms"
        " FROM wheel_versions WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        tenant_id,
        list(ids),
    )
    return [
        VersionRow(
            id=row["id"],
            wheel_id=row["wheel_game_id"],
            version_number=row["version_number"],
            size=row["size"],
            config_text=row["config_text"],
            config_digest=row["config_digest"],
            terms_digest=row["terms_digest"],
            terms=row["terms"].encode(),
        )
        for row in rows
    ]


async def last_wins(connection: Connection, tenant_id: UUID, wheel_id: UUID, limit: int = 10) -> list[WinRow]:
    """The wheel's newest wins whose wheel has stopped."""
    rows = await connection.fetch(
        "SELECT result.id, result.user_id, player.display_name, result.wheel_reward_id, result.wheel_version_id,"
        " result.paid_amount, session.stops_at"
        " FROM spin_results AS result"
        " JOIN spin_sessions AS session ON session.tenant_id = $1 AND session.id = result.id"
        " LEFT JOIN players AS player ON player.tenant_id = $1 AND player.user_id = result.user_id"
        " WHERE result.tenant_id = $1 AND result.wheel_game_id = $2 AND result.win_status = 'win'"
        " AND session.spin_status = 'completed' ORDER BY result.id DESC LIMIT $3",
        tenant_id,
        wheel_id,
        limit,
    )
    return [
        WinRow(
            session_id=row["id"],
            user_id=row["user_id"],
            display_name=row["display_name"],
            reward_id=row["wheel_reward_id"],
            version_id=row["wheel_version_id"],
            paid_amount=str(row["paid_amount"]),
            at=row["stops_at"],
        )
        for row in rows
    ]


def _wheel(row: Record) -> WheelRow:
    return of_record(
        WheelRow,
        row,
        wheel_config=msgspec.Raw((row["wheel_config"] or "{}").encode()),
        spin_config=msgspec.Raw((row["spin_config"] or "{}").encode()),
        engine_type=row["engine_type"] or "wheel",
        engine_version=row["engine_version"] or "1",
        engine_status=row["engine_status"] or EngineStatus.ACTIVE,
        engine_config=msgspec.Raw((row["engine_config"] or "{}").encode()),
        depleted=frozenset(row["depleted"]),
    )
