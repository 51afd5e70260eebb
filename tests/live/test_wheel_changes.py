"""Wheels over REST, from nothing to a spin, and what players who watch are told meanwhile."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.processes import Client, ServerProcess

REWARDS = [
    {"reward_slug": "coin", "reward_label": "A coin", "reward_type": "none", "probability": "0.125"},
    {"reward_slug": "nothing", "reward_label": "Next time", "reward_type": "none", "probability": "0.875"},
]


class Operator:
    """An operator of the demo tenant."""

    def __init__(self, server: ServerProcess, user: str = "olga", **token: str) -> None:
        self._server = server
        self._token = server.token(role="operator", user=user, **token)

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        return await asyncio.to_thread(
            lambda: self._server.call(method, f"/api/v1/wheels{path}", token=self._token, body=body, **options)
        )

    async def make(self, **fields: object) -> dict[str, Any]:
        body = {"wheel_name": "Reef", "wheel_slug": f"reef-{uuid4().hex[:8]}", "rewards": REWARDS, **fields}
        status, made = await self.call("POST", "/", body)
        assert status == 201, made
        return dict(made)


async def told_of(player: Client, event: str, wheel_status: str) -> dict[str, Any]:
    """The data of an event that tells of a wheel in this status."""
    found = await player.event(lambda one: one["event"] == event and one["data"]["status"] == wheel_status)
    return dict(found["data"])


@pytest.fixture
def operator(server: ServerProcess) -> Operator:
    return Operator(server)


async def test_a_wheel_is_made_opened_changed_while_it_is_watched_paused_and_ended(
    server: ServerProcess, operator: Operator
) -> None:
    made = await operator.make(wheel_config={"size": 1000})
    assert [(one["range_start"], one["range_end"], one["probability"]) for one in made["rewards"]] == [
        (1, 125, "0.125"),
        (126, 1000, "0.875"),
    ]
    path = f"/{made['id']}"
    _, opened = await operator.call("POST", f"{path}/status", {"to": "active"})
    assert (opened["wheel_status"], opened["version_number"]) == ("active", 1)
    player = await Client.open(server.ws_url, await asyncio.to_thread(server.sign_in, "player-w"))
    try:
        first = (await player.ask("subscribe", channel=f"wheel:{made['id']}"))["snapshot"]["wheel"]
        assert first["version_number"] == 1
        status, changed = await operator.call(
            "PATCH", path, {"spin_config": {"duration_ms": 300}}, headers={"If-Match": f'"{opened["row_version"]}"'}
        )
        assert status == 200, changed
        told = await told_of(player, "game.changed", "active")
        assert (told["id"], told["version_number"]) == (made["id"], 2)
        again = (await player.ask("subscribe", channel=f"wheel:{made['id']}"))["snapshot"]["wheel"]
        assert (again["version_number"], again["spin_config"]["duration_ms"]) == (2, 300)
        for to, event in (("paused", "game.changed"), ("ended", "game.closed")):
            assert (await operator.call("POST", f"{path}/status", {"to": to, "reason": "a test"}))[0] == 200
            assert (await told_of(player, event, to))["id"] == made["id"]
    finally:
        await player.close()
    status, refused = await operator.call("POST", f"{path}/status", {"to": "active"})
    assert (status, refused["code"]) == (409, "conflict")


async def test_a_set_that_sums_to_999_999_is_refused_with_every_fault_and_the_wheel_stays(operator: Operator) -> None:
    made = await operator.make()
    ranged = [
        {**one, "probability": None, "range_start": start, "range_end": end}
        for one, start, end in ((REWARDS[0], 1, 500_000), (REWARDS[1], 499_000, 999_999))
    ]
    status, refused = await operator.call("PUT", f"/{made['id']}/rewards", {"rewards": ranged})
    assert status == 422
    assert {fault["path"] for fault in refused["faults"]} == {"$.rewards[1].range_start", "$.rewards"}
    _, same = await operator.call("GET", f"/{made['id']}")
    assert (same["rewards"], same["row_version"]) == (made["rewards"], made["row_version"])


async def test_every_fault_of_a_body_is_named_inside_the_rewards_too(operator: Operator) -> None:
    body = {"wheel_name": "", "wheel_slug": "x", "rewards": [{**REWARDS[0], "colour": "red"}, {"reward_slug": "b"}]}
    status, refused = await operator.call("POST", "/", body)
    assert status == 422
    assert {fault["path"] for fault in refused["faults"]} == {
        "$.wheel_name",
        "$.rewards[0].colour",
        "$.rewards[1].reward_label",
        "$.rewards[1].reward_type",
    }


async def test_a_call_sent_again_under_its_key_makes_one_wheel(operator: Operator) -> None:
    body = {"wheel_name": "Once", "wheel_slug": f"once-{uuid4().hex[:8]}", "rewards": REWARDS}
    key = {"Idempotency-Key": uuid4().hex}
    first, second = [await operator.call("POST", "/", body, headers=key) for _ in range(2)]
    assert first == second
    assert first[0] == 201


async def test_a_change_says_what_it_builds_upon_and_only_operators_make_it(
    server: ServerProcess, operator: Operator
) -> None:
    made = await operator.make()
    path = f"/api/v1/wheels/{made['id']}"
    assert (await operator.call("PATCH", f"/{made['id']}", {"wheel_name": "Atoll"}))[0] == 422
    body = {"wheel_name": "Atoll", "row_version": made["row_version"]}
    assert (await operator.call("PATCH", f"/{made['id']}", body))[0] == 200
    assert (await operator.call("PATCH", f"/{made['id']}", body))[0] == 409
    player = server.sign_in("player-w")
    assert server.call("GET", path, token=player)[0] == 404
    assert server.call("PUT", f"{path}/rewards", token=player, body={"rewards": REWARDS})[0] == 403
    other = server.token(tenant="demo-b", role="operator", user="otto")
    assert server.call("PUT", f"{path}/rewards", token=other, body={"rewards": REWARDS})[0] == 404
    assert server.call("POST", f"{path}/status", token=other, body={"to": "active"})[0] == 404


async def test_the_list_is_searched_by_words_and_ordered_and_its_pages_fit_together(operator: Operator) -> None:
    names = [f"Quay {letter} {uuid4().hex[:6]}" for letter in ("b", "A", "c")]
    made = [await operator.make(wheel_name=name) for name in names]

    async def walk(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            status, page = await operator.call("GET", f"?{query}&limit=1{cursor}")
            assert status == 200, page
            found += [one["wheel_name"] for one in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert await walk("words=qUaY") == names
    assert await walk("words=quay&sort=newest") == names[::-1]
    assert await walk("words=quay&sort=name") == sorted(names, key=str.lower)
    assert await walk(f"words={made[1]['wheel_slug'][2:]}") == [names[1]]
    assert (await operator.call("GET", "?sort=size"))[0] == 422
