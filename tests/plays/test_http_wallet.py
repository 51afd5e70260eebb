"""The platform's wallet over HTTP: a yes, a no, and all that is neither."""

import asyncio
import gzip
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from games.errors import BadRequest, Conflict
from persistence import ledger
from persistence.ledger import Account
from server.rewards.choosing import WalletChoice
from server.rewards.http_wallet import HttpWallet
from server.rewards.ledger_wallet import LedgerWallet
from server.rewards.wallet import Movement, WalletRefused, WalletUnknown
from server.settings import Settings
from server.webhooks.calling import SignedCalls
from server.webhooks.outside import outside_client
from tests.platform_side.process import PlatformProcess
from tests.plays.conftest import House
from tests.processes import ROOT, await_true

SETTINGS = Settings(webhook_private=True, platform_timeout_s=0.5)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    with PlatformProcess(tmp_path_factory.mktemp("platform")) as process:
        yield process


@pytest.fixture
async def platform(house: House, running: PlatformProcess) -> AsyncIterator[PlatformProcess]:
    """The platform whose wallet the tenant has chosen; its ids are the test's own."""
    _, secret = await choice(house).choose(house.tenant_id, "http", running.wallet_url, None, "operator-1")
    assert secret is not None
    await asyncio.to_thread(running.control, "keep/wallet_secret", secret)
    yield running
    await asyncio.to_thread(running.control, "share/0")


@pytest.fixture
async def wallet(house: House) -> AsyncIterator[HttpWallet]:
    client = outside_client(private=True, timeout_s=SETTINGS.platform_timeout_s)
    yield HttpWallet(house.database, SignedCalls(client, house.vault, SETTINGS.platform_timeout_s))
    await client.aclose()


def choice(house: House) -> WalletChoice:
    return WalletChoice(SETTINGS, house.database, house.vault)


