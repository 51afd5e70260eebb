"""A player has the seed in use revealed, and the next one drawn from under a client seed of their own (domain.md)."""

import pytest

from games import fairness as rules
from games.errors import NotFound, SpinInProgress
from persistence import fairness
from persistence.spin_states import Committed
from server.play.seeds import Seeds
from tests.plays.conftest import EPOCH_MAX_AGE, House
from tests.plays.test_wheel_changes import draft, wheels


def seeds(house: House) -> Seeds:
    return Seeds(house.database, house.vault, EPOCH_MAX_AGE)


async def spin(house: House, request_id: str) -> Committed:
    (outcome,) = await house.commit([house.spin("ann", request_id)])
    assert isinstance(outcome, Committed)
    return outcome


async def test_a_rotation_reveals_what_was_committed_to_and_goes_on_with_the_hash_that_was_shown(house: House) -> None:
    await house.give("ann", 3)
    before = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    played = [await spin(house, "one")]
    await house.complete(played)
    done = await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, "my-own_seed")
    revealed = done.revealed
    assert rules.server_seed_hash(revealed.server_seed) == revealed.server_seed_hash == before.current.server_seed_hash
    assert (revealed.client_seed, revealed.nonce) == (before.current.client_seed, 1)
    size = house.versions[played[0].play.version_id].terms.size
    assert rules.draw_position(revealed.server_seed, revealed.client_seed, 0, size) == played[0].play.position
    # The hash that follows stood before the client seed was chosen, and the one after it is another.
    assert done.current.server_seed_hash == before.next.server_seed_hash
    assert (done.current.client_seed, done.current.nonce) == ("my-own_seed", 0)
    assert done.next.server_seed_hash not in (before.current.server_seed_hash, before.next.server_seed_hash)
    after = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    assert (after.current, after.next) == (done.current, done.next)
    second = await spin(house, "two")
    assert (second.play.server_seed_hash, second.play.client_seed, second.play.nonce) == (
        done.current.server_seed_hash,
        "my-own_seed",
        0,
    )
    trail = "SELECT count(*) FROM audit_logs WHERE action = 'fairness.rotated' AND entity_id = $1 AND user_id = 'ann'"
    assert await house.number(trail, revealed.epoch_id) == 1


async def test_without_a_client_seed_the_present_one_stays(house: House) -> None:
    before = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    done = await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, None)
    assert done.current.client_seed == before.current.client_seed
    assert done.revealed.nonce == 0


async def test_nothing_is_revealed_while_a_spin_of_the_seed_turns(house: House) -> None:
    await house.give("ann", 1)
    played = await spin(house, "one")
    before = await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    with pytest.raises(SpinInProgress):
        await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, "mine")
    assert await seeds(house).shown(house.tenant_id, "ann", house.wheel_id) == before
    await house.complete([played])
    done = await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, "mine")
    assert done.revealed.server_seed_hash == played.play.server_seed_hash


async def test_a_rotation_is_of_one_player_and_one_wheel(house: House) -> None:
    other = await draft(house)
    await wheels(house).move(house.tenant_id, other.id, "active", "olga")
    others = [("ann", other.id), ("ben", house.wheel_id)]
    with pytest.raises(NotFound):
        await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, None)
    await seeds(house).shown(house.tenant_id, "ann", house.wheel_id)
    before = [await seeds(house).shown(house.tenant_id, *one) for one in others]
    await seeds(house).rotate(house.tenant_id, "ann", house.wheel_id, None)
    assert [await seeds(house).shown(house.tenant_id, *one) for one in others] == before


async def test_a_server_seed_is_32_random_bytes_and_is_kept_encrypted(house: House) -> None:
    users = [f"player-{number}" for number in range(5)]
    shown = [await seeds(house).shown(house.tenant_id, user, house.wheel_id) for user in users]
    async with house.database.tenant(house.tenant_id) as connection:
        pairs = await fairness.read(connection, house.tenant_id, [(user, house.wheel_id) for user in users])
    held = [epoch for pair in pairs.values() for epoch in (pair.current, pair.next)]
    opened = [house.vault.open(house.tenant_id, epoch.server_seed_encrypted).decode("ascii") for epoch in held]
    assert all(rules.is_server_seed(seed) for seed in opened)
    assert len(set(opened)) == 2 * len(users)
    assert [rules.server_seed_hash(seed) for seed in opened] == [epoch.server_seed_hash for epoch in held]
    assert {one.current.server_seed_hash for one in shown} == {pair.current.server_seed_hash for pair in pairs.values()}
    for epoch, seed in zip(held, opened, strict=True):
        assert seed.encode() not in epoch.server_seed_encrypted
        assert bytes.fromhex(seed) not in epoch.server_seed_encrypted
