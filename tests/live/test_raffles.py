"""A raffle over REST and the wire: committed to, sold, closed by the clock, and no other tenant's."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.processes import Client, ServerProcess, await_true


@pytest.fixture(scope="module")
def operator(server: ServerProcess) -> str:
    return server.token(role="operator", user="operator-1")


def make(server: ServerProcess, operator: str, *moves: str, **changed: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    body = {
        "campaign_name": "The boat",
        "start_time": (now - timedelta(minutes=1)).isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
        "ticket_price": 250,
        "total_tickets": 100,
        "draws": [{"draw_name": "The boat", "draw_time": (now + timedelta(hours=2)).isoformat()}],
        **changed,
    }
    status, raffle = server.call("POST", "/api/v1/raffles", token=operator, body=body)
    assert status == 201, raffle
    for to in moves:
        status, raffle = server.call("POST", f"/api/v1/raffles/{raffle['id']}/status", token=operator, body={"to": to})
        assert status == 200, raffle
    return raffle


async def test_a_raffle_is_committed_to_sold_and_told_of(server: ServerProcess, operator: str) -> None:
    raffle = await asyncio.to_thread(make, server, operator, "committed", "on_sale")
    assert (raffle["ticket_amount"], raffle["currency"], raffle["sold_tickets"]) == ("2.50", "EUR", 0)
    assert len(raffle["draws"][0]["draw_results"]["server_seed_hash"]) == 64
    player = await asyncio.to_thread(server.sign_in, f"player-{uuid4().hex[:8]}")
    client = await Client.open(server.ws_url, player)
    told = await client.ask("subscribe", channel=f"raffle:{raffle['id']}")
    assert told["snapshot"]["raffle"]["campaign_name"] == "The boat"
    assert told["snapshot"]["draws"] == raffle["draws"]
    await client.ask("subscribe", channel="user")

    path = f"/api/v1/raffles/{raffle['id']}/tickets"
    key = {"idempotency-key": uuid4().hex}
    for _ in range(2):
        status, bought = await asyncio.to_thread(
            server.call, "POST", path, token=player, body={"quantity": 3}, headers=key
        )
        assert status == 201, bought
    assert [one["ticket_number"] for one in bought["tickets"]] == ["000001", "000002", "000003"]
    assert bought["amount"] == "7.50"
    sold = await client.event(lambda event: event["event"] == "raffle.sold")
    assert (sold["data"]["sold_tickets"], sold["data"]["total_tickets"]) == (3, 100)
    mine = await client.event(lambda event: event["event"] == "raffle.tickets")
    assert mine["data"]["raffle_tickets"] == bought["tickets"]
    _, page = await asyncio.to_thread(server.get, path, player)
    assert [one["ticket_number"] for one in page["items"]] == ["000003", "000002", "000001"]
    again = await Client.open(server.ws_url, player)
    snapshot = (await again.ask("subscribe", channel="user"))["snapshot"]
    assert {one["id"] for one in snapshot["raffle_tickets"]} == {one["id"] for one in bought["tickets"]}

    moved = await asyncio.to_thread(
        server.call, "POST", f"/api/v1/raffles/{raffle['id']}/status", token=operator, body={"to": "closed"}
    )
    assert moved[1]["campaign_status"] == "closed"
    await client.event(lambda event: event["event"] == "raffle.status")
    status, refused = await asyncio.to_thread(server.call, "POST", path, token=player, body={})
    assert (status, refused["code"]) == (409, "closed")
    await client.close()
    await again.close()


def test_a_raffle_goes_on_sale_and_closes_by_itself(server: ServerProcess, operator: str) -> None:
    now = datetime.now(UTC)
    raffle = make(server, operator, "committed", end_time=(now + timedelta(seconds=8)).isoformat())

    def stands_at(status: str) -> bool:
        return bool(server.get(f"/api/v1/raffles/{raffle['id']}", operator)[1]["campaign_status"] == status)

    await_true(lambda: stands_at("on_sale"), 30)
    await_true(lambda: stands_at("closed"), 30)


def test_players_see_no_drafts_and_other_tenants_nothing(server: ServerProcess, operator: str) -> None:
    raffle = make(server, operator)
    path = f"/api/v1/raffles/{raffle['id']}"
    player = server.sign_in("player-2")
    other = server.token(tenant="demo-b", role="operator", user="operator-1")
    for token in (player, other):
        assert server.get(path, token)[0] == 404
        assert server.get(f"{path}/tickets", token)[0] == 404
        assert raffle["id"] not in [one["id"] for one in server.get("/api/v1/raffles", token)[1]["items"]]
    assert server.call("POST", f"{path}/status", token=other, body={"to": "committed"})[0] == 404
    assert server.call("POST", "/api/v1/raffles", token=player, body={})[0] in (403, 422)


def test_the_platform_buys_for_a_player_and_gives(server: ServerProcess, operator: str) -> None:
    raffle = make(server, operator, "committed", "on_sale")
    path = f"/api/v1/raffles/{raffle['id']}/tickets"
    service = server.token(role="service", user="platform")
    status, given = server.call("POST", path, token=service, body={"quantity": 2, "user_id": "ann", "free": True})
    assert (status, given["amount"], len(given["tickets"])) == (201, "0", 2)
    player = server.sign_in("player-3")
    assert server.call("POST", path, token=player, body={"free": True})[0] == 403
    assert [one["user_id"] for one in server.get(f"{path}?user_id=ann", operator)[1]["items"]] == ["ann", "ann"]


def test_the_demo_raffle_is_committed_to(server: ServerProcess, operator: str) -> None:
    _, page = server.get("/api/v1/raffles?campaign_status=on_sale", operator)
    demo = next(one for one in page["items"] if one["campaign_name"] == "Harbour Raffle")
    assert [len(draw["draw_results"]["server_seed_hash"]) for draw in demo["draws"]] == [64]
