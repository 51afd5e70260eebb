"""Two workers behind one address: any of them takes any player."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.processes import Client, ServerProcess, await_true


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("workers") / "data", workers=2) as running:
        yield running


def worker_pids(server: ServerProcess) -> set[int]:
    """The processes under the supervisor that serve."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def test_one_request_id_is_one_session_and_its_frames_and_result_reach_every_worker(
    two_workers: ServerProcess,
) -> None:
    server = two_workers
    user = f"player-{uuid4().hex[:8]}"
    token = await asyncio.to_thread(server.sign_in, user)
    _, wheels = await asyncio.to_thread(server.get, "/api/v1/wheels?wheel_slug=lucky", token)
    wheel_id = wheels["items"][0]["id"]
    # The kernel spreads connections over the workers' shared address; sixteen all on one is a chance of 1 in 32,768.
    clients = await asyncio.gather(*(Client.open(server.ws_url, token) for _ in range(16)))
    for client in clients:
        await client.ask("subscribe", channel="user")
    answers = await asyncio.gather(*(c.ask("spin", wheel_id=wheel_id, request_id="one") for c in clients))
    assert len({answer["session_id"] for answer in answers}) == 1
    for client in clients:
        result = await client.event(lambda e: e["event"] == "spin.result")
        assert result["data"]["session_id"] == answers[0]["session_id"]
        names = [event["event"] for event in client.events]
        assert names.count("spin.started") == names.count("spin.result") == 1
        assert names.count("spin.frame") >= 10
    await asyncio.gather(*(client.close() for client in clients))


async def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", workers=2)
    await asyncio.to_thread(server.start)
    workers = worker_pids(server)
    assert len(workers) == 2
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(await_true, lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 20)
