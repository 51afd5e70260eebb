"""A node told to stop lets everybody go in good order, and a rolling restart loses and doubles nothing."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.conftest import DatabaseUrls
from tests.processes import Client, ServerProcess, await_true
from tests.storm.world import World

TURNS_MS = 1500


@pytest.fixture
async def world(database_urls: DatabaseUrls) -> AsyncIterator[World]:
    world = await World(database_urls.database_url).start(duration_ms=TURNS_MS)
    yield world
    await world.close()


async def test_a_node_told_to_stop_says_so_before_it_goes_and_finishes_what_it_has_begun(
    world: World, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    ground = world.grounds["demo"]
    node = world.node(tmp_path / "node", database_urls.redis_url, {"WHEELHOUSE_DRAIN_S": "4"})
    await asyncio.to_thread(node.start)
    players = [f"player-{n}" for n in range(12)]
    clients = [await Client.open(node.ws_url, ground.token("player", player)) for player in players]
    spins = await asyncio.gather(
        *(client.ask("spin", wheel_id=str(ground.wheel_id), request_id="last") for client in clients)
    )
    await (await Client.open(node.ws_url, ground.token("player", "rest"))).close()
    waiting = asyncio.create_task(
        asyncio.to_thread(
            node.call,
            "POST",
            f"/api/v1/wheels/{ground.wheel_id}/spins?wait=result",
            token=ground.token("player", "rest"),
            body={"request_id": "waits"},
        )
    )
    async with asyncio.timeout(5):
        while not await world.rows("demo", "SELECT FROM spin_sessions WHERE user_id = 'rest'"):  # noqa: ASYNC110 - the node's doing
            await asyncio.sleep(0.01)

    node.tell_to_stop()
    assert {await client.closed() for client in clients} == {4503}
    told = [client.events[-1] for client in clients]
    assert {event["code"] for event in told} == {"draining"}
    waits = [event["reconnect_in_ms"] for event in told]
    assert len(set(waits)) > 6
    assert max(waits) <= 4000

    # Wheels turn on, so the node is still there, answers that it is not ready, and sends whoever comes away.
    status, health = await asyncio.to_thread(node.get, "/health/ready")
    assert (status, health["checks"]["node"]) == (503, "draining")
    socket = await websockets.connect(node.ws_url)
    sent_away = json.loads(await socket.recv())
    assert sent_away["code"] == "draining"
    assert 2000 <= sent_away["reconnect_in_ms"] <= 4000
    await socket.wait_closed()
    assert socket.close_code == 4503

    status, answer = await waiting
    assert (status, "reward" in answer["result"]) == (201, True)
    await asyncio.to_thread(node.gone)
    done = await world.rows("demo", "SELECT id, spin_status FROM spin_sessions")
    assert {row["spin_status"] for row in done} == {"completed"}
    assert {str(row["id"]) for row in done} == {spin["session_id"] for spin in spins} | {answer["session_id"]}


class Player:
    """Spins through a rolling restart as a page would: comes back when told to, elsewhere, and asks again."""

    def __init__(self, name: str, token: str, wheel_id: str, nodes: list[ServerProcess]) -> None:
        self.name = name
        self.acknowledged: dict[str, str] = {}
        #: how often each session's result was told live, or handed over after an absence
        self.results: Counter[str] = Counter()
        self.away_ms: list[int] = []
        self._token = token
        self._wheel_id = wheel_id
        self._nodes = nodes
        self._position: dict[str, Any] | None = None
        self._client: Client | None = None
        self._read = 0

    async def play(self, spins: int, until: asyncio.Event) -> None:
        """Spin again and again, so many times at the least, and until the restart is over."""
        turn = 0
        while turn < spins or not until.is_set():
            request_id = f"{self.name}-{turn}"
            session_id = await self._spin(request_id)
            self.acknowledged[request_id] = session_id
            async with asyncio.timeout(20):
                while not self.results[session_id]:
                    await self._listen()
            turn += 1
        assert self._client is not None
        await self._client.close()

    async def _spin(self, request_id: str) -> str:
        while True:
            client = await self._connected()
            try:
                reply = await client.answer(
                    await client.send("spin", wheel_id=self._wheel_id, request_id=request_id), timeout_s=20
                )
            except (websockets.ConnectionClosed, KeyError):
                await self._gone()
                continue
            if reply["type"] == "reply":
                return str(reply["result"]["session_id"])
            assert reply["error"]["code"] in ("unavailable", "spin_in_progress"), reply
            await asyncio.sleep(0.05)

    async def _listen(self) -> None:
        if self._client is None:
            await self._connected()
            return
        client = self._client
        self._take()
        if client.socket.close_code is not None:
            await self._gone()
            return
        async with client._changed:
            if len(client.events) == self._read and client.socket.close_code is None:
                await client._changed.wait()
        self._take()

    async def _connected(self) -> Client:
        while self._client is None:
            node = random.choice(self._nodes)
            try:
                client = await Client.open(node.ws_url, self._token)
                answer = await client.ask(
                    "subscribe", channel="user", **({"since": self._position} if self._position else {})
                )
            except (OSError, KeyError, websockets.WebSocketException):
                await asyncio.sleep(random.uniform(0.05, 0.3))
                continue
            self._client, self._read = client, 0
            assert answer["recovered"] is (self._position is not None)
            for event in answer["events"]:
                self._told(event)
            self._position = {"epoch": answer["epoch"], "offset": answer["offset"]}
        return self._client

    def _take(self) -> None:
        assert self._client is not None
        events, self._read = self._client.events[self._read :], len(self._client.events)
        for event in events:
            if event.get("channel") == "user":
                self._told(event)

    def _told(self, event: dict[str, Any]) -> None:
        if "offset" not in event:
            return
        assert self._position is None or event["offset"] != self._position["offset"]
        if self._position is not None and event["offset"] > self._position["offset"]:
            assert event["offset"] == self._position["offset"] + 1
            self._position["offset"] = event["offset"]
        if event["event"] == "spin.result":
            self.results[event["data"]["session_id"]] += 1

    async def _gone(self) -> None:
        assert self._client is not None
        self._take()
        advised = [event["reconnect_in_ms"] for event in self._client.events if event["type"] == "closing"]
        self._client = None
        if advised:
            self.away_ms.append(advised[-1])
            await asyncio.sleep(advised[-1] / 1000)


async def test_a_rolling_restart_of_two_nodes_under_load_loses_and_doubles_nothing(
    world: World, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    ground = world.grounds["demo"]
    nodes = [
        world.node(tmp_path / name, database_urls.redis_url, {"WHEELHOUSE_DRAIN_S": "1.5"}) for name in ("one", "two")
    ]
    for node in nodes:
        await asyncio.to_thread(node.start)
    players = [
        Player(f"player-{n}", ground.token("player", f"player-{n}"), str(ground.wheel_id), nodes) for n in range(40)
    ]
    over = asyncio.Event()

    async def restart_one_after_the_other() -> None:
        for node in nodes:
            await asyncio.to_thread(node.stop)
            await asyncio.to_thread(node.start)
        over.set()

    async with asyncio.timeout(60):
        restart = asyncio.create_task(restart_one_after_the_other())
        await asyncio.gather(restart, *(player.play(3, over) for player in players))

    assert sum(len(player.away_ms) for player in players) >= len(players)
    for player in players:
        assert player.results == dict.fromkeys(player.acknowledged.values(), 1), player.name
    sessions = await world.rows("demo", "SELECT id, session_id, spin_status FROM spin_sessions")
    acknowledged = {request: session for player in players for request, session in player.acknowledged.items()}
    assert {row["session_id"]: str(row["id"]) for row in sessions} == acknowledged
    # A result is shown when the wheel stops; what its own node did not complete before it ended, another does.
    async with asyncio.timeout(20):
        while await world.rows("demo", "SELECT id FROM spin_sessions WHERE spin_status <> 'completed'"):  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.1)
    (results,) = await world.rows("demo", "SELECT count(*) FROM spin_results")
    assert results["count"] == len(acknowledged)
    used = await world.rows("demo", "SELECT user_id, sum(used_chances) AS used FROM spin_chances GROUP BY user_id")
    assert {row["user_id"]: row["used"] for row in used} == {
        player.name: len(player.acknowledged) for player in players
    }
    await asyncio.to_thread(await_true, lambda: all(node.get("/health/ready")[0] == 200 for node in nodes))
    for node in nodes:
        await asyncio.to_thread(node.stop)
