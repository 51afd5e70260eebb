"""Plays in Postgres: read whole, completed when the wheel has stopped, shown to their player."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection, Record

from games.lifecycles import DeliveryStatus
from persistence import claims, outbox, rewards
from persistence.database import Database
from persistence.rewards import Delivery, Owed
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class Play:
    """A play read back whole. `plan` is there only while it is open."""

    session_id: UUID
    user_id: str
    display_name: str | None
    wheel_id: UUID
    request_id: str
    spin_status: str
    started_at: datetime
    completed_at: datetime | None
    stops_at: datetime
    duration_ms: int
    nonce: int
    version_id: UUID
    chance_id: UUID | None
    reward_id: UUID
    range_reward_id: UUID
    position: int
    angle_deg: float
    win_status: str
    claim_status: str
    paid_amount: str
    result_status: str
    epoch_id: UUID
    epoch_status: str
    server_seed_hash: str
    client_seed: str
    server_seed_encrypted: bytes
    plan: bytes | None
    featured: bool
    row_version: int


async def read(connection: Connection, tenant_id: UUID, session_ids: Sequence[UUID]) -> list[Play]:
    """The plays of these ids that the tenant has, in the order asked for."""
    return [_play(row) for row in await connection.fetch(statement("read_plays"), tenant_id, list(session_ids))]


async def open_ids(
    connection: Connection,
    tenant_id: UUID,
    *,
    user_id: str | None = None,
    wheel_id: UUID | None = None,
    limit: int = 50,
) -> list[UUID]:
    """Ids of open plays of a player (turning, or not seen), or of those turning and featured on a wheel."""
    if user_id is not None:
        query = (
            "SELECT session_id FROM open_spins WHERE tenant_id = $1 AND user_id = $2 ORDER BY session_id DESC LIMIT $3"
        )
        rows = await connection.fetch(query, tenant_id, user_id, limit)
    else:
        query = (
            "SELECT session_id FROM open_spins WHERE tenant_id = $1 AND wheel_game_id = $2 AND featured"
            " AND revealed_at IS NULL ORDER BY session_id DESC LIMIT $3"
        )
        rows = await connection.fetch(query, tenant_id, wheel_id, limit)
    return [row["session_id"] for row in rows]


async def open_ids_of(connection: Connection, tenant_id: UUID, user_ids: Sequence[str], each: int) -> list[UUID]:
    """Ids of open plays of several players, the newest `each` of every one, newest first."""
    query = (
        "SELECT open.session_id FROM unnest($2::varchar[]) AS player (user_id) CROSS JOIN LATERAL ("
        "SELECT session_id FROM open_spins WHERE tenant_id = $1 AND user_id = player.user_id"
        " ORDER BY session_id DESC LIMIT $3) AS open ORDER BY open.session_id DESC"
    )
    return [row["session_id"] for row in await connection.fetch(query, tenant_id, list(user_ids), each)]


@dataclass(frozen=True, slots=True)
class WonChances:
    """Chances that a spin has won for its player; `hours` to use them in, or None for no expiry."""

    session_id: UUID
    user_id: str
    chances: int
    hours: int | None


@dataclass(frozen=True, slots=True)
class Claimable:
    """A reward that its player has so long to claim, once the wheel has stopped."""

    session_id: UUID
    claim_within: timedelta


@dataclass(frozen=True, slots=True)
class TakenItem:
    """A spin was paid out of a reward of limited stock."""

    session_id: UUID
    reward_id: UUID


@dataclass(frozen=True, slots=True)
class Untold:
    """Word of a play's result that could not be published when its wheel stopped."""

    session_id: UUID
    message: outbox.Message


@dataclass(frozen=True, slots=True)
class Dues:
    """What follows when plays are completed, with it: chances, rewards owed, ends of claims, stock that was taken.

    `told`: what the player of a reward is told of its delivery.
    """

    told: Callable[[Delivery], object]

    won: Sequence[WonChances] = ()
    owed: Sequence[Owed] = ()
    claimable: Sequence[Claimable] = ()
    taken: Sequence[TakenItem] = ()


