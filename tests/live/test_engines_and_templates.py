"""Engines and templates over REST: made, changed, moved, and games made of them in one call."""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from server.api.template_examples import TEMPLATE_EXAMPLES
from tests.processes import Client, ServerProcess

REWARDS = [
    {"reward_slug": "coin", "reward_label": "A coin", "reward_type": "none", "probability": "0.125"},
    {"reward_slug": "nothing", "reward_label": "Next time", "reward_type": "none", "probability": "0.875"},
]
TIMES = {"start_time": "2031-01-01T08:00:00Z", "end_time": "2031-01-02T08:00:00Z"}


class Desk:
    """An operator of a demo tenant."""

    def __init__(self, server: ServerProcess, tenant: str = "demo") -> None:
        self._server = server
        self._token = server.token(tenant=tenant, role="operator", user="olga")

    async def call(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, Any]:
        return await asyncio.to_thread(
            lambda: self._server.call(method, f"/api/v1{path}", token=self._token, body=body, **options)
        )

    async def done(self, method: str, path: str, body: object = None, status: int = 200) -> dict[str, Any]:
        """The answer of a call that must succeed."""
        got, answer = await self.call(method, path, body)
        assert got == status, answer
        return dict(answer)

    async def engine(self, *moves: str, **fields: object) -> dict[str, Any]:
        body = {"engine_name": f"Turning {uuid4().hex[:8]}", "engine_type": "wheel", **fields}
        made = await self.done("POST", "/engines", body, 201)
        for to in moves:
            made = await self.move(made, to)
        return made

    async def move(self, engine: dict[str, Any], to: str) -> dict[str, Any]:
        return await self.done("POST", f"/engines/{engine['id']}/status", {"to": to, "reason": "a test"})

    async def template(self, template_type: str = "wheel", **fields: object) -> dict[str, Any]:
        body = {"template_name": f"T {uuid4().hex[:8]}", "template_type": template_type, **fields}
        if template_type == "wheel":
            body = {
                "game_engine_id": (await self.engine("active"))["id"] if "game_engine_id" not in fields else None,
                "template_config": {"wheel_config": {"size": 1000}},
                "game_rules": {"spin_config": {"duration_ms": 300, "spins_per_minute": 600}},
                "reward_config": {"rewards": REWARDS},
                **body,
            }
        return await self.done("POST", "/templates", body, 201)

    async def wheel(self, template: dict[str, Any], **overrides: object) -> dict[str, Any]:
        body = {"wheel_name": "Reef", "wheel_slug": f"reef-{uuid4().hex[:8]}", **overrides}
        return await self.done("POST", f"/templates/{template['id']}/wheels", body, 201)


@pytest.fixture(scope="module")
def desk(server: ServerProcess) -> Desk:
    return Desk(server)


async def test_an_engine_lives_as_its_machine_says_and_its_code_writes_its_capabilities(desk: Desk) -> None:
    installed = {one["engine_type"]: one for one in (await desk.done("GET", "/engines/types"))["items"]}
    made = await desk.engine()
    assert (made["engine_status"], made["engine_version"]) == ("draft", installed["wheel"]["engine_version"])
    assert made["engine_capabilities"] == installed["wheel"]["engine_capabilities"]
    where = f"/engines/{made['id']}/status"
    for to, allowed in (
        ("maintenance", False), ("retired", False), ("active", True), ("draft", False), ("maintenance", True),
        ("active", True), ("maintenance", True), ("retired", True), ("active", False),
    ):  # fmt: skip
        status, answer = await desk.call("POST", where, {"to": to})
        assert (status, answer.get("code", to)) == ((200, to) if allowed else (409, "conflict"))
    status, refused = await desk.call("PATCH", f"/engines/{made['id']}", {"engine_name": "Late", "row_version": 6})
    assert (status, refused["code"]) == (409, "conflict")


