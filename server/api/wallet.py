"""REST: which wallet the tenant's players have."""

from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post, put

from persistence.wallets import WalletRow
from server.api.access import tenant_of
from server.api.versions import IfMatch, row_version
from server.auth.tokens import Caller
from server.moments import wire_time_or_none
from server.rewards.choosing import WalletChoice


class WalletBody(msgspec.Struct, forbid_unknown_fields=True):
    """The wallet to use: the embedded `ledger`, or the platform's by `http` at `url`, which may be left as it was."""

    adapter: Literal["ledger", "http"]
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None
    row_version: int | None = None


class WalletView(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The tenant's wallet. `secret` is there only in the answer that made it."""

    adapter: str
    url: str | None
    row_version: int
    changed_by: str | None
    updated_at: str | None
    previous_secret_until: str | None = None
    secret: str | None = None


class WalletController(Controller):
    """/api/v1/wallet."""

    path = "/api/v1/wallet"
    tags = ["rewards"]

    @get("/", summary="Which wallet the tenant's players have")
    async def read(self, caller: Caller, wallet_choice: WalletChoice) -> Response[WalletView]:
        found = await wallet_choice.read(tenant_of(caller, "operator", "auditor"))
        return Response(_view(found), headers={"etag": f'"{found.row_version}"'})

    @put("/", summary="Choose the wallet; the secret of a first address is shown this once")
    async def choose(
        self, caller: Caller, wallet_choice: WalletChoice, data: WalletBody, if_match: IfMatch = None
    ) -> WalletView:
        tenant_id = tenant_of(caller, "operator")
        unsaid = data.row_version is None and if_match is None
        version = None if unsaid else row_version(data.row_version, if_match)
        chosen, secret = await wallet_choice.choose(tenant_id, data.adapter, data.url, version, caller.user_id)
        return _view(chosen, secret)

    @post("/rotate", status_code=200, summary="A new secret; the old one signs on for a while")
    async def rotate(self, caller: Caller, wallet_choice: WalletChoice) -> WalletView:
        rotated, secret = await wallet_choice.rotate(tenant_of(caller, "operator"), caller.user_id)
        return _view(rotated, secret)


def _view(row: WalletRow, secret: str | None = None) -> WalletView:
    return WalletView(
        adapter=row.adapter,
        url=row.url,
        row_version=row.row_version,
        changed_by=row.changed_by,
        updated_at=wire_time_or_none(row.updated_at),
        previous_secret_until=wire_time_or_none(row.previous_secret_until),
        secret=secret,
    )
