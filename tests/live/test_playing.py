"""A script that knows only the protocol plays the demo wheel and checks the outcome."""

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from games.fairness import draw_position, server_seed_hash
from tests.processes import Client, ServerProcess


async def a_player(server: ServerProcess) -> tuple[str, str, str]:
    """A fresh demo player: user, token, and the id of the wheel `lucky`."""
    user = f"player-{uuid4().hex[:10]}"
    token = await asyncio.to_thread(server.sign_in, user)
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    return user, token, wheels["items"][0]["id"]


async def test_a_spin_is_shown_by_rising_frames_then_its_result_and_can_be_reproduced(server: ServerProcess) -> None:
    user, token, wheel_id = await a_player(server)
    client = await Client.open(server.ws_url, token)
    own = await client.ask("subscribe", channel="user")
    await client.ask("subscribe", channel=f"wheel:{wheel_id}")
    before = own["snapshot"]["chances"]["remaining"]
    spin = await client.ask("spin", wheel_id=wheel_id, request_id="first")
    result = await client.event(lambda e: e["event"] == "spin.result" and e["channel"] == "user")

    frames = [e["data"] for e in client.events if e["event"] == "spin.frame" and e["channel"] == "user"]
    times = [frame["at_ms"] for frame in frames]
    assert len(frames) >= 10
    assert all(a < b for a, b in itertools.pairwise(times))
    assert result["data"]["session_id"] == spin["session_id"]

    status, rotated = await asyncio.to_thread(
        lambda: server.call(
            "POST", f"/api/v1/wheels/{wheel_id}/fairness/rotate", token=token, body={"client_seed": "mine"}
        )
    )
    assert status == 200
    seed = rotated["revealed"]["server_seed"]
    assert server_seed_hash(seed) == spin["server_seed_hash"]
    _, proof = await asyncio.to_thread(server.get, f"/api/v1/spins/{spin['session_id']}/proof", token)
    assert proof["server_seed"] == seed
    assert draw_position(seed, spin["client_seed"], spin["nonce"], proof["size"]) == proof["position"]
    assert proof["reward_slug"] == result["data"]["reward"]["slug"]
    changed = await client.event(lambda e: e["event"] == "chance.changed")
    assert changed["data"]["remaining"] == before - 1
    assert user == client.connected["user"]
    await client.close()


async def test_no_frame_or_answer_names_the_reward_before_the_wheel_has_stopped(server: ServerProcess) -> None:
    _, token, wheel_id = await a_player(server)
    client = await Client.open(server.ws_url, token)
    await client.ask("subscribe", channel="user")
    spin = await client.ask("spin", wheel_id=wheel_id, request_id="secret")
    status, play = await asyncio.to_thread(server.get, f"/api/v1/spins/{spin['session_id']}", token)
    assert (status, play["reward"], play["angle_deg"], play["win_status"]) == (200, None, None, None)
    status, refusal = await asyncio.to_thread(server.get, f"/api/v1/spins/{spin['session_id']}/proof", token)
    assert (status, refusal["code"]) == (409, "spin_in_progress")
    await client.event(lambda e: e["event"] == "spin.result")
    told = json.dumps([e for e in client.events if e["event"] != "spin.result"])
    assert "reward" not in told
    assert "position" not in told
    await client.close()


