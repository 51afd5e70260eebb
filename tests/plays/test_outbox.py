"""What commits is told in its order, by one node at a time, and is not kept for ever."""

import asyncio

from persistence import outbox
from tests.plays.conftest import House


async def add(house: House, number: int) -> None:
    async with house.database.tenant(house.tenant_id) as connection:
        await outbox.add(connection, house.tenant_id, "tenant", "announcement", {"number": number})


async def test_a_second_node_waits_for_the_first_and_tells_what_comes_after(house):
    for number in range(150):
        await add(house, number)
    told: list[list[int]] = []
    first_holds = asyncio.Event()
    go_on = asyncio.Event()

    async def relay(*, first: bool) -> None:
        async with house.database.tenant(house.tenant_id) as connection:
            rows = await outbox.unpublished(connection, house.tenant_id)
            if first:
                first_holds.set()
                await go_on.wait()
            told.append([row["id"] for row in rows])
            await outbox.mark_published(connection, house.tenant_id, [row["id"] for row in rows])

    one = asyncio.create_task(relay(first=True))
    await first_holds.wait()
    other = asyncio.create_task(relay(first=False))
    await house.until_somebody_waits_for_a_lock()
    go_on.set()
    await asyncio.gather(one, other)
    assert [len(batch) for batch in told] == [100, 50]
    assert told[0] + told[1] == sorted(told[0] + told[1])


async def test_what_was_published_an_hour_ago_is_let_go(house):
    for number in range(3):
        await add(house, number)
    async with house.database.tenant(house.tenant_id) as connection:
        rows = await outbox.unpublished(connection, house.tenant_id)
        await outbox.mark_published(connection, house.tenant_id, [row["id"] for row in rows[:2]])
        await connection.execute(
            "UPDATE outbox SET published_at = published_at - interval '2 hours' WHERE tenant_id = $1 AND id = $2",
            house.tenant_id,
            rows[0]["id"],
        )
        await outbox.mark_published(connection, house.tenant_id, [rows[2]["id"]])
        left = await connection.fetch("SELECT id FROM outbox WHERE tenant_id = $1 ORDER BY id", house.tenant_id)
    assert [row["id"] for row in left] == [row["id"] for row in rows[1:]]
