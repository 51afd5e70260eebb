"""How grants of chances end: by the clock and by somebody's word, never below zero (domain.md, Chances)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from games.errors import Conflict, NoChanceLeft, NotFound
from games.lifecycles import CHANCE
from persistence import chances as chance_rows
from persistence.chances import ChanceRow, Grant
from persistence.spin_states import Committed
from server.play.chances import Chances
from tests.plays.conftest import House


class Told:
    """A listener at every player's channel: who was told of their chances, and how often."""

    def __init__(self) -> None:
        self.users: list[str] = []

    async def chances(self, _tenant_id: UUID, *users: str) -> None:
        self.users += users


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def chances(house: House, told: Told) -> AsyncIterator[Chances]:
    await house.let_many_turn()
    made = Chances(house.database, told, batch=2)  # type: ignore[arg-type]
    yield made
    await made.drain()


async def now(house: House) -> datetime:
    async with house.database.tenant(house.tenant_id) as connection:
        moment: datetime = await connection.fetchval("SELECT clock_timestamp() + $1::interval", _offset(house))
    return moment


def _offset(house: House) -> timedelta:
    return house.database.clock_offset


async def give(house: House, user: str, count: int, expires_at: datetime | None = None) -> ChanceRow:
    wanted = Grant(user, "bonus", count, "a test", "test", uuid4().hex, expires_at)
    async with house.database.tenant(house.tenant_id) as connection:
        await chance_rows.lock_player(connection, house.tenant_id, user)
        return (await chance_rows.grant(connection, house.tenant_id, wanted, "olga"))[0]


async def read(house: House, *ids: UUID) -> list[ChanceRow]:
    async with house.database.tenant(house.tenant_id) as connection:
        return await chance_rows.read(connection, house.tenant_id, ids)


async def test_a_grant_cannot_be_spent_from_the_moment_of_its_expiry_before_the_job_has_run(
    house: House, chances: Chances
) -> None:
    grant = await give(house, "ana", 5, await now(house) + timedelta(hours=1))
    (before,) = await house.commit([house.spin("ana", "before")])
    house.database.clock_offset += timedelta(hours=1)
    (after,) = await house.commit([house.spin("ana", "after")])
    assert isinstance(before, Committed)
    assert isinstance(after, NoChanceLeft)
    (row,) = await read(house, grant.id)
    assert (row.chance_status, row.used_chances, row.remaining_chances) == ("active", 1, 4)


async def test_a_grant_is_not_shown_as_usable_from_the_moment_of_its_expiry_before_the_job_has_run(
    house: House,
) -> None:
    soon, later = [await give(house, "ana", 2, await now(house) + timedelta(hours=hours)) for hours in (1, 2)]

    async def shown() -> tuple[int, list[UUID]]:
        async with house.database.tenant(house.tenant_id) as connection:
            left = await chance_rows.usable(connection, house.tenant_id, "ana", _offset(house))
        return left.remaining, [row.id for row in left.grants]

    assert await shown() == (4, [soon.id, later.id])
    house.database.clock_offset += timedelta(hours=1)
    assert await shown() == (2, [later.id])


async def test_the_job_expires_what_is_due_and_no_more_in_batches_and_tells_each_player(
    house: House, chances: Chances, told: Told
) -> None:
    soon = await now(house) + timedelta(hours=1)
    due = [await give(house, f"player-{n}", 3, soon + timedelta(minutes=n)) for n in range(5)]
    later = await give(house, "player-0", 3, soon + timedelta(hours=1))
    never = await give(house, "player-0", 3)
    await house.commit([house.spin("player-0", "one")])
    assert await chances.expire_due() == 0
    house.database.clock_offset += timedelta(hours=1, minutes=4)
    assert await chances.expire_due() == 5
    assert await chances.expire_due() == 0
    rows = await read(house, *(grant.id for grant in due))
    assert [row.chance_status for row in rows] == ["expired"] * 5
    assert [(row.used_chances, row.remaining_chances) for row in rows] == [(1, 2)] + [(0, 3)] * 4
    assert [row.chance_status for row in await read(house, later.id, never.id)] == ["active", "active"]
    await chances.drain()
    assert sorted(told.users) == [f"player-{n}" for n in range(5)]
    for table, column in (("game_events", "event_type"), ("audit_logs", "action")):
        assert await house.number(f"SELECT count(*) FROM {table} WHERE {column} = 'chance.expired'") == 5
    assert await house.number("SELECT count(*) FROM game_logs WHERE log_message = 'chances expired'") == 5
    assert await house.audit_verdict()


async def test_the_expiry_of_one_tenant_is_done_by_one_node_at_a_time(house: House, chances: Chances) -> None:
    for n in range(6):
        await give(house, f"player-{n}", 1, await now(house) + timedelta(seconds=1))
    house.database.clock_offset += timedelta(seconds=1)
    async with house.database.tenant(house.tenant_id) as another:
        await another.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"chances expire:{house.tenant_id}"
        )
        assert await chances.expire_due() == 0
    assert sum(await asyncio.gather(chances.expire_due(), chances.expire_due())) == 6
    assert await house.number("SELECT count(*) FROM audit_logs WHERE action = 'chance.expired'") == 6


