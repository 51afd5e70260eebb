"""Many rewards through a platform that fails: python -m tests.platform_side.storm SEED REWARDS

Three calls of ten go wrong, and meanwhile the platform and the server are killed once each. In the end the platform's
books, ours and the rows of the rewards agree to the cent.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec

from persistence import ledger, rewards
from persistence.database import Database
from persistence.embedded.services import find_running
from persistence.rewards import Owed
from tests.platform_side.process import PlatformProcess
from tests.processes import ServerProcess

SHARE = 0.3
SETTINGS = {
    "WHEELHOUSE_WEBHOOK_PRIVATE": "1",
    "WHEELHOUSE_PLATFORM_TIMEOUT_S": "1",
    "WHEELHOUSE_ATTEMPT_S": "4",
    "WHEELHOUSE_WORKER_LOST_S": "4",
    "WHEELHOUSE_RETRY_DELAYS_S": ",".join(["0.3", "0.6", *["1"] * 20]),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a storm."""

    rewards: int
    seconds: float
    calls: int
    faults: list[str]

    def __str__(self) -> str:
        verdict = "\n".join(self.faults) or "each was paid once, and all books agree to the cent"
        rate = self.rewards / self.seconds
        return f"{self.rewards} rewards in {self.seconds:.1f} s ({rate:.0f}/s), {self.calls} calls: {verdict}"


@asynccontextmanager
async def reached(server: ServerProcess) -> AsyncIterator[Database]:
    """The server's database, by its own way in."""
    urls = await asyncio.to_thread(find_running, server.data)
    assert urls is not None
    database = Database(urls.database_url, pool_size=4)
    await database.start()
    try:
        yield database
    finally:
        await database.close()


async def demo_tenant(database: Database) -> UUID:
    async with database.platform() as connection:
        tenant_id: UUID = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo'")
    return tenant_id


def choose_wallet(server: ServerProcess, platform: PlatformProcess) -> None:
    """Make the platform's wallet the demo tenant's, and give the platform the secret."""
    operator = server.token(role="operator", user="operator-1")
    body = {"adapter": "http", "url": platform.wallet_url}
    status, chosen = server.call("PUT", "/api/v1/wallet", token=operator, body=body)
    assert status == 200, chosen
    platform.control("keep/wallet_secret", chosen["secret"])


def listen(server: ServerProcess, platform: PlatformProcess) -> None:
    """Have the platform told of rewards by webhook, which it pays from then on."""
    operator = server.token(role="operator", user="operator-1")
    for endpoint in server.get("/api/v1/webhook-endpoints", operator)[1]["items"]:
        _turn(server, operator, endpoint, "active")
        return
    body = {"url": f"{platform.url}/hook", "event_types": ["reward.due"]}
    status, made = server.call("POST", "/api/v1/webhook-endpoints", token=operator, body=body)
    assert status == 201, made
    platform.control("keep/webhook_secret", made["secret"])


def deafen(server: ServerProcess, _: PlatformProcess) -> None:
    """Let its wallet be called again instead."""
    operator = server.token(role="operator", user="operator-1")
    for endpoint in server.get("/api/v1/webhook-endpoints", operator)[1]["items"]:
        _turn(server, operator, endpoint, "disabled")


def _turn(server: ServerProcess, operator: str, endpoint: dict[str, object], to: str) -> None:
    body = {"endpoint_status": to, "row_version": endpoint["row_version"]}
    path = f"/api/v1/webhook-endpoints/{endpoint['id']}"
    status, answer = server.call("PATCH", path, token=operator, body=body)
    assert status == 200, answer


def drawn(chance: random.Random, user: str) -> Owed:
    """A reward of some type and amount."""
    kind = chance.choices(["cash", "free_bet", "balance_boost"], [8, 3, 1])[0]
    if kind == "balance_boost":
        return Owed(user, "spin", uuid4(), kind, b'{"percent": "5.00", "cap": "7.50"}', None, None)
    amount = Decimal(chance.randrange(1, 5000)) / 100
    detail = msgspec.json.encode({"amount": str(amount), "currency": "EUR"})
    return Owed(user, "spin", uuid4(), kind, detail, amount, "EUR")


async def owe(database: Database, tenant_id: UUID, owed: list[Owed]) -> None:
    for start in range(0, len(owed), 500):
        async with database.tenant(tenant_id) as connection:
            await rewards.owe(connection, tenant_id, owed[start : start + 500], database.clock_offset)


async def confirmed(server: ServerProcess) -> int:
    """How many rewards are; 0 while the database is away."""
    urls = await asyncio.to_thread(find_running, server.data)
    if urls is None:
        return 0
    try:
        connection = await asyncpg.connect(urls.migration_url, timeout=2)
    except (OSError, asyncpg.PostgresError):
        return 0
    try:
        query = "SELECT count(*) FROM reward_deliveries WHERE delivery_status = 'confirmed'"
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def until_confirmed(server: ServerProcess, count: int) -> None:
    while await confirmed(server) < count:  # noqa: ASYNC110 - another process's doing
        await asyncio.sleep(0.2)


