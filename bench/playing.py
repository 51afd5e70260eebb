"""What the bench of spins plays: a wheel that may turn many times at once, and players with chances and seeds."""

import msgspec

from bench.world import World
from persistence import fairness
from persistence.database import Database
from persistence.publishing import publish
from persistence.statements import statement
from persistence.vault import vault_from
from server.play.deciding import new_epoch

#: as many connections play at the most
PLAYERS = 1_000
_CHANCES = 1_000_000
#: The wheel is answered for when the spin is on disk; how long it turns is no part of that.
_TURNING = {"duration_ms": 1000, "turning_per_player": 1000}


class Play(msgspec.Struct, frozen=True):
    """A wheel that is played, as peers name its rows."""

    tenant: str
    wheel: str
    version: str
    #: a reward of it, for those who draw none
    reward: str


async def prepare(world: World) -> Play:
    """Open the demo's wheel for as many spins as come, and give every player what playing takes."""
    vault = vault_from(None, world.data)
    database = Database(world.urls.database_url or "", pool_size=2)
    await database.start()
    players = [f"bench-{number}" for number in range(PLAYERS)]
    try:
        async with database.tenant(world.tenant_id) as connection:
            wheel = await connection.fetchval(
                "UPDATE wheel_games SET spin_config = spin_config || $2::jsonb"
                " WHERE tenant_id = $1 AND wheel_slug = 'lucky' RETURNING id",
                world.tenant_id,
                msgspec.json.encode(_TURNING).decode(),
            )
            version = await publish(connection, world.tenant_id, wheel)
            reward = await connection.fetchval(
                "SELECT id FROM wheel_rewards WHERE tenant_id = $1 AND wheel_game_id = $2 AND reward_type = 'none'",
                world.tenant_id,
                wheel,
            )
            digest = await connection.fetchval(
                "SELECT config_digest FROM wheel_versions WHERE tenant_id = $1 AND id = $2", world.tenant_id, version
            )
            await connection.execute(statement("add_players"), world.tenant_id, players, [None] * PLAYERS)
            await connection.execute(
                "INSERT INTO spin_chances (tenant_id, user_id, chance_type, chance_count, remaining_chances)"
                " SELECT $1, user_id, 'bonus', $3, $3 FROM unnest($2::varchar[]) AS user_id",
                world.tenant_id,
                players,
                _CHANCES,
            )
            needs = [fairness.EpochNeed(player, wheel, digest) for player in players]
            await fairness.ensure(
                connection,
                world.tenant_id,
                needs,
                lambda: new_epoch(vault, world.tenant_id),
                database.clock_offset,
            )
    finally:
        await database.close()
    return Play(str(world.tenant_id), str(wheel), str(version), str(reward))
