"""Operators find spins and read them whole, and void those that shall not count; a player sees what is theirs."""

import asyncio
from typing import Any

import pytest

from tests.processes import Client, ServerProcess, await_true


@pytest.fixture(scope="module")
def spin(server: ServerProcess) -> dict[str, Any]:
    """A spin of player-1 whose wheel has stopped."""
    token = server.sign_in("player-1")
    wheel_id = server.get("/api/v1/wheels?wheel_slug=lucky", token)[1]["items"][0]["id"]
    path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
    status, answer = server.call("POST", path, token=token, body={"request_id": "one"})
    assert status == 201, answer
    return dict(answer)


def test_a_spin_is_told_whole_to_staff_and_to_its_player_what_is_theirs(server: ServerProcess, spin: dict[str, Any]):
    path = f"/api/v1/spins/{spin['session_id']}"
    for role in ("operator", "auditor"):
        _, whole = server.get(path, server.token(role=role, user="olga"))
        story = whole["story"]
        assert story["version"]["version_number"] == 1
        assert story["epoch"]["nonce"] == whole["nonce"] == 0
        assert story["chance"]["chance_type"] == "bonus"
        assert story["position"] >= 1
        assert [line["message"] for line in story["log"]] == ["spin committed"]
        assert [event["event_type"] for event in story["events"]] == ["spin.committed"]
        assert [row["action"] for row in story["audit"]] == ["spin.committed"]
    _, own = server.get(path, server.sign_in("player-1"))
    assert own["story"]["epoch"] == story["epoch"]
    assert [own["story"][part] for part in ("voids", "log", "events", "audit")] == [None] * 4
    assert server.get(path, server.sign_in("player-2"))[0] == 404
    assert server.get(path, server.token(tenant="demo-b", role="operator", user="olga"))[0] == 404


def test_spins_are_searched_by_staff_and_by_a_player_among_their_own(server: ServerProcess, spin: dict[str, Any]):
    operator, slug = server.token(role="operator", user="olga"), spin["result"]["reward"]["slug"]
    for query in ("user_id=player-1", f"reward_slug={slug}", f"win_status={spin['result']['win_status']}"):
        _, found = server.get(f"/api/v1/spins?{query}&from=2020-01-01T00:00:00Z", operator)
        assert [one["session_id"] for one in found["items"]] == [spin["session_id"]], query
    assert server.get("/api/v1/spins?user_id=player-1", server.sign_in("player-2"))[1]["items"] == []
    assert server.get("/api/v1/spins?from=2020-01-01T00:00:00", operator)[0] == 422
    assert server.get("/api/v1/spins?win_status=perhaps", operator)[0] in {400, 422}


async def test_a_void_is_told_to_its_player_and_takes_an_operator(server: ServerProcess, spin: dict[str, Any]):
    operator, player = server.token(role="operator", user="olga"), server.sign_in("player-1")
    token = server.sign_in("player-3")
    path = f"/api/v1/wheels/{spin_wheel(server, player)}/spins?wait=result"
    for number in range(20):
        lost = server.call("POST", path, token=token, body={"request_id": f"r-{number}"})[1]["result"]
        if lost["reward"]["type"] == "none":
            break
    client = await Client.open(server.ws_url, token)
    await client.ask("subscribe", channel="user")
    desk = await Client.open(server.ws_url, operator)
    await desk.ask("subscribe", channel="operator")
    void = f"/api/v1/spins/{lost['session_id']}/void"
    body = {"reason": "a fault of the page"}
    assert server.call("POST", void, token=token, body=body)[0] == 403
    elsewhere = server.token(tenant="demo-b", role="operator", user="olga")
    assert server.call("POST", void, token=elsewhere, body=body)[0] == 404
    key = {"idempotency-key": "v-1"}
    status, done = server.call("POST", void, token=operator, body=body, headers=key)
    assert (status, done["void_status"]) == (200, "voided")
    assert server.call("POST", void, token=operator, body=body, headers=key) == (200, done)
    assert server.call("POST", void, token=operator, body=body)[0] == 409
    told = await client.event(lambda event: event["event"] == "spin.voided")
    assert told["data"] == {
        "session_id": lost["session_id"], "wheel_id": lost["wheel_id"], "chance_returned": True,
    }  # fmt: skip
    _, whole = server.get(f"/api/v1/spins/{lost['session_id']}", operator)
    assert (whole["spin_status"], whole["result_status"]) == ("voided", "voided")
    assert whole["reward"]["slug"] == lost["reward"]["slug"]
    assert [line["message"] for line in whole["story"]["log"]] == ["spin committed", "spin voided"]
    assert [row["action"] for row in whole["story"]["audit"]] == ["spin.committed", "spin.voided"]
    assert whole["story"]["voids"][0]["void_reason"] == body["reason"]
    _, voided = server.get("/api/v1/spins?spin_status=voided", operator)
    assert [one["session_id"] for one in voided["items"]] == [lost["session_id"]]
    assert server.get("/api/v1/spin-voids", operator)[1]["items"][0]["id"] == done["id"]
    assert server.get("/api/v1/spin-voids", player)[0] == 403
    assert server.get("/api/v1/spin-voids", elsewhere)[1]["items"] == []
    assert (await desk.event(lambda event: event["event"] == "void.ended"))["data"] == done
    await desk.close()
    await client.close()


def spin_wheel(server: ServerProcess, token: str) -> str:
    return str(server.get("/api/v1/wheels?wheel_slug=lucky", token)[1]["items"][0]["id"])


async def test_staff_read_of_a_spin_which_token_connection_and_client_it_came_from(server: ServerProcess):
    token, operator = server.sign_in("player-9"), server.token(role="operator", user="olga")
    client = await Client.open(server.ws_url, additional_headers={"User-Agent": "a browser"})
    try:
        welcome = await client.ask("connect", token=token, client={"name": "my-page", "version": "2"})
        spun = await client.ask("spin", wheel_id=spin_wheel(server, token), request_id="whence")
    finally:
        await client.close()
    path = f"/api/v1/spins/{spun['session_id']}"
    (event,) = server.get(path, operator)[1]["story"]["events"]
    told = event["event_data"]
    assert (told["connection"], told["client"]) == (welcome["connection"], "my-page 2")
    assert told["key"]
    assert token not in str(event)
    assert event["ip_address"] == "127.0.0.1"
    by_rest = f"/api/v1/wheels/{spin_wheel(server, operator)}/spins"
    service = server.token(role="service", user="till")
    body = {"user_id": "player-9", "request_id": "by rest"}
    await stopped(server, path, operator)
    status, answer = server.call("POST", by_rest, token=service, body=body)
    assert status == 201, answer
    (event,) = server.get(f"/api/v1/spins/{answer['session_id']}", operator)[1]["story"]["events"]
    assert event["event_data"]["caller"] == "service till"
    assert event["ip_address"] == "127.0.0.1"


async def stopped(server: ServerProcess, path: str, operator: str) -> None:
    """Return when a spin's wheel has stopped."""
    await asyncio.to_thread(
        await_true, lambda: server.get(path, operator)[1]["spin_status"] == "completed", timeout_s=30.0
    )
