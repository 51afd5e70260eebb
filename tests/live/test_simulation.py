"""A wheel's forecast by REST and by the command line."""

import json
import urllib.request
from typing import Any

from tests.processes import ServerProcess

COSTS = {"boost-20": "50"}


def lucky(server: ServerProcess, operator: str) -> str:
    _, found = server.get("/api/v1/wheels?wheel_slug=lucky", operator)
    return str(found["items"][0]["id"])


def simulate(server: ServerProcess, token: str, wheel_id: str, body: dict[str, Any]) -> tuple[int, Any]:
    return server.call("POST", f"/api/v1/wheels/{wheel_id}/simulate", token=token, body=body)


def test_an_operator_is_told_what_two_hundred_spins_cost(server: ServerProcess):
    operator = server.token(role="operator", user="operator-1")
    status, found = simulate(server, operator, lucky(server, operator), {"spins": 200, "price": "5"})
    assert status == 200, found
    assert found["method"] == "exact"
    assert found["one_spin"]["hit_rate"] == 0.502
    assert abs(found["one_spin"]["return_to_player"] - float(found["one_spin"]["mean"]) / 5) < 1e-4
    low, middle, high = (float(found["quantiles"][at]) for at in ("5%", "50%", "95%"))
    assert low < middle < high
    assert low < float(found["mean"]) < high


def test_a_simulation_tells_its_progress_line_by_line_when_asked(server: ServerProcess):
    operator = server.token(role="operator", user="operator-1")
    request = urllib.request.Request(
        f"{server.url}/api/v1/wheels/{lucky(server, operator)}/simulate",
        data=json.dumps({"spins": 100, "costs": {"nothing-of-that-name": "1"}}).encode(),
        headers={
            "authorization": f"Bearer {operator}",
            "content-type": "application/json",
            "accept": "application/x-ndjson",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        lines = [json.loads(line) for line in answer.read().splitlines()]
    assert lines[-1]["error"]["code"] == "bad_request"
    assert lines[-1]["error"]["faults"][0]["path"] == "$.costs.nothing-of-that-name"


def test_players_may_not_and_other_tenants_find_nothing(server: ServerProcess):
    operator = server.token(role="operator", user="operator-1")
    wheel_id = lucky(server, operator)
    assert simulate(server, server.token(), wheel_id, {})[0] == 403
    other = server.token(tenant="demo-b", role="operator", user="operator-1")
    assert simulate(server, other, wheel_id, {})[0] == 404


def test_what_does_not_fit_is_refused_with_its_path(server: ServerProcess):
    operator = server.token(role="operator", user="operator-1")
    status, problem = simulate(server, operator, lucky(server, operator), {"spins": 0, "costs": {"cash-1": "-1"}})
    assert status == 422
    assert {fault["path"].split(".")[1] for fault in problem["faults"]} >= {"spins"}


def test_the_command_prints_the_figures_and_the_picture(server: ServerProcess):
    words = ("simulate", "--tenant", "demo", "--wheel", "lucky", "--spins", "500", "--price", "5")
    text = server.command(*words)
    assert "500 spins" in text
    assert "Return to player" in text
    assert "█" in text
    found = json.loads(server.command(*words, "--json"))
    assert found["spins"] == 500
