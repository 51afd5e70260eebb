"""Many grants of chances at once, in a handful of statements, in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Connection

from persistence import audit
from persistence.chances import ChanceRow, Grant, granted_entry, lock_players, metadata_of, rows_of
from persistence.statements import statement


async def grant_all(
    connection: Connection, tenant_id: UUID, source: str, wanted: Sequence[Grant], actor: str
) -> list[tuple[ChanceRow, bool]]:
    """Give grants of one source, each of its keys once; answers each one's row, and whether it was made by it.

    Players are locked first, then keys, both in their order, so that calls of the same grants wait for each other.
    """
    await lock_players(connection, tenant_id, dict.fromkeys((one.user_id for one in wanted), None))
    fresh = await connection.fetch(
        statement("add_chances"),
        tenant_id,
        source,
        [one.source_key for one in wanted],
        [one.user_id for one in wanted],
        [one.chance_type for one in wanted],
        [one.award_reason for one in wanted],
        [one.chance_count for one in wanted],
        [one.expires_at for one in wanted],
        [metadata_of(one) for one in wanted],
    )
    made = {row["id"] for row in fresh}
    found = await connection.fetch(
        "SELECT given.source_key, held.* FROM chance_grants AS given JOIN spin_chances AS held"
        " ON held.tenant_id = $1 AND held.id = given.spin_chance_id"
        " WHERE given.tenant_id = $1 AND given.source = $2 AND given.source_key = ANY ($3::varchar[])",
        tenant_id,
        source,
        [one.source_key for one in wanted],
    )
    rows = dict(zip((record["source_key"] for record in found), rows_of(found), strict=True))
    given = [rows[one.source_key] for one in wanted]
    if made:
        await audit.append(
            connection, tenant_id, [granted_entry(row, actor) for row in rows.values() if row.id in made]
        )
    answers = []
    for row in given:
        answers.append((row, row.id in made))
        made.discard(row.id)
    return answers
