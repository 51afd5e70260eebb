"""Ending connections whose tokens have ended: at once when a node says so, and by looking, should it not be heard."""

import asyncio
from uuid import UUID

import structlog

from games.errors import WheelhouseError
from persistence import tenants as rows
from persistence.database import Database
from server.auth.tenants import Tenants
from server.live.service import LiveService

log = structlog.get_logger(__name__)


class Ending:
    """Keeps a node's connections to those whose tokens are good. `check_s`: how often it looks without being told."""

    def __init__(self, database: Database, tenants: Tenants, live_service: LiveService, check_s: float) -> None:
        self._database = database
        self._tenants = tenants
        self._live_service = live_service
        self._check_s = check_s
        #: the version that a tenant's connections were last judged by
        self._judged: dict[UUID, int] = {}
        self._told = asyncio.Event()

    def on_signal(self, payload: bytes) -> None:
        """Some node says that tokens of a tenant have ended."""
        tenant_id = UUID(bytes=payload)
        self._tenants.doubt(tenant_id)
        self._judged[tenant_id] = -1
        self._told.set()

    async def watch_forever(self) -> None:
        """Judge the connections of each tenant whose version has risen, when told and every `check_s`."""
        while True:
            try:
                async with asyncio.timeout(self._check_s):
                    await self._told.wait()
            except TimeoutError:
                pass
            self._told.clear()
            try:
                await self._look()
            except WheelhouseError as error:
                log.warning("what was revoked cannot be read", error=error.message)
                await asyncio.sleep(self._check_s)
            except Exception:
                log.exception("connections could not be judged by what was revoked")
                await asyncio.sleep(self._check_s)

    async def _look(self) -> None:
        here = self._live_service.tenants
        if not here:
            self._judged.clear()
            return
        async with self._database.platform() as connection:
            versions = await rows.auth_versions(connection, list(here))
        self._judged = {tenant_id: version for tenant_id, version in self._judged.items() if tenant_id in here}
        for tenant_id, version in versions.items():
            if self._judged.get(tenant_id) == version:
                continue
            await self._tenants.read(here[tenant_id])
            closed = await self._live_service.review(tenant_id)
            self._judged[tenant_id] = version
            if closed:
                log.info("connections were closed for tokens that have ended", tenant=here[tenant_id], closed=closed)
