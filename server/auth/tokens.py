"""Tokens: who a caller is, shown by a JWT under a key of the caller's own tenant, or by an API key."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec

from games.errors import BadRequest, Unauthorized
from games.ids import UserId, parse_user_id

AUDIENCE = "wheelhouse"
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
ROLES = ("player", "operator", "auditor", "service", "platform")
API_KEY_PREFIX = "wh_"
#: clocks of two machines may differ by this much
LEEWAY_S = 5

_TENANT_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

NOT_GOOD = "The token is not valid for this server. Sign in again."


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token or key was found good. `tenant_id` is None only for the platform's own keys."""

    tenant_id: UUID | None
    tenant_code: str
    user_id: UserId
    role: str
    name: str | None
    issued_at: datetime
    expires_at: datetime
    token_id: str | None = None
    #: the signing key (its kid) or the API key that was shown
    kid: str | None = None
    api_key_id: UUID | None = None

    @property
    def key(self) -> str | None:
        """What the caller's word rests on, by name: the signing key's kid, or the API key's id."""
        return self.kid if self.api_key_id is None else str(self.api_key_id)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A tenant's key for its tokens: a shared secret (HS256) or a public key (PEM, or a JWK as JSON)."""

    kid: str
    algorithm: str
    material: bytes


class Claims(msgspec.Struct, frozen=True):
    """The claims that every token must carry, with their types."""

    tenant: str
    sub: str
    role: str
    exp: int | float
    iat: int | float
    jti: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself before anything is believed: only used to find the key that must verify it."""

    tenant_code: str
    kid: str | None


def peek(token: str) -> Unverified:
    """Read the tenant and key id of a token without believing them; raises `Unauthorized` when it is no JWT."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthorized(NOT_GOOD) from error
    tenant, kid = claims.get("tenant"), header.get("kid")
    if not (isinstance(tenant, str) and _TENANT_CODE.fullmatch(tenant)) or not (kid is None or isinstance(kid, str)):
        raise Unauthorized(NOT_GOOD)
    return Unverified(tenant, kid)


def choose(keys: list[SigningKey], kid: str | None) -> list[SigningKey]:
    """The keys that may verify a token: the one it names, or all of the tenant's when it names none."""
    return keys if kid is None else [key for key in keys if key.kid == kid]


def verify(token: str, keys: list[SigningKey], tenant_id: UUID) -> Caller:
    """Believe a token: signature under one of `keys` with that key's own algorithm, times, audience and claims.

    Raises `Unauthorized`, with a message that says what to do and never which part of the signature failed.
    """
    for key in keys:
        try:
            raw = jwt.decode(
                token,
                _verifier(key),
                algorithms=[key.algorithm],
                audience=AUDIENCE,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("The token has expired. Sign in again.") from error
        except jwt.ImmatureSignatureError as error:
            raise Unauthorized("The token is not valid yet. Check the clock of the machine that made it.") from error
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError, TypeError):
            continue
        return _caller(raw, tenant_id, key.kid)
    raise Unauthorized(NOT_GOOD)


def has_expired(caller: Caller) -> bool:
    """Whether the token of somebody believed before has run out since, as `verify` would find."""
    return datetime.now(UTC) >= caller.expires_at + timedelta(seconds=LEEWAY_S)


def _verifier(key: SigningKey) -> Any:
    if key.algorithm == "HS256":
        return key.material
    text = key.material.decode("utf-8")
    return jwt.PyJWK(json.loads(text), key.algorithm).key if text.lstrip().startswith("{") else text


def _caller(raw: dict[str, Any], tenant_id: UUID, kid: str) -> Caller:
    try:
        claims = msgspec.convert(raw, Claims)
        user_id = parse_user_id(claims.sub)
    except (msgspec.ValidationError, BadRequest) as error:
        raise Unauthorized(f"The token's claims do not fit: {error}") from error
    if claims.role not in ROLES:
        raise Unauthorized(f"The token's role must be one of {', '.join(ROLES)}.")
    if claims.role == "platform":
        raise Unauthorized("The platform's role is not given by a tenant's token. Use a platform key.")
    try:
        issued_at, expires_at = (datetime.fromtimestamp(moment, UTC) for moment in (claims.iat, claims.exp))
    except (OverflowError, ValueError, OSError) as error:
        raise Unauthorized("The token's times are no moments.") from error
    return Caller(
        tenant_id=tenant_id,
        tenant_code=claims.tenant,
        user_id=user_id,
        role=claims.role,
        name=claims.name[:64] if claims.name else None,
        issued_at=issued_at,
        expires_at=expires_at,
        token_id=claims.jti,
        kid=kid,
    )


def sign(
    key: SigningKey,
    *,
    tenant_code: str,
    user_id: str,
    role: str,
    issued_at: datetime,
    life_s: int,
    name: str | None = None,
    token_id: str | None = None,
) -> str:
    """Make a token under a tenant's shared secret; for the command line, the demo and tests."""
    claims: dict[str, Any] = {
        "tenant": tenant_code,
        "sub": user_id,
        "role": role,
        "aud": AUDIENCE,
        "iat": int(issued_at.timestamp()),
        "exp": int(issued_at.timestamp()) + life_s,
    }
    if name:
        claims["name"] = name
    if token_id:
        claims["jti"] = token_id
    return jwt.encode(claims, key.material, algorithm=key.algorithm, headers={"kid": key.kid})


def api_key_hash(text: str) -> bytes:
    """The digest under which an API key is kept; the key itself is 32 random bytes, so one hash is enough."""
    return hashlib.sha256(text.encode("utf-8")).digest()
