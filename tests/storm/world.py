"""The world that a storm rages in: two tenants with quick wheels and running games, tokens, and ways to nodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select

from persistence.database import Database
from persistence.publishing import publish
from persistence.tables.wheels import WheelGame
from persistence.vault import Vault
from server import demo
from server.auth import tokens
from server.auth.tenants import Tenant, Tenants
from tests.processes import ServerProcess

SECRET_KEY = b"k" * 32
MARKS = dict(zip(demo.DEMO_TENANTS, ("harbour-own", "polar-own"), strict=True))


@dataclass(frozen=True)
class Ground:
    """A tenant and the games that a storm is played on."""

    tenant: Tenant
    wheel_id: UUID
    tournament_id: UUID
    jackpot_id: UUID

    @property
    def mark(self) -> str:
        """A word in the name of everything that a storm makes for this tenant, and in nothing of another's."""
        return MARKS[self.tenant.code]

    def token(self, role: str, user: str) -> str:
        """A token of this tenant."""
        return tokens.sign(
            next(key for key in self.tenant.keys if key.algorithm == "HS256"),
            tenant_code=self.tenant.code,
            user_id=user,
            role=role,
            issued_at=datetime.now(UTC),
            life_s=3600 * 12,
        )


class World:
    """The database that the nodes share, seen from outside them."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.database = Database(database_url, pool_size=4)
        self.grounds: dict[str, Ground] = {}

    async def start(self, *, duration_ms: int) -> Self:
        """Make both tenants, with wheels that turn for `duration_ms`."""
        await self.database.start()
        vault = Vault([SECRET_KEY])
        await demo.seed(self.database, vault)
        tenants = Tenants(self.database, vault)
        for code in MARKS:
            tenant = await tenants.by_code(code)
            assert tenant is not None
            await self._quicken_wheel(tenant.id, duration_ms)
            async with self.database.tenant(tenant.id) as connection:
                games = [
                    await connection.fetchval(f"SELECT id FROM {table}")
                    for table in ("wheel_games", "tournaments", "jackpot_games")
                ]
            self.grounds[code] = Ground(tenant, *games)
        return self

    async def _quicken_wheel(self, tenant_id: UUID, duration_ms: int) -> None:
        async with self.database.session(tenant_id) as session:
            wheel = await session.scalar(select(WheelGame).where(WheelGame.tenant_id == tenant_id))
            assert wheel is not None
            wheel.spin_config = {**wheel.spin_config, "duration_ms": duration_ms}
        async with self.database.tenant(tenant_id) as connection:
            await publish(connection, tenant_id, wheel.id)

    async def close(self) -> None:
        await self.database.close()

    async def rows(self, code: str, query: str, *arguments: object) -> list[Any]:
        """What a query finds of one tenant."""
        tenant_id = self.grounds[code].tenant.id
        async with self.database.tenant(tenant_id) as connection:
            return list(await connection.fetch(query, *arguments))

    def node(self, data: Path, redis_url: str, environment: Mapping[str, str] | None = None) -> ServerProcess:
        """A node of this world, not started yet."""
        return ServerProcess(
            data,
            environment={
                "DATABASE_URL": self.database_url,
                "REDIS_URL": redis_url,
                "WHEELHOUSE_SECRET_KEYS": SECRET_KEY.hex(),
                "WHEELHOUSE_DEMO": "true",
                **(environment or {}),
            },
        )
