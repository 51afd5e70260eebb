"""Jackpots from outside: two tenants at once, pools that grow, messages that arrive, a lock that comes by itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.processes import Client, ServerProcess

NOON, NIGHT = "2026-01-01T12:00:00Z", "2026-01-01T22:00:00Z"


class House:
    """A tenant's operator, who makes a jackpot and runs it."""

    def __init__(self, server: ServerProcess, tenant: str) -> None:
        self.server = server
        self.tenant = tenant
        body = {"tenant": tenant, "role": "operator", "user": "operator-1"}
        self.token = str(server.call("POST", "/api/v1/demo/sign-in", body=body)[1]["token"])
        self.id = ""

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        options.setdefault("token", self.token)
        return await asyncio.to_thread(lambda: self.server.call(method, path, body=body, **options))

    async def post(self, what: str, body: object, **options: Any) -> tuple[int, Any]:
        return await self.call("POST", f"{self.path}/{what}", body, **options)

    async def make(self, **fields: object) -> dict[str, Any]:
        status, made = await self.call("POST", "/api/v1/jackpots", jackpot(**fields))
        assert status == 201, made
        self.id = made["id"]
        return dict(made)

    async def open(self, **fields: object) -> str:
        await self.make(**fields)
        status, moved = await self.post("status", {"to": "open"})
        assert (status, moved["jackpot_status"]) == (200, "open"), moved
        return self.id

    @property
    def path(self) -> str:
        return f"/api/v1/jackpots/{self.id}"

    async def player(self, user: str) -> str:
        return await asyncio.to_thread(lambda: self.server.sign_in(user, tenant=self.tenant))

    async def follow(self, user: str) -> tuple[Client, dict[str, Any]]:
        """A player who listens to the jackpot, and the snapshot they were shown."""
        client = await Client.open(self.server.ws_url, await self.player(user))
        answer = await client.ask("subscribe", channel=f"jackpot:{self.id}")
        return client, answer["snapshot"]


def jackpot(**fields: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "jackpot_id": f"j-{uuid4().hex[:12]}",
        "jackpot_title": "Saturday Three",
        "jackpot_stake": "2.00",
        "start_time": (now - timedelta(minutes=5)).isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
        "jackpot_config": {"seed_amount": "100"},
        "events": [{"event_name": f"Match {n}", "event_pick": "1,X,2"} for n in range(1, 4)],
        "prizes": [{"prize_name": "Three right", "prize_config": {"correct": 3, "share_bps": 8000}}],
        **fields,
    }


async def houses_of(server: ServerProcess) -> list[House]:
    return [await asyncio.to_thread(House, server, tenant) for tenant in ("demo", "demo-b")]


def named(event: str, house: House) -> Any:
    return lambda e: e["event"] == event and e["channel"] == f"jackpot:{house.id}"


async def test_two_tenants_see_their_own_pools_grow_and_hear_their_own_operators(server: ServerProcess) -> None:
    houses = await houses_of(server)
    followers = []
    for house in houses:
        await house.open()
        client, snapshot = await house.follow("player-following")
        assert snapshot["pool"] == {
            "jackpot_id": house.id,
            "pool_amount": "100.00",
            "currency": snapshot["jackpot"]["currency"],
            "version": 1,
        }
        assert [event["event_config"]["position"] for event in snapshot["events"]] == [1, 2, 3]
        assert (snapshot["ticket_count"], snapshot["messages"]) == (0, [])
        assert "created_by" not in snapshot["jackpot"]
        followers.append(client)

    async def run(house: House, amount: str, message: str) -> None:
        moves = await asyncio.gather(*(house.post("pool", {"add": amount}) for _ in range(20)))
        assert {status for status, _ in moves} == {200}
        assert sorted(pool["version"] for _, pool in moves) == list(range(2, 22))
        status, sent = await house.post("broadcast", {"message": message, "data": {"tone": "calm"}})
        assert (status, sent["message"], sent["data"]) == (201, message, {"tone": "calm"})

    await asyncio.gather(run(houses[0], "0.25", "To demo"), run(houses[1], "1.5", "To demo-b"))
    for house, client, amount, message in zip(
        houses, followers, ("105.00", "130.00"), ("To demo", "To demo-b"), strict=True
    ):
        last = await client.event(lambda e, house=house: named("jackpot.pool", house)(e) and e["version"] == 21)
        assert last["data"]["pool_amount"] == amount
        told = await client.event(named("jackpot.message", house))
        assert (told["data"]["message"], "offset" in told) == (message, True)
        assert {e["channel"] for e in client.events} == {f"jackpot:{house.id}"}
        versions = [e["version"] for e in client.events if e["event"] == "jackpot.pool"]
        assert versions == sorted(set(versions))
        _, snapshot = await house.follow("player-late")
        assert (snapshot["pool"]["pool_amount"], snapshot["pool"]["version"]) == (amount, 21)
        assert [one["message"] for one in snapshot["messages"]] == [message]
        _, listed = await house.call("GET", f"{house.path}/messages")
        assert listed["items"] == snapshot["messages"]
        await client.close()


