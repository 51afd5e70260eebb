"""Kill -9 of server, worker, Postgres or platform, with ticket sales at every step: all paid for or given back.

The steps of a sale, where one is held by its player's name when the blow falls:

    reserve   the stake is being written down
    debiting  the wallet is about to be asked
    before    the platform has been asked and has done nothing yet
    after     the platform has taken the money and has not answered
    debited   the answer has come and is being written down
    confirm   the ticket is being written
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.faults.blows import BLOWS, holding, superuser, until_counted, until_waiting
from tests.platform_side import storm
from tests.platform_side.process import PlatformProcess
from tests.processes import ServerProcess, await_true

STEPS = ("reserve", "debiting", "before", "after", "debited", "confirm")
#: Holds the writing of a step until the lock is let go.
HOLD = """
    CREATE OR REPLACE FUNCTION hold_sale() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_TABLE_NAME = 'jackpot_tickets' AND NEW.user_id LIKE 'hold-confirm-%'
        THEN PERFORM pg_advisory_xact_lock_shared(77);
        ELSIF TG_TABLE_NAME = 'wallet_transactions' THEN
            IF NEW.transaction_status = 'reserved' AND NEW.user_id LIKE 'hold-reserve-%'
                OR NEW.transaction_status = 'debiting' AND NEW.user_id LIKE 'hold-debiting-%'
                OR NEW.transaction_status = 'debited' AND NEW.user_id LIKE 'hold-debited-%'
            THEN PERFORM pg_advisory_xact_lock_shared(77); END IF;
        END IF;
        RETURN NEW;
    END $$;
    GRANT EXECUTE ON FUNCTION hold_sale() TO PUBLIC;
    CREATE OR REPLACE TRIGGER hold_sale BEFORE INSERT OR UPDATE ON wallet_transactions
        FOR EACH ROW EXECUTE FUNCTION hold_sale();
    CREATE OR REPLACE TRIGGER hold_sale BEFORE INSERT ON jackpot_tickets FOR EACH ROW EXECUTE FUNCTION hold_sale();
"""
#: Stakes that have not come to an end.
OPEN = (
    "SELECT count(*) FROM wallet_transactions WHERE user_id = ANY ($1::varchar[])"
    " AND transaction_status NOT IN ('confirmed', 'rolled_back', 'refused')"
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformProcess]:
    with PlatformProcess(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, platform: PlatformProcess) -> Iterator[ServerProcess]:
    """A server whose tenant has its wallet at the platform."""
    environment = {**storm.SETTINGS, "WHEELHOUSE_PLATFORM_TIMEOUT_S": "3"}
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", environment=environment, workers=2) as running:
        storm.choose_wallet(running, platform)
        yield running


@pytest.fixture(scope="module")
def jackpot(server: ServerProcess) -> str:
    """An open jackpot whose whole stakes go into its pool."""
    operator = server.token(role="operator", user="operator-1")
    now = datetime.now(UTC)
    body = {
        "jackpot_id": "for-sale",
        "jackpot_title": "For sale",
        "jackpot_stake": "2.50",
        "start_time": (now - timedelta(hours=1)).isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
        "events": [{"event_name": "A", "event_pick": "1,X,2"}],
        "prizes": [{"prize_name": "One", "prize_config": {"correct": 1, "share_bps": 1}}],
    }
    status, made = server.call("POST", "/api/v1/jackpots", token=operator, body=body)
    assert status == 201, made
    status, _ = server.call("POST", f"/api/v1/jackpots/{made['id']}/status", token=operator, body={"to": "open"})
    assert status == 200
    return str(made["id"])


@pytest.mark.parametrize("blow", BLOWS)
async def test_a_sale_at_any_step_is_paid_for_or_given_back(server, platform, jackpot, blow) -> None:
    users = [f"hold-{step}-{blow.__name__}" for step in STEPS]
    service = await asyncio.to_thread(server.token, role="service", user="platform")
    path = f"/api/v1/jackpots/{jackpot}/tickets"

    def buy(user: str) -> int:
        headers = {"idempotency-key": user}
        body = {"ticket_picks": "1", "user_id": user}
        return server.call("POST", path, token=service, body=body, headers=headers)[0]

    async with holding(server, platform, HOLD) as database:
        sales = [asyncio.create_task(asyncio.to_thread(buy, user)) for user in users]
        await asyncio.to_thread(await_true, lambda: int(platform.control("held")) >= 2)
        await until_waiting(database, 4)
        await asyncio.to_thread(blow, server, platform)
    answers = dict(zip(users, await asyncio.gather(*sales), strict=True))
    await until_counted(server, OPEN, users, 0)

    found = await sold(server, users)
    for user, status in answers.items():
        if status == 201:
            assert user in found, f"{user} was told of a ticket that is not there"
    await agree(server, platform, jackpot)
    # Whoever asks again under the same key has one ticket, or none and the money.
    again = [await asyncio.to_thread(buy, user) for user in users]
    assert set(again) <= {201, 409}
    await until_counted(server, OPEN, users, 0)
    tickets = await sold(server, users)
    assert sorted(set(tickets)) == sorted(tickets)
    assert {user for user, status in zip(users, again, strict=True) if status == 201} == set(tickets)
    await agree(server, platform, jackpot)


async def sold(server: ServerProcess, users: list[str]) -> list[str]:
    database = await superuser(server)
    rows = await database.fetch("SELECT user_id FROM jackpot_tickets WHERE user_id = ANY ($1::varchar[])", users)
    await database.close()
    return [row["user_id"] for row in rows]


async def agree(server: ServerProcess, platform: PlatformProcess, jackpot: str) -> None:
    """The platform has taken what stands on tickets, and the pool is that much."""
    taken = sum(
        (
            amount
            for state, verb, amount in platform.books().movements().values()
            if (state, verb) == ("moved", "debit")
        ),
        Decimal(0),
    )
    database = await superuser(server)
    staked = await database.fetchval("SELECT coalesce(sum(ticket_stake), 0) FROM jackpot_tickets")
    pool = await database.fetchval("SELECT pool_amount FROM jackpot_games WHERE id = $1::uuid", jackpot)
    await database.close()
    assert (taken, pool) == (staked, staked)
