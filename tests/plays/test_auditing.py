"""Every outcome can be derived anew, and an auditor checks a period's spins offline."""

import io
from datetime import timedelta
from functools import partial

import asyncpg
import msgspec
import pytest

from games.errors import NotFound
from persistence import chances, fairness
from persistence.spin_search import Wanted
from persistence.spin_states import Committed
from server import auditing
from server.auth.tenants import Tenants
from server.play.deciding import new_epoch
from server.reaching import Office
from server.verifying import is_export, verify_export
from tests.plays.conftest import House


def office(house: House) -> Office:
    return Office(house.database, house.vault, Tenants(house.database, house.vault))


@pytest.fixture
async def played(house: House) -> list[Committed]:
    await house.let_many_turn()
    await house.give("ann", 8)
    outcomes = await house.commit([house.spin("ann", f"r-{number}") for number in range(8)])
    await house.complete(outcomes)
    return [one for one in outcomes if isinstance(one, Committed)]


async def tamper(url: str, statement: str, *arguments: object) -> None:
    """Change a row as one whom nothing binds."""
    connection = await asyncpg.connect(url)
    assert await connection.execute(statement, *arguments) == "UPDATE 1"
    await connection.close()


async def test_every_outcome_is_derived_anew_before_and_after_its_seed_is_revealed(house, played):
    for wheel in (None, "lucky"):
        found = await auditing.rederive(office(house), "demo", wheel)
        assert (found.plays, found.differences) == (8, [])
    await rotate(house)
    assert not (await auditing.rederive(office(house), "demo", None)).differences
    with pytest.raises(NotFound, match="no wheel"):
        await auditing.rederive(office(house), "demo", "nowhere")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE spin_results SET position = position % 1000000 + 1 WHERE id = $1", "its seeds give the position"),
        (
            (
                "UPDATE spin_results AS one SET reward_range_id = (SELECT id FROM wheel_rewards AS other"
                " WHERE other.tenant_id = one.tenant_id AND other.id <> one.reward_range_id LIMIT 1) WHERE id = $1"
            ),
            "'s, its row says",
        ),
        ("UPDATE spin_sessions SET nonce = nonce + 100 WHERE id = $1", "its seeds give the position"),
        (
            (
                "UPDATE fairness_epochs SET server_seed_hash = repeat('0', 64) WHERE id ="
                " (SELECT fairness_epoch_id FROM spin_sessions WHERE id = $1)"
            ),
            "not the one that was committed to",
        ),
    ],
)
async def test_a_row_that_was_tampered_with_is_found_and_named(house, played, database_urls, change, told):
    session_id = played[3].play.session_id
    await tamper(database_urls.migration_url, change, session_id)
    found = await auditing.rederive(office(house), "demo", None)
    assert any(one.session_id == session_id and told in one.what for one in found.differences), found


async def rotate(house: House) -> None:
    async with house.database.tenant(house.tenant_id) as connection:
        await chances.lock_player(connection, house.tenant_id, "ann")
        digest = await connection.fetchval("SELECT config_digest FROM fairness_epochs WHERE epoch_status = 'current'")
        need = fairness.EpochNeed("ann", house.wheel_id, digest)
        make = partial(new_epoch, house.vault, house.tenant_id)
        await fairness.rotate(connection, house.tenant_id, need, None, make, house.database.clock_offset)


async def export(house: House, **wanted: object) -> bytes:
    out = io.BytesIO()
    await auditing.export(office(house), "demo", Wanted(**wanted), out)  # type: ignore[arg-type]
    return out.getvalue()


async def test_an_export_holds_commitments_until_the_seed_is_revealed_and_proofs_from_then_on(house, played):
    before = await export(house)
    assert is_export(before)
    assert {one["server_seed"] for one in map(msgspec.json.decode, before.splitlines())} == {None}
    assert msgspec.to_builtins(verify_export(before).wheels) == {
        str(house.wheel_id): {"checked": 0, "pending": 8, "differing": 0}
    }
    await rotate(house)
    after = await export(house)
    assert verify_export(after).wheels[str(house.wheel_id)].checked == 8
    forged = after.replace(b'"position":', b'"position":1', 1)
    report = verify_export(forged)
    assert report.wheels[str(house.wheel_id)].differing == len(report.faults) == 1


async def test_an_export_is_of_a_period_and_of_wheels_that_have_stopped(house, played):
    now = played[0].play.started_at
    assert await export(house, begun_before=now - timedelta(minutes=1)) == b""
    await house.give("ben", 1)
    await house.commit([house.spin("ben", "turning")])
    assert len((await export(house)).splitlines()) == 8
