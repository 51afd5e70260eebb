"""REST: what a page must know before anybody has signed in, and the sign-in of the demo."""

from typing import Annotated, Literal
from uuid import uuid4

import msgspec
from litestar import Controller, get, post

from games.errors import Forbidden, NotFound
from games.texts import matching
from persistence.database import Database
from server.auth import tokens
from server.auth.tenants import Tenant, Tenants
from server.demo import DEMO_TENANTS, pay_in
from server.moments import wire_time
from server.play.visits import Visits
from server.settings import Settings
from server.version import VERSION


class SiteTenant(msgspec.Struct, frozen=True):
    """A demo tenant."""

    tenant_code: str
    tenant_name: str
    currency: str
    language_code: str
    country_code: str


class Site(msgspec.Struct, frozen=True):
    """What this server is; `tenants` only in demo mode."""

    version: str
    demo: bool
    tenants: list[SiteTenant]


class SignInBody(msgspec.Struct, forbid_unknown_fields=True):
    """A sign-in of the demo. `user` keeps an identity; a new one is made when left out."""

    tenant: str = "demo"
    role: Literal["player", "operator", "screen"] = "player"
    name: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    user: Annotated[str, matching("(player|operator|screen)-[A-Za-z0-9-]{1,64}")] | None = None


class SignedIn(msgspec.Struct, frozen=True):
    """A token and whom it names."""

    token: str
    expires_at: str
    tenant: str
    user: str
    role: str


class SiteController(Controller):
    """/api/v1/site and the demo."""

    path = "/api/v1"
    tags = ["site"]

    @get("/site", summary="What this server is")
    async def site(self, settings: Settings, tenants: Tenants) -> Site:
        found = (
            [tenant for code in DEMO_TENANTS if (tenant := await tenants.by_code(code))] if settings.demo_mode else []
        )
        return Site(VERSION, settings.demo_mode, [_site_tenant(tenant) for tenant in found])

    @post("/demo/sign-in", status_code=200, summary="Sign in to the demo")
    async def sign_in(
        self, settings: Settings, tenants: Tenants, database: Database, visits: Visits, data: SignInBody
    ) -> SignedIn:
        if not settings.demo_mode:
            raise NotFound("There is nothing at this address.")
        tenant = await tenants.by_code(data.tenant) if data.tenant in DEMO_TENANTS else None
        if tenant is None:
            raise Forbidden("This is not a demo tenant.")
        user = data.user or f"{data.role}-{uuid4().hex[:8]}"
        if not user.startswith(f"{data.role}-"):
            raise Forbidden("This user was made for another role.")
        if data.role == "player":
            await visits.arrive(tenant.id, user)
            await pay_in(database, tenant.id, user, tenant.currency)
        role = "operator" if data.role == "operator" else "player"
        now = database.now()
        token = tokens.sign(
            next(key for key in tenant.keys if key.algorithm == "HS256"),
            tenant_code=tenant.code,
            user_id=user,
            role=role,
            issued_at=now,
            life_s=settings.token_s,
            name=data.name,
        )
        caller = tokens.verify(token, tenant.keys, tenant.id)
        return SignedIn(token, wire_time(caller.expires_at), tenant.code, user, role)


def _site_tenant(tenant: Tenant) -> SiteTenant:
    return SiteTenant(tenant.code, tenant.name, tenant.currency, tenant.language_code, tenant.country_code)
