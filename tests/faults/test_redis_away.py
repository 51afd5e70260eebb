"""Redis is gone at the moment a wheel stops: whoever listens, on whichever node, is told what it gave all the same."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.delivery.valkey import ValkeyProcess
from tests.processes import Client, ServerProcess
from tests.storm.world import Ground, World

TURNS_MS = 1200
#: Results that wait to be told, of one player.
WAITING = "SELECT channel FROM outbox WHERE event = 'spin.result' AND published_at IS NULL AND payload::text LIKE $1"


@dataclass(frozen=True)
class House:
    """Two nodes on a Redis of their own."""

    one: ServerProcess
    other: ServerProcess
    redis: ValkeyProcess
    world: World

    @property
    def ground(self) -> Ground:
        return self.world.grounds["demo"]

    async def until(self, query: str, argument: str, count: int) -> list[Any]:
        """The rows of a query, once there are so many."""
        async with asyncio.timeout(20):
            while len(rows := await self.world.rows("demo", query, argument)) != count:  # noqa: ASYNC110 - the nodes' doing
                await asyncio.sleep(0.02)
            return rows

    async def waiting(self, session_id: str, count: int) -> set[str]:
        """The channels for which a spin's result waits, once there are so many."""
        return {row["channel"] for row in await self.until(WAITING, f"%{session_id}%", count)}

    async def spin(self, client: Client) -> str:
        spin = await client.ask("spin", wheel_id=str(self.ground.wheel_id), request_id="one")
        return str(spin["session_id"])


@pytest.fixture(scope="module")
async def house(make_database: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("away")
    world = await World(make_database().database_url).start(duration_ms=TURNS_MS)
    with ValkeyProcess(folder) as redis:
        one, other = (world.node(folder / name, redis.url) for name in ("one", "other"))
        await asyncio.gather(asyncio.to_thread(one.start), asyncio.to_thread(other.start))
        yield House(one, other, redis, world)
        await asyncio.gather(asyncio.to_thread(one.stop), asyncio.to_thread(other.stop))
    await world.close()


class Listener:
    """A client that listens to one channel, and subscribes again whenever it is told to."""

    def __init__(self, client: Client, channel: str) -> None:
        self.client = client
        self._channel = channel
        self._following = asyncio.create_task(self._follow())

    @classmethod
    async def open(cls, url: str, token: str, channel: str) -> "Listener":
        client = await Client.open(url, token)
        await client.ask("subscribe", channel=channel)
        return cls(client, channel)

    async def _follow(self) -> None:
        for times in range(1, 10):
            await self.client.event(lambda _, times=times: self.begun_anew >= times, 60)  # type: ignore[misc]
            await self.client.ask("subscribe", channel=self._channel)

    @property
    def begun_anew(self) -> int:
        """How often it was told to subscribe again."""
        return sum(event["type"] == "unsubscribed" for event in self.client.events)

    @property
    def results(self) -> list[dict[str, Any]]:
        return [event for event in self.client.events if event.get("event") == "spin.result"]

    async def result(self, *, counted: bool) -> dict[str, Any]:
        return await self.client.event(
            lambda event: event.get("event") == "spin.result" and ("offset" in event) is counted, 20
        )

    async def close(self) -> None:
        self._following.cancel()
        await self.client.close()


async def test_a_result_that_was_published_costs_no_row(house: House) -> None:
    player = await Listener.open(house.one.ws_url, house.ground.token("player", "paul"), "user")
    session_id = await house.spin(player.client)
    await player.result(counted=True)
    await house.until("SELECT FROM spin_sessions WHERE id::text = $1 AND spin_status = 'completed'", session_id, 1)
    rows = "SELECT FROM outbox WHERE event = 'spin.result' AND payload::text LIKE $1"
    assert await house.world.rows("demo", rows, f"%{session_id}%") == []
    await player.close()


async def test_a_redis_that_refuses_holds_no_result_back(house: House) -> None:
    """Full, it answers and takes nothing: the player is told, the play is completed, and the rest follows."""
    player = await Listener.open(house.one.ws_url, house.ground.token("player", "fred"), "user")
    session_id = await house.spin(player.client)
    house.redis.command("CONFIG", "SET", "maxmemory", "1")
    await player.result(counted=False)
    await house.waiting(session_id, 2)
    house.redis.command("CONFIG", "SET", "maxmemory", "0")
    await house.waiting(session_id, 0)
    await player.client.event(lambda _: player.begun_anew > 0)
    told = [event.get("event", event["type"]) for event in player.client.events]
    told = [word for word in told if word in ("spin.result", "unsubscribed")]
    assert told[:2] == ["spin.result", "unsubscribed"], "what is told once more is told to who has begun anew"
    await player.close()


async def test_listeners_of_every_node_are_told_a_result_that_redis_was_not_there_for(house: House) -> None:
    user, wheel = f"anna-{uuid4().hex[:6]}", f"wheel:{house.ground.wheel_id}"
    token = house.ground.token("player", user)
    here = await Listener.open(house.one.ws_url, token, "user")
    there = await Listener.open(house.other.ws_url, token, "user")
    watcher = await Listener.open(house.other.ws_url, house.ground.token("player", "wim"), wheel)
    session_id = await house.spin(here.client)
    await watcher.client.event(lambda event: event.get("event") == "spin.started")
    await asyncio.to_thread(house.redis.kill)

    await here.result(counted=False)
    assert await house.waiting(session_id, 2) == {f"user:{user}", wheel}
    assert there.results == watcher.results == []

    await asyncio.to_thread(house.redis.start)
    for listener in (there, watcher):
        assert (await listener.result(counted=True))["data"]["session_id"] == session_id
    await house.waiting(session_id, 0)
    assert len(there.results) == len(watcher.results) == 1
    assert here.begun_anew, "who was told what nobody has counted does not go on from there"
    for listener in (here, there, watcher):
        await listener.close()


async def test_a_result_is_told_though_its_node_died_while_redis_was_away(house: House) -> None:
    token = house.ground.token("player", "otto")
    there = await Listener.open(house.other.ws_url, token, "user")
    player = await Client.open(house.one.ws_url, token)
    session_id = await house.spin(player)
    await asyncio.to_thread(house.redis.kill)
    await asyncio.to_thread(house.one.kill)
    await house.waiting(session_id, 2)
    await asyncio.to_thread(house.redis.start)
    assert (await there.result(counted=True))["data"]["session_id"] == session_id
    assert len(there.results) == 1
    await there.close()
    await player.close()
