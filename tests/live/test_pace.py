"""Limits on how much is asked for hold over all connections and nodes, by websocket and by REST."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
import websockets

from tests.processes import Client, ServerProcess

LIMITS = {
    "WHEELHOUSE_USER_COMMANDS_PER_SECOND": "20",
    "WHEELHOUSE_USER_SPINS_PER_SECOND": "1",
    "WHEELHOUSE_USER_WRITES_PER_SECOND": "5",
    "WHEELHOUSE_ADDRESS_CONNECTS_PER_SECOND": "2000",
    "WHEELHOUSE_RATE_BURST_S": "2",
}


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers with low limits a user."""
    with ServerProcess(tmp_path_factory.mktemp("paced") / "data", workers=2, environment=LIMITS) as running:
        yield running


def someone() -> str:
    return f"player-{uuid4().hex[:8]}"


async def test_a_users_commands_are_limited_over_all_connections_and_nodes(paced: ServerProcess) -> None:
    token, other = [await asyncio.to_thread(paced.sign_in, someone()) for _ in range(2)]
    clients = await asyncio.gather(*(Client.open(paced.ws_url, token) for _ in range(6)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    asked = [(client, await client.send("presence", channel="user")) for _ in range(40) for client in clients]
    answers = [await client.answer(one) for client, one in asked]
    window_s = loop.time() - began
    refused = [answer["error"] for answer in answers if answer["type"] == "error"]
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert all(0 < error["retry_after_ms"] <= 3000 for error in refused)
    # Burst, rate, and the second node's credit; the limit of one connection alone would let 6 times 100 through.
    assert 20 <= len(answers) - len(refused) <= 40 + 20 * window_s + 2
    polite = await Client.open(paced.ws_url, other)
    assert await polite.ask("presence", channel="user")
    for client in (*clients, polite):
        await client.close()


async def test_spins_have_a_limit_of_their_own_by_websocket_and_rest_together(paced: ServerProcess) -> None:
    token = await asyncio.to_thread(paced.sign_in, someone())
    client = await Client.open(paced.ws_url, token)
    _, wheels = await asyncio.to_thread(paced.get, "/api/v1/wheels?wheel_slug=lucky", token)
    wheel = wheels["items"][0]["id"]
    asked = [await client.send("spin", wheel_id=wheel, request_id=f"r-{n}") for n in range(20)]
    codes = [answer["error"]["code"] for one in asked if (answer := await client.answer(one))["type"] == "error"]
    assert "rate_limited" in codes
    path = f"/api/v1/wheels/{wheel}/spins"
    bodies = [{"request_id": f"by-rest-{n}"} for n in range(8)]
    by_rest = await asyncio.gather(
        *(asyncio.to_thread(paced.call, "POST", path, token=token, body=body) for body in bodies)
    )
    assert (429, "rate_limited") in {(status, answer.get("code")) for status, answer in by_rest}
    await client.close()


def test_writes_by_rest_are_limited_and_told_when_to_come_back(paced: ServerProcess) -> None:
    operator = paced.token(role="operator", user=f"operator-{uuid4().hex[:8]}")
    statuses = [paced.call("POST", "/api/v1/rewards/nonsense/retry", token=operator)[0] for _ in range(20)]
    assert set(statuses) == {404, 429}
    request = Request(paced.url + "/api/v1/rewards/nonsense/retry", method="POST")
    request.add_header("authorization", f"Bearer {operator}")
    for _ in range(20):
        with pytest.raises(HTTPError) as refused:
            urlopen(request, timeout=10)
        refused.value.close()
        if refused.value.code == 429:
            break
    assert refused.value.code == 429
    assert 1 <= int(refused.value.headers["retry-after"]) <= 3
    assert paced.get("/api/v1/wheels", operator)[0] == 200


@pytest.mark.parametrize(("trusted", "counted"), [("", "127.0.0.1"), ("127.0.0.0/8", "each")])
async def test_behind_proxies_the_address_is_the_sockets_unless_they_are_trusted(
    tmp_path: Any, trusted: str, counted: str
) -> None:
    environment = {"WHEELHOUSE_TRUSTED_PROXIES": trusted, "WHEELHOUSE_ADDRESS_CONNECTS_PER_SECOND": "2"}
    with ServerProcess(tmp_path / "data", environment=environment) as server:
        token = await asyncio.to_thread(server.sign_in, someone())
        answers = []
        for n in range(12):
            forwarded = {"X-Forwarded-For": f"198.51.100.{n}"}
            client = Client(await websockets.connect(server.ws_url, additional_headers=forwarded))
            answers.append((await client.answer(await client.send("connect", token=token)))["type"])
            await client.close()
        assert set(answers) == ({"reply"} if counted == "each" else {"reply", "error"})
