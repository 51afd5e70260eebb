"""Voids of plays in Postgres: asked for, consented to, withdrawn; and what a play that is voided leaves undone.

The order of locks is the reward's delivery, then the result, the player, and the head of the audit trail last.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from games.lifecycles import ChanceStatus, ClaimStatus
from persistence import chance_endings, chances
from persistence.chances import ChanceRow, Grant
from persistence.records import of_record


@dataclass(frozen=True, slots=True)
class VoidRow:
    """A row of `spin_voids`."""

    id: UUID
    spin_session_id: UUID
    user_id: str
    void_status: str
    void_reason: str
    requested_by: str
    decided_by: str | None
    decided_at: datetime | None
    spin_chance_id: UUID | None
    row_version: int
    created_at: datetime


async def of_play(connection: Connection, tenant_id: UUID, session_id: UUID) -> list[VoidRow]:
    """The voids of a play, oldest first: withdrawn ones, and at most one that stands."""
    rows = await connection.fetch(
        "SELECT * FROM spin_voids WHERE tenant_id = $1 AND spin_session_id = $2 ORDER BY id", tenant_id, session_id
    )
    return [of_record(VoidRow, row) for row in rows]


async def page(
    connection: Connection, tenant_id: UUID, *, status: str | None, after: UUID | None, limit: int
) -> list[VoidRow]:
    """Voids, newest first, after the one named."""
    rows = await connection.fetch(
        "SELECT * FROM spin_voids WHERE tenant_id = $1 AND ($2::varchar IS NULL OR void_status = $2)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        tenant_id,
        status,
        after,
        limit,
    )
    return [of_record(VoidRow, row) for row in rows]


async def request(
    connection: Connection, tenant_id: UUID, session_id: UUID, user_id: str, reason: str, operator: str
) -> VoidRow:
    """Write down that an operator wants a play voided; its result must be locked, and no void of it stand."""
    row = await connection.fetchrow(
        "INSERT INTO spin_voids (tenant_id, spin_session_id, user_id, void_reason, requested_by)"
        " VALUES ($1, $2, $3, $4, $5) RETURNING *",
        tenant_id,
        session_id,
        user_id,
        reason,
        operator,
    )
    assert row is not None
    return of_record(VoidRow, row)


async def withdraw(connection: Connection, tenant_id: UUID, void_id: UUID, operator: str) -> VoidRow:
    """End a wish; its play's result must be locked."""
    row = await connection.fetchrow(
        "UPDATE spin_voids SET void_status = 'withdrawn', decided_by = $3, decided_at = clock_timestamp(),"
        " row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND void_status = 'requested' RETURNING *",
        tenant_id,
        void_id,
        operator,
    )
    assert row is not None
    return of_record(VoidRow, row)


async def void(
    connection: Connection, tenant_id: UUID, wish: VoidRow, operator: str, returned: ChanceRow | None
) -> VoidRow:
    """Void the play: its session, result and claim; what was open is closed. Outcome and nonce stay as they are."""
    session_id = wish.spin_session_id
    await connection.execute(
        "UPDATE spin_sessions SET spin_status = 'voided', void_reason = $3, row_version = row_version + 1,"
        " updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        session_id,
        wish.void_reason,
    )
    await connection.execute(
        "UPDATE spin_results SET result_status = 'voided', claim_status = CASE WHEN claim_status = ANY ($3::varchar[])"
        " THEN 'reversed' ELSE claim_status END, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        session_id,
        [ClaimStatus.UNCLAIMED, ClaimStatus.CLAIMING, ClaimStatus.CLAIMED],
    )
    await connection.execute("DELETE FROM open_spins WHERE tenant_id = $1 AND session_id = $2", tenant_id, session_id)
    row = await connection.fetchrow(
        "UPDATE spin_voids SET void_status = 'voided', decided_by = $3, decided_at = clock_timestamp(),"
        " spin_chance_id = $4, row_version = row_version + 1, updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND id = $2 AND void_status = 'requested' RETURNING *",
        tenant_id,
        wish.id,
        operator,
        None if returned is None else returned.id,
    )
    assert row is not None
    await _note(connection, tenant_id, wish, operator)
    return of_record(VoidRow, row)


async def _note(connection: Connection, tenant_id: UUID, wish: VoidRow, operator: str) -> None:
    await connection.execute(
        "WITH log_row AS (INSERT INTO game_logs (tenant_id, spin_session_id, log_level, log_message, log_details,"
        " log_category, source_component) VALUES ($1, $2, 'info', 'spin voided', $4, 'spin', 'play.voids'))"
        " INSERT INTO game_events (tenant_id, user_id, event_type, event_category, game_id, event_data)"
        " SELECT $1, $3, 'spin.voided', 'spin', wheel_game_id::text, jsonb_build_object('session_id', id)"
        " FROM spin_sessions WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        wish.spin_session_id,
        wish.user_id,
        f"by {operator}: {wish.void_reason}",
    )


async def give_back(
    connection: Connection, tenant_id: UUID, session_id: UUID, clock_offset: timedelta, actor: str
) -> ChanceRow | None:
    """Give the chance that a play has spent back to its player, whose row is locked; None when it spent none.

    It is a grant of its own, of the same type and for the same wheels, and can be used as long as the one that was
    spent, and for a day at least.
    """
    spent = await connection.fetchrow(
        "SELECT chance.id, chance.user_id, chance.chance_type, chance.expires_at IS NULL AS lasts,"
        " greatest(chance.expires_at, clock_timestamp() + $3::interval + interval '1 day') AS expires_at"
        " FROM spin_sessions AS session"
        " JOIN spin_chances AS chance ON chance.tenant_id = $1 AND chance.id = session.spin_chance_id"
        " WHERE session.tenant_id = $1 AND session.id = $2",
        tenant_id,
        session_id,
        clock_offset,
    )
    if spent is None:
        return None
    (before,) = await chances.read(connection, tenant_id, [spent["id"]])
    back = Grant(
        user_id=spent["user_id"],
        chance_type=spent["chance_type"],
        chance_count=1,
        award_reason=f"given back for voided spin {session_id}",
        source="void",
        source_key=str(session_id),
        expires_at=None if spent["lasts"] else spent["expires_at"],
        wheels=before.wheels,
    )
    row, _ = await chances.grant(connection, tenant_id, back, actor)
    return row


async def take_won_chances(
    connection: Connection, tenant_id: UUID, session_id: UUID, clock_offset: timedelta, actor: str
) -> None:
    """Revoke the chances that a play has won, of which none has been used; one that has raises `LookupError`.

    The player's row must be locked.
    """
    won = await connection.fetchrow(
        "SELECT chance.id, chance.used_chances FROM chance_grants AS made"
        " JOIN spin_chances AS chance ON chance.tenant_id = $1 AND chance.id = made.spin_chance_id"
        " WHERE made.tenant_id = $1 AND made.source = 'reward' AND made.source_key = $2::uuid::text",
        tenant_id,
        session_id,
    )
    if won is None:
        return
    if won["used_chances"]:
        raise LookupError
    reason = f"won by voided spin {session_id}"
    await chance_endings.end(connection, tenant_id, [won["id"]], ChanceStatus.REVOKED, clock_offset, actor, reason)
