"""Chances over REST, and what their player is told meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.processes import Client, ServerProcess


class Staff:
    """A caller of the tenant who gives chances and takes them."""

    def __init__(self, server: ServerProcess, role: str = "operator", tenant: str = "demo") -> None:
        self._server = server
        if role in ("operator", "player"):
            body = {"tenant": tenant, "role": role}
            self._token = server.call("POST", "/api/v1/demo/sign-in", body=body)[1]["token"]
        else:
            self._token = server.token(role=role, user=f"{role}-c", tenant=tenant)

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        return await asyncio.to_thread(
            lambda: self._server.call(method, f"/api/v1/chances{path}", token=self._token, body=body, **options)
        )

    async def give(self, user: str, count: int, **fields: object) -> dict[str, Any]:
        body = {"user_id": user, "chance_type": "bonus", "chance_count": count, "award_reason": "a gift", **fields}
        status, made = await self.call("POST", "", body)
        assert status == 201, made
        return dict(made)


@pytest.fixture
def staff(server: ServerProcess) -> Staff:
    return Staff(server)


@pytest.fixture
async def player(server: ServerProcess) -> AsyncIterator[tuple[str, Client]]:
    user = f"player-{uuid4().hex[:8]}"
    client = await Client.open(server.ws_url, server.sign_in(user))
    yield user, client
    await client.close()


def of(grant: dict[str, Any]) -> Any:
    def holds(event: dict[str, Any]) -> bool:
        told = event["event"] == "chance.changed"
        return told and any(item["id"] == grant["id"] for item in event["data"]["items"])

    return holds


def without(grant: dict[str, Any]) -> Any:
    return lambda event: event["event"] == "chance.changed" and not of(grant)(event)


async def test_a_revoked_grant_leaves_its_player_at_once_and_the_call_can_be_repeated(
    staff: Staff, player: tuple[str, Client]
) -> None:
    user, client = player
    await client.ask("subscribe", channel="user")
    kept = await staff.give(user, 2)
    grant = await staff.give(user, 3)
    before = await client.event(of(grant))
    how = {"body": {"reason": "given twice"}, "headers": {"Idempotency-Key": uuid4().hex}}
    status, revoked = await staff.call("POST", f"/{grant['id']}/revoke", **how)
    assert (status, revoked["chance_status"], revoked["remaining_chances"]) == (200, "revoked", 3)
    after = await client.event(without(grant))
    assert before["data"]["remaining"] - after["data"]["remaining"] == 3
    assert kept["id"] in [item["id"] for item in after["data"]["items"]]
    assert (await staff.call("POST", f"/{grant['id']}/revoke", **how)) == (200, revoked)
    assert (await staff.call("POST", f"/{grant['id']}/revoke", {"reason": "again"}))[0] == 409


async def test_only_staff_of_the_tenant_revokes_and_says_why(server: ServerProcess, staff: Staff) -> None:
    grant = await staff.give("player-v", 1)
    path, body = f"/{grant['id']}/revoke", {"reason": "because"}
    for role in ("player", "auditor"):
        assert (await Staff(server, role).call("POST", path, body))[0] == 403
    assert (await Staff(server, tenant="demo-b").call("POST", path, body))[0] == 404
    for status, where, said in ((422, path, {"reason": ""}), (422, path, {}), (404, "/nothing/revoke", body)):
        assert (await staff.call("POST", where, said))[0] == status
    assert (await Staff(server, "service").call("POST", path, body))[0] == 200


async def test_a_grant_that_expires_leaves_its_player_by_itself(staff: Staff, player: tuple[str, Client]) -> None:
    user, client = player
    await client.ask("subscribe", channel="user")
    grant = await staff.give(user, 3, expires_at=(datetime.now(UTC) + timedelta(seconds=1.5)).isoformat())
    await client.event(of(grant))
    await client.event(without(grant))
    _, page = await staff.call("GET", f"?user_id={user}&chance_status=expired")
    assert [(one["id"], one["remaining_chances"]) for one in page["items"]] == [(grant["id"], 3)]


def entry(number: int, **fields: object) -> dict[str, object]:
    given = {"grant_id": f"raid-{number}", "user_id": f"raider-{number}", "chance_type": "bonus", "chance_count": 1}
    return {**given, "award_reason": "a raid", **fields}


async def test_ten_thousand_are_given_chances_in_one_call_and_each_entry_is_answered(
    staff: Staff, player: tuple[str, Client]
) -> None:
    user, client = player
    await client.ask("subscribe", channel="user")
    entries = [entry(number) for number in range(9_999)] + [entry(10_000, user_id=user, chance_count=7)]
    status, answer = await staff.call("POST", "/batch", {"entries": entries})
    assert (status, answer["granted"], answer["duplicates"], len(answer["items"])) == (200, 10_000, 0, 10_000)
    told = await client.event(of({"id": answer["items"][-1]["chance_id"]}))
    assert [item["remaining_chances"] for item in told["data"]["items"]].count(7) == 1
    again = [entries[-1], entry(1, chance_count=2), entry(10_001, chance_type="gift"), {"grant_id": 5}]
    _, answer = await staff.call("POST", "/batch", {"entries": again})
    assert [one["status"] for one in answer["items"]] == ["duplicate", "conflict", "bad_request", "bad_request"]
    assert "$.chance_type must be one of" in answer["items"][2]["message"]


async def test_a_call_of_many_has_its_limits(server: ServerProcess, staff: Staff) -> None:
    assert (await staff.call("POST", "/batch", {"entries": []}))[0] == 422
    assert (await staff.call("POST", "/batch", {"entries": [{}] * 10_001}))[0] == 413
    assert (await Staff(server, "player").call("POST", "/batch", {"entries": [entry(1)]}))[0] == 403


async def test_chances_are_bound_to_wheels_that_there_are(staff: Staff) -> None:
    body = {"user_id": "ana", "chance_type": "bonus", "chance_count": 1, "award_reason": "a gift"}
    strange = str(uuid4())
    status, problem = await staff.call("POST", "", {**body, "chance_metadata": {"wheels": [strange]}})
    assert status == 422
    assert problem["faults"] == [{"path": "$.chance_metadata.wheels", "message": f"there is no wheel {strange}"}]


async def test_grants_are_found_by_their_columns_page_by_page(staff: Staff) -> None:
    user = f"player-{uuid4().hex[:8]}"
    grants = [
        await staff.give(user, 1, chance_type=kind, expires_at=f"{year}-01-01T00:00:00Z")
        for kind in ("bonus", "deposit")
        for year in (2101, 2102, 2103)
    ]
    ids = [grant["id"] for grant in grants]
    await staff.call("POST", f"/{ids[0]}/revoke", {"reason": "because"})

    async def found(query: str) -> list[int]:
        numbers: list[int] = []
        cursor = ""
        while True:
            status, page = await staff.call("GET", f"?user_id={user}&limit=2{query}{cursor}")
            assert status == 200, page
            assert len(page["items"]) <= 2
            numbers += [ids.index(one["id"]) for one in page["items"]]
            if page["next_cursor"] is None:
                return numbers
            cursor = f"&cursor={page['next_cursor']}"

    assert await found("") == [5, 4, 3, 2, 1, 0]
    assert await found("&chance_status=revoked") == [0]
    assert await found("&chance_type=bonus&chance_status=active") == [2, 1]
    assert await found("&expires_before=2102-06-01T00:00:00Z") == [4, 3, 1, 0]
    for wrong in ("chance_status=lost", "chance_type=gift", "expires_before=2102-06-01T00:00:00", "expires_before=x"):
        assert (await staff.call("GET", f"?{wrong}"))[0] == 422, wrong


async def test_a_grant_tells_which_spins_it_was_spent_on_to_its_player_and_to_staff(
    server: ServerProcess, staff: Staff
) -> None:
    user = f"player-{uuid4().hex[:8]}"
    token = server.sign_in(user)
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    wheel = wheels["items"][0]["id"]
    soonest = await staff.give(user, 2, expires_at="2100-01-01T00:00:00Z", chance_metadata={"wheels": [wheel]})
    body = {"request_id": "one"}
    status, spin = await asyncio.to_thread(
        lambda: server.call("POST", f"/api/v1/wheels/{wheel}/spins?wait=result", token=token, body=body)
    )
    assert status == 201, spin
    _, shown = await asyncio.to_thread(server.get, f"/api/v1/chances/{soonest['id']}", token)
    assert (shown["used_chances"], shown["remaining_chances"], shown["next_cursor"]) == (1, 1, None)
    assert [(use["session_id"], use["wheel_game_id"], use["spin_status"]) for use in shown["uses"]] == [
        (spin["session_id"], wheel, "completed")
    ]
    assert await staff.call("GET", f"/{soonest['id']}") == (200, shown)
    assert (await Staff(server, "player").call("GET", f"/{soonest['id']}"))[0] == 404
    assert (await Staff(server, tenant="demo-b").call("GET", f"/{soonest['id']}"))[0] == 404
