"""Choosing a tenant's wallet: the embedded ledger or the platform's own, and the secret that signs the calls to it."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx

from games.errors import BadRequest, Conflict, Fault
from persistence import audit, wallets
from persistence.database import Database
from persistence.vault import Vault
from persistence.wallets import WalletRow
from server.settings import Settings
from server.webhooks.calling import secret_text
from server.webhooks.outside import check_url

_SECRET_BYTES = 32


class WalletChoice:
    """The wallets of tenants, as operators set them."""

    def __init__(self, settings: Settings, database: Database, vault: Vault) -> None:
        self._settings = settings
        self._database = database
        self._vault = vault

    async def read(self, tenant_id: UUID) -> WalletRow:
        """The tenant's wallet."""
        async with self._database.tenant(tenant_id) as connection:
            return await wallets.read(connection, tenant_id)

    async def choose(
        self, tenant_id: UUID, adapter: str, url: str | None, row_version: int | None, operator: str
    ) -> tuple[WalletRow, str | None]:
        """Choose; answers the wallet, and its secret when this call has made one, which is shown this once.

        What has been begun with one wallet is ended there. Raises `BadRequest` for an address that cannot be called,
        `Conflict` when `row_version` is not the row's.
        """
        if url is not None:
            url = await self._checked(url)
        async with self._database.tenant(tenant_id) as connection:
            before = await wallets.lock(connection, tenant_id)
            if row_version is not None and before.row_version != row_version:
                raise Conflict("The wallet was changed meanwhile. Read it again, then repeat the change.")
            if adapter == "http" and url is None and before.url is None:
                raise BadRequest("The platform's wallet has an address.", faults=[Fault("$.url", "is missing")])
            after = replace(before, adapter=adapter, url=url or before.url, changed_by=operator)
            secret = None
            if after.url is not None and before.secret_encrypted is None:
                secret = secrets.token_bytes(_SECRET_BYTES)
                after = replace(after, secret_encrypted=self._vault.seal(tenant_id, secret))
            after = await wallets.write(connection, tenant_id, after)
            await audit.record(
                connection, tenant_id, operator, "wallet.chosen", "wallets", tenant_id, _told(after), _told(before)
            )
        return after, None if secret is None else secret_text(secret)

    async def rotate(self, tenant_id: UUID, operator: str) -> tuple[WalletRow, str]:
        """Make a new secret; for a while both sign, so that the platform can change over."""
        secret = secrets.token_bytes(_SECRET_BYTES)
        async with self._database.tenant(tenant_id) as connection:
            before = await wallets.lock(connection, tenant_id)
            if before.secret_encrypted is None:
                raise Conflict("There is no secret yet: it is made with the address, by PUT /api/v1/wallet.")
            after = replace(
                before,
                secret_encrypted=self._vault.seal(tenant_id, secret),
                previous_secret_encrypted=before.secret_encrypted,
                previous_secret_until=datetime.now(UTC) + timedelta(hours=self._settings.webhook_rotation_h),
                changed_by=operator,
            )
            after = await wallets.write(connection, tenant_id, after)
            await audit.record(connection, tenant_id, operator, "wallet.rotated", "wallets", tenant_id, _told(after))
        return after, secret_text(secret)

    async def _checked(self, url: str) -> str:
        await check_url(url, "$.url", private=self._settings.webhook_private)
        if httpx.URL(url).query:
            raise BadRequest("This address cannot be called.", faults=[Fault("$.url", "must hold no query")])
        return url.rstrip("/")


def _told(row: WalletRow) -> dict[str, str | None]:
    return {"adapter": row.adapter, "url": row.url}