async def test_the_job_serves_every_tenant(house: House, chances: Chances) -> None:
    async with house.database.platform() as connection:
        other = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo-b'")
    soon = await now(house) + timedelta(hours=1)
    for tenant_id in (house.tenant_id, other):
        async with house.database.tenant(tenant_id) as connection:
            await chance_rows.lock_player(connection, tenant_id, "ana")
            await chance_rows.grant(connection, tenant_id, Grant("ana", "bonus", 1, "a", "test", "a", soon), "olga")
    house.database.clock_offset += timedelta(hours=2)
    assert await chances.expire_due() == 2


async def test_revoking_takes_only_what_remains_with_a_reason_and_tells_the_player(
    house: House, chances: Chances, told: Told
) -> None:
    grant = await give(house, "ana", 5)
    await house.commit([house.spin("ana", "one"), house.spin("ana", "two")])
    revoked = await chances.revoke(house.tenant_id, grant.id, "olga", "given by mistake")
    assert (revoked.chance_status, revoked.used_chances, revoked.remaining_chances) == ("revoked", 2, 3)
    (refused,) = await house.commit([house.spin("ana", "three")])
    assert isinstance(refused, NoChanceLeft)
    await chances.drain()
    assert told.users == ["ana"]
    trail = "SELECT count(*) FROM audit_logs WHERE action = 'chance.revoked' AND user_id = 'olga' AND entity_id = $1"
    assert await house.number(f"{trail} AND new_values ->> 'reason' = 'given by mistake'", grant.id) == 1
    event = "SELECT count(*) FROM game_events WHERE event_type = 'chance.revoked' AND user_id = 'ana'"
    assert await house.number(f"{event} AND event_data ->> 'remaining_chances' = '3'") == 1
    assert await house.audit_verdict()


async def test_only_an_active_grant_is_revoked(house: House, chances: Chances) -> None:
    spent, due, expired, revoked = [
        await give(house, user, 1, None if user == "a" else await now(house) + timedelta(minutes=minutes))
        for user, minutes in (("a", 0), ("b", 2), ("c", 1), ("d", 5))
    ]
    await house.commit([house.spin("a", "one")])
    await chances.revoke(house.tenant_id, revoked.id, "olga", "why not")
    house.database.clock_offset += timedelta(minutes=1)
    await chances.expire_due()
    house.database.clock_offset += timedelta(minutes=1)
    for grant, status in ((spent, "exhausted"), (due, "active"), (expired, "expired"), (revoked, "revoked")):
        assert (await read(house, grant.id))[0].chance_status == status
        with pytest.raises(Conflict):
            await chances.revoke(house.tenant_id, grant.id, "olga", "again")
    assert CHANCE.statuses == ("active", "exhausted", "expired", "revoked")


async def test_another_tenant_s_grant_is_not_there(house: House, chances: Chances) -> None:
    grant = await give(house, "ana", 1)
    async with house.database.platform() as connection:
        other = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo-b'")
    with pytest.raises(NotFound):
        await chances.revoke(other, grant.id, "olga", "mine?")
    with pytest.raises(NotFound):
        await chances.revoke(house.tenant_id, uuid4(), "olga", "whose?")
    assert (await read(house, grant.id))[0].chance_status == "active"


async def test_a_revocation_waits_for_the_spin_that_is_being_decided(house: House, chances: Chances) -> None:
    grant = await give(house, "ana", 1)
    async with house.database.tenant(house.tenant_id) as connection:
        await chance_rows.lock_player(connection, house.tenant_id, "ana")
        revoking = asyncio.create_task(chances.revoke(house.tenant_id, grant.id, "olga", "too late"))
        await house.until_somebody_waits_for_a_lock()
        await connection.execute(
            "UPDATE spin_chances SET used_chances = 1, remaining_chances = 0, chance_status = 'exhausted'"
            " WHERE id = $1",
            grant.id,
        )
    with pytest.raises(Conflict):
        await revoking


async def test_a_grant_revoked_while_it_is_spent_is_spent_or_revoked_and_never_both(
    house: House, chances: Chances
) -> None:
    players = [f"player-{n}" for n in range(12)]
    grants = [await give(house, player, 3) for player in players]
    spins = [house.commit([house.spin(player, f"spin-{turn}")]) for turn in range(4) for player in players]
    revokes = [chances.revoke(house.tenant_id, grant.id, "olga", "a race") for grant in grants]
    mixed = [
        work for turn in range(4) for work in [*spins[turn * 12 : turn * 12 + 12], *(revokes if turn == 1 else [])]
    ]
    answers = await asyncio.gather(*mixed, return_exceptions=True)
    played = sum(isinstance(answer, list) and isinstance(answer[0], Committed) for answer in answers)
    rows = await read(house, *(grant.id for grant in grants))
    assert all(row.used_chances + row.remaining_chances == 3 and row.remaining_chances >= 0 for row in rows)
    assert sum(row.used_chances for row in rows) == played
    assert {row.chance_status for row in rows} <= {"revoked", "exhausted"}
    assert all(row.remaining_chances > 0 for row in rows if row.chance_status == "revoked")
    # no spin was begun on a grant after it was revoked
    late = (
        "SELECT count(*) FROM spin_sessions JOIN audit_logs ON entity_id = spin_chance_id"
        " AND action = 'chance.revoked' WHERE spin_started_at > audit_logs.created_at"
    )
    assert await house.number(late) == 0
