"""Calls under an `Idempotency-Key` under races: one write, one answer, and nothing of a call that failed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from litestar import Response

from games.errors import Conflict, NotFound
from persistence import idempotency
from persistence.database import Database
from persistence.idempotency import KeyedCall
from server.api.idempotency import REPLAYED, KeyedCalls
from server.settings import Settings
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House


class Desk:
    """A node that writes an alert for every call that it carries out."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database = database
        self.calls = KeyedCalls(Settings(), database)
        self.call = KeyedCall(tenant_id, "operator:one", "POST /somewhere", "key-1", b"body")
        self.carried_out = 0

    async def write(self) -> Response[bytes]:
        async with self.database.tenant(self.call.tenant_id) as connection:
            alert_id = await connection.fetchval(
                "INSERT INTO game_alerts"
                " (tenant_id, alert_name, alert_type, alert_subject, alert_condition, alert_severity)"
                " VALUES ($1, 'x', 'x', uuidv7()::text, 'x', 'info') RETURNING id",
                self.call.tenant_id,
            )
        self.carried_out += 1
        return Response(str(alert_id).encode(), status_code=201)

    async def written(self) -> int:
        async with self.database.tenant(self.call.tenant_id) as connection:
            return int(await connection.fetchval("SELECT count(*) FROM game_alerts"))

    async def keys(self) -> int:
        async with self.database.tenant(self.call.tenant_id) as connection:
            return int(await connection.fetchval("SELECT count(*) FROM idempotency_keys"))


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.database, house.tenant_id)


@pytest.fixture
async def other_node(house: House, database_urls: DatabaseUrls) -> AsyncIterator[Desk]:
    database = Database(database_urls.database_url, pool_size=3)
    await database.start()
    yield Desk(database, house.tenant_id)
    await database.close()


async def test_twenty_same_calls_at_two_nodes_write_once_and_are_answered_alike(desk: Desk, other_node: Desk) -> None:
    answers = await asyncio.gather(
        *(node.calls.once(node.call, node.write) for _ in range(10) for node in (desk, other_node))
    )
    assert await desk.written() == desk.carried_out + other_node.carried_out == 1
    assert len({(answer.status_code, bytes(answer.content)) for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 19


async def test_the_second_waits_for_the_first(desk: Desk, other_node: Desk, house: House) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> Response[bytes]:
        answer = await desk.write()
        began.set()
        await go_on.wait()
        return answer

    first = asyncio.create_task(desk.calls.once(desk.call, slow))
    await began.wait()
    second = asyncio.create_task(other_node.calls.once(other_node.call, other_node.write))
    await house.until_somebody_waits_for_a_lock()
    assert not second.done()
    go_on.set()
    assert bytes((await first).content) == bytes((await second).content)
    assert other_node.carried_out == 0


async def test_a_call_that_is_refused_leaves_nothing_and_its_key_free(desk: Desk) -> None:
    async def refused() -> Response[bytes]:
        await desk.write()
        raise NotFound("There is no such thing.")

    with pytest.raises(NotFound):
        await desk.calls.once(desk.call, refused)
    assert (await desk.written(), await desk.keys()) == (0, 0)
    other = replace(desk.call, body_hash=b"mended")
    assert (await desk.calls.once(other, desk.write)).status_code == 201
    assert (await desk.written(), await desk.keys()) == (1, 1)


async def test_another_body_under_the_key_is_a_conflict(desk: Desk) -> None:
    await desk.calls.once(desk.call, desk.write)
    with pytest.raises(Conflict, match="another body"):
        await desk.calls.once(replace(desk.call, body_hash=b"other"), desk.write)
    assert await desk.written() == 1


@pytest.mark.parametrize("instead", [{"caller": "operator:two"}, {"route": "POST /elsewhere"}, {"key": "key-2"}])
async def test_a_key_is_its_callers_own_on_its_route(desk: Desk, instead: dict[str, str]) -> None:
    await desk.calls.once(desk.call, desk.write)
    await desk.calls.once(replace(desk.call, **instead), desk.write)  # type: ignore[arg-type]
    assert await desk.written() == 2


async def test_an_expired_key_is_new_and_forgotten_when_nobody_comes(desk: Desk, house: House) -> None:
    await desk.calls.once(desk.call, desk.write)
    await desk.calls.once(replace(desk.call, key="key-2"), desk.write)
    await idempotency.forget_expired(house.database)
    assert await desk.keys() == 2
    async with house.database.tenant(house.tenant_id) as connection:
        await connection.execute("UPDATE idempotency_keys SET expires_at = clock_timestamp() - interval '1 second'")
    await desk.calls.once(replace(desk.call, body_hash=b"other"), desk.write)
    assert await desk.written() == 3
    await idempotency.forget_expired(house.database)
    assert await desk.keys() == 1


async def test_what_is_told_after_a_commit_waits_for_the_whole_of_it(desk: Desk) -> None:
    told: list[int] = []

    async def tell() -> Response[bytes]:
        answer = await desk.write()
        desk.database.after_commit(lambda: told.append(1))
        assert not told
        return answer

    await desk.calls.once(desk.call, tell)
    assert told == [1]
    desk.database.after_commit(lambda: told.append(2))
    assert told == [1, 2]


async def test_a_task_begun_within_has_a_transaction_of_its_own(desk: Desk) -> None:
    seen: list[int] = []

    async def begin() -> Response[bytes]:
        answer = await desk.write()
        seen.append(await asyncio.create_task(desk.written()))
        seen.append(await desk.written())
        return answer

    await desk.calls.once(desk.call, begin)
    assert seen == [0, 1]


async def test_a_refusal_that_the_call_gets_over_takes_back_its_own_part_only(desk: Desk) -> None:
    async def get_over() -> Response[bytes]:
        try:
            async with desk.database.tenant(desk.call.tenant_id) as connection:
                await connection.execute("UPDATE tenants SET tenant_name = 'never'")
        except Exception:  # noqa: BLE001, S110 - the server's role may not
            pass
        return await desk.write()

    await desk.calls.once(desk.call, get_over)
    assert await desk.written() == 1
