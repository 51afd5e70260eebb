"""Players who come at once are taken in together, and each is told their own."""

import asyncio

import pytest

from games.errors import Forbidden
from server import demo
from server.play.arriving import Arrival, Arrivals
from tests.plays.conftest import EPOCH_MAX_AGE, House


@pytest.fixture
def arrivals(house: House) -> Arrivals:
    return Arrivals(house.database, house.vault, house.versions, EPOCH_MAX_AGE, demo.welcome)


async def test_many_at_once_are_welcomed_once_and_shown_a_commitment_of_their_own(house, arrivals):
    other = Arrivals(house.database, house.vault, house.versions, EPOCH_MAX_AGE, demo.welcome)
    users = [f"player-{n}" for n in range(60)]
    everybody = [
        node.arrive(house.tenant_id, Arrival(user, user.title()))
        for node, order in ((arrivals, users), (other, users[::-1]), (arrivals, users))
        for user in order
    ]
    arrived = await asyncio.gather(*everybody)
    shown = [one.pairs[house.wheel_id].current for one in arrived]
    assert [epoch.user_id for epoch in shown] == [*users, *users[::-1], *users]
    assert len({epoch.server_seed_hash for epoch in shown}) == 60
    assert await house.number("SELECT count(*) FROM fairness_epochs") == 120
    assert await house.number("SELECT count(*) FROM spin_chances") == 60
    assert await house.number("SELECT count(*) FROM players WHERE display_name LIKE 'Player-%'") == 60
    assert await house.audit_verdict()


async def test_a_blocked_player_is_refused_and_those_beside_are_not(house, arrivals):
    await house.give("bad", 1)
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE players SET player_status = 'blocked' WHERE user_id = 'bad'")
    both = await asyncio.gather(
        *(arrivals.arrive(house.tenant_id, Arrival(user, None)) for user in ("ann", "bad", "bob")),
        return_exceptions=True,
    )
    assert [isinstance(one, Forbidden) for one in both] == [False, True, False]


async def test_each_is_told_their_own_open_plays_newest_first(house, arrivals):
    await house.let_many_turn()
    for user in ("ann", "bob"):
        await house.give(user, 30)
        await house.commit([house.spin(user, f"{user}-{n}") for n in range(25)])
    ann, bob, carl = await asyncio.gather(
        *(arrivals.arrive(house.tenant_id, Arrival(user, None)) for user in ("ann", "bob", "carl"))
    )
    for user, arrived in (("ann", ann), ("bob", bob)):
        assert {play.user_id for play in arrived.plays} == {user}
        ids = [play.session_id for play in arrived.plays]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 20
    assert carl.plays == []
