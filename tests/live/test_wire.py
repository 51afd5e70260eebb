"""What a server really sends is what its AsyncAPI document says, field by field."""

import asyncio
from typing import Any
from uuid import uuid4

import websockets

from tests import wire
from tests.event_streams import StreamClient
from tests.processes import Client, ServerProcess


class Kept(Client):
    """A client that remembers all that came, and what each answer belongs to."""

    async def send(self, type_: str, **fields: Any) -> int:
        number = await super().send(type_, **fields)
        self.asked = {**getattr(self, "asked", {}), number: type_}
        return number

    def faults(self) -> list[str]:
        answers = [one for number, reply in self._replies.items() for one in wire.faults(reply, self.asked[number])]
        return [*answers, *(one for event in self.events for one in wire.faults(event))]


async def test_a_whole_session_is_as_described(server: ServerProcess) -> None:
    user = f"player-{uuid4().hex[:8]}"
    token = await asyncio.to_thread(server.sign_in, user)
    operator = await asyncio.to_thread(lambda: server.token(role="operator", user="operator-1"))
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    _, races = await asyncio.to_thread(server.get, "/api/v1/tournaments", token)
    _, pools = await asyncio.to_thread(server.get, "/api/v1/jackpots", token)
    wheel_id, race_id, pool_id = (found["items"][0]["id"] for found in (wheels, races, pools))

    player = await Kept.open(server.ws_url, token)
    watcher = await Kept.open(server.ws_url, operator)
    stream = await StreamClient.open(server.url, "user", token=token)
    for channel in ("tenant", "user", f"wheel:{wheel_id}", f"tournament:{race_id}", f"jackpot:{pool_id}"):
        await player.ask("subscribe", channel=channel)
    for channel in ("operator", "tenant"):
        await watcher.ask("subscribe", channel=channel)
    await player.ask("ping")
    await player.ask("presence", channel="tenant")
    await player.refused("subscribe", channel="operator")
    await player.refused("spin", wheel_id=str(uuid4()), request_id="nowhere")
    await player.ask("refresh", token=token)
    entry = {"user_id": user, "points_earned": "10", "points_source": "bet", "source_event_id": uuid4().hex}
    status, _ = await asyncio.to_thread(
        lambda: server.call("POST", f"/api/v1/tournaments/{race_id}/points", token=operator, body={"entries": [entry]})
    )
    assert status in (200, 201)
    for what, body in (
        ("pool", {"add": "0.25"}),
        ("broadcast", {"message": "Good luck", "data": {"tone": "calm"}}),
        ("status", {"to": "locked", "reason": "Enough"}),
    ):
        path = f"/api/v1/jackpots/{pool_id}/{what}"
        await asyncio.to_thread(lambda path=path, body=body: server.call("POST", path, token=operator, body=body))
    body = {"message": "Maintenance at noon"}
    await asyncio.to_thread(lambda: server.call("POST", "/api/v1/announcements", token=operator, body=body))
    await player.event(lambda event: event.get("event") == "announcement")
    await player.event(lambda event: event.get("event") == "jackpot.status")
    await player.ask("spin", wheel_id=wheel_id, request_id="one")
    await player.event(lambda event: event.get("event") == "tournament.rank")
    await player.event(lambda event: event.get("event") in ("leaderboard.delta", "leaderboard.snapshot"))
    result = await player.event(lambda event: event.get("event") == "spin.result" and event["channel"] == "user")
    await player.ask("unsubscribe", channel="tenant")

    first = (await player.ask("subscribe", channel="user", since={"epoch": "none", "offset": 0}))["epoch"]
    again = await player.ask("subscribe", channel="user", since={"epoch": first, "offset": result["offset"] - 1})
    assert again["recovered"]
    back = await Kept.open(server.ws_url, token)
    assert back.connected["spins"] == [] or back.connected["spins"][0]["result"]
    await stream.message(lambda message: message.get("event") == "spin.result")

    seen = {event.get("event") for event in player.events}
    assert {"spin.started", "spin.frame", "spin.result", "chance.changed", "tournament.rank"} <= seen
    assert {"jackpot.pool", "jackpot.message", "jackpot.status", "game.changed"} <= seen
    assert [fault for client in (player, watcher, back) for fault in client.faults()] == []
    assert [fault for message in stream.messages for fault in wire.faults(message)] == []
    for client in (player, watcher, back):
        await client.close()
    await stream.close()


async def test_the_document_is_served_and_names_how_sockets_are_closed(server: ServerProcess) -> None:
    status, document = await asyncio.to_thread(server.get, "/schema/asyncapi.json")
    assert (status, document["asyncapi"]) == (200, "3.0.0")
    socket = await websockets.connect(server.ws_url)
    await socket.send("nonsense")
    await socket.wait_closed()
    assert socket.close_code is not None
    assert document["x-close-codes"][str(socket.close_code)]["come-back"] is False
