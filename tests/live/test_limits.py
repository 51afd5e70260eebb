"""Limits hold against those who do not keep to the manners: surplus connections, floods, tenants switched off."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from persistence.embedded.services import find_running
from tests.processes import Client, ServerProcess


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that allows three connections a user and few refusals."""
    limits = {"WHEELHOUSE_CONNECTIONS_PER_USER": "3", "WHEELHOUSE_RATE_LIMITED_BEFORE_CLOSE": "5"}
    with ServerProcess(tmp_path_factory.mktemp("strict") / "data", environment=limits) as running:
        yield running


async def test_the_oldest_connections_of_a_user_go_when_there_are_too_many(strict: ServerProcess) -> None:
    token = await asyncio.to_thread(strict.sign_in, f"player-{uuid4().hex[:8]}")
    clients = [await Client.open(strict.ws_url, token) for _ in range(6)]
    assert [await client.closed() for client in clients[:3]] == [4409] * 3
    for client in clients[3:]:
        assert await client.ask("ping")
        await client.close()


@pytest.mark.parametrize("frame", ['{"type":"ping","id":1}', '{"type":"spin","id":1}'])
async def test_a_flood_is_told_then_closed_whether_its_commands_fit_or_not(strict: ServerProcess, frame: str) -> None:
    token = await asyncio.to_thread(strict.sign_in, f"player-{uuid4().hex[:8]}")
    client = await Client.open(strict.ws_url, token)
    for _ in range(400):
        await client.socket.send(frame)
        if client.socket.close_code is not None:
            break
    assert await client.closed() == 4529


async def test_a_command_that_does_not_fit_is_answered_once_past_the_limit_too(strict: ServerProcess) -> None:
    token = await asyncio.to_thread(strict.sign_in, f"player-{uuid4().hex[:8]}")
    client = await Client.open(strict.ws_url, token)
    asked = [await client.send("spin") for _ in range(103)]
    codes = [(await client.answer(one))["error"]["code"] for one in asked]
    assert codes.count("rate_limited") >= 1
    assert set(codes) == {"bad_request", "rate_limited"}
    await client.close()


async def test_a_full_tenant_turns_the_newest_away_to_come_back_later(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", environment={"WHEELHOUSE_CONNECTIONS_PER_TENANT": "2"}) as full:
        tokens = [await asyncio.to_thread(full.sign_in, f"player-{n}") for n in range(3)]
        inside = [await Client.open(full.ws_url, token) for token in tokens[:2]]
        late = await Client.open(full.ws_url)
        error = await late.refused("connect", token=tokens[2])
        assert error["code"] == "limit_reached"
        assert error["retry_after_ms"] > 0
        assert (await late.closed(), late.socket.close_reason) == (4529, "rate_limited")
        for client in inside:
            assert await client.ask("ping")
            await client.close()


async def test_who_has_said_connect_in_time_may_be_answered_late(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", environment={"WHEELHOUSE_CONNECT_TIMEOUT_S": "1"}) as server:
        token = await asyncio.to_thread(server.sign_in, "player-1")
        urls = await asyncio.to_thread(find_running, server.data)
        assert urls is not None
        postgres = await asyncpg.connect(urls.migration_url)
        async with postgres.transaction():
            await postgres.execute("SELECT FROM players WHERE user_id = 'player-1' FOR UPDATE")
            waiting = await Client.open(server.ws_url)
            asked = await waiting.send("connect", token=token)
            silent = await Client.open(server.ws_url)
            assert await silent.closed() == 4509
        assert (await waiting.answer(asked))["type"] == "reply"
        assert await waiting.ask("ping")
        await waiting.close()
        await postgres.close()


async def test_a_tenant_switched_off_plays_no_more_over_open_connections(strict: ServerProcess) -> None:
    key = (await asyncio.to_thread(strict.command, "demo")).split()[-1]
    token = await asyncio.to_thread(lambda: strict.sign_in(f"player-{uuid4().hex[:8]}", tenant="demo-b"))
    _, wheels = await asyncio.to_thread(strict.get, "/api/v1/wheels?wheel_slug=lucky", token)
    client = await Client.open(strict.ws_url, token)
    _, tenants = await asyncio.to_thread(strict.get, "/api/v1/tenants?tenant_code=demo-b", key)
    tenant: dict[str, Any] = tenants["items"][0]
    body = {"is_active": False, "row_version": tenant["row_version"]}
    status, _ = await asyncio.to_thread(
        lambda: strict.call("PATCH", f"/api/v1/tenants/{tenant['id']}", token=key, body=body)
    )
    assert status == 200
    assert await client.closed() == 4403
    path = f"/api/v1/wheels/{wheels['items'][0]['id']}/spins"
    status, problem = await asyncio.to_thread(
        lambda: strict.call("POST", path, token=token, body={"request_id": "off"})
    )
    assert (status, problem["code"]) == (403, "forbidden")


def test_what_cannot_be_kept_is_refused_and_not_a_fault_of_the_server(strict: ServerProcess) -> None:
    operator = strict.token(role="operator", user="operator-1")
    grant = {"user_id": "u", "chance_type": "bonus", "chance_count": 1, "award_reason": "a\x00b"}
    assert strict.call("POST", "/api/v1/chances", token=operator, body=grant)[0] == 422
    late = {**grant, "award_reason": "ok", "expires_at": "9999-12-31T23:59:59-14:00"}
    assert strict.call("POST", "/api/v1/chances", token=operator, body=late)[0] == 422
    assert strict.get("/api/v1/chances?user_id=%00", operator)[0] == 422


def test_an_idempotency_key_is_its_callers_own(strict: ServerProcess) -> None:
    one, other = (strict.token(role="operator", user=user) for user in ("operator-1", "operator-2"))
    grant = {"user_id": "shared", "chance_type": "bonus", "chance_count": 1, "award_reason": "once"}
    key = {"Idempotency-Key": "same"}
    made = [
        strict.call("POST", "/api/v1/chances", token=who, body=grant, headers=key)[1]["id"] for who in (one, one, other)
    ]
    assert made[0] == made[1] != made[2]
