"""The pool under races: fifty movers on two nodes, exact to the last digit; the newest is what is told last."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from channels.broker import Broker
from channels.channel import Channel
from channels.hub import Hub
from channels.policy import Policy
from games.errors import Conflict, WheelhouseError
from games.jackpot import JackpotConfig, JackpotPrizeConfig, PlannedEvent, PlannedPrize, PoolMove
from games.messages.events import EVENT_KINDS
from persistence import jackpots
from persistence.database import Database
from server.play.jackpot import Jackpots
from server.play.outbox import Relay
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House


@dataclass
class Node:
    """What one node knows of jackpots."""

    jackpots: Jackpots
    relay: Relay
    broker: Broker
    database: Database

    async def close(self) -> None:
        await self.relay.drain()
        await self.broker.close()
        await self.database.close()


@dataclass
class Game:
    """An open jackpot of the house with 100 in its pool, and two nodes that serve it."""

    house: House
    nodes: list[Node]
    id: UUID

    @property
    def channel(self) -> Channel:
        return Channel(str(self.house.tenant_id), f"jackpot:{self.id}")

    async def move(self, by: str, node: int = 0) -> Any:
        return await self.nodes[node].jackpots.move_pool(self.house.tenant_id, self.id, PoolMove(add=by), "mover")

    async def pool(self) -> tuple[Decimal, int]:
        found = await self.nodes[0].jackpots.read(self.house.tenant_id, self.id, drafts=True)
        return found.row.pool_amount, found.row.pool_version

    async def told(self, redis_url: str) -> bytes:
        """The newest pool that Redis knows of, when both nodes have told all that they had to."""
        for node in self.nodes:
            await node.relay.drain()
        async with Redis.from_url(redis_url) as redis:
            return bytes(await redis.hget(self.channel.latest_key, "jackpot.pool"))


@pytest.fixture
async def game(house: House, database_urls: DatabaseUrls) -> AsyncIterator[Game]:
    nodes = []
    for _ in range(2):
        database = Database(database_urls.database_url, pool_size=4)
        await database.start()
        kinds = {event: Policy(kind) for event, kind in EVENT_KINDS.items()}
        broker = Broker(database_urls.redis_url, Hub(), kinds)
        await broker.start()
        relay = Relay(database, broker)
        nodes.append(Node(Jackpots(database, relay), relay, broker, database))
    values = {
        "jackpot_id": uuid4().hex,
        "jackpot_title": "Race",
        "jackpot_description": None,
        "jackpot_banner": None,
        "jackpot_stake": Decimal(1),
        "start_time": datetime.now(UTC) - timedelta(hours=1),
        "end_time": datetime.now(UTC) + timedelta(hours=1),
        "supported_mode": "online",
        "jackpot_config": JackpotConfig(seed_amount="100"),
    }
    prizes = [PlannedPrize("One", JackpotPrizeConfig(correct=1, share_bps=1))]
    desk = nodes[0].jackpots
    made = await desk.make(house.tenant_id, values, [PlannedEvent("Match", "1,2")], prizes, "operator")
    await desk.move(house.tenant_id, made.id, "open", "operator")
    yield Game(house, nodes, made.id)
    for node in nodes:
        await node.close()


async def test_fifty_movers_at_once_on_two_nodes_are_exact(game: Game) -> None:
    moved = await asyncio.gather(*(game.move("0.0101" if n % 5 else "-1.5", node=n % 2) for n in range(50)))
    assert await game.pool() == (Decimal(100) + 40 * Decimal("0.0101") - 10 * Decimal("1.5"), 51)
    assert sorted(one.version for one in moved) == list(range(2, 52))
    by_version = sorted(moved, key=lambda one: one.version)
    steps = {Decimal(b.pool_amount) - Decimal(a.pool_amount) for a, b in pairwise(by_version)}
    assert steps <= {Decimal("0.0101"), Decimal("-1.5")}
    assert await game.house.audit_verdict()
    trail = "SELECT count(*) FROM audit_logs WHERE action = 'jackpot.pool' AND entity_id = $1"
    assert await game.house.number(trail, game.id) == 50


async def test_what_is_told_last_is_the_newest_pool(game: Game, database_urls: DatabaseUrls) -> None:
    await asyncio.gather(*(game.move("1", node=n % 2) for n in range(50)))
    assert b'"pool_amount":"150.00"' in (await game.told(database_urls.redis_url)).replace(b" ", b"")
    late = "UPDATE outbox SET published_at = NULL WHERE version = 7 AND channel = $1 RETURNING 7"
    assert await game.house.number(late, game.channel.name) == 7
    game.nodes[1].relay.wake(game.house.tenant_id)
    assert b'"pool_amount":"150.00"' in (await game.told(database_urls.redis_url)).replace(b" ", b"")


async def test_movers_past_zero_are_refused_and_the_rest_stands(game: Game) -> None:
    outcomes = await asyncio.gather(*(game.move("-30", node=n % 2) for n in range(6)), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in outcomes) == 3
    assert await game.pool() == (Decimal(10), 4)


async def test_two_nodes_clocks_lock_it_once_and_only_when_due(game: Game) -> None:
    tenant_id = game.house.tenant_id
    with pytest.raises(Conflict):
        await game.nodes[0].jackpots.lock_by_clock(tenant_id, game.id)
    assert (tenant_id, game.id) not in await jackpots.due(game.nodes[0].database)
    for node in game.nodes:
        node.database.clock_offset = timedelta(hours=2)
    assert (tenant_id, game.id) in await jackpots.due(game.nodes[0].database)
    outcomes = await asyncio.gather(
        *(node.jackpots.lock_by_clock(tenant_id, game.id) for node in game.nodes), return_exceptions=True
    )
    assert sorted(isinstance(one, WheelhouseError) for one in outcomes) == [False, True]
    assert await game.house.number("SELECT count(*) FROM outbox WHERE event = 'jackpot.status'") == 2
