"""A token is believed under a key of its own tenant, with that key's own algorithm, or not at all."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from games.errors import Unauthorized
from server.auth.tokens import LEEWAY_S, SigningKey, choose, has_expired, peek, sign, verify

TENANT = UUID("01a20000-0000-7000-8000-000000000001")
SECRET = SigningKey("demo-1", "HS256", b"s" * 48)
NOW = datetime.now(UTC)


def claims(**changed: Any) -> dict[str, Any]:
    good = {
        "tenant": "demo",
        "sub": "player-1",
        "role": "player",
        "aud": "wheelhouse",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(hours=1)).timestamp()),
    }
    return {key: value for key, value in {**good, **changed}.items() if value is not None}


def signed(key: Any = SECRET.material, algorithm: str = "HS256", kid: str | None = "demo-1", **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def pem(private: Any) -> bytes:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_token_of_the_tenants_own_key_is_believed() -> None:
    token = sign(SECRET, tenant_code="demo", user_id="player-1", role="player", issued_at=NOW, life_s=3600, name="Ana")
    caller = verify(token, [SECRET], TENANT)
    assert (caller.tenant_id, caller.user_id, caller.role, caller.name) == (TENANT, "player-1", "player", "Ana")


@pytest.mark.parametrize("ago_s", [LEEWAY_S - 2, LEEWAY_S + 2])
def test_who_was_believed_before_runs_out_when_the_token_would(ago_s: int) -> None:
    """A token whose signature is not checked again has no longer a life than one that is."""
    caller = verify(signed(), [SECRET], TENANT)
    ended = datetime.now(UTC) - timedelta(seconds=ago_s)
    try:
        verify(signed(exp=int(ended.timestamp())), [SECRET], TENANT)
        refused = False
    except Unauthorized:
        refused = True
    assert has_expired(replace(caller, expires_at=ended)) is refused is (ago_s > LEEWAY_S)


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
)
def test_public_keys_verify_as_pem_and_as_jwk(private: Any, algorithm: str) -> None:
    token = signed(private, algorithm)
    assert verify(token, [SigningKey("demo-1", algorithm, pem(private))], TENANT).user_id == "player-1"
    jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key())
    assert verify(token, [SigningKey("demo-1", algorithm, jwk.encode())], TENANT).user_id == "player-1"


def test_another_tenants_key_does_not_verify() -> None:
    with pytest.raises(Unauthorized):
        verify(signed(b"o" * 48), [SECRET], TENANT)


def test_a_public_key_is_never_taken_for_a_shared_secret() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = pem(private)
    header = {"alg": "HS256", "kid": "demo-1", "typ": "JWT"}
    encode = jwt.utils.base64url_encode
    message = encode(json.dumps(header).encode()) + b"." + encode(json.dumps(claims()).encode())
    forged = message + b"." + encode(jwt.get_algorithm_by_name("HS256").sign(message, public))
    with pytest.raises(Unauthorized):
        verify(forged.decode(), [SigningKey("demo-1", "RS256", public)], TENANT)


def test_a_token_without_signature_is_not_believed() -> None:
    with pytest.raises(Unauthorized):
        verify(jwt.encode(claims(), None, algorithm="none"), [SECRET], TENANT)


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": int((NOW - timedelta(minutes=1)).timestamp())},
        {"nbf": int((NOW + timedelta(days=1)).timestamp())},
        {"iat": int((NOW + timedelta(days=1)).timestamp())},
        {"aud": "elsewhere"},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 129},
        {"sub": "a\x00b"},
        {"role": "admin"},
        {"role": "platform"},
        {"role": None},
        {"name": 7},
        {"exp": 10**30},
    ],
    # Of times one only says which: two processes that collect in different seconds must find the same tests.
    ids=lambda changed: "-".join(
        f"{claim}={'a moment' if isinstance(value, int) else value}" for claim, value in changed.items()
    ),
)
def test_a_token_whose_claims_do_not_hold_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        verify(signed(**changed), [SECRET], TENANT)


def test_an_unknown_kid_finds_no_key() -> None:
    assert choose([SECRET], peek(signed(kid="other")).kid) == []
    with pytest.raises(Unauthorized):
        verify(signed(kid="other"), choose([SECRET], "other"), TENANT)


def test_a_token_that_names_no_kid_is_tried_with_every_key() -> None:
    older = SigningKey("demo-0", "HS256", b"o" * 48)
    assert verify(signed(kid=None), choose([older, SECRET], peek(signed(kid=None)).kid), TENANT).user_id == "player-1"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "ä.ö.ü", "." * 10])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized):
        peek(text)