async def complete(
    database: Database, tenant_id: UUID, session_ids: Sequence[UUID], dues: Dues, untold: Sequence[Untold] = ()
) -> list[UUID]:
    """Complete stopped spins with all that follows; answers those that this call completed.

    Until then the open play itself is what says that its result must be told: whoever completes it tells it first. What
    is `untold` at that moment goes into the outbox, so that a result costs a row there only when Redis is away.
    """
    async with database.tenant(tenant_id) as connection:
        if dues.won:
            await connection.fetch(statement("lock_players"), tenant_id, sorted({one.user_id for one in dues.won}))
        rows = await connection.fetch(
            statement("complete_spins"), tenant_id, sorted(session_ids), database.clock_offset
        )
        completed = {row["session_id"] for row in rows}
        won = [one for one in dues.won if one.session_id in completed]
        await credit(connection, tenant_id, won, database.clock_offset)
        made = await rewards.owe(
            connection, tenant_id, [one for one in dues.owed if one.source_id in completed], database.clock_offset
        )
        # An attempt tells what it comes to, within a moment; of a thing nobody would, until it is shipped.
        for one in made:
            if one.delivery_status == DeliveryStatus.MANUAL:
                await outbox.add(connection, tenant_id, f"user:{one.user_id}", "reward.changed", dues.told(one))
        await claims.end_in_time(
            connection,
            tenant_id,
            {one.session_id: one.claim_within for one in dues.claimable if one.session_id in completed},
        )
        await _show_taken(connection, tenant_id, [one for one in dues.taken if one.session_id in completed])
        await outbox.add_all(connection, tenant_id, [one.message for one in untold if one.session_id in completed])
        return list(completed)


async def _show_taken(connection: Connection, tenant_id: UUID, taken: Sequence[TakenItem]) -> None:
    if taken:
        times = Counter(one.reward_id for one in taken)
        await connection.execute(statement("reveal_stock"), tenant_id, list(times), list(times.values()))


async def credit(connection: Connection, tenant_id: UUID, won: Sequence[WonChances], clock_offset: timedelta) -> None:
    """Credit chances that spins have won, once a spin; the players are locked."""
    if won:
        await connection.execute(
            statement("credit_reward_chances"),
            tenant_id,
            [one.session_id for one in won],
            [one.user_id for one in won],
            [one.chances for one in won],
            [one.hours for one in won],
            clock_offset,
        )


async def mark_shown(database: Database, tenant_id: UUID, session_ids: Sequence[UUID]) -> None:
    """Note that the player has seen these results."""
    async with database.tenant(tenant_id) as connection:
        await connection.execute(statement("show_results"), tenant_id, list(session_ids))
        # A reward may have arrived before its player has seen the result.
        await connection.execute(statement("settle_shown_results"), tenant_id, list(session_ids))


async def overdue(database: Database, older_than_s: float, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, session) of plays over all tenants that stopped a while ago and nobody has completed."""
    async with database.platform() as connection:
        rows = await connection.fetch(
            "SELECT tenant_id, session_id FROM open_spins WHERE revealed_at IS NULL"
            " AND stops_at < clock_timestamp() + $1::interval - $2 * interval '1 second' ORDER BY stops_at LIMIT $3",
            database.clock_offset,
            older_than_s,
            limit,
        )
    return [(row["tenant_id"], row["session_id"]) for row in rows]


def _play(row: Record) -> Play:
    return Play(
        session_id=row["session_id"],
        user_id=row["user_id"],
        display_name=row["display_name"],
        wheel_id=row["wheel_id"],
        request_id=row["request_id"],
        spin_status=row["spin_status"],
        started_at=row["spin_started_at"],
        completed_at=row["spin_completed_at"],
        stops_at=row["stops_at"],
        duration_ms=row["spin_duration_ms"],
        nonce=row["nonce"],
        version_id=row["version_id"],
        chance_id=row["chance_id"],
        reward_id=row["reward_id"],
        range_reward_id=row["range_reward_id"],
        position=row["position"],
        angle_deg=row["angle_deg"],
        win_status=row["win_status"],
        claim_status=row["claim_status"],
        paid_amount=str(row["paid_amount"]),
        result_status=row["result_status"],
        epoch_id=row["epoch_id"],
        epoch_status=row["epoch_status"],
        server_seed_hash=row["server_seed_hash"],
        client_seed=row["client_seed"],
        server_seed_encrypted=row["server_seed_encrypted"],
        plan=row["plan"],
        featured=row["featured"],
        row_version=row["row_version"],
    )
