"""What all servers of a run share: Postgres and Redis, players with tokens, a channel to listen to."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from bench.machine import compiled, cores
from persistence import migrate
from persistence.database import Database
from persistence.embedded.services import EmbeddedServices, ServiceUrls
from persistence.vault import vault_from
from server import demo
from server.auth import tokens
from server.auth.tenants import Tenants

#: Players who have a token; as many connections are opened at the most.
PLAYERS = 10_500
_LIFE_S = 7_200


@dataclass(frozen=True)
class World:
    """What is there for the length of a run."""

    data: Path
    urls: ServiceUrls
    server_core: int
    load: Path
    limit: Path
    #: a file with a player's token a line
    tokens: Path
    tenant_id: UUID
    #: the demo tenant's open jackpot
    channel: str


@contextmanager
def world() -> Iterator[World]:
    """Postgres and Redis in a folder of their own, and the demo's tenants in them. All run on the client's core."""
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})
    with tempfile.TemporaryDirectory(prefix="wheelhouse-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        with EmbeddedServices(data) as services:
            urls = services.start()
            migrate.upgrade(urls.migration_url or "")
            tenant_id, jackpot_id, signed = asyncio.run(_people(urls, data))
            listed = data / "tokens"
            listed.write_text("\n".join(signed) + "\n")
            yield World(
                data,
                urls,
                server_core,
                compiled("load"),
                compiled("limit"),
                listed,
                tenant_id,
                f"jackpot:{jackpot_id}",
            )


async def _people(urls: ServiceUrls, data: Path) -> tuple[UUID, UUID, list[str]]:
    """The demo tenant, its jackpot, and its players' tokens, made as `wheelhouse token` makes them."""
    vault = vault_from(None, data)
    database = Database(urls.database_url or "", pool_size=2)
    await database.start()
    try:
        await demo.seed(database, vault)
        tenant = await Tenants(database, vault).by_code("demo")
        assert tenant is not None
        async with database.tenant(tenant.id) as connection:
            jackpot_id = await connection.fetchval("SELECT id FROM jackpot_games WHERE jackpot_status = 'open'")
    finally:
        await database.close()
    now = datetime.now(UTC)
    return (
        tenant.id,
        jackpot_id,
        [
            tokens.sign(
                tenant.keys[0],
                tenant_code="demo",
                user_id=f"bench-{number}",
                role="player",
                issued_at=now,
                life_s=_LIFE_S,
                name=None,
            )
            for number in range(PLAYERS)
        ],
    )
