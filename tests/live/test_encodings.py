"""Both sub-protocols carry the same messages."""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import websockets

from tests.processes import ServerProcess


async def answers(server: ServerProcess, token: str, wheel_id: str, encoding: str) -> list[dict[str, Any]]:
    """What a client is answered to `connect`, and to `subscribe` on channels whose state holds JSON of the tenant's."""
    coder = msgspec.json if encoding == "json" else msgspec.msgpack
    commands = [
        {"type": "connect", "id": 1, "token": token},
        {"type": "subscribe", "id": 2, "channel": f"wheel:{wheel_id}"},
        {"type": "subscribe", "id": 3, "channel": "user"},
    ]
    protocol = websockets.Subprotocol(f"wheelhouse.v1.{encoding}")
    async with websockets.connect(server.ws_url, subprotocols=[protocol]) as socket:
        found = []
        for command in commands:
            await socket.send(coder.encode(command), text=encoding == "json")
            async with asyncio.timeout(5):
                found.append(coder.decode(await socket.recv()))
        return found


async def test_answers_with_snapshots_and_unseen_results_are_the_same_in_json_and_msgpack(
    server: ServerProcess,
) -> None:
    token = await asyncio.to_thread(server.sign_in, f"player-{uuid4().hex[:8]}")
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    wheel_id = wheels["items"][0]["id"]
    status, spin = await asyncio.to_thread(
        server.call, "POST", f"/api/v1/wheels/{wheel_id}/spins", token=token, body={"request_id": "unseen"}
    )
    assert status == 201
    await asyncio.sleep(spin["duration_ms"] / 1000)
    packed, plain = [await answers(server, token, wheel_id, encoding) for encoding in ("msgpack", "json")]
    assert packed[1]["result"]["snapshot"]["rewards"] == plain[1]["result"]["snapshot"]["rewards"]
    assert packed[1]["result"]["snapshot"]["wheel"] == plain[1]["result"]["snapshot"]["wheel"]
    assert packed[2]["result"]["snapshot"]["chances"] == plain[2]["result"]["snapshot"]["chances"]
    (unseen,) = packed[0]["result"]["spins"]
    assert unseen["session_id"] == spin["session_id"]