async def test_an_engine_is_configured_where_no_player_sees_it_and_its_capabilities_are_nobodys_to_write(
    desk: Desk,
) -> None:
    made = await desk.engine("active")
    change = {"engine_config": {}, "row_version": made["row_version"]}
    status, refused = await desk.call("PATCH", f"/engines/{made['id']}", change)
    assert (status, refused["code"]) == (409, "conflict")
    resting = await desk.move(made, "maintenance")
    change = {"engine_config": {"gears": 3}, "row_version": resting["row_version"]}
    status, refused = await desk.call("PATCH", f"/engines/{made['id']}", change)
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.engine_config.gears"])
    body = {"engine_name": "By hand", "engine_type": "wheel", "engine_capabilities": {"everything": True}}
    status, refused = await desk.call("POST", "/engines", body)
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.engine_capabilities"])
    for unknown, path in (
        ({"engine_type": "roulette"}, "$.engine_type"),
        ({"engine_type": "wheel", "engine_version": "0"}, "$.engine_version"),
    ):
        status, refused = await desk.call("POST", "/engines", {"engine_name": "Not here", **unknown})
        assert (status, [fault["path"] for fault in refused["faults"]]) == (422, [path])


async def test_a_wheel_is_made_of_a_template_in_one_call_with_overrides_opened_and_spun(
    server: ServerProcess, desk: Desk
) -> None:
    template = await desk.template()
    made = await desk.wheel(template, spin_config={"duration_ms": 200})
    assert (made["wheel_status"], made["game_template_id"]) == ("draft", template["id"])
    assert made["wheel_config"]["size"] == 1000
    assert (made["spin_config"]["duration_ms"], made["spin_config"]["spins_per_minute"]) == (200, 600)
    assert [(one["range_start"], one["range_end"]) for one in made["rewards"]] == [(1, 125), (126, 1000)]
    await desk.done("POST", f"/wheels/{made['id']}/status", {"to": "active"})
    player = await asyncio.to_thread(server.sign_in, "player-t")
    status, spun = await asyncio.to_thread(
        lambda: server.call(
            "POST", f"/api/v1/wheels/{made['id']}/spins?wait=result", token=player, body={"request_id": uuid4().hex}
        )
    )
    assert (status, spun["duration_ms"]) == (201, 200), spun
    assert spun["result"]["reward"]["slug"] in ("coin", "nothing")


async def test_overrides_are_checked_with_the_template_and_every_fault_is_named_before_anything_is_stored(
    desk: Desk,
) -> None:
    template = await desk.template()
    slug = f"reef-{uuid4().hex[:8]}"
    body = {"wheel_name": "Reef", "wheel_slug": slug, "wheel_config": {"size": 0}, "spin_config": {"speed": 1}}
    status, refused = await desk.call("POST", f"/templates/{template['id']}/wheels", body)
    assert (status, {fault["path"] for fault in refused["faults"]}) == (
        422,
        {"$.wheel_config.size", "$.spin_config.speed"},
    )
    ranged = [{**REWARDS[0], "probability": None, "range_start": 1, "range_end": 999}]
    status, refused = await desk.call(
        "POST", f"/templates/{template['id']}/wheels", {"wheel_name": "Reef", "wheel_slug": slug, "rewards": ranged}
    )
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.rewards"])
    assert (await desk.done("GET", f"/wheels?wheel_slug={slug}"))["items"] == []


async def test_a_call_sent_again_under_its_key_makes_one_wheel_of_a_template(desk: Desk) -> None:
    template = await desk.template()
    body = {"wheel_name": "Once", "wheel_slug": f"once-{uuid4().hex[:8]}"}
    key = {"Idempotency-Key": uuid4().hex}
    first, second = [
        await desk.call("POST", f"/templates/{template['id']}/wheels", body, headers=key) for _ in range(2)
    ]
    assert first == second
    assert first[0] == 201
    assert (await desk.call("POST", f"/templates/{template['id']}/wheels", body))[0] == 409


