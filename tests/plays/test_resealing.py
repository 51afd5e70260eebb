"""A key is replaced by putting a new one in front, re-encrypting, and taking the old one away."""

from persistence.resealing import reseal
from persistence.vault import Vault
from tests.plays.conftest import House


async def test_after_resealing_the_new_key_alone_opens_every_secret(house: House):
    await house.give("ann", 1)
    await house.commit([house.spin("ann", "one")])
    old, new = b"k" * 32, b"n" * 32
    assert await reseal(house.database, Vault([old]), house.tenant_id) == 0
    done = await reseal(house.database, Vault([new, old]), house.tenant_id)
    assert done >= 3
    assert await reseal(house.database, Vault([new, old]), house.tenant_id) == 0
    alone = Vault([new])
    async with house.database.tenant(house.tenant_id) as connection:
        seeds = await connection.fetch("SELECT server_seed_encrypted AS sealed FROM fairness_epochs")
    async with house.database.platform() as connection:
        keys = await connection.fetch(
            "SELECT key_material AS sealed FROM tenant_keys WHERE tenant_id = $1 AND algorithm = 'HS256'",
            house.tenant_id,
        )
    assert seeds
    assert keys
    assert all(alone.open(house.tenant_id, row["sealed"]) for row in [*seeds, *keys])