def answering(house: House, status: int, body: object) -> HttpWallet:
    """A wallet whose platform answers so, whatever it is asked."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(content)))
    )
    return HttpWallet(house.database, SignedCalls(client, house.vault, 1.0))


def cash(transaction_id: str, amount: str = "5.00", user: str = "ann", **fields: Any) -> Movement:
    return Movement(transaction_id, user, "cash", Decimal(amount), "EUR", **fields)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def balance(house: House, account_type: str) -> Decimal:
    async with house.database.tenant(house.tenant_id) as connection:
        return await ledger.balance(connection, house.tenant_id, Account(account_type, "", "EUR"))


async def test_a_credit_is_paid_once_and_stands_in_both_books(house, platform, wallet):
    for _ in range(3):
        assert await wallet.credit(house.tenant_id, cash("once")) == 5
    assert platform.books().movements()["once"] == ("moved", "credit", Decimal(5))
    assert (await balance(house, "platform"), await balance(house, "house")) == (5, -5)


async def test_a_boost_is_what_the_platform_says_it_is(house, platform, wallet):
    boost = Movement("boost", "bob", "balance_boost", None, "EUR", percent=Decimal(20), cap=Decimal(50))
    assert await wallet.credit(house.tenant_id, boost) == 20
    assert await balance(house, "platform") == 20


async def test_a_definite_no_is_a_refusal_with_its_code(house, platform, wallet):
    with pytest.raises(WalletRefused, match="insufficient_funds"):
        await wallet.debit(house.tenant_id, cash("too-much", "1000.00"))
    with pytest.raises(WalletRefused, match="unknown_user"):
        await wallet.credit(house.tenant_id, cash("nobody", user="nobody-7"))
    assert await balance(house, "platform") == 0


async def test_a_roll_back_undoes_and_before_the_debit_refuses_it(house, platform, wallet):
    assert await wallet.debit(house.tenant_id, cash("stake")) == 5
    for _ in range(2):
        await wallet.roll_back(house.tenant_id, "stake")
    await wallet.roll_back(house.tenant_id, "never-came")
    with pytest.raises(WalletRefused, match="rolled_back"):
        await wallet.debit(house.tenant_id, cash("never-came"))
    assert (await balance(house, "platform"), await balance(house, "house")) == (0, 0)


@pytest.mark.parametrize("wrong", ["lost", "late", "twice", "broken", "broken_after"])
async def test_whatever_goes_wrong_with_an_answer_the_same_id_pays_once(house, tmp_path, wallet, wrong):
    with PlatformProcess(tmp_path / "platform", share=1.0, wrongs=wrong, late_s=1.0) as rude:
        _, secret = await choice(house).choose(house.tenant_id, "http", rude.wallet_url, None, "operator-1")
        await asyncio.to_thread(rude.control, "keep/wallet_secret", secret)
        with suppress(WalletUnknown) if wrong == "twice" else pytest.raises(WalletUnknown):
            for _ in range(5):
                assert await wallet.credit(house.tenant_id, cash("rude")) == 5
        await asyncio.to_thread(rude.control, "share/0")
        assert await wallet.credit(house.tenant_id, cash("rude")) == 5
        assert rude.books().movements()["rude"] == ("moved", "credit", Decimal(5))


async def test_an_address_where_nobody_answers_is_unknown(house, wallet):
    await choice(house).choose(house.tenant_id, "http", "http://127.0.0.1:9/wallet", None, "operator-1")
    with pytest.raises(WalletUnknown, match="ConnectError"):
        await wallet.credit(house.tenant_id, cash("one"))


NOTHING_DEFINITE: list[tuple[int, object]] = [
    (200, b"<html>welcome</html>"),
    (200, b""),
    (204, b""),
    (200, b'{"extra": ' + b"[" * 4_000),
    (200, {"transaction_id": "another", "amount": "5.00"}),
    (200, {"transaction_id": "one"}),
    (200, {"transaction_id": "one", "amount": "5.01"}),
    (200, {"transaction_id": "one", "amount": "five"}),
    (302, b""),
    (404, b"no such page"),
    (404, b"\xff\xfe"),
    (401, {"code": "bad_signature"}),
    (429, {"code": "slow_down"}),
    (503, {"code": "closed"}),
]


async def test_what_is_no_definite_answer_is_unknown_and_leaves_the_books_alone(house):
    await choice(house).choose(house.tenant_id, "http", "http://127.0.0.1:9/wallet", None, "operator-1")
    for status, body in NOTHING_DEFINITE:
        with pytest.raises(WalletUnknown):
            await answering(house, status, body).credit(house.tenant_id, cash("one"))
    assert await balance(house, "platform") == 0


@pytest.mark.parametrize("amount", ["7.01", "999999.99", "6.005", "-1.00"])
async def test_a_boost_above_its_cap_or_of_no_such_money_is_no_answer(house, amount):
    await choice(house).choose(house.tenant_id, "http", "http://127.0.0.1:9/wallet", None, "operator-1")
    boost = Movement("boost", "bob", "balance_boost", None, "EUR", percent=Decimal(10), cap=Decimal(7))
    with pytest.raises(WalletUnknown, match=re.escape(amount)):
        await answering(house, 200, {"transaction_id": "boost", "amount": amount}).credit(house.tenant_id, boost)
    assert await balance(house, "platform") == 0
    assert await answering(house, 200, {"transaction_id": "boost", "amount": "7"}).credit(house.tenant_id, boost) == 7


@pytest.mark.parametrize("status", [200, 409])
async def test_a_body_that_does_not_fit_is_told_with_what_does_not_fit(house, status):
    await choice(house).choose(house.tenant_id, "http", "http://127.0.0.1:9/wallet", None, "operator-1")
    wrong = answering(house, status, {"transaction_id": "one", "amount": 5.0, "code": 17})
    with pytest.raises(WalletUnknown, match=rf"{status}.* at `\$\.(amount|code)`"):
        await wrong.credit(house.tenant_id, cash("one"))


async def test_an_answer_is_asked_for_as_it_is_since_a_packed_one_would_not_be_read(house):
    await choice(house).choose(house.tenant_id, "http", "http://127.0.0.1:9/wallet", None, "operator-1")
    yes = msgspec.json.encode({"transaction_id": "one", "amount": "5.00"})

    def packing(request: httpx.Request) -> httpx.Response:
        packed = "gzip" in request.headers["accept-encoding"]
        return httpx.Response(200, stream=httpx.ByteStream(gzip.compress(yes) if packed else yes))

    client = httpx.AsyncClient(transport=httpx.MockTransport(packing))
    wallet = HttpWallet(house.database, SignedCalls(client, house.vault, 1.0))
    assert await wallet.credit(house.tenant_id, cash("one")) == 5


async def test_neither_wallet_pays_what_the_other_has_paid(house, platform, wallet):
    await wallet.credit(house.tenant_id, cash("one"))
    await LedgerWallet(house.database).credit(house.tenant_id, cash("one"))
    async with house.database.tenant(house.tenant_id) as connection:
        assert await ledger.balance(connection, house.tenant_id, Account("player", "ann", "EUR")) == 0


async def test_the_choice_is_versioned_audited_and_keeps_its_secret(house):
    wallets = choice(house)
    assert (await wallets.read(house.tenant_id)).adapter == "ledger"
    with pytest.raises(BadRequest, match="address"):
        await wallets.choose(house.tenant_id, "http", None, None, "operator-1")
    chosen, secret = await wallets.choose(house.tenant_id, "http", "http://127.0.0.1:9/w/", 0, "operator-1")
    assert (chosen.url, chosen.row_version, secret is not None) == ("http://127.0.0.1:9/w", 1, True)
    back, none = await wallets.choose(house.tenant_id, "ledger", None, 1, "operator-1")
    assert (back.adapter, back.url, none) == ("ledger", chosen.url, None)
    with pytest.raises(Conflict):
        await wallets.choose(house.tenant_id, "http", None, 1, "operator-1")
    rotated, other = await wallets.rotate(house.tenant_id, "operator-1")
    assert other != secret
    assert rotated.previous_secret_encrypted == chosen.secret_encrypted
    assert await house.audit_verdict()


async def test_the_wallet_of_the_page_works_as_printed(house, wallet, tmp_path):
    page = (ROOT / "docs" / "wallet-api.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "wallet.py").write_text(program)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, secret = await choice(house).choose(house.tenant_id, "http", f"http://127.0.0.1:{port}", None, "operator-1")
    assert secret is not None
    running = await asyncio.create_subprocess_exec(
        sys.executable, "wallet.py", str(port), secret, cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        await asyncio.to_thread(await_true, lambda: listens(port))
        for _ in range(2):
            assert await wallet.credit(house.tenant_id, cash("one", "50.00")) == 50
        boost = Movement("boost", "ann", "balance_boost", None, "EUR", percent=Decimal(20), cap=Decimal(5))
        assert await wallet.credit(house.tenant_id, boost) == 5
        with pytest.raises(WalletRefused, match="insufficient_funds"):
            await wallet.debit(house.tenant_id, cash("two", "60.00"))
        assert await wallet.debit(house.tenant_id, cash("three", "55.00")) == 55
        await wallet.roll_back(house.tenant_id, "three")
        await wallet.roll_back(house.tenant_id, "four")
        for gone in ("three", "four"):
            with pytest.raises(WalletRefused, match="rolled_back"):
                await wallet.debit(house.tenant_id, cash(gone, "55.00"))
        assert await balance(house, "platform") == 55
    finally:
        running.terminate()
        await running.wait()