async def test_a_jackpot_a_tournament_and_a_raffle_are_made_of_their_templates(desk: Desk) -> None:
    events = [{"event_name": name, "event_pick": "1,X,2"} for name in ("Reds – Blues", "Greens – Whites")]
    prize = {"prize_name": "Two right", "prize_config": {"correct": 2, "share_bps": 8000}}
    pools = await desk.template(
        "jackpot",
        game_rules={"jackpot_stake": "2.00", "jackpot_config": {"contribution_bps": 5000}, "events": events},
        reward_config={"prizes": [prize]},
    )
    body = {"jackpot_id": f"six-{uuid4().hex[:8]}", "jackpot_title": "Six", **TIMES, "jackpot_stake": "3.00"}
    made = await desk.done(
        "POST", f"/templates/{pools['id']}/jackpots", {**body, "jackpot_config": {"seed_amount": "10"}}, 201
    )
    assert (made["jackpot_status"], made["jackpot_stake"]) == ("draft", "3.00")
    assert (made["jackpot_config"]["contribution_bps"], made["jackpot_config"]["seed_amount"]) == (5000, "10")
    assert ([one["event_name"] for one in made["events"]], len(made["prizes"])) == (
        ["Reds – Blues", "Greens – Whites"],
        1,
    )
    races = await desk.template(
        "tournament",
        game_rules={"max_participants": 50, "tournament_config": {"tie_policy": "split"}},
        reward_config={"prizes": [{"prize_name": "First", "prize_rank": 1, "prize_amount": "500"}]},
    )
    made = await desk.done(
        "POST", f"/templates/{races['id']}/tournaments", {"tournament_name": "Deep Sea", **TIMES}, 201
    )
    assert (made["tournament_status"], made["max_participants"]) == ("draft", 50)
    assert (made["tournament_config"]["tie_policy"], made["prizes"][0]["prize_name"]) == ("split", "First")
    sales = await desk.template("raffle", game_rules={"ticket_price": 250, "campaign_config": {"max_per_user": 5}})
    draw = {"draw_name": "The draw", "draw_time": "2031-01-02T09:00:00Z"}
    body = {"campaign_name": "Harbour", **TIMES, "draws": [draw], "campaign_config": {"number_width": 4}}
    made = await desk.done("POST", f"/templates/{sales['id']}/raffles", body, 201)
    assert (made["campaign_status"], made["ticket_price"], len(made["draws"])) == ("draft", 250, 1)
    assert (made["campaign_config"]["max_per_user"], made["campaign_config"]["number_width"]) == (5, 4)
    no_stake = await desk.template("jackpot")
    body = {"jackpot_id": f"six-{uuid4().hex[:8]}", "jackpot_title": "Six", **TIMES}
    status, refused = await desk.call("POST", f"/templates/{no_stake['id']}/jackpots", body)
    assert (status, refused["faults"]) == (422, [{"path": "$.jackpot_stake", "message": "is missing"}])


async def test_a_template_makes_games_of_its_own_kind_while_it_is_switched_on(desk: Desk) -> None:
    race = await desk.template("tournament")
    body = {"wheel_name": "Reef", "wheel_slug": f"reef-{uuid4().hex[:8]}"}
    status, refused = await desk.call("POST", f"/templates/{race['id']}/wheels", body)
    assert (status, refused["code"]) == (409, "conflict")
    status, refused = await desk.call("POST", "/wheels", {**body, "game_template_id": race["id"]})
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.game_template_id"])
    template = await desk.template()
    off = await desk.done(
        "PATCH", f"/templates/{template['id']}", {"is_active": False, "row_version": template["row_version"]}
    )
    assert (await desk.call("POST", f"/templates/{template['id']}/wheels", body))[0] == 409
    listed = await desk.done("GET", "/templates?is_active=true&limit=200")
    assert template["id"] not in {one["id"] for one in listed["items"]}
    await desk.done("PATCH", f"/templates/{template['id']}", {"is_active": True, "row_version": off["row_version"]})
    await desk.done("POST", f"/templates/{template['id']}/wheels", body, 201)


