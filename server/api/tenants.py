"""REST for the platform: tenants, the keys that sign their tokens, and API keys."""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from litestar import Controller, Response, get, patch, post

from games.errors import BadRequest, Fault, Forbidden, NotFound
from games.ids import parse_uuid
from games.texts import matching
from persistence import tenants
from persistence.database import Database
from persistence.tenants import TenantRow
from persistence.vault import Vault
from server import setup
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.auth.revoking import Revocations
from server.auth.tokens import Caller
from server.moments import wire_time

Code = Annotated[str, matching("[a-z0-9][a-z0-9-]{0,62}")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Country = Annotated[str, matching("[A-Z]{2}")]
Currency = Annotated[str, matching("[A-Z]{3}")]
Language = Annotated[str, matching("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", max_length=32)]
Kid = Annotated[str, matching("[A-Za-z0-9._-]{1,128}")]
Zone = Annotated[str, msgspec.Meta(max_length=64)]


class TenantBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new tenant."""

    tenant_code: Code
    tenant_name: Name
    country_code: Country
    currency: Currency
    language_code: Language
    time_zone: Zone = "UTC"


class TenantChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change of a tenant; `row_version` here or in `If-Match`."""

    tenant_name: Name | None = None
    is_active: bool | None = None
    country_code: Country | None = None
    currency: Currency | None = None
    language_code: Language | None = None
    time_zone: Zone | None = None
    row_version: int | None = None


class TenantView(msgspec.Struct, frozen=True):
    """A row of tenants."""

    id: UUID
    tenant_code: str
    tenant_name: str
    is_active: bool
    country_code: str
    currency: str
    language_code: str
    time_zone: str
    row_version: int
    created_at: str
    updated_at: str


class SigningKeyBody(msgspec.Struct, forbid_unknown_fields=True, tag="signing", tag_field="kind"):
    """A key for tokens: a shared secret (HS256), or a public key as PEM or JWK."""

    kid: Kid
    algorithm: str
    key_material: Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]


class JwksBody(msgspec.Struct, forbid_unknown_fields=True, tag="jwks", tag_field="kind"):
    """Several public keys at once, as a JWKS document; each names its `kid` and `alg`."""

    keys: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=20)]


class ApiKeyBody(msgspec.Struct, forbid_unknown_fields=True, tag="api", tag_field="kind"):
    """An API key for a back end."""

    role: str = "service"
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


