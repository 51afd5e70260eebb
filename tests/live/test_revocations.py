"""Tokens end while their holders are connected: on every node within a second, told by Redis or not."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from persistence import revocations, tenants
from persistence.database import Database
from persistence.embedded import services
from server.auth.tokens import SigningKey, sign
from tests.processes import Client, ServerProcess, await_true

KEY = SigningKey("tests-1", "HS256", b"a shared secret of the tests, long enough")
SOON_S = 1.0


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers on one Postgres and Redis, which look by themselves too seldom to be what closes in time."""
    environment = {"WHEELHOUSE_REVOCATION_CHECK_S": "30"}
    with ServerProcess(tmp_path_factory.mktemp("nodes") / "data", workers=2, environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def platform(nodes: ServerProcess) -> str:
    return nodes.command("demo").split()[-1]


@pytest.fixture(scope="module")
def tenant(nodes: ServerProcess, platform: str) -> dict[str, Any]:
    """A tenant of the tests' own, with a key that they sign tokens with."""
    body = {
        "tenant_code": "ends", "tenant_name": "Ends", "country_code": "MT", "currency": "EUR", "language_code": "en"
    }  # fmt: skip
    status, made = nodes.call("POST", "/api/v1/tenants", token=platform, body=body)
    assert status == 201, made
    add_key(nodes, platform, made["id"], KEY)
    return made


def add_key(nodes: ServerProcess, platform: str, tenant_id: str, key: SigningKey) -> str:
    body = {"kind": "signing", "kid": key.kid, "algorithm": "HS256", "key_material": key.material.decode()}
    status, made = nodes.call("POST", f"/api/v1/tenants/{tenant_id}/keys", token=platform, body=body)
    assert status == 201, made
    return str(made["items"][0]["id"])


def token(user: str, *, role: str = "player", jti: str | None = None, key: SigningKey = KEY, age_s: int = 5) -> str:
    now = datetime.fromtimestamp(time.time() - age_s, UTC)
    return sign(key, tenant_code="ends", user_id=user, role=role, issued_at=now, life_s=600, token_id=jti)


def someone() -> str:
    return f"player-{uuid4().hex[:8]}"


async def call(nodes: ServerProcess, method: str, path: str, who: str, body: object = None) -> Any:
    status, answer = await asyncio.to_thread(lambda: nodes.call(method, path, token=who, body=body))
    assert status in (200, 201), answer
    return answer


async def on_both_nodes(nodes: ServerProcess, shown: str) -> list[Client]:
    """Connections enough that both workers have some, with near certainty."""
    return list(await asyncio.gather(*(Client.open(nodes.ws_url, shown) for _ in range(8))))


async def closed_soon(clients: list[Client], code: int, word: str) -> None:
    began = time.monotonic()
    assert {await client.closed() for client in clients} == {code}
    assert time.monotonic() - began < SOON_S
    assert {client.socket.close_reason for client in clients} == {word}


async def test_all_tokens_of_a_user_end_at_once_on_every_node_and_new_ones_are_good(nodes, tenant) -> None:
    operator, user, other = token("operator-1", role="operator"), someone(), await Client.open(nodes.ws_url, token("x"))
    clients = await on_both_nodes(nodes, token(user))
    made = await call(nodes, "POST", "/api/v1/revocations", operator, {"user_id": user, "reason": "stolen phone"})
    assert (made["user_id"], made["blocked"], made["revoked_by"]) == (user, False, "operator-1")
    await closed_soon(clients, 4401, "unauthorized")
    again = await Client.open(nodes.ws_url)
    assert (await again.refused("connect", token=token(user)))["code"] == "unauthorized"
    assert await again.closed() == 4401
    # Made after the revocation: tokens tell their time in whole seconds.
    fresh = await Client.open(nodes.ws_url, token(user, age_s=-2))
    assert await fresh.ask("ping")
    assert await other.ask("ping")
    for client in (fresh, other):
        await client.close()


async def test_a_blocked_user_stays_out_until_the_block_is_lifted(nodes, tenant) -> None:
    operator, user = token("operator-1", role="operator"), someone()
    clients = await on_both_nodes(nodes, token(user))
    body = {"user_id": user, "block": True, "reason": "self-exclusion"}
    made = await call(nodes, "POST", "/api/v1/revocations", operator, body)
    await closed_soon(clients, 4403, "forbidden")
    for path in ("/api/v1/wheels", "/api/v1/chances"):
        status, problem = await asyncio.to_thread(nodes.get, path, token(user, age_s=-2))
        assert (status, problem["code"]) == (403, "forbidden")
    # Revoking tokens alone does not loosen a block.
    await call(nodes, "POST", "/api/v1/revocations", operator, {"user_id": user, "reason": "once more"})
    assert (await asyncio.to_thread(nodes.get, "/api/v1/wheels", token(user, age_s=-3)))[0] == 403
    asked = f"/api/v1/revocations?user_id={user}&blocked=true&lifted="
    assert [one["id"] for one in (await call(nodes, "GET", f"{asked}false", operator))["items"]] == [made["id"]]
    lifted = await call(nodes, "POST", f"/api/v1/revocations/{made['id']}/lift", operator)
    assert (await call(nodes, "GET", f"{asked}false", operator))["items"] == []
    assert (await call(nodes, "GET", f"{asked}true", operator))["items"] == [lifted]
    assert lifted["lifted_at"]
    shown = token(user)
    await asyncio.to_thread(await_true, lambda: nodes.get("/api/v1/wheels", shown)[0] == 200)


async def test_one_token_ends_and_the_users_others_go_on(nodes, tenant) -> None:
    operator, user, jti = token("operator-1", role="operator"), someone(), uuid4().hex
    clients = await on_both_nodes(nodes, token(user, jti=jti))
    other = await Client.open(nodes.ws_url, token(user, jti=uuid4().hex))
    await call(nodes, "POST", "/api/v1/revocations", operator, {"jti": jti, "reason": "lost"})
    await closed_soon(clients, 4401, "unauthorized")
    assert await other.ask("ping")
    await other.close()


async def test_a_retired_key_ends_its_tokens(nodes, tenant, platform) -> None:
    key = SigningKey(f"key-{uuid4().hex[:6]}", "HS256", b"another shared secret, as long as the first")
    key_id = await asyncio.to_thread(add_key, nodes, platform, tenant["id"], key)
    await asyncio.sleep(1.1)  # a new key is known to all nodes within a second
    clients = await on_both_nodes(nodes, token(someone(), key=key))
    stays = await Client.open(nodes.ws_url, token(someone()))
    await call(nodes, "POST", f"/api/v1/tenants/{tenant['id']}/keys/{key_id}/retire", platform)
    await closed_soon(clients, 4401, "unauthorized")
    assert await stays.ask("ping")
    await stays.close()


async def test_a_revoked_api_key_ends_its_connections(nodes, tenant, platform) -> None:
    path = f"/api/v1/tenants/{tenant['id']}/keys"
    made = await call(nodes, "POST", path, platform, {"kind": "api", "role": "service"})
    keys = await call(nodes, "GET", path, platform)
    key_id = next(key["id"] for key in keys["items"] if key.get("key_prefix") == made["items"][0]["key"][:12])
    clients = await on_both_nodes(nodes, made["items"][0]["key"])
    await call(nodes, "POST", f"{path}/{key_id}/retire", platform)
    await closed_soon(clients, 4401, "unauthorized")


async def test_the_platform_names_the_tenant_and_nobody_else_does(nodes, tenant, platform) -> None:
    operator, body = token("operator-1", role="operator"), {"user_id": someone(), "reason": "asked for"}
    path = "/api/v1/revocations"
    named = f"{path}?tenant_id={tenant['id']}"
    assert (await call(nodes, "POST", named, platform, body))["user_id"] == body["user_id"]
    assert (await call(nodes, "GET", path, operator))["items"][0]["user_id"] == body["user_id"]
    refused = {}
    for name, address, who, said in [
        ("operator names", named, operator, body),
        ("platform names none", path, platform, body),
        ("player", path, token(someone()), body),
        ("both", path, operator, {**body, "jti": "1"}),
        ("neither", path, operator, {"reason": "why"}),
        ("no such tenant", f"{path}?tenant_id={uuid4()}", platform, body),
    ]:
        refused[name] = (await asyncio.to_thread(lambda: nodes.call("POST", address, token=who, body=said)))[0]  # noqa: B023
    assert refused == {
        "operator names": 403, "platform names none": 422, "player": 403, "both": 422, "neither": 422,
        "no such tenant": 404,
    }  # fmt: skip


async def test_a_tenant_switched_off_is_left_by_all(nodes, tenant, platform) -> None:
    clients = await on_both_nodes(nodes, token(someone()))
    now = await call(nodes, "GET", f"/api/v1/tenants/{tenant['id']}", platform)
    off = {"is_active": False, "row_version": now["row_version"]}
    changed = await call(nodes, "PATCH", f"/api/v1/tenants/{tenant['id']}", platform, off)
    await closed_soon(clients, 4403, "forbidden")
    on = {"is_active": True, "row_version": changed["row_version"]}
    await call(nodes, "PATCH", f"/api/v1/tenants/{tenant['id']}", platform, on)
    shown = token(someone())
    await asyncio.to_thread(await_true, lambda: nodes.get("/api/v1/wheels", shown)[0] == 200)


async def test_a_node_that_hears_no_signal_finds_out_by_itself(tmp_path) -> None:
    """Written past the server, as by a node whose signal was lost: nobody says a word over Redis."""
    with ServerProcess(tmp_path / "data") as alone:
        shown = await asyncio.to_thread(alone.sign_in, "player-1")
        clients = [await Client.open(alone.ws_url, shown)]
        with services.reach(tmp_path / "data") as urls:
            database = Database(urls.database_url, pool_size=1)
            await database.start()
            async with database.platform() as connection:
                row = await tenants.by_code(connection, "demo")
                version = await tenants.raise_auth_version(connection, row.id)
                await database.enter_tenant(connection, row.id)
                await revocations.revoke_user(
                    connection, row.id, "player-1", block=True, reason="lost", actor="nobody", auth_version=version
                )
            await closed_soon(clients, 4403, "forbidden")
            await database.close()