async def test_a_template_is_checked_whole_when_it_is_made_and_when_a_part_of_it_is_changed(desk: Desk) -> None:
    body = {"template_name": "Faulty", "template_type": "wheel", "game_rules": {"spin_config": {"duration_ms": 1}}}
    status, refused = await desk.call("POST", "/templates", {**body, "reward_config": {"rewards": REWARDS[:1]}})
    assert (status, {fault["path"] for fault in refused["faults"]}) == (
        422,
        {"$.game_engine_id", "$.game_rules.spin_config.duration_ms"},
    )
    engine = await desk.engine()
    status, refused = await desk.call(
        "POST", "/templates", {"template_name": "X", "template_type": "raffle", "game_engine_id": engine["id"]}
    )
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.game_engine_id"])
    ranged = [{**REWARDS[0], "probability": None, "range_start": 1, "range_end": 1000}]
    template = await desk.template(reward_config={"rewards": ranged})
    shrunk = {"template_config": {"wheel_config": {"size": 10}}, "row_version": template["row_version"]}
    status, refused = await desk.call("PATCH", f"/templates/{template['id']}", shrunk)
    assert (status, refused["faults"][0]["path"].startswith("$.reward_config.rewards")) == (422, True)
    same = await desk.done("GET", f"/templates/{template['id']}")
    assert same == template
    assert (await desk.call("PATCH", f"/templates/{template['id']}", {"template_name": "Y", "row_version": 7}))[
        0
    ] == 409


async def test_a_template_that_changes_leaves_the_wheels_made_of_it_as_they_are(desk: Desk) -> None:
    template = await desk.template()
    made = await desk.wheel(template)
    await desk.done(
        "PATCH",
        f"/templates/{template['id']}",
        {"game_rules": {"spin_config": {"duration_ms": 900}}, "row_version": template["row_version"]},
    )
    assert (await desk.done("GET", f"/wheels/{made['id']}")) == made
    assert (await desk.wheel(template))["spin_config"]["duration_ms"] == 900


async def test_an_engine_in_maintenance_closes_its_wheels_at_once_and_lets_what_turns_end(
    server: ServerProcess, desk: Desk
) -> None:
    engine = await desk.engine("active")
    template = await desk.template(game_engine_id=engine["id"])
    wheel = await desk.wheel(template, spin_config={"duration_ms": 2000, "turning_per_player": 2})
    other = await desk.wheel(template)
    await desk.done("POST", f"/wheels/{wheel['id']}/status", {"to": "active"})
    player = await Client.open(server.ws_url, await asyncio.to_thread(server.sign_in, "player-m"))
    try:
        snapshot = (await player.ask("subscribe", channel=f"wheel:{wheel['id']}"))["snapshot"]
        assert snapshot["wheel"]["engine_status"] == "active"
        await player.ask("subscribe", channel="user")
        turning = await player.ask("spin", wheel_id=wheel["id"], request_id=uuid4().hex)
        await desk.move(engine, "maintenance")
        refused = await player.refused("spin", wheel_id=wheel["id"], request_id=uuid4().hex)
        assert refused["code"] == "wheel_closed"
        told = await player.event(lambda one: one["event"] == "game.changed")
        assert (told["channel"], told["data"]["id"]) == (f"wheel:{wheel['id']}", wheel["id"])
        ended = await player.event(lambda one: one["event"] == "spin.result")
        assert ended["data"]["session_id"] == turning["session_id"]
        status, faulty = await desk.call("POST", f"/wheels/{other['id']}/status", {"to": "active"})
        assert (status, [fault["path"] for fault in faulty["faults"]]) == (422, ["$.engine_status"])
        status, standing = await desk.call("POST", f"/engines/{engine['id']}/status", {"to": "retired"})
        assert (status, standing["code"]) == (409, "conflict")
        await desk.move(engine, "active")
        again = await player.ask("spin", wheel_id=wheel["id"], request_id=uuid4().hex)
        assert again["session_id"] != turning["session_id"]
    finally:
        await player.close()
    await desk.done("POST", f"/wheels/{wheel['id']}/status", {"to": "ended", "reason": "a test"})
    await desk.move(engine, "retired")
    body = {"wheel_name": "Late", "wheel_slug": f"late-{uuid4().hex[:8]}"}
    assert (await desk.call("POST", f"/templates/{template['id']}/wheels", body))[0] == 409
    status, refused = await desk.call(
        "POST", "/templates", {"template_name": "Late", "template_type": "wheel", "game_engine_id": engine["id"]}
    )
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.game_engine_id"])


