"""A demo tenant on a real database, and plays committed on it without any server around."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from asyncpg import Connection
from sqlalchemy import select, update

from games.wheel.ranges import probability_of
from persistence import audit, chances, plays, spins
from persistence.chances import Grant
from persistence.database import Database
from persistence.group_commit import GroupCommit
from persistence.publishing import publish
from persistence.spin_states import Committed, Origin, SpinRequest
from persistence.tables.wheels import WheelGame, WheelReward
from persistence.vault import Vault
from server import demo
from server.play import views
from server.play.deciding import Decider, new_epoch
from server.play.versions import Versions
from tests.conftest import DatabaseUrls

#: How long a seed is drawn from in the house.
EPOCH_MAX_AGE = timedelta(days=30)


@dataclass
class House:
    """One tenant with the wheel `lucky`, and a way to commit spins on it."""

    database: Database
    vault: Vault
    tenant_id: UUID
    wheel_id: UUID
    versions: Versions

    async def commit(self, requests: Sequence[SpinRequest]) -> spins.Outcomes:
        """One batch, as a node would commit it."""
        decider = Decider(self.vault, self.versions, lambda *_: 0, EPOCH_MAX_AGE)
        return await spins.commit_batch(
            self.database,
            self.tenant_id,
            requests,
            decider,
            partial(new_epoch, self.vault, self.tenant_id),
        )

    def flusher(self, **settings: float) -> GroupCommit[SpinRequest, Committed]:
        """The group commit of one node."""
        return GroupCommit(lambda _, requests: self.commit(requests), **settings)  # type: ignore[arg-type]

    def spin(self, user: str, request_id: str, **fields: Origin) -> SpinRequest:
        return SpinRequest(user, self.wheel_id, request_id, **fields)

    async def give(self, user: str, count: int) -> None:
        """Give a player chances."""
        async with self.database.tenant(self.tenant_id) as connection:
            await chances.lock_player(connection, self.tenant_id, user)
            await chances.grant(
                connection, self.tenant_id, Grant(user, "manual", count, "a test", "test", f"{user}:{count}"), "tester"
            )

    async def let_many_turn(self) -> None:
        """Publish the wheel anew with no limit that matters on how many spins of a player turn at once."""
        async with self.database.session(self.tenant_id) as session:
            wheel = await session.scalar(select(WheelGame).where(WheelGame.id == self.wheel_id))
            assert wheel is not None
            wheel.spin_config = {**wheel.spin_config, "turning_per_player": 1000}
        await self.publish()

    async def offer(
        self, rewards: Mapping[str, tuple[int, str, dict[str, object]]], size: int = 1_000_000, **spin_config: object
    ) -> None:
        """Publish the wheel anew with these rewards by slug: width, type and detail; its old ones stand no more."""
        async with self.database.session(self.tenant_id) as session:
            wheel = await session.scalar(select(WheelGame).where(WheelGame.id == self.wheel_id))
            assert wheel is not None
            wheel.wheel_config = {**wheel.wheel_config, "size": size}
            wheel.spin_config = {**wheel.spin_config, **spin_config}
            await session.execute(update(WheelReward).values(is_active=False))
            start = 1
            for slug, (width, kind, detail) in rewards.items():
                reward = await session.scalar(select(WheelReward).where(WheelReward.reward_slug == slug))
                reward = reward or WheelReward(
                    tenant_id=self.tenant_id, wheel_game_id=self.wheel_id, reward_slug=slug, reward_label=slug
                )
                reward.reward_type, reward.reward_detail, reward.is_active = kind, detail, True
                reward.range_start, reward.range_end = start, start + width - 1
                reward.probability = probability_of(width, size)
                session.add(reward)
                start += width
        await self.publish()

    async def complete(self, outcomes: spins.Outcomes) -> None:
        """Let the wheels of these plays have stopped, and complete them as a node does."""
        played = [one.play for one in outcomes if isinstance(one, Committed)]
        self.database.clock_offset += timedelta(minutes=1)
        dues = views.dues(self.versions, played)
        await plays.complete(self.database, self.tenant_id, [play.session_id for play in played], dues)

    async def publish(self) -> None:
        """Publish the wheel as its rows stand."""
        async with self.database.tenant(self.tenant_id) as connection:
            await publish(connection, self.tenant_id, self.wheel_id)

    async def swap_two_rewards(self, connection: Connection) -> None:
        """Publish other odds: two rewards of the wheel are renamed."""
        for new, old in (("traded-1", "cash-100"), ("traded-2", "no-win-1")):
            await connection.execute("UPDATE wheel_rewards SET reward_slug = $1 WHERE reward_slug = $2", new, old)
        await publish(connection, self.tenant_id, self.wheel_id)

    async def until_somebody_waits_for_a_lock(self, many: int = 1) -> None:
        """Return when so many statements on this database wait for others' locks."""
        async with asyncio.timeout(10), self.database.platform() as connection:
            waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
            while await connection.fetchval(waiting) < many:  # noqa: ASYNC110 - another connection's doing
                await asyncio.sleep(0.01)

    async def number(self, query: str, *arguments: object) -> int:
        async with self.database.tenant(self.tenant_id) as connection:
            return int(await connection.fetchval(query, *arguments))

    async def audit_verdict(self) -> bool:
        async with self.database.tenant(self.tenant_id) as connection:
            return (await audit.verify(connection, self.tenant_id)).whole


@asynccontextmanager
async def open_house(urls: DatabaseUrls) -> AsyncIterator[House]:
    """The house, until the block ends."""
    database = Database(urls.database_url, pool_size=6)
    await database.start()
    vault = Vault([b"k" * 32])
    await demo.seed(database, vault)
    async with database.platform() as connection:
        tenant_id = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = 'demo'")
    async with database.tenant(tenant_id) as connection:
        wheel_id = await connection.fetchval("SELECT id FROM wheel_games WHERE wheel_slug = 'lucky'")
    yield House(database, vault, tenant_id, wheel_id, Versions())
    await database.close()


@pytest.fixture
async def house(database_urls: DatabaseUrls) -> AsyncIterator[House]:
    async with open_house(database_urls) as opened:
        yield opened
