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
from typing import NamedTuple

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
        IF TG_TABLE_NAME = 'jackpot_tickets' THEN
            IF NEW.user_id LIKE 'hold-confirm-%' THEN PERFORM pg_advisory_xact_lock_shared(77); END IF;
        ELSIF TG_TABLE_NAME = 'raffle_tickets' THEN
            IF NEW.user_id LIKE 'hold-confirm-%' AND NEW.ticket_status = 'sold'
            THEN PERFORM pg_advisory_xact_lock_shared(77); END IF;
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
    CREATE OR REPLACE TRIGGER hold_sale BEFORE UPDATE ON raffle_tickets FOR EACH ROW EXECUTE FUNCTION hold_sale();
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


class Sale(NamedTuple):
    """What is sold: where, by the step that is held; what is asked for; where tickets and what they cost stand."""

    paths: dict[str, str]
    wanted: dict[str, object]
    tickets: str
    staked: str


def made(server: ServerProcess, path: str, body: dict[str, object], *moves: str) -> str:
    operator = server.token(role="operator", user="operator-1")
    status, answer = server.call("POST", path, token=operator, body=body)
    assert status == 201, answer
    for to in moves:
        status, moved = server.call("POST", f"{path}/{answer['id']}/status", token=operator, body={"to": to})
        assert status == 200, moved
    return f"{path}/{answer['id']}/tickets"


@pytest.fixture(scope="module")
def sales(server: ServerProcess) -> dict[str, Sale]:
    """An open jackpot whose whole stakes go into its pool, and a raffle for each step, since a step holds its own."""
    now = datetime.now(UTC)
    times = {"start_time": (now - timedelta(hours=1)).isoformat(), "end_time": (now + timedelta(hours=1)).isoformat()}
    jackpot = {
        "jackpot_id": "for-sale",
        "jackpot_title": "For sale",
        "jackpot_stake": "2.50",
        "events": [{"event_name": "A", "event_pick": "1,X,2"}],
        "prizes": [{"prize_name": "One", "prize_config": {"correct": 1, "share_bps": 1}}],
    }
    raffle = {
        "campaign_name": "For sale",
        "ticket_price": 250,
        "draws": [{"draw_name": "The boat", "draw_time": (now + timedelta(hours=2)).isoformat()}],
    }
    return {
        "jackpot": Sale(
            dict.fromkeys(STEPS, made(server, "/api/v1/jackpots", jackpot | times, "open")),
            {"ticket_picks": "1"},
            "SELECT user_id FROM jackpot_tickets WHERE user_id = ANY ($1::varchar[])",
            "SELECT coalesce(sum(ticket_stake), 0) FROM jackpot_tickets WHERE user_id = ANY ($1::varchar[])",
        ),
        "raffle": Sale(
            {step: made(server, "/api/v1/raffles", raffle | times, "committed", "on_sale") for step in STEPS},
            {"quantity": 1},
            "SELECT user_id FROM raffle_tickets WHERE ticket_status = 'sold' AND user_id = ANY ($1::varchar[])",
            "SELECT 2.50 * count(*) FROM raffle_tickets WHERE ticket_status = 'sold' AND user_id = ANY ($1::varchar[])",
        ),
    }


@pytest.mark.parametrize("game", ["jackpot", "raffle"])
@pytest.mark.parametrize("blow", BLOWS)
async def test_a_sale_at_any_step_is_paid_for_or_given_back(server, platform, sales, blow, game) -> None:
    sale = sales[game]
    users = [f"hold-{step}-{blow.__name__}-{game}" for step in STEPS]
    service = await asyncio.to_thread(server.token, role="service", user="platform")

    def buy(user: str) -> int:
        path = sale.paths[user.split("-")[1]]
        headers = {"idempotency-key": user}
        return server.call("POST", path, token=service, body={**sale.wanted, "user_id": user}, headers=headers)[0]

    async with holding(server, platform, HOLD) as database:
        selling = [asyncio.create_task(asyncio.to_thread(buy, user)) for user in users]
        await asyncio.to_thread(await_true, lambda: int(platform.control("held")) >= 2)
        await until_waiting(database, 4)
        await asyncio.to_thread(blow, server, platform)
    answers = dict(zip(users, await asyncio.gather(*selling), strict=True))
    await until_counted(server, OPEN, users, 0)

    found = await sold(server, sale, users)
    for user, status in answers.items():
        if status == 201:
            assert user in found, f"{user} was told of a ticket that is not there"
    await agree(server, platform, sale, users)
    # Whoever asks again under the same key has one ticket, or none and the money.
    again = [await asyncio.to_thread(buy, user) for user in users]
    assert set(again) <= {201, 409}
    await until_counted(server, OPEN, users, 0)
    tickets = await sold(server, sale, users)
    assert sorted(set(tickets)) == sorted(tickets)
    assert {user for user, status in zip(users, again, strict=True) if status == 201} == set(tickets)
    await agree(server, platform, sale, users)
    await counted_alike(server)


async def sold(server: ServerProcess, sale: Sale, users: list[str]) -> list[str]:
    database = await superuser(server)
    rows = await database.fetch(sale.tickets, users)
    await database.close()
    return [row["user_id"] for row in rows]


async def agree(server: ServerProcess, platform: PlatformProcess, sale: Sale, users: list[str]) -> None:
    """The platform has taken from these players what stands on their tickets."""
    database = await superuser(server)
    rows = await database.fetch("SELECT id FROM wallet_transactions WHERE user_id = ANY ($1::varchar[])", users)
    staked = await database.fetchval(sale.staked, users)
    await database.close()
    own = {f"stake:{row['id']}" for row in rows}
    taken = sum(
        (
            amount
            for key, (state, verb, amount) in platform.books().movements().items()
            if key in own and (state, verb) == ("moved", "debit")
        ),
        Decimal(0),
    )
    assert taken == staked


async def counted_alike(server: ServerProcess) -> None:
    """What the games' rows say of their tickets is what the tickets say."""
    database = await superuser(server)
    pools = await database.fetch(
        "SELECT pool_amount, (SELECT coalesce(sum(ticket_stake), 0) FROM jackpot_tickets"
        " WHERE jackpot_game_id = game.id) FROM jackpot_games AS game WHERE jackpot_id = 'for-sale'"
    )
    counts = await database.fetch(
        "SELECT sold_tickets, (SELECT count(*) FROM raffle_tickets WHERE raffle_campaign_id = game.id"
        " AND ticket_status = 'sold') FROM raffle_campaigns AS game"
    )
    await database.close()
    assert all(told == counted for told, counted in (*pools, *counts))
