"""Staff hear of what plays give away while it happens, and see to it; players know of nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import Client, ServerProcess

REWARDS = [{"reward_slug": "nothing", "reward_label": "Next time", "reward_type": "none", "probability": "1"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that looks at plays at once, and holds everybody who spins within ten seconds for software."""
    settings = {
        "PLAY_WATCH_BEHIND_S": "0.05",
        "PLAY_WATCH_EVERY_S": "0.2",
        "RHYTHM_REACTIONS": "10",
        "RHYTHM_INSTANT_MS": "10001",
        "RHYTHM_INSTANT_SHARE": "0.5",
    }
    environment = {f"WHEELHOUSE_{name}": value for name, value in settings.items()}
    with ServerProcess(tmp_path_factory.mktemp("alerts") / "data", environment=environment) as running:
        yield running


def quick_wheel(server: ServerProcess, operator: str) -> str:
    body = {"wheel_name": "Quick", "wheel_slug": "quick", "rewards": REWARDS, "spin_config": {"duration_ms": 100}}
    status, made = server.call("POST", "/api/v1/wheels/", token=operator, body=body)
    assert status == 201, made
    assert server.call("POST", f"/api/v1/wheels/{made['id']}/status", token=operator, body={"to": "active"})[0] == 200
    return str(made["id"])


def play(server: ServerProcess, wheel_id: str, user: str, spins: int) -> None:
    token = server.sign_in(user)
    for number in range(spins):
        path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
        status, answer = server.call("POST", path, token=token, body={"request_id": f"spin-{number}"})
        assert status == 201, answer


def act(
    server: ServerProcess, token: str, alert: dict[str, Any], move: str, body: object = None, **headers: str
) -> Any:
    return server.call("POST", f"/api/v1/alerts/{alert['id']}/{move}", token=token, body=body, headers=headers)


async def test_an_alert_is_told_live_seen_to_and_ended(server: ServerProcess) -> None:
    operator = await asyncio.to_thread(lambda: server.token(role="operator", user="olga"))
    wheel_id = await asyncio.to_thread(quick_wheel, server, operator)
    desk = await Client.open(server.ws_url, operator)
    try:
        before = await desk.ask("subscribe", channel="operator")
        assert before["snapshot"]["alerts"] == []
        await asyncio.to_thread(play, server, wheel_id, "player-quick", 12)
        alert = (await desk.event(lambda one: one["event"] == "alert.triggered"))["data"]
        assert (alert["alert_name"], alert["alert_metadata"]["user_id"]) == ("player_rhythm", "player-quick")
        again = await desk.ask("subscribe", channel="operator")
        assert [one["id"] for one in again["snapshot"]["alerts"]] == [alert["id"]]
        await asyncio.to_thread(see_to, server, operator, alert)
        for event, status in (("alert.acknowledged", "acknowledged"), ("alert.ended", "resolved")):
            told = (await desk.event(lambda one, event=event: one["event"] == event))["data"]
            assert (told["id"], told["alert_status"]) == (alert["id"], status)
    finally:
        await desk.close()


def see_to(server: ServerProcess, operator: str, alert: dict[str, Any]) -> None:
    _, listed = server.get("/api/v1/alerts?alert_status=open&alert_name=player_rhythm", operator)
    assert listed["items"] == [alert]
    assert server.get(f"/api/v1/alerts/{alert['id']}", server.token(role="auditor", user="otto"))[1] == alert
    assert server.get("/api/v1/alerts?alert_severity=critical", operator)[1]["items"] == []
    elsewhere, player = server.token(tenant="demo-b", role="operator", user="eve"), server.sign_in("player-quick")
    assert server.get(f"/api/v1/alerts/{alert['id']}", elsewhere)[0] == 404
    assert act(server, elsewhere, alert, "acknowledge")[0] == 404
    assert act(server, player, alert, "acknowledge")[0] == 403
    assert act(server, server.token(role="auditor", user="otto"), alert, "acknowledge")[0] == 403
    assert act(server, operator, alert, "acknowledge", **{"If-Match": '"9"'})[0] == 409
    status, first = act(server, operator, alert, "acknowledge", **{"If-Match": '"1"', "Idempotency-Key": "k"})
    assert (status, first["acknowledged_by"]) == (200, "olga")
    assert act(server, operator, alert, "acknowledge", **{"If-Match": '"1"', "Idempotency-Key": "k"}) == (200, first)
    assert act(server, operator, alert, "resolve", {})[0] == 422
    status, ended = act(server, operator, alert, "resolve", {"reason": "asked the player"})
    assert (status, ended["alert_status"], ended["end_reason"]) == (200, "resolved", "asked the player")
    assert act(server, operator, alert, "suppress", {"reason": "too late"})[0] == 409