async def test_fifty_connections_racing_for_one_chance_spend_it_once(server: ServerProcess) -> None:
    operator = await asyncio.to_thread(server.token, role="operator", user="operator-1")
    user = f"racer-{uuid4().hex[:8]}"
    token = await asyncio.to_thread(server.token, user=user)
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    wheel_id = wheels["items"][0]["id"]
    grant = {"user_id": user, "chance_type": "manual", "chance_count": 1, "award_reason": "one"}
    assert (await asyncio.to_thread(lambda: server.call("POST", "/api/v1/chances", token=operator, body=grant)))[
        0
    ] == 201
    clients = await asyncio.gather(*(Client.open(server.ws_url, token) for _ in range(50)))
    ids = await asyncio.gather(
        *(c.send("spin", wheel_id=wheel_id, request_id=f"race-{n}") for n, c in enumerate(clients))
    )
    answers = await asyncio.gather(*(c.answer(i) for c, i in zip(clients, ids, strict=True)))
    assert [a["type"] for a in answers].count("reply") == 1
    assert [a.get("error", {}).get("code") for a in answers].count("no_chance_left") == 49
    _, chances = await asyncio.to_thread(server.get, "/api/v1/chances", token)
    assert (chances["remaining"], chances["items"][0]["used_chances"], chances["items"][0]["chance_status"]) == (
        0,
        1,
        "exhausted",
    )
    _, spins = await asyncio.to_thread(server.get, "/api/v1/spins", token)
    assert len(spins["items"]) == 1
    await asyncio.gather(*(c.close() for c in clients))


async def test_the_same_request_id_fifty_times_at_once_is_one_session(server: ServerProcess) -> None:
    _, token, wheel_id = await a_player(server)
    clients = await asyncio.gather(*(Client.open(server.ws_url, token) for _ in range(50)))
    answers = await asyncio.gather(*(c.ask("spin", wheel_id=wheel_id, request_id="same") for c in clients))
    assert len({a["session_id"] for a in answers}) == 1
    assert [a["replayed"] for a in answers].count(False) == 1
    status, again = await asyncio.to_thread(
        lambda: server.call("POST", f"/api/v1/wheels/{wheel_id}/spins", token=token, body={"request_id": "same"})
    )
    assert (status, again["session_id"]) == (200, answers[0]["session_id"])
    await asyncio.gather(*(c.close() for c in clients))


async def test_one_wheel_turns_for_a_player_at_a_time(server: ServerProcess) -> None:
    _, token, wheel_id = await a_player(server)
    client = await Client.open(server.ws_url, token)
    await client.ask("spin", wheel_id=wheel_id, request_id="a")
    refusal = await client.refused("spin", wheel_id=wheel_id, request_id="b")
    assert refusal["code"] == "spin_in_progress"
    assert 0 < refusal["retry_after_ms"] <= 5000
    await client.close()


async def test_a_player_who_drops_finds_the_wheel_turning_and_then_the_result(server: ServerProcess) -> None:
    _, token, wheel_id = await a_player(server)
    first = await Client.open(server.ws_url, token)
    spin = await first.ask("spin", wheel_id=wheel_id, request_id="drop")
    await first.close()
    second = await Client.open(server.ws_url, token)
    (turning,) = second.connected["spins"]
    assert (turning["session_id"], turning["status"]) == (spin["session_id"], "turning")
    await second.ask("subscribe", channel="user")
    result = await second.event(lambda e: e["event"] == "spin.result")
    assert result["data"]["session_id"] == spin["session_id"]
    assert any(e["event"] == "spin.frame" for e in second.events)
    await second.close()


async def test_a_result_nobody_saw_waits_for_its_player(server: ServerProcess) -> None:
    _, token, wheel_id = await a_player(server)
    first = await Client.open(server.ws_url, token)
    spin = await first.ask("spin", wheel_id=wheel_id, request_id="away")
    await first.close()
    watcher = await Client.open(server.ws_url, (await a_player(server))[1])
    await watcher.ask("subscribe", channel=f"wheel:{wheel_id}")
    await watcher.event(lambda e: e["event"] == "spin.result" and e["data"]["session_id"] == spin["session_id"])
    second = await Client.open(server.ws_url, token)
    (waiting,) = second.connected["spins"]
    assert waiting["result"]["session_id"] == spin["session_id"]
    assert waiting["status"] == "stopped"
    await second.close()
    await watcher.close()


