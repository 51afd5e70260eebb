"""Brings what a fixture holds into a tenant, in one transaction, or tells what that would do."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from games.errors import BadRequest, Fault
from persistence import audit, chance_batches, claims, imports, wheel_changes
from persistence.chances import Grant, lock_players
from persistence.database import Database
from server.importing.fixture import Record
from server.importing.reading import ReadChance, Reading, ReadWheel
from server.moments import wire_time

#: Where grants come from that were brought; their key is the object's name.
SOURCE = "django"
#: Who brings.
IMPORT = "wheelhouse import"
#: Grants written at a time.
_SLICE = 500


@dataclass(slots=True)
class Brought:
    """What was brought, or would be, and what was left, line by line."""

    lines: list[str] = field(default_factory=list)
    wheels: int = 0
    rewards: int = 0
    grants: int = 0
    chances: int = 0
    left: int = 0

    def leave(self, record: Record, why: str) -> None:
        """An object is not brought."""
        self.left += 1
        self.lines.append(f"left   {record.name}: {why}")


async def bring(database: Database, tenant_id: UUID, reading: Reading, *, dry_run: bool) -> Brought:
    """Bring what is not there yet, all or nothing; with `dry_run` tell what that would be and write nothing.

    Players of the tenant who spin meanwhile wait until it is done. Raises `BadRequest` when a slug is another wheel's.
    """
    brought = Brought()
    async with database.tenant(tenant_id) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import:{tenant_id}")
        before = await imports.wheels_brought(connection, tenant_id)
        wheels = await _wheels(connection, tenant_id, reading, dict(before), brought, dry_run=dry_run)
        chances = await _fresh(
            connection, tenant_id, reading, await claims.now(connection, database.clock_offset), brought
        )
        if not dry_run:
            grants = [_grant(one, [wheels[record.name] for record in one.wheels]) for one in chances]
            # All players first, in their order: what follows locks the audit trail, which spins lock after players.
            await lock_players(connection, tenant_id, dict.fromkeys((one.user_id for one in grants), None))
            for begin in range(0, len(grants), _SLICE):
                await chance_batches.grant_all(connection, tenant_id, SOURCE, grants[begin : begin + _SLICE], IMPORT)
            await _tell_of_wheels(connection, tenant_id, reading, wheels, set(before))
    return brought


async def _wheels(
    connection: Connection,
    tenant_id: UUID,
    reading: Reading,
    there: dict[str, UUID],
    brought: Brought,
    *,
    dry_run: bool,
) -> dict[str, UUID]:
    """Make the wheels that are not there yet, as drafts; answers those that are there now, by their objects' names."""
    fresh = [one for one in reading.wheels if one.record.name not in there]
    taken = await imports.slugs_taken(connection, tenant_id, [one.body.wheel_slug for one in fresh])
    faults = [
        Fault(f"{one.record.name} wheel_slug", f"{one.body.wheel_slug!r} is another wheel of this tenant already")
        for one in fresh
        if one.body.wheel_slug in taken
    ]
    if faults:
        raise BadRequest("The wheels cannot be brought: every fault is listed.", faults=faults)
    for one in reading.wheels:
        if one.record.name in there:
            brought.leave(one.record, "is there already, as it was brought or has been changed since")
            continue
        brought.wheels += 1
        brought.rewards += len(one.rewards)
        brought.lines.append(
            f"wheel  {one.record.name}: {one.body.wheel_slug}, a draft with {len(one.rewards)} rewards"
        )
        if not dry_run:
            there[one.record.name] = await _make(connection, tenant_id, one)
    return there


async def _make(connection: Connection, tenant_id: UUID, wheel: ReadWheel) -> UUID:
    values = {name: getattr(wheel.body, name) for name in wheel_changes.COLUMNS}
    wheel_id = await wheel_changes.add(connection, tenant_id, values)
    await wheel_changes.set_rewards(connection, tenant_id, wheel_id, wheel.rewards, retire=False)
    return wheel_id


async def _fresh(
    connection: Connection, tenant_id: UUID, reading: Reading, now: datetime, brought: Brought
) -> list[ReadChance]:
    """The grants that are not there yet and that something can still be spent of."""
    names = [one.record.name for one in reading.chances]
    there = await imports.keys_granted(connection, tenant_id, SOURCE, names)
    fresh = []
    for one in reading.chances:
        body = one.body
        if one.record.name in there:
            brought.leave(one.record, "is there already")
        elif body.remaining == 0:
            brought.leave(one.record, "all are spent")
        elif body.expires_at is not None and body.expires_at <= now:
            brought.leave(one.record, f"expired at {wire_time(body.expires_at)}")
        else:
            fresh.append(one)
            brought.grants += 1
            brought.chances += body.remaining
            until = "" if body.expires_at is None else f", until {wire_time(body.expires_at)}"
            brought.lines.append(f"grant  {one.record.name}: {body.remaining} for {body.user_id}{until}")
    return fresh


def _grant(one: ReadChance, wheels: list[UUID]) -> Grant:
    return Grant(
        user_id=one.body.user_id,
        chance_type=one.body.chance_type,
        chance_count=one.body.remaining,
        award_reason=one.body.award_reason,
        source=SOURCE,
        source_key=one.record.name,
        expires_at=one.body.expires_at,
        wheels=wheels or None,
    )


async def _tell_of_wheels(
    connection: Connection, tenant_id: UUID, reading: Reading, wheels: dict[str, UUID], before: set[str]
) -> None:
    entries = [
        audit.Entry(
            IMPORT,
            imports.WHEEL_IMPORTED,
            "wheel_games",
            wheels[one.record.name],
            {"source": one.record.name, "wheel": one.body, "rewards": [reward.planned for reward in one.rewards]},
        )
        for one in reading.wheels
        if one.record.name not in before
    ]
    if entries:
        await audit.append(connection, tenant_id, entries)