async def test_a_jackpot_locks_by_itself_when_its_first_event_starts(server: ServerProcess) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    events = [
        {"event_name": "Late", "event_pick": "1,2"},
        {"event_name": "Soon", "event_pick": "1,2", "event_config": {"starts_at": soon}},
    ]
    await house.open(events=events, prizes=[{"prize_name": "Two", "prize_config": {"correct": 2, "share_bps": 1}}])
    client, snapshot = await house.follow("player-waiting")
    lobby = await client.ask("subscribe", channel="tenant")
    assert house.id in {one["id"] for one in lobby["snapshot"]["jackpots"]}
    assert snapshot["jackpot"]["locks_at"] < snapshot["jackpot"]["end_time"]
    locked = await client.event(named("jackpot.status", house))
    assert locked["data"]["jackpot_status"] == "locked"
    game = await client.event(lambda e: e["event"] == "game.changed" and e["data"]["id"] == house.id)
    assert game["data"] == {"game": "jackpot", "id": house.id, "name": "Saturday Three", "status": "locked"}
    status, problem = await house.post("status", {"to": "open"})
    assert (status, problem["code"]) == (409, "conflict")
    await client.close()


async def test_an_operators_moves_are_told_with_their_reason(server: ServerProcess) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    await house.open(start_time=(datetime.now(UTC) + timedelta(minutes=30)).isoformat())
    client, snapshot = await house.follow("player-told")
    assert snapshot["jackpot"]["start_time"] <= snapshot["server_time"]
    assert (await house.post("status", {"to": "cancelled", "reason": "Rain"}))[0] == 200
    told = await client.event(named("jackpot.status", house))
    assert (told["data"]["jackpot_status"], told["data"]["reason"]) == ("cancelled", "Rain")
    for body in ({"add": "1"}, {"pool_amount": "5"}):
        status, problem = await house.post("pool", body)
        assert (status, problem["code"]) == (409, "closed")
    await client.close()


async def test_a_player_buys_tickets_and_is_told_of_each_and_of_the_pool(server: ServerProcess) -> None:
    house, stranger = await houses_of(server)
    await house.open()
    path = f"{house.path}/tickets"
    buyer = f"player-{uuid4().hex[:8]}"
    client, snapshot = await house.follow(buyer)
    await client.ask("subscribe", channel="user")
    token = await house.player(buyer)
    picks = {"ticket_picks": ",".join(event["event_pick"].split(",")[0] for event in snapshot["events"])}
    key = {"idempotency-key": "once"}
    tickets = [
        await asyncio.to_thread(lambda: server.call("POST", path, token=token, body=picks, headers=key))
        for _ in range(2)
    ]
    assert [status for status, _ in tickets] == [201, 201]
    ticket = tickets[0][1]
    assert tickets[1][1] == ticket
    assert (ticket["ticket_status"], ticket["ticket_type"], ticket["lines"]) == ("accepted", "single", 1)
    told = await client.event(lambda e: e["event"] == "ticket.changed")
    assert told["data"]["ticket"] == ticket
    pool = await client.event(named("jackpot.pool", house))
    assert Decimal(pool["data"]["pool_amount"]) == Decimal(100) + Decimal(ticket["ticket_stake"])
    _, listed = await house.call("GET", path, token=token)
    assert [one["id"] for one in listed["items"]] == [ticket["id"]]
    assert (await client.ask("subscribe", channel="user"))["snapshot"]["tickets"] == [ticket]

    service = await asyncio.to_thread(lambda: server.token(role="service", user="platform"))
    free = {**picks, "ticket_type": "free", "user_id": buyer}
    assert (await house.call("POST", path, free, token=service))[0] == 201
    for body, status in (
        ({**picks, "ticket_type": "free"}, 403),
        ({**picks, "user_id": "player-2"}, 403),
        ({"ticket_picks": "1"}, 422),
    ):
        assert (await house.call("POST", path, body, token=token))[0] == status, body
    assert (await house.call("POST", path, picks, token=service))[0] == 422
    assert (await house.call("POST", path, picks))[0] == 403
    assert (await stranger.call("GET", path))[0] == 404
    assert (await stranger.call("POST", path, picks, token=await stranger.player("player-9")))[0] == 404

    assert (await house.post("status", {"to": "cancelled", "reason": "Rain"}))[0] == 200
    back = await client.event(
        lambda e: e["event"] == "ticket.changed" and e["data"]["ticket"]["ticket_status"] == "refunded"
    )
    assert back["data"]["ticket"]["id"] == ticket["id"]
    await client.close()


async def test_players_see_no_draft(server: ServerProcess) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    made = await house.make()
    token = await house.player("player-early")
    assert (await house.call("GET", house.path, token=token))[0] == 404
    _, listed = await house.call("GET", f"/api/v1/jackpots?jackpot_id={made['jackpot_id']}", token=token)
    assert listed["items"] == []
    client = await Client.open(server.ws_url, token)
    assert (await client.refused("subscribe", channel=f"jackpot:{house.id}"))["code"] == "not_found"
    await client.close()
    _, listed = await house.call("GET", f"/api/v1/jackpots?jackpot_id={made['jackpot_id']}")
    assert [(one["id"], one["created_by"]) for one in listed["items"]] == [(house.id, "operator-1")]