async def test_other_players_see_a_masked_name(server: ServerProcess) -> None:
    user, token, wheel_id = await a_player(server)
    watcher = await Client.open(server.ws_url, (await a_player(server))[1])
    await watcher.ask("subscribe", channel=f"wheel:{wheel_id}")
    player = await Client.open(server.ws_url, token)
    spin = await player.ask("spin", wheel_id=wheel_id, request_id="seen")
    started = await watcher.event(
        lambda e: e["event"] == "spin.started" and e["data"]["session_id"] == spin["session_id"]
    )
    assert started["data"]["user"] != user
    assert user not in json.dumps(watcher.events)
    await player.close()
    await watcher.close()


async def test_a_rest_spin_can_wait_for_its_result(server: ServerProcess) -> None:
    _, token, wheel_id = await a_player(server)
    path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
    status, answer = await asyncio.to_thread(
        lambda: server.call("POST", path, token=token, body={"request_id": "rest"})
    )
    assert status == 201
    assert answer["result"]["session_id"] == answer["session_id"]


async def test_the_proof_of_a_spin_is_verified_from_the_command_line(server: ServerProcess, tmp_path: Path) -> None:
    _, token, wheel_id = await a_player(server)
    spin = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
    _, answer = await asyncio.to_thread(lambda: server.call("POST", spin, token=token, body={"request_id": "v"}))
    await asyncio.to_thread(
        lambda: server.call("POST", f"/api/v1/wheels/{wheel_id}/fairness/rotate", token=token, body={})
    )
    _, proof = await asyncio.to_thread(server.get, f"/api/v1/spins/{answer['session_id']}/proof", token)
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof))
    assert await verified(file) == 0
    file.write_text(json.dumps({**proof, "nonce": proof["nonce"] + 1}))
    assert await verified(file) == 1


async def verified(file: Path) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "verify", str(file), stdout=asyncio.subprocess.DEVNULL
    )
    return await process.wait()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", 4400),
        ('{"type":"nope","id":1}', 4400),
        ('{"type":"ping","id":1}', 4400),
        ('{"type":"connect"}', 4400),
        ("x" * 17_000, 4413),
    ],
)
async def test_a_frame_that_is_none_closes_with_its_code(server: ServerProcess, frame: str, code: int) -> None:
    client = await Client.open(server.ws_url)
    await client.socket.send(frame)
    assert await client.closed() == code


async def test_a_second_connect_closes(server: ServerProcess) -> None:
    _, token, _ = await a_player(server)
    client = await Client.open(server.ws_url, token)
    await client.send("connect", token=token)
    assert await client.closed() == 4400


async def test_a_command_whose_fields_do_not_fit_is_answered_by_name(server: ServerProcess) -> None:
    _, token, _ = await a_player(server)
    client = await Client.open(server.ws_url, token)
    refusal: dict[str, Any] = await client.refused("spin", wheel_id="w")
    assert refusal["code"] == "bad_request"
    assert "request_id" in refusal["message"]
    assert (await client.refused("subscribe", channel="wheel:nothing"))["code"] == "not_found"
    assert (await client.refused("subscribe", channel="operator"))["code"] == "forbidden"
    await client.close()


async def test_a_bad_token_is_told_and_closed(server: ServerProcess) -> None:
    client = await Client.open(server.ws_url)
    refusal = await client.refused("connect", token="nonsense")
    assert refusal["code"] == "unauthorized"
    assert await client.closed() == 4401


async def test_another_tenants_wheel_is_not_found(server: ServerProcess) -> None:
    _, _, wheel_id = await a_player(server)
    other = await asyncio.to_thread(server.token, tenant="demo-b", user="player-9")
    client = await Client.open(server.ws_url, other)
    assert (await client.refused("spin", wheel_id=wheel_id, request_id="x"))["code"] == "not_found"
    assert (await client.refused("subscribe", channel=f"wheel:{wheel_id}"))["code"] == "not_found"
    status, problem = await asyncio.to_thread(server.get, f"/api/v1/wheels/{wheel_id}", other)
    assert (status, problem["code"]) == (404, "not_found")
    await client.close()


async def test_a_page_of_another_origin_is_refused(server: ServerProcess) -> None:
    client = await Client.open(server.ws_url, origin="https://elsewhere.example")
    assert await client.closed() == 4403
