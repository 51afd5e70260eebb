"""A deadline is judged when the lock is held that its row needs: who waited past it comes too late."""

import asyncio
from datetime import timedelta

import pytest

from games.errors import Closed, NoChanceLeft
from persistence import chances
from persistence import claims as claim_rows
from tests.plays.conftest import House
from tests.plays.test_chance_endings import give, now
from tests.plays.test_claims import CASH, HOURS, claim_status, claims, offer, win


async def test_a_claim_that_waited_past_its_time_is_refused(house: House) -> None:
    await offer(house, "cash", CASH)
    session_id = await win(house)
    async with house.database.tenant(house.tenant_id) as another:
        await claim_rows.lock(another, house.tenant_id, session_id)
        claiming = asyncio.create_task(claims(house).claim(house.tenant_id, "ann", session_id))
        await house.until_somebody_waits_for_a_lock()
        house.database.clock_offset += timedelta(hours=HOURS)
    with pytest.raises(Closed):
        await claiming
    assert await claim_status(house, session_id) == "unclaimed"


async def test_a_spin_that_waited_past_the_expiry_of_its_chance_is_refused(house: House) -> None:
    await give(house, "ana", 1, await now(house) + timedelta(hours=1))
    async with house.database.tenant(house.tenant_id) as another:
        await chances.lock_player(another, house.tenant_id, "ana")
        spinning = asyncio.create_task(house.commit([house.spin("ana", "late")]))
        await house.until_somebody_waits_for_a_lock()
        house.database.clock_offset += timedelta(hours=1)
    (answer,) = await spinning
    assert isinstance(answer, NoChanceLeft)
