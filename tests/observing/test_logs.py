"""A connection can be followed through the log by its id, and nothing in the log opens a door."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.event_streams import StreamClient
from tests.processes import Client, ServerProcess

SECRET = "7e" * 32


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("logs") / "data"
    environment = {"WHEELHOUSE_SECRET_KEYS": SECRET, "WHEELHOUSE_LOG_LEVEL": "debug"}
    with ServerProcess(folder, environment=environment) as running:
        yield running


def log_of(server: ServerProcess) -> str:
    """Everything that a server wrote, from its first line to its last."""
    server.stop()
    return "".join(server.log)


def lines(text: str, connection: str) -> list[dict[str, Any]]:
    return [
        line
        for line in map(json.loads, re.findall(r"^\{.*\}$", text, re.MULTILINE))
        if line.get("connection") == connection
    ]


async def test_a_session_is_followed_by_its_id_and_no_secret_is_written(server: ServerProcess) -> None:
    secrets = [SECRET]
    key = (await asyncio.to_thread(server.command, "demo")).split()[-1]
    service = (await asyncio.to_thread(server.command, "tenant", "add", "acme")).splitlines()[1]
    player = f"player-{uuid4().hex[:8]}"
    token = await asyncio.to_thread(server.sign_in, player)
    secrets += [key, service, token]
    await asyncio.to_thread(server.get, "/api/v1/tenants", key)
    await asyncio.to_thread(server.get, "/api/v1/wheels", service)
    signing = {"kind": "signing", "kid": "mine", "algorithm": "HS256", "key_material": "s3cret" * 8}
    _, tenants = await asyncio.to_thread(server.get, "/api/v1/tenants?tenant_code=acme", key)
    await asyncio.to_thread(
        lambda: server.call("POST", f"/api/v1/tenants/{tenants['items'][0]['id']}/keys", token=key, body=signing)
    )
    secrets.append("s3cret" * 8)

    tickets = []
    for _ in range(3):
        _, made = await asyncio.to_thread(
            lambda: server.call("POST", "/api/v1/events/tickets", token=token, body={"channel": "tenant"})
        )
        tickets.append(made["ticket"])
    secrets += tickets
    stream = await StreamClient.open(server.url, "tenant", ticket=tickets[0])
    opened = await stream.message()
    for refused in (
        await StreamClient.open(server.url, "tenant", ticket=tickets[0]),
        await StreamClient.open(server.url, "operator", ticket=tickets[1]),
        await StreamClient.open(server.url, "tenant", ticket=tickets[2], last_event_id="bad"),
    ):
        assert refused.status in (401, 403, 422)

    client = await Client.open(server.ws_url, token)
    await client.ask("subscribe", channel="user")
    await client.refused("subscribe", channel="operator")
    await client.close()
    wrong = await Client.open(server.ws_url)
    await wrong.send("connect", token=token[:-4] + "AAAA")
    assert await wrong.closed() == 4401
    await stream.close()

    text = await asyncio.to_thread(log_of, server)
    followed = lines(text, client.connected["connection"])
    assert [line["event"] for line in followed] == ["connected", "closed"]
    assert {line["user"] for line in followed} == {player}
    assert [line["event"] for line in lines(text, opened["connection"])] == ["connected", "closed"]
    assert '"event": "turned away"' in text
    parts = {secret for whole in secrets for secret in (whole, *whole.split("."))} - {token.split(".")[0]}
    assert not [part for part in parts if part in text]
