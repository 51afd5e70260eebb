"""What operators announce arrives where it should, and calls under an `Idempotency-Key` are answered once."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.live.test_jackpots import House, jackpot
from tests.processes import Client, ServerProcess

KEY = "Idempotency-Key"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers behind one address, so that the same call may come to either."""
    with ServerProcess(tmp_path_factory.mktemp("workers") / "data", workers=2) as running:
        yield running


async def house_of(server: ServerProcess, tenant: str = "demo") -> House:
    return await asyncio.to_thread(House, server, tenant)


def named(event: str) -> Any:
    return lambda e: e["event"] == event


async def test_an_announcement_arrives_at_its_tenants_players_and_is_kept(server: ServerProcess) -> None:
    house, other = await house_of(server), await house_of(server, "demo-b")
    clients = []
    for one in (house, other):
        clients.append(client := await Client.open(server.ws_url, await one.player("player-listening")))
        await client.ask("subscribe", channel="tenant")
    said = {"message": "Maintenance at noon", "data": {"minutes": 10}}
    status, sent = await house.call("POST", "/api/v1/announcements", said)
    assert status == 201
    assert {key: sent[key] for key in ("channel", "message", "data")} == {"channel": "tenant", **said}
    told = await clients[0].event(named("announcement"))
    assert (told["channel"], told["data"], "offset" in told) == ("tenant", sent, True)
    _, listed = await house.call("GET", "/api/v1/announcements?channel=tenant")
    assert listed["items"][0] == sent
    _, theirs = await other.call("GET", "/api/v1/announcements")
    assert sent["id"] not in {one["id"] for one in theirs["items"]}
    await other.call("POST", "/api/v1/announcements", {"message": "Ours"})
    first = await clients[1].event(named("announcement"))
    assert first["data"]["message"] == "Ours"
    for client in clients:
        await client.close()


async def test_an_announcement_on_a_games_channel_arrives_at_those_who_follow_it(server: ServerProcess) -> None:
    house = await house_of(server)
    await house.make()
    where = {"message": "Soon", "channel": f"jackpot:{house.id}"}
    assert (await house.call("POST", "/api/v1/announcements", where))[0] == 409
    assert (await house.post("status", {"to": "open"}))[0] == 200
    client, _ = await house.follow("player-following")
    status, sent = await house.call("POST", "/api/v1/announcements", where)
    assert (status, sent["data"]) == (201, None)
    told = await client.event(named("announcement"))
    assert (told["channel"], told["data"]["message"]) == (where["channel"], "Soon")
    await client.close()


async def test_nobody_announces_where_they_may_not(server: ServerProcess) -> None:
    house, other = await house_of(server), await house_of(server, "demo-b")
    await house.open()
    player = await house.player("player-loud")
    assert (await house.call("POST", "/api/v1/announcements", {"message": "Me"}, token=player))[0] == 403
    for channel, code in (
        (f"jackpot:{house.id}", "not_found"),
        (f"wheel:{uuid4()}", "not_found"),
        ("wheel:lucky", "not_found"),
        ("operator", "bad_request"),
        ("user:player-1", "bad_request"),
        ("jackpot", "bad_request"),
    ):
        _, problem = await other.call("POST", "/api/v1/announcements", {"message": "Mine", "channel": channel})
        assert problem["code"] == code, channel


async def test_twenty_same_calls_at_once_make_one_jackpot_and_are_answered_alike(server: ServerProcess) -> None:
    house = await house_of(server)
    body, headers = jackpot(), {KEY: uuid4().hex}
    answers = await asyncio.gather(*(house.call("POST", "/api/v1/jackpots", body, headers=headers) for _ in range(20)))
    assert {status for status, _ in answers} == {201}
    assert all(made == answers[0][1] for _, made in answers)
    status, problem = await house.call("POST", "/api/v1/jackpots", {**body, "jackpot_title": "x"}, headers=headers)
    assert (status, problem["code"]) == (409, "conflict")


async def test_a_repeated_move_moves_the_pool_once_and_a_repeated_message_is_sent_once(server: ServerProcess) -> None:
    house = await house_of(server)
    await house.open()
    client, _ = await house.follow("player-counting")
    headers = {KEY: uuid4().hex}
    moves = await asyncio.gather(*(house.post("pool", {"add": "5"}, headers=headers) for _ in range(20)))
    assert [(status, pool["pool_amount"]) for status, pool in moves] == [(200, "105.00")] * 20
    said = {"message": "Once", "data": {"b": 1, "a": 2}}
    sent = await asyncio.gather(*(house.post("broadcast", said, headers=headers) for _ in range(5)))
    assert all(one == sent[0] for one in sent)
    same = {"data": {"a": 2, "b": 1}, "message": "Once"}
    assert await house.post("broadcast", same, headers=headers) == sent[0]
    assert (await house.post("broadcast", {"message": "Last"}))[0] == 201
    await client.event(lambda e: e["event"] == "jackpot.message" and e["data"]["message"] == "Last")
    told = [e["data"]["message"] for e in client.events if e["event"] == "jackpot.message"]
    assert told == ["Once", "Last"]
    await client.close()


async def test_points_and_seeds_take_a_key_too(server: ServerProcess) -> None:
    house = await house_of(server)
    _, races = await house.call("GET", "/api/v1/tournaments")
    entry = {"user_id": "u1", "points_earned": "5", "points_source": "bet", "source_event_id": uuid4().hex}
    path, headers = f"/api/v1/tournaments/{races['items'][0]['id']}/points", {KEY: uuid4().hex}
    answers = [await house.call("POST", path, {"entries": [entry]}, headers=headers) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][1]["accepted"] == 1
    assert (await house.call("POST", path, {"entries": [entry]}))[1]["duplicates"] == 1
    player = await house.player(f"player-{uuid4().hex[:8]}")
    _, wheels = await house.call("GET", "/api/v1/wheels?wheel_slug=lucky")
    path = f"/api/v1/wheels/{wheels['items'][0]['id']}/fairness"
    assert (await house.call("GET", path, token=player))[0] == 200
    rotated = [await house.call("POST", f"{path}/rotate", token=player, headers=headers) for _ in range(2)]
    assert rotated[0] == rotated[1]
    _, document = await house.call("GET", "/schema/openapi.json")
    posted = document["paths"]["/api/v1/jackpots"]["post"]
    assert KEY in {parameter["name"] for parameter in posted["parameters"]}