async def test_what_is_another_tenants_is_not_there_and_players_have_no_business_with_it(
    server: ServerProcess, desk: Desk
) -> None:
    engine = await desk.engine("active")
    template = await desk.template(game_engine_id=engine["id"])
    strangers = await asyncio.to_thread(Desk, server, "demo-b")
    body = {"wheel_name": "Theirs", "wheel_slug": f"theirs-{uuid4().hex[:8]}"}
    for method, path, sent in (
        ("GET", f"/engines/{engine['id']}", None),
        ("PATCH", f"/engines/{engine['id']}", {"engine_name": "Mine", "row_version": 1}),
        ("POST", f"/engines/{engine['id']}/status", {"to": "maintenance"}),
        ("GET", f"/templates/{template['id']}", None),
        ("PATCH", f"/templates/{template['id']}", {"is_active": False, "row_version": 1}),
        ("POST", f"/templates/{template['id']}/wheels", body),
    ):
        status, refused = await strangers.call(method, path, sent)
        assert (status, refused["code"]) == (404, "not_found"), path
    borrowed = {"template_name": "Borrowed", "template_type": "wheel", "game_engine_id": engine["id"]}
    status, refused = await strangers.call("POST", "/templates", borrowed)
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.game_engine_id"])
    status, refused = await strangers.call("POST", "/wheels", {**body, "game_template_id": template["id"]})
    assert (status, [fault["path"] for fault in refused["faults"]]) == (422, ["$.game_template_id"])
    theirs = await strangers.done("GET", "/templates?limit=200")
    assert template["id"] not in {one["id"] for one in theirs["items"]}
    player = await asyncio.to_thread(server.sign_in, "player-t")
    for path in ("/engines", "/engines/types", "/templates", f"/templates/{template['id']}"):
        assert (await asyncio.to_thread(server.get, f"/api/v1{path}", player))[0] == 403


def test_every_body_and_answer_of_engines_and_templates_has_an_example_in_the_openapi_document(
    server: ServerProcess,
) -> None:
    _, document = server.get("/schema/openapi.json")
    bare = set()
    for path, operations in document["paths"].items():
        if path.startswith(("/api/v1/engines", "/api/v1/templates")):
            for method, operation in operations.items():
                answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
                for part in [operation.get("requestBody"), *answers]:
                    if part is not None and "example" not in part["content"]["application/json"]:
                        bare.add(f"{method} {path}")
    assert bare == set()


@pytest.mark.parametrize("kind", TEMPLATE_EXAMPLES, ids=lambda kind: kind.__name__)
def test_an_example_is_of_its_type(kind: type) -> None:
    msgspec.json.decode(msgspec.json.encode(TEMPLATE_EXAMPLES[kind]), type=kind)


async def test_what_lies_beneath_a_card_is_told_with_its_result_and_the_same_whenever_it_is_told(
    server: ServerProcess,
) -> None:
    desk = Desk(server, "demo-b")
    _, found = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=captains-card", desk._token)
    (card,) = found["items"]
    assert (card["engine_type"], card["drawing"]) == ("scratch_card", "/static/js/engines/scratch-card.js")
    token = await asyncio.to_thread(lambda: server.sign_in(f"player-{uuid4().hex[:8]}", tenant="demo-b"))
    player = await Client.open(server.ws_url, token)
    await player.ask("subscribe", channel="user")
    played = await player.ask("spin", wheel_id=card["id"], request_id="first")
    assert "reveal" not in played
    told = (await player.event(lambda event: event["event"] == "spin.result"))["data"]
    cells = told["reveal"]["cells"]
    assert len(cells) == 9
    alike = {slug for slug in cells if slug is not None and cells.count(slug) == 3}
    assert alike == ({told["reward"]["slug"]} if told["reward"]["type"] != "none" else set())
    assert max(frame["spins"][0][1] for event in player.events if event["event"] == "spin.frame"
               for frame in [event["data"]]) > 7  # fmt: skip
    path = f"/api/v1/wheels/{card['id']}/spins?wait=result"
    _, again = await asyncio.to_thread(lambda: server.call("POST", path, token=token, body={"request_id": "first"}))
    assert again["replayed"]
    assert again["result"]["reveal"] == told["reveal"]
    await player.close()