class KeyView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key, without its secret. `key` is there only in the answer that made an API key."""

    id: UUID | None
    kind: str
    key_status: str
    kid: str | None = None
    algorithm: str | None = None
    role: str | None = None
    label: str | None = None
    key_prefix: str | None = None
    key: str | None = None


class KeysMade(msgspec.Struct, frozen=True):
    """The keys that a call has made."""

    items: list[KeyView]


class TenantController(Controller):
    """/api/v1/tenants."""

    path = "/api/v1/tenants"
    tags = ["tenants"]

    @get("/", summary="Tenants of the platform")
    async def list_tenants(
        self,
        caller: Caller,
        database: Database,
        tenant_code: str | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[TenantView]:
        _must_be_platform(caller)
        async with database.platform() as connection:
            rows = await tenants.page(connection, code=tenant_code, after=after(cursor), limit=limit + 1)
        page, following = cut([_view(row) for row in rows], limit)
        return Page(list(page), following)

    @post("/", summary="Make a tenant")
    async def add(self, caller: Caller, database: Database, vault: Vault, data: TenantBody) -> TenantView:
        _must_be_platform(caller)
        _check_zone(data.time_zone)
        new = setup.NewTenant(
            data.tenant_code, data.tenant_name, data.country_code, data.currency, data.language_code, data.time_zone
        )
        return await _read(database, await setup.add_tenant(database, vault, new, caller.user_id))

    @get("/{tenant_id:str}", summary="One tenant")
    async def one(self, caller: Caller, database: Database, tenant_id: str) -> Response[TenantView]:
        _must_be_platform(caller)
        view = await _read(database, _id(tenant_id))
        return Response(view, headers={"etag": f'"{view.row_version}"'})

    @patch("/{tenant_id:str}", summary="Change a tenant")
    async def change(
        self,
        caller: Caller,
        database: Database,
        tenant_id: str,
        revocations: Revocations,
        data: TenantChange,
        if_match: IfMatch = None,
    ) -> TenantView:
        _must_be_platform(caller)
        version = row_version(data.row_version, if_match)
        changes = {key: value for key, value in msgspec.structs.asdict(data).items() if value is not None}
        changes.pop("row_version", None)
        if "time_zone" in changes:
            _check_zone(changes["time_zone"])
        changed = await setup.change_tenant(database, _id(tenant_id), changes, version, caller.user_id)
        await revocations.tell(changed.id)
        return _view(changed)

    @get("/{tenant_id:str}/keys", summary="A tenant's keys, without their secrets")
    async def list_keys(self, caller: Caller, database: Database, tenant_id: str) -> Page[KeyView]:
        _must_be_platform(caller)
        return await _keys(database, _id(tenant_id))

    @post("/{tenant_id:str}/keys", summary="Add a key")
    async def add_key(
        self,
        caller: Caller,
        database: Database,
        vault: Vault,
        tenant_id: str,
        data: SigningKeyBody | JwksBody | ApiKeyBody,
    ) -> KeysMade:
        _must_be_platform(caller)
        owner = _id(tenant_id)
        if isinstance(data, ApiKeyBody):
            if data.role not in ("operator", "auditor", "service"):
                faults = [Fault("$.role", "must be operator, auditor or service")]
                raise BadRequest("The key does not fit.", faults=faults)
            key = await setup.add_api_key(database, owner, data.role, data.label, caller.user_id)
            shown = KeyView(None, "api", "active", role=data.role, label=data.label, key_prefix=key[:12], key=key)
            return KeysMade([shown])
        made = []
        for kid, algorithm, material in _public_keys(data):
            key_id = await setup.add_signing_key(database, vault, owner, kid, algorithm, material, caller.user_id)
            made.append(KeyView(key_id, "signing", "active", kid=kid, algorithm=algorithm))
        return KeysMade(made)

    @post("/{tenant_id:str}/keys/{key_id:str}/retire", status_code=200, summary="Retire or revoke a key")
    async def retire(
        self, caller: Caller, database: Database, revocations: Revocations, tenant_id: str, key_id: str
    ) -> Page[KeyView]:
        _must_be_platform(caller)
        key = parse_uuid(key_id, NotFound("There is no such key."))
        await setup.retire_key(database, _id(tenant_id), key, caller.user_id)
        await revocations.tell(_id(tenant_id))
        return await _keys(database, _id(tenant_id))


def _public_keys(data: SigningKeyBody | JwksBody) -> list[tuple[str, str, str]]:
    """Each key's kid, algorithm and material."""
    if isinstance(data, SigningKeyBody):
        return [(data.kid, data.algorithm, data.key_material)]
    faults = [
        Fault(f"$.keys[{at}].{name}", "is missing")
        for at, jwk in enumerate(data.keys)
        for name in ("kid", "alg")
        if not isinstance(jwk.get(name), str) or not jwk[name]
    ]
    if faults:
        raise BadRequest("Each key of a JWKS document names its kid and alg.", faults=faults)
    return [(jwk["kid"], jwk["alg"], msgspec.json.encode(jwk).decode()) for jwk in data.keys]


def _must_be_platform(caller: Caller) -> None:
    if caller.role != "platform":
        raise Forbidden(f"This is for the platform; your role is {caller.role}.")


def _id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such tenant."))


def _check_zone(zone: str) -> None:
    if zone not in available_timezones():
        fault = Fault("$.time_zone", "is no time zone of the IANA database, for example Europe/Malta")
        raise BadRequest("The tenant does not fit.", faults=[fault])


async def _keys(database: Database, tenant_id: UUID) -> Page[KeyView]:
    async with database.platform() as connection:
        if await tenants.by_id(connection, tenant_id) is None:
            raise NotFound("There is no such tenant.")
        signing = await tenants.signing_keys(connection, tenant_id)
        api = await tenants.api_keys(connection, tenant_id)
    shown = [KeyView(key.id, "signing", key.key_status, kid=key.kid, algorithm=key.algorithm) for key in signing]
    shown += [
        KeyView(key.id, "api", key.key_status, role=key.role, label=key.label, key_prefix=key.key_prefix) for key in api
    ]
    return Page(shown, None)


async def _read(database: Database, tenant_id: UUID) -> TenantView:
    async with database.platform() as connection:
        row = await tenants.by_id(connection, tenant_id)
    if row is None:
        raise NotFound("There is no such tenant.")
    return _view(row)


def _view(row: TenantRow) -> TenantView:
    return TenantView(
        id=row.id,
        tenant_code=row.tenant_code,
        tenant_name=row.tenant_name,
        is_active=row.is_active,
        country_code=row.country_code,
        currency=row.currency,
        language_code=row.language_code,
        time_zone=row.time_zone,
        row_version=row.row_version,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )
