"""The platform is told by webhook, signed, under one id however often it has to be told."""

import asyncio
import json
import queue
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from games.errors import BadRequest
from server.webhooks.outside import check_url
from tests.processes import ROOT, ServerProcess, await_true

ENDPOINTS = "/api/v1/webhook-endpoints"


class Receiver:
    """An address of the platform that answers as it is told to, and keeps what came."""

    def __init__(self) -> None:
        self.came: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.came.put(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def next(self, type_: str) -> tuple[dict[str, str], bytes]:
        while True:
            headers, body = self.came.get(timeout=20)
            if json.loads(body)["type"] == type_:
                return headers, body

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that may call this machine."""
    data = tmp_path_factory.mktemp("server") / "data"
    with ServerProcess(data, environment={"WHEELHOUSE_WEBHOOK_PRIVATE": "1"}) as running:
        yield running


@pytest.fixture(scope="module")
def operator(server: ServerProcess) -> str:
    return server.token(role="operator", user="operator-1")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def add(server: ServerProcess, operator: str, url: str, *types: str) -> dict[str, Any]:
    status, made = server.call("POST", ENDPOINTS, token=operator, body={"url": url, "event_types": list(types)})
    assert status == 201, made
    assert made["secret"].startswith("whsec_")
    return dict(made)


def switch_off(server: ServerProcess, operator: str, endpoint: dict[str, Any]) -> None:
    version = server.get(f"{ENDPOINTS}/{endpoint['id']}", operator)[1]["row_version"]
    body = {"endpoint_status": "disabled", "row_version": version}
    assert server.call("PATCH", f"{ENDPOINTS}/{endpoint['id']}", token=operator, body=body)[0] == 200


async def win(server: ServerProcess, user: str) -> dict[str, Any]:
    """Spin until the player has won something that is paid."""
    token = server.sign_in(user)
    wheel_id = server.get("/api/v1/wheels?wheel_slug=lucky", token)[1]["items"][0]["id"]
    for number in range(25):
        body = {"request_id": f"spin-{number}"}
        path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
        status, answer = await asyncio.to_thread(server.call, "POST", path, token=token, body=body)
        assert status == 201, answer
        if answer["result"]["reward"]["type"] in ("cash", "free_bet", "balance_boost"):
            return dict(answer["result"])
    raise AssertionError("25 spins and nothing won")


async def test_a_reward_is_due_under_one_id_until_somebody_confirms_it(server, operator, receiver):
    endpoint = add(server, operator, receiver.url, "reward.due")
    receiver.answers = [500]
    result = await win(server, "player-11")
    first, body = receiver.next("reward.due")
    told = Webhook(endpoint["secret"]).verify(body, first)
    assert told["data"]["session_id"] == result["session_id"]
    assert told["data"]["user_id"] == "player-11"
    assert told["data"]["delivery_id"] == first["webhook-id"]
    purse = "/api/v1/rewards/?user_id=player-11"
    assert server.get(purse, operator)[1]["items"][0]["delivery_status"] in ("failed", "sending")
    again, same = receiver.next("reward.due")
    assert again["webhook-id"] == first["webhook-id"]
    assert same == body
    await_true(lambda: server.get(purse, operator)[1]["items"][0]["delivery_status"] == "confirmed")
    (log, *_) = server.get(f"/api/v1/webhooks/?webhook_endpoint_id={endpoint['id']}", operator)[1]["items"]
    assert (log["send_status"], log["attempts"], log["last_status_code"]) == ("confirmed", 2, 204)
    switch_off(server, operator, endpoint)


def test_after_a_rotation_both_secrets_verify(server, operator, receiver):
    endpoint = add(server, operator, receiver.url, "game.status")
    _, rotated = server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/rotate", token=operator)
    assert rotated["secret"] != endpoint["secret"]
    _, outcome = server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/test", token=operator)
    assert outcome["arrived"]
    headers, body = receiver.next("ping")
    for secret in (endpoint["secret"], rotated["secret"]):
        assert Webhook(secret).verify(body, headers)["data"]["endpoint_id"] == endpoint["id"]


def test_a_receiver_that_is_gone_is_not_called_again(server, operator, receiver):
    endpoint = add(server, operator, receiver.url, "game.status")
    receiver.answers = [410]
    _, outcome = server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/test", token=operator)
    assert outcome == {"arrived": False, "status_code": 410, "error": "answered 410"} | {
        "duration_ms": outcome["duration_ms"]
    }
    assert server.get(f"{ENDPOINTS}/{endpoint['id']}", operator)[1]["endpoint_status"] == "gone"
    assert server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/test", token=operator)[0] == 409


def test_the_platform_is_told_that_a_game_has_opened(server, operator, receiver):
    endpoint = add(server, operator, receiver.url, "game.status")
    times = {"start_time": "2036-01-01T00:00:00Z", "end_time": "2036-01-02T00:00:00Z"}
    body = {
        "tournament_name": "Far Cup",
        "prizes": [{"prize_name": "Gold", "prize_rank": 1, "prize_amount": "5"}],
        **times,
    }
    status, made = server.call("POST", "/api/v1/tournaments", token=operator, body=body)
    assert status == 201, made
    path = f"/api/v1/tournaments/{made['id']}/status"
    assert server.call("POST", path, token=operator, body={"to": "registration"})[0] == 200
    headers, told = receiver.next("game.status")
    assert Webhook(endpoint["secret"]).verify(told, headers)["data"] == {
        "game": "tournament",
        "id": made["id"],
        "name": "Far Cup",
        "status": "registration",
    }


def test_what_was_sent_can_be_sent_again_under_its_id(server, operator, receiver):
    endpoint = add(server, operator, receiver.url, "game.status")
    server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/test", token=operator)
    first, _ = receiver.next("ping")
    (sent,) = server.get(f"/api/v1/webhooks/?webhook_endpoint_id={endpoint['id']}", operator)[1]["items"]
    assert server.call("POST", f"/api/v1/webhooks/{sent['id']}/replay", token=operator)[0] == 200
    assert receiver.next("ping")[0]["webhook-id"] == first["webhook-id"]


def test_an_address_where_nobody_answers_is_told_with_its_reason(server, operator):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        endpoint = add(server, operator, f"http://127.0.0.1:{held.getsockname()[1]}/", "game.status")
        _, outcome = server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/test", token=operator)
    assert outcome["status_code"] is None
    assert "ConnectError" in outcome["error"]


def test_endpoints_are_the_operators_and_the_tenants_own(server, operator, receiver):
    endpoint = add(server, operator, receiver.url, "game.status")
    assert server.get(ENDPOINTS, server.sign_in("player-12"))[0] == 403
    other = server.token(tenant="demo-b", role="operator", user="operator-1")
    assert server.get(f"{ENDPOINTS}/{endpoint['id']}", other)[0] == 404
    assert server.call("POST", f"{ENDPOINTS}/{endpoint['id']}/rotate", token=other)[0] == 404
    assert endpoint["id"] not in json.dumps(server.get(ENDPOINTS, other)[1])
    assert "secret" not in server.get(f"{ENDPOINTS}/{endpoint['id']}", operator)[1]


def test_an_unknown_type_is_named(server, operator):
    body = {"url": "https://example.com/", "event_types": ["reward.due", "rewards"]}
    status, problem = server.call("POST", ENDPOINTS, token=operator, body=body)
    assert status == 422
    assert problem["faults"][0]["path"] == "$.event_types[1]"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://user:word@example.com/",
        "ftp://example.com/",
        "nothing",
    ],
)
async def test_an_address_that_is_not_public_is_refused(url):
    with pytest.raises(BadRequest):
        await check_url(url, "$.url", private=False)


def test_the_receiver_of_the_page_works_as_printed(server, operator, tmp_path):
    page = (ROOT / "docs" / "webhooks.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "receiver.py").write_text(program)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = add(server, operator, f"http://127.0.0.1:{port}/", "game.status")
    command = [sys.executable, str(tmp_path / "receiver.py"), str(port), endpoint["secret"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            test = f"{ENDPOINTS}/{endpoint['id']}/test"
            await_true(lambda: server.call("POST", test, token=operator)[1]["status_code"] == 204)
            assert running.stdout is not None
            assert running.stdout.readline().startswith("ping")
        finally:
            running.terminate()
