"""A server seed that is too old makes way for the next one, between two plays (domain.md, Provably fair)."""

from datetime import timedelta

from persistence import plays
from persistence.plays import Play
from persistence.spin_states import Committed
from server.play.arriving import Arrival, Arrivals
from server.play.seeds import Seeds
from tests.plays.conftest import EPOCH_MAX_AGE, House

A_MOMENT = timedelta(minutes=1)


def seeds(house: House) -> Seeds:
    return Seeds(house.database, house.vault, EPOCH_MAX_AGE)


async def spin(house: House, request_id: str) -> Committed:
    (outcome,) = await house.commit([house.spin("ann", request_id)])
    assert isinstance(outcome, Committed)
    return outcome


async def again(house: House, play: Play) -> Play:
    async with house.database.tenant(house.tenant_id) as connection:
        (found,) = await plays.read(connection, house.tenant_id, [play.session_id])
    return found


async def test_a_look_at_the_commitment_rotates_an_old_seed_and_reveals_it(house: House) -> None:
    await house.give("ann", 9)
    before = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    played = await spin(house, "one")
    await house.complete([played])
    house.database.clock_offset = EPOCH_MAX_AGE - A_MOMENT
    assert (await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)).current.nonce == 1
    house.database.clock_offset = EPOCH_MAX_AGE + A_MOMENT
    after = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    # what follows is what was promised, under the client seed of before
    assert after.current.server_seed_hash == before.next.server_seed_hash
    assert (after.current.client_seed, after.current.nonce) == (before.current.client_seed, 0)
    assert (await again(house, played.play)).epoch_status == "revealed"


async def test_a_seed_is_young_from_the_moment_it_is_drawn_from(house: House) -> None:
    await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    house.database.clock_offset = EPOCH_MAX_AGE + A_MOMENT
    after = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    newcomer = await seeds(house).shown(house.tenant_id, "ben", house.wheel_id)
    house.database.clock_offset += EPOCH_MAX_AGE - A_MOMENT
    assert await seeds(house).shown(house.tenant_id, "ann", house.wheel_id) == after
    assert await seeds(house).shown(house.tenant_id, "ben", house.wheel_id) == newcomer
    rotated = await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, None)
    house.database.clock_offset += EPOCH_MAX_AGE - A_MOMENT
    assert (await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)).current == rotated.current


async def test_a_spin_between_plays_rotates_an_old_seed_and_says_so(house: House) -> None:
    await house.give("ann", 9)
    promised = (await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)).next.server_seed_hash
    first = await spin(house, "one")
    await house.complete([first])
    house.database.clock_offset = EPOCH_MAX_AGE + A_MOMENT
    second = await spin(house, "two")
    assert second.epoch_started
    assert (second.play.server_seed_hash, second.play.nonce) == (promised, 0)
    assert (await again(house, first.play)).epoch_status == "revealed"


async def test_an_old_seed_stays_while_a_spin_of_it_turns(house: House) -> None:
    await house.let_many_turn()
    await house.give("ann", 9)
    first = await spin(house, "one")
    house.database.clock_offset = EPOCH_MAX_AGE + A_MOMENT
    shown = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    assert shown.current.server_seed_hash == first.play.server_seed_hash
    second = await spin(house, "two")
    assert (second.play.server_seed_hash, second.play.nonce) == (first.play.server_seed_hash, 1)


async def test_who_arrives_is_shown_the_seed_that_follows_an_old_one(house: House) -> None:
    arrivals = Arrivals(house.database, house.vault, house.versions, EPOCH_MAX_AGE)
    before = (await arrivals.arrive(house.tenant_id, Arrival("ann", None))).pairs[house.wheel_id]
    house.database.clock_offset = EPOCH_MAX_AGE + A_MOMENT
    after = (await arrivals.arrive(house.tenant_id, Arrival("ann", None))).pairs[house.wheel_id]
    assert after.current.server_seed_hash == before.next.server_seed_hash