async def test_whoever_may_not_is_refused_and_another_tenants_is_not_found(server: ServerProcess) -> None:
    house, stranger = await houses_of(server)
    await house.open()
    player = await house.player("player-curious")
    for method, path, body in (
        ("POST", "/api/v1/jackpots", jackpot()),
        ("PATCH", house.path, {"jackpot_title": "x", "row_version": 1}),
        ("PUT", f"{house.path}/events", {"events": []}),
        ("PUT", f"{house.path}/prizes", {"prizes": []}),
        ("POST", f"{house.path}/status", {"to": "locked"}),
        ("POST", f"{house.path}/pool", {"add": "1"}),
        ("POST", f"{house.path}/broadcast", {"message": "Mine"}),
    ):
        status, problem = await house.call(method, path, body, token=player)
        assert (status, problem["code"]) == (403, "forbidden"), path
        if path.startswith(house.path):
            status, problem = await stranger.call(method, path, body)
            assert (status, problem["code"]) == (404, "not_found"), path
    for path in (house.path, f"{house.path}/messages"):
        assert (await stranger.call("GET", path))[0] == 404
    client = await Client.open(server.ws_url, await stranger.player("player-elsewhere"))
    assert (await client.refused("subscribe", channel=f"jackpot:{house.id}"))["code"] == "not_found"
    await client.close()


async def test_a_body_that_does_not_fit_names_every_fault(server: ServerProcess) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    body = jackpot(jackpot_title="", jackpot_config={"colour": 1}, prizes=[{"prize_name": "x", "prize_config": {}}])
    status, problem = await house.call("POST", "/api/v1/jackpots", body)
    assert (status, problem["code"]) == (422, "bad_request")
    paths = {fault["path"] for fault in problem["faults"]}
    assert {"$.jackpot_title", "$.jackpot_config.colour"} <= paths
    body = jackpot(
        jackpot_stake="2.005",
        start_time=NIGHT,
        end_time=NOON,
        events=[{"event_name": "Coin", "event_pick": "heads"}],
        prizes=[{"prize_name": "All", "prize_config": {"correct": 1}}],
    )
    status, problem = await house.call("POST", "/api/v1/jackpots", body)
    assert status == 422
    assert {fault["path"] for fault in problem["faults"]} == {
        "$.jackpot_stake",
        "$.end_time",
        "$.events[0].event_pick",
        "$.prizes[0].prize_config",
    }


async def test_terms_change_in_a_draft_and_stand_once_it_is_open(server: ServerProcess) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    made = await house.make()
    change = {"jackpot_stake": "3", "row_version": made["row_version"]}
    status, changed = await house.call("PATCH", house.path, change)
    assert (status, changed["jackpot_stake"]) == (200, "3.00")
    assert (await house.call("PATCH", house.path, change))[0] == 409
    events = {"events": [{"event_name": "Only", "event_pick": "1,2"}]}
    _, changed = await house.call("PUT", f"{house.path}/events", events)
    assert [event["event_name"] for event in changed["events"]] == ["Only"]
    status, problem = await house.post("status", {"to": "open"})
    assert status == 409
    assert "3 right calls of 1 events" in problem["detail"]
    prizes = {"prizes": [{"prize_name": "One", "prize_config": {"correct": 1, "share_bps": 9000}}]}
    assert (await house.call("PUT", f"{house.path}/prizes", prizes))[0] == 200
    status, opened = await house.post("status", {"to": "open"})
    assert status == 200
    status, problem = await house.call(
        "PATCH", house.path, {"jackpot_stake": "4", "row_version": opened["row_version"]}
    )
    assert (status, problem["code"]) == (409, "conflict")
    assert (await house.call("PUT", f"{house.path}/events", events))[0] == 409
    title = {"jackpot_title": "Renamed", "row_version": opened["row_version"]}
    assert (await house.call("PATCH", house.path, title))[0] == 200


@pytest.mark.parametrize("body", [{"add": "-1000"}, {"add": "1e3"}, {"pool_amount": "-1"}, {}, {"add": "1.23456"}])
async def test_a_pool_never_goes_where_it_cannot(server: ServerProcess, body: dict[str, str]) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    await house.open()
    status, _ = await house.post("pool", body)
    assert status in (409, 422)
    _, kept = await house.call("GET", house.path)
    assert kept["pool_amount"] == "100.00"


async def test_a_message_that_is_too_long_is_refused(server: ServerProcess) -> None:
    house = await asyncio.to_thread(House, server, "demo")
    await house.open()
    status, problem = await house.post("broadcast", {"message": "x" * 5000})
    assert (status, problem["faults"][0]["path"]) == (422, "$.message")
