"""Which tenant a caller belongs to, and the keys that prove it: read from the platform room, kept for a moment."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from games.errors import Forbidden, Unauthorized
from games.ids import UserId
from persistence import revocations
from persistence import tenants as rows
from persistence.database import Database
from persistence.vault import Vault
from server.auth import tokens
from server.auth.revoked import Revoked
from server.auth.tokens import Caller, SigningKey
from server.together import Together

_UNKNOWN_KEY = "The API key is not known or has been revoked."

#: how long what was read of a tenant is believed; a new key takes effect within it, and whatever ends tokens does
#: when the node hears of none of it
KEPT_S = 1.0
#: Tokens whose signatures are not checked again: after a cut everybody shows the one they had.
_KEPT_TOKENS = 20_000


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant and the keys of its tokens."""

    id: UUID
    code: str
    name: str
    is_active: bool
    currency: str
    language_code: str
    country_code: str
    keys: list[SigningKey]
    #: the API keys that are good
    api_keys: frozenset[UUID]
    auth_version: int
    revoked: Revoked

    def judge(self, caller: Caller) -> None:
        """Raise `Forbidden` or `Unauthorized` when somebody believed before is to be believed no more."""
        if not self.is_active:
            raise Forbidden("This tenant is not active. Ask the platform's operator.")
        if caller.kid is not None and all(key.kid != caller.kid for key in self.keys):
            raise Unauthorized("The key that signed this token has been retired. Sign in again.")
        if caller.api_key_id is not None and caller.api_key_id not in self.api_keys:
            raise Unauthorized(_UNKNOWN_KEY)
        self.revoked.judge(caller)


class Tenants:
    """Reads tenants by code and believes callers."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._kept: dict[str, tuple[float, Tenant | None]] = {}
        self._reading: Together[str, Tenant | None] = Together()
        self._revoked: dict[UUID, Revoked] = {}
        #: who showed a token that was found good, by its digest, and the key that it is good under
        self._verified: dict[bytes, tuple[SigningKey, Caller]] = {}

    async def by_code(self, code: str) -> Tenant | None:
        """The tenant of that code with its active keys, or None."""
        kept = self._kept.get(code)
        if kept and time.monotonic() - kept[0] < KEPT_S:
            return kept[1]
        return await self._reading.read(code, partial(self.read, code))

    async def read(self, code: str) -> Tenant | None:
        """The same, as it stands in the database now."""
        tenant = await self._read(code)
        if len(self._kept) > 10_000:
            self._kept.clear()
            self._revoked.clear()
        kept = self._kept.get(code, (0.0, None))[1]
        if tenant is not None and kept is not None and kept.auth_version > tenant.auth_version:
            # Another reading began later and was done sooner.
            return kept
        self._kept[code] = (time.monotonic(), tenant)
        return tenant

    def doubt(self, tenant_id: UUID) -> None:
        """Read a tenant anew when it is next asked for."""
        for code, (_, tenant) in self._kept.items():
            if tenant is not None and tenant.id == tenant_id:
                self._kept[code] = (-KEPT_S, tenant)

    def judge(self, caller: Caller) -> None:
        """Raise `Forbidden` or `Unauthorized` by what is known here of somebody who was believed a moment ago."""
        tenant = self._kept.get(caller.tenant_code, (0.0, None))[1]
        if tenant is not None:
            tenant.judge(caller)

    async def _read(self, code: str) -> Tenant | None:
        async with self._database.platform() as connection:
            row = await rows.by_code(connection, code)
            keys = [] if row is None else await rows.signing_keys(connection, row.id)
            api_keys = [] if row is None else await rows.api_keys(connection, row.id)
        if row is None:
            return None
        revoked = self._revoked.setdefault(row.id, Revoked())
        if revoked.version < row.auth_version:
            async with self._database.tenant(row.id) as connection:
                revoked.learn(await revocations.newer(connection, row.id, revoked.version))
            revoked.version = max(revoked.version, row.auth_version)
        return Tenant(
            id=row.id,
            code=row.tenant_code,
            name=row.tenant_name,
            is_active=row.is_active,
            currency=row.currency,
            language_code=row.language_code,
            country_code=row.country_code,
            keys=[self._signing_key(row.id, key) for key in keys if key.key_status == "active"],
            api_keys=frozenset(key.id for key in api_keys if key.key_status == "active"),
            auth_version=row.auth_version,
            revoked=revoked,
        )

    def _signing_key(self, tenant_id: UUID, key: rows.SigningKeyRow) -> SigningKey:
        sealed = key.algorithm == "HS256"
        return SigningKey(
            key.kid, key.algorithm, self._vault.open(tenant_id, key.key_material) if sealed else key.key_material
        )

    async def caller(self, credential: str) -> Caller:
        """Who shows this token or API key; raises `Unauthorized`, or `Forbidden` (tenant off, user blocked)."""
        if credential.startswith(tokens.API_KEY_PREFIX):
            return await self._key_holder(credential)
        digest = hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest()
        caller = await self._believed_before(digest)
        if caller is not None:
            return caller
        said = tokens.peek(credential)
        tenant = await self.by_code(said.tenant_code)
        if tenant is None:
            raise Unauthorized(tokens.NOT_GOOD)
        caller = tokens.verify(credential, tokens.choose(tenant.keys, said.kid), tenant.id)
        tenant.judge(caller)
        if len(self._verified) >= _KEPT_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = next(key for key in tenant.keys if key.kid == caller.kid), caller
        return caller

    async def _believed_before(self, digest: bytes) -> Caller | None:
        """Who showed a token before, while the key that it was good under stands and its time has not run out."""
        known = self._verified.pop(digest, None)
        if known is None:
            return None
        key, caller = known
        tenant = await self.by_code(caller.tenant_code)
        if tenant is None or key not in tenant.keys or tokens.has_expired(caller):
            return None
        tenant.judge(caller)
        # At the end of the row again: those that are not shown any more go first.
        self._verified[digest] = known
        return caller

    async def still_believed(self, caller: Caller) -> None:
        """Raise `Unauthorized` or `Forbidden` when somebody believed before is to be believed no more."""
        tenant = await self.by_code(caller.tenant_code)
        if tenant is None:
            raise Unauthorized(tokens.NOT_GOOD)
        tenant.judge(caller)

    async def _key_holder(self, key: str) -> Caller:
        async with self._database.platform() as connection:
            found = await rows.api_key_by_hash(connection, tokens.api_key_hash(key))
            row = None if found is None or found.tenant_id is None else await rows.by_id(connection, found.tenant_id)
        if found is None:
            raise Unauthorized(_UNKNOWN_KEY)
        now = datetime.now(UTC)
        caller = Caller(
            tenant_id=found.tenant_id,
            tenant_code="" if row is None else row.tenant_code,
            user_id=UserId(f"key:{found.id}"),
            role=found.role,
            name=None,
            issued_at=now,
            expires_at=now + timedelta(days=1),
            api_key_id=found.id,
        )
        if row is not None:
            await self._believe_new(caller)
        return caller

    async def _believe_new(self, caller: Caller) -> None:
        """Judge the holder of a key that may be newer than what is kept of the tenant."""
        kept = self._kept.get(caller.tenant_code, (0.0, None))[1]
        if kept is not None and caller.api_key_id not in kept.api_keys:
            await self.read(caller.tenant_code)
        await self.still_believed(caller)
