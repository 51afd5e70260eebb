"""The platform makes tenants and keys; a key of one tenant opens nothing of another's."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.auth.tokens import SigningKey, sign
from tests.processes import ServerProcess, await_true


@pytest.fixture(scope="module")
def platform(server: ServerProcess) -> str:
    """A platform key."""
    return server.command("demo").split()[-1]


def made(server: ServerProcess, platform: str) -> dict[str, Any]:
    body = {
        "tenant_code": f"t-{uuid4().hex[:8]}",
        "tenant_name": "New",
        "country_code": "SE",
        "currency": "SEK",
        "language_code": "sv",
        "time_zone": "Europe/Stockholm",
    }
    status, tenant = server.call("POST", "/api/v1/tenants", token=platform, body=body)
    assert status == 201, tenant
    return dict(tenant)


def test_a_new_tenants_own_public_key_signs_for_it_and_for_nobody_else(server: ServerProcess, platform: str) -> None:
    tenant, other = made(server, platform), made(server, platform)
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    body = {"kind": "signing", "kid": "k1", "algorithm": "ES256", "key_material": public}
    status, _ = server.call("POST", f"/api/v1/tenants/{tenant['id']}/keys", token=platform, body=body)
    assert status == 201

    def token(code: str) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {"tenant": code, "sub": "u", "role": "player", "aud": "wheelhouse", "iat": now, "exp": now + 60}
        return jwt.encode(claims, private, algorithm="ES256", headers={"kid": "k1"})

    await_true(lambda: server.get("/api/v1/wheels", token(tenant["tenant_code"]))[0] == 200)
    assert server.get("/api/v1/wheels", token(other["tenant_code"]))[0] == 401
    assert server.get("/api/v1/wheels", token("demo"))[0] == 401


def test_a_retired_key_is_refused_within_a_moment(server: ServerProcess, platform: str) -> None:
    tenant = made(server, platform)
    path = f"/api/v1/tenants/{tenant['id']}/keys"
    secret = "s" * 40
    body = {"kind": "signing", "kid": "mine", "algorithm": "HS256", "key_material": secret}
    _, keys = server.call("POST", path, token=platform, body=body)
    key = SigningKey("mine", "HS256", secret.encode())
    token = sign(
        key, tenant_code=tenant["tenant_code"], user_id="u", role="player", issued_at=datetime.now(UTC), life_s=60
    )
    await_true(lambda: server.get("/api/v1/wheels", token)[0] == 200)
    status, _ = server.call("POST", f"{path}/{keys['items'][0]['id']}/retire", token=platform)
    assert status == 200
    await_true(lambda: server.get("/api/v1/wheels", token)[0] == 401)


def test_an_api_key_carries_tenant_and_role(server: ServerProcess, platform: str) -> None:
    tenant = made(server, platform)
    body = {"kind": "api", "role": "service", "label": "back end"}
    _, keys = server.call("POST", f"/api/v1/tenants/{tenant['id']}/keys", token=platform, body=body)
    key = keys["items"][0]["key"]
    assert key.startswith("wh_")
    grant = {"user_id": "u", "chance_type": "bonus", "chance_count": 2, "award_reason": "hello"}
    assert server.call("POST", "/api/v1/chances", token=key, body=grant)[0] == 201
    assert server.call("GET", "/api/v1/tenants", token=key)[0] == 403
    _, listed = server.get(f"/api/v1/tenants/{tenant['id']}/keys", platform)
    assert key not in str(listed)


def test_a_tenant_that_is_not_active_is_forbidden_and_a_stale_change_conflicts(
    server: ServerProcess, platform: str
) -> None:
    tenant = made(server, platform)
    path = f"/api/v1/tenants/{tenant['id']}"
    token_body = {"kind": "api", "role": "operator"}
    _, keys = server.call("POST", f"{path}/keys", token=platform, body=token_body)
    key = keys["items"][0]["key"]
    assert server.get("/api/v1/wheels", key)[0] == 200
    off = {"is_active": False}
    status, changed = server.call("PATCH", path, token=platform, body=off, headers={"if-match": '"1"'})
    assert (status, changed["is_active"], changed["row_version"]) == (200, False, 2)
    assert server.get("/api/v1/wheels", key)[0] == 403
    assert server.call("PATCH", path, token=platform, body={**off, "row_version": 1})[0] == 409
    assert server.call("PATCH", path, token=platform, body=off)[0] == 422


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "signing", "kid": "a", "algorithm": "none", "key_material": "x" * 40},
        {"kind": "signing", "kid": "a", "algorithm": "HS256", "key_material": "short"},
        {"kind": "signing", "kid": "a", "algorithm": "ES256", "key_material": "no key"},
        {"kind": "api", "role": "platform"},
        {"kind": "other"},
    ],
    ids=str,
)
def test_a_key_that_is_none_is_refused_by_name(server: ServerProcess, platform: str, body: dict[str, Any]) -> None:
    tenant = made(server, platform)
    status, problem = server.call("POST", f"/api/v1/tenants/{tenant['id']}/keys", token=platform, body=body)
    assert (status, problem["code"]) == (422, "bad_request")
    assert problem["faults"]


def test_a_tenant_that_there_is_not_has_no_keys_to_list(server: ServerProcess, platform: str) -> None:
    assert server.get(f"/api/v1/tenants/{uuid4()}/keys", platform)[0] == 404


def test_a_code_that_is_taken_conflicts(server: ServerProcess, platform: str) -> None:
    body = {"tenant_code": "demo", "tenant_name": "x", "country_code": "SE", "currency": "SEK", "language_code": "sv"}
    assert server.call("POST", "/api/v1/tenants", token=platform, body=body)[0] == 409


def test_a_platform_key_that_has_leaked_is_revoked_and_replaced(server: ServerProcess) -> None:
    leaked = server.command("platform", "add-key", "back office").strip()
    assert server.get("/api/v1/tenants", leaked)[0] == 200
    (row,) = [line for line in server.command("platform", "keys").splitlines() if leaked[:12] in line]
    key_id, _, status, *label = row.split()
    assert (status, " ".join(label)) == ("active", "back office")
    assert leaked not in row
    kept = server.command("platform", "add-key", "replacement").strip()
    assert "refused from now on" in server.command("platform", "revoke-key", key_id)
    assert server.get("/api/v1/tenants", leaked)[0] == 401
    assert server.get("/api/v1/tenants", kept)[0] == 200
