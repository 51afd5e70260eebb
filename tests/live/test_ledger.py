"""Operators choose the wallet, and read and check the ledger, by REST and by command."""

import asyncio
import subprocess
import sys
from typing import Any

import asyncpg
import pytest

from persistence.embedded.services import find_running
from tests.processes import ROOT, ServerProcess, await_true

CONFIRMED = "/api/v1/rewards?reward_type=cash&delivery_status=confirmed"


@pytest.fixture(scope="module")
def operator(server: ServerProcess) -> str:
    return server.token(role="operator", user="operator-1")


def win(server: ServerProcess, user: str) -> None:
    """Spin until cash is in the player's ledger account."""
    token = server.sign_in(user)
    wheel_id = server.get("/api/v1/wheels?wheel_slug=lucky", token)[1]["items"][0]["id"]
    for number in range(25):
        path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
        _, answer = server.call("POST", path, token=token, body={"request_id": f"spin-{number}"})
        if answer["result"]["reward"]["type"] == "cash":
            await_true(lambda: bool(server.get(CONFIRMED, token)[1]["items"]))
            return
    raise AssertionError("25 spins and no cash")


def check(server: ServerProcess, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "ledger", "check", *words]
    return subprocess.run(
        command, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_was_paid_stands_in_the_ledger_and_balances(server, operator):
    win(server, "player-21")
    (account,) = server.get("/api/v1/ledger/accounts?holder=player-21&account_type=player", operator)[1]["items"]
    _, entries = server.get(f"/api/v1/ledger/accounts/{account['id']}/entries?limit=1", operator)
    assert entries["items"][0]["transaction_key"].startswith("reward:")
    assert entries["items"][0]["balance_after"] == account["balance"]
    _, trial = server.get("/api/v1/ledger/trial-balance", operator)
    assert (trial["balanced"], trial["faults"]) == (True, [])
    assert {line["account_type"] for line in trial["lines"]} >= {"house", "player"}


def test_pages_of_accounts_and_entries_join(server, operator):
    def pages(path: str) -> list[Any]:
        found, cursor = [], ""
        while cursor is not None:
            _, page = server.get(f"{path}?limit=1{cursor}", operator)
            found += page["items"]
            cursor = None if page["next_cursor"] is None else f"&cursor={page['next_cursor']}"
        return found

    accounts = pages("/api/v1/ledger/accounts")
    assert accounts == server.get("/api/v1/ledger/accounts", operator)[1]["items"]
    house = next(one for one in accounts if one["account_type"] == "house")
    path = f"/api/v1/ledger/accounts/{house['id']}/entries"
    assert pages(path) == server.get(path, operator)[1]["items"]


def test_the_ledger_is_the_operators_and_the_tenants_own(server, operator):
    player, other = server.sign_in("player-22"), server.token(tenant="demo-b", role="operator", user="operator-1")
    (account, *_) = server.get("/api/v1/ledger/accounts", operator)[1]["items"]
    for path in ("accounts", "trial-balance", f"accounts/{account['id']}/entries"):
        assert server.get(f"/api/v1/ledger/{path}", player)[0] == 403
    assert server.get("/api/v1/ledger/accounts", other)[1]["items"] == []
    assert server.get(f"/api/v1/ledger/accounts/{account['id']}/entries", other)[0] == 404


async def test_the_command_names_what_does_not_balance_and_exits_with_1(server):
    good = await asyncio.to_thread(check, server)
    assert good.returncode == 0, good.stderr
    assert "ok    demo: " in good.stdout
    urls = await asyncio.to_thread(find_running, server.data)
    assert urls is not None
    database = await asyncpg.connect(urls.migration_url)
    await database.execute("UPDATE ledger_accounts SET balance = balance + 1 WHERE account_type = 'house'")
    bad = await asyncio.to_thread(check, server, "--tenant", "demo")
    assert bad.returncode == 1
    assert "FAIL  demo" in bad.stdout
    assert "come to 1.0000, not to zero" in bad.stdout
    assert "but its entries come to" in bad.stdout
    await database.execute("UPDATE ledger_accounts SET balance = balance - 1 WHERE account_type = 'house'")
    await database.close()


def test_a_tenant_chooses_its_wallet_for_itself(server, operator):
    assert server.get("/api/v1/wallet", operator)[1]["adapter"] == "ledger"
    other = server.token(tenant="demo-b", role="operator", user="operator-1")
    body = {"adapter": "http", "url": "https://127.0.0.1/wallet"}
    status, refused = server.call("PUT", "/api/v1/wallet", token=other, body=body)
    assert (status, refused["faults"][0]["path"]) == (422, "$.url")
    status, missing = server.call("PUT", "/api/v1/wallet", token=other, body={"adapter": "http"})
    assert (status, missing["faults"][0]["path"]) == (422, "$.url")
    assert server.call("POST", "/api/v1/wallet/rotate", token=other)[0] == 409
    assert server.call("PUT", "/api/v1/wallet", token=server.sign_in("player-22"), body=body)[0] == 403
    chosen = server.call("PUT", "/api/v1/wallet", token=other, body={"adapter": "ledger", "row_version": 0})
    assert (chosen[0], chosen[1]["row_version"]) == (200, 1)
    assert server.call("PUT", "/api/v1/wallet", token=other, body={"adapter": "ledger", "row_version": 0})[0] == 409
    assert server.get("/api/v1/wallet", operator)[1]["row_version"] == 0
