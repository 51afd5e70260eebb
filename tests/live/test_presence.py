"""Who is on a channel, as clients of several nodes see it."""

import asyncio
import os
import signal
from pathlib import Path
from uuid import uuid4

import websockets

from tests.live.test_workers import worker_pids
from tests.processes import Client, ServerProcess


async def on(server: ServerProcess, channel: str, token: str) -> Client:
    client = await Client.open(server.ws_url, token)
    await client.ask("subscribe", channel=channel)
    return client


async def counted(client: Client, channel: str, connections: int, users: int) -> None:
    wanted = {"connections": connections, "users": users}
    async with asyncio.timeout(20):
        while await client.ask("presence", channel=channel) != wanted:  # noqa: ASYNC110 - other nodes' doing
            await asyncio.sleep(0.05)


async def answers(client: Client) -> bool:
    """Whether the node behind a client lives; a killed one's kernel cuts the connection."""
    try:
        return bool(await client.ask("ping"))
    except (websockets.ConnectionClosed, KeyError):
        return False


async def test_presence_is_that_of_all_nodes_and_a_killed_nodes_people_are_gone(tmp_path: Path) -> None:
    environment = {"WHEELHOUSE_PRESENCE_TTL_S": "1.5"}
    with ServerProcess(tmp_path / "data", workers=2, environment=environment) as server:
        tokens = [await asyncio.to_thread(server.sign_in, f"player-{uuid4().hex[:8]}") for _ in range(4)]
        _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", tokens[0])
        channel = f"wheel:{wheels['items'][0]['id']}"
        # Four connections of each of four users, over both workers as the kernel spreads them.
        clients = [await on(server, channel, token) for token in tokens * 4]
        for client in clients[:4]:
            await counted(client, channel, 16, 4)
        await clients.pop().close()
        await counted(clients[0], channel, 15, 4)
        assert await clients[0].ask("presence", channel="user") == {"connections": 0, "users": 0}
        for client in clients[:13:4]:
            await client.ask("subscribe", channel="user")
        await counted(clients[0], "user", 4, 1)
        await clients[4].ask("unsubscribe", channel="user")
        await counted(clients[0], "user", 3, 1)
        os.kill(min(worker_pids(server)), signal.SIGKILL)
        left = [client for client in clients if await answers(client)]
        if left:
            users = {client.connected["user"] for client in left}
            await counted(left[0], channel, len(left), len(users))
        for client in left:
            await client.close()


async def test_of_a_users_connections_over_all_nodes_the_newest_stay(tmp_path: Path) -> None:
    environment = {"WHEELHOUSE_CONNECTIONS_PER_USER": "3"}
    with ServerProcess(tmp_path / "data", workers=2, environment=environment) as server:
        token = await asyncio.to_thread(server.sign_in, "player-1")
        clients = []
        for _ in range(9):
            clients.append(await on(server, "user", token))
            # Told to the other worker before the next one comes.
            await counted(clients[-1], "user", min(3, len(clients)), 1)
        assert [await client.closed() for client in clients[:6]] == [4409] * 6
        assert [await answers(client) for client in clients[6:]] == [True] * 3
        for client in clients:
            await client.close()


async def test_operators_are_told_of_each_other_and_players_are_not(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        first, second = [
            await asyncio.to_thread(lambda n=n: server.token(role="operator", user=f"operator-{n}")) for n in (1, 2)
        ]
        watching = await on(server, "operator", first)
        player = await on(server, "tenant", await asyncio.to_thread(server.sign_in, "player-1"))
        for _ in range(2):
            joined = await on(server, "operator", second)
            told = await watching.event(
                lambda event: event["event"] == "presence.joined" and "operator-2" in event["data"]["users"]
            )
            assert "offset" not in told
            await joined.close()
            left = await watching.event(lambda event: event["event"] == "presence.left")
            assert left["data"] == {"users": ["operator-2"]}
            watching.events.clear()
        assert not [event for event in player.events if event["event"].startswith("presence.")]
        await watching.close()
        await player.close()