async def disagreements(database: Database, tenant_id: UUID, platform: PlatformProcess) -> list[str]:
    """Where the rows, the ledger and the platform's books differ, and what was not delivered."""
    theirs = platform.books()
    books = {key: moved for key, moved in theirs.movements().items() if moved[0] == "moved"}
    told = {webhook_id for webhook_id, type_ in theirs.told() if type_ == "reward.due"}
    async with database.tenant(tenant_id) as connection:
        rows = await connection.fetch("SELECT * FROM reward_deliveries WHERE tenant_id = $1", tenant_id)
        entries = await connection.fetch(
            "SELECT made.transaction_key AS key, entry.amount FROM ledger_entries AS entry"
            " JOIN ledger_transactions AS made ON made.tenant_id = $1 AND made.id = entry.ledger_transaction_id"
            " JOIN ledger_accounts AS account ON account.tenant_id = $1 AND account.id = entry.ledger_account_id"
            " WHERE entry.tenant_id = $1 AND account.account_type = 'platform'",
            tenant_id,
        )
        trial = await ledger.trial_balance(connection, tenant_id)
    owed = {f"reward:{row['id']}": row for row in rows if row["route"] != "webhook"}
    by_webhook = {str(row["id"]): row for row in rows if row["route"] == "webhook"}
    ours = {entry["key"]: entry["amount"] for entry in entries}
    faults = [
        f"{key} is {row['delivery_status']}" for key, row in owed.items() if row["delivery_status"] != "confirmed"
    ]
    faults += [
        f"{key}, by webhook, is {row['delivery_status']}, and the platform {'was' if key in told else 'was not'} told"
        for key, row in by_webhook.items()
        if row["delivery_status"] != "confirmed" or key not in told
    ]
    faults += [f"{key}, by webhook, is not owed" for key in told - by_webhook.keys()]
    faults += [f"{key} was paid by the platform and is not owed" for key in books.keys() - owed.keys()]
    faults += [f"{key} is owed and was not paid" for key in owed.keys() - books.keys()]
    faults += [
        f"{key}: {amount} at the platform, {ours.get(key)} in the ledger, {owed[key]['amount']} owed"
        for key, (_, _, amount) in books.items()
        if ours.get(key) != amount or (key in owed and owed[key]["amount"] not in (None, amount))
    ]
    faults += [f"{key} stands twice in the ledger" for key in ours if len(ours) != len(entries)]
    if sum(line.balance for line in trial) != 0 or any(line.balance != line.entries for line in trial):
        faults.append(f"the ledger does not balance: {trial}")
    platform_holds = sum((line.balance for line in trial if line.account_type == "platform"), Decimal(0))
    paid = sum((amount for _, _, amount in books.values()), Decimal(0))
    if platform_holds != paid:
        faults.append(f"the platform has paid {paid}, the ledger says {platform_holds}")
    return faults


async def rage(folder: Path, seed: int, count: int, *, blows: bool = True, timeout_s: float = 600.0) -> Report:
    """One storm, on services of its own in `folder`; `blows`: whether platform and server are killed meanwhile."""
    chance = random.Random(seed)
    owed = [drawn(chance, f"player-{chance.randrange(500)}") for _ in range(count)]
    server = ServerProcess(folder / "server", environment=SETTINGS)
    with PlatformProcess(folder / "platform", seed=seed, share=SHARE, late_s=1.5) as platform:
        await asyncio.to_thread(server.start)
        try:
            await asyncio.to_thread(choose_wallet, server, platform)
            async with reached(server) as database:
                tenant_id = await demo_tenant(database)
                began = time.monotonic()
                await owe(database, tenant_id, owed)
            calls = 0
            async with asyncio.timeout(timeout_s):
                if blows:
                    await until_confirmed(server, count // 3)
                    calls = int(await asyncio.to_thread(platform.control, "calls"))
                    await asyncio.to_thread(platform.kill)
                    await asyncio.to_thread(platform.start)
                    await until_confirmed(server, 2 * count // 3)
                    await asyncio.to_thread(server.kill)
                    await asyncio.to_thread(server.start)
                await until_confirmed(server, count)
            seconds = time.monotonic() - began
            calls += int(await asyncio.to_thread(platform.control, "calls"))
            async with reached(server) as database:
                return Report(count, seconds, calls, await disagreements(database, tenant_id, platform))
        finally:
            await asyncio.to_thread(server.stop)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        report = asyncio.run(rage(Path(made), int(sys.argv[1]), int(sys.argv[2])))
    print(report)
    sys.exit(1 if report.faults else 0)
