"""What a spin wins is in the player's purse a moment after the wheel has stopped."""

import asyncio
from typing import Any

from tests.processes import Client, ServerProcess

PAID = ("cash", "free_bet", "balance_boost")


async def spin_until(server: ServerProcess, token: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Spin by REST, waiting for each result, until a reward of one of these kinds is won."""
    wheel_id = server.get("/api/v1/wheels?wheel_slug=lucky", token)[1]["items"][0]["id"]
    path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
    for number in range(25):
        # Beside the loop, which has a connection's pings to answer meanwhile.
        status, answer = await asyncio.to_thread(
            server.call, "POST", path, token=token, body={"request_id": f"spin-{number}"}
        )
        assert status == 201, answer
        if answer["result"]["reward"]["type"] in kinds:
            return dict(answer["result"])
    raise AssertionError(f"25 spins and nothing of {kinds}")


async def test_a_won_reward_is_delivered_told_and_in_the_purse(server: ServerProcess):
    token = server.sign_in("player-7")
    client = await Client.open(server.ws_url, token)
    await client.ask("subscribe", channel="user")
    result = await spin_until(server, token, PAID)
    changed = await client.event(
        lambda event: event["event"] == "reward.changed" and event["data"]["source_id"] == result["session_id"]
    )
    assert changed["data"]["delivery_status"] == "confirmed"
    _, purse = server.get("/api/v1/rewards", token)
    assert purse["items"][0]["source_id"] == result["session_id"]
    assert purse["items"][0]["last_error"] is None
    await client.close()


def test_a_players_purse_is_the_players_alone(server: ServerProcess):
    operator, other = server.token(role="operator", user="operator-1"), server.sign_in("player-8")
    assert server.get("/api/v1/rewards", other)[1]["items"] == []
    assert server.get("/api/v1/rewards?user_id=player-7", other)[1]["items"] == []
    (won, *_) = server.get("/api/v1/rewards?user_id=player-7", operator)[1]["items"]
    assert won["attempts"] == 1
    for verb, body in (("retry", None), ("handle", {"reason": "by hand"})):
        path = f"/api/v1/rewards/{won['id']}/{verb}"
        assert server.call("POST", path, token=other, body=body)[0] == 403
        assert server.call("POST", path, token=operator, body=body)[0] == 409
        elsewhere = server.token(tenant="demo-b", role="operator", user="operator-1")
        assert server.call("POST", path, token=elsewhere, body=body)[0] == 404
