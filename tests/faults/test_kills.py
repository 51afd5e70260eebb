"""Real processes are killed at the worst moments: nothing acknowledged is lost, nothing is spent twice."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from persistence.embedded.services import find_running
from tests.processes import Client, ServerProcess, await_true


def a_player(server: ServerProcess) -> tuple[str, str, str]:
    user = f"player-{uuid4().hex[:10]}"
    token = server.sign_in(user)
    _, wheels = server.get("/api/v1/wheels?wheel_slug=lucky", token)
    return user, token, wheels["items"][0]["id"]


async def superuser(server: ServerProcess) -> asyncpg.Connection:
    urls = await asyncio.to_thread(find_running, server.data)
    assert urls is not None
    return await asyncpg.connect(urls.migration_url)


async def until(database: asyncpg.Connection, query: str) -> None:
    """Poll until a query's number is not zero."""
    async with asyncio.timeout(10):
        while not await database.fetchval(query):  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.01)


HOLD_COMMITS = """
    CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END';
    GRANT EXECUTE ON FUNCTION hold_commit() TO PUBLIC;
    CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON open_spins
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_commit();
"""
LET_COMMITS_GO = "DROP TRIGGER hold_commit ON open_spins; DROP FUNCTION hold_commit()"


async def test_a_server_killed_between_commit_and_answer_keeps_the_play_and_the_next_nonce(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(server.start)
    _, token, wheel_id = await asyncio.to_thread(a_player, server)
    client = await Client.open(server.ws_url, token)
    database = await superuser(server)
    await database.execute(HOLD_COMMITS)
    await database.execute("SELECT pg_advisory_lock(42)")
    await client.send("spin", wheel_id=wheel_id, request_id="unanswered")
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    await until(database, waiting)
    # The server's COMMIT is under way and held. Frozen, it cannot read Postgres' answer when the commit goes through.
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    await database.execute("SELECT pg_advisory_unlock(42)")
    await until(database, "SELECT count(*) FROM spin_sessions")
    await database.execute(LET_COMMITS_GO)
    await database.close()
    await asyncio.to_thread(server.kill)
    await client.closed()
    assert client.events == []

    await asyncio.to_thread(server.start)
    again = await Client.open(server.ws_url, token)
    (open_spin,) = again.connected["spins"]
    assert (open_spin["request_id"], open_spin["nonce"]) == ("unanswered", 0)
    replay = await again.ask("spin", wheel_id=wheel_id, request_id="unanswered")
    assert (replay["session_id"], replay["replayed"]) == (open_spin["session_id"], True)
    await again.ask("subscribe", channel="user")
    if open_spin["status"] == "turning":
        await again.event(lambda e: e["event"] == "spin.result")
    following = await again.ask("spin", wheel_id=wheel_id, request_id="next")
    assert following["nonce"] == 1
    _, spins = await asyncio.to_thread(server.get, "/api/v1/spins", token)
    assert [spin["request_id"] for spin in spins["items"]] == ["next", "unanswered"]
    _, chances = await asyncio.to_thread(server.get, "/api/v1/chances", token)
    # Of however many grants: a spin may have won another.
    assert sum(grant["used_chances"] for grant in chances["items"]) == 2
    await again.close()
    await asyncio.to_thread(server.stop)


async def test_a_spin_of_a_node_that_died_is_completed_by_another(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(first.start)
    _, token, wheel_id = await asyncio.to_thread(a_player, first)
    client = await Client.open(first.ws_url, token)
    spin = await client.ask("spin", wheel_id=wheel_id, request_id="orphan")
    await asyncio.to_thread(first.kill)
    second = ServerProcess(tmp_path / "data")
    await asyncio.to_thread(second.start)
    back = await Client.open(second.ws_url, token)
    await back.ask("subscribe", channel="user")
    open_spins: list[dict[str, Any]] = back.connected["spins"]
    if open_spins[0]["status"] == "turning":
        result = await back.event(lambda e: e["event"] == "spin.result")
        assert result["data"]["session_id"] == spin["session_id"]
    else:
        assert open_spins[0]["result"]["session_id"] == spin["session_id"]
    await asyncio.to_thread(
        await_true,
        lambda: second.get(f"/api/v1/spins/{spin['session_id']}", token)[1]["spin_status"] == "completed",
    )
    await back.close()
    await asyncio.to_thread(second.stop)


async def test_postgres_killed_under_load_loses_nothing_acknowledged_and_spends_nothing_twice(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as server:
        await _kill_postgres_under_load(server)


async def _kill_postgres_under_load(server: ServerProcess) -> None:
    players = [await asyncio.to_thread(a_player, server) for _ in range(20)]
    acknowledged: dict[str, str] = {}
    everybody = asyncio.Barrier(len(players))
    killed = asyncio.Event()
    after_kill = 0

    async def play_until_after_the_kill(user: str, token: str, wheel_id: str) -> None:
        nonlocal after_kill
        client = await Client.open(server.ws_url, token)
        await client.ask("subscribe", channel="user")
        await everybody.wait()
        for turn in range(3):
            request_id = f"{user}-{turn}"
            while True:
                reply = await client.answer(await client.send("spin", wheel_id=wheel_id, request_id=request_id), 30)
                if reply["type"] == "reply":
                    break
                assert reply["error"]["code"] in ("unavailable", "spin_in_progress"), reply
                await asyncio.sleep(0.05)
            acknowledged[request_id] = reply["result"]["session_id"]
            if killed.is_set():
                after_kill += 1
            if turn == 0 and len(acknowledged) == len(players) // 2:
                postmaster = int((server.data / "postgres" / "postmaster.pid").read_text().split()[0])
                os.kill(postmaster, signal.SIGKILL)
                killed.set()
            session_id = reply["result"]["session_id"]
            await client.event(lambda e, s=session_id: e["event"] == "spin.result" and e["data"]["session_id"] == s, 30)
        await client.close()

    async with asyncio.timeout(90):
        await asyncio.gather(*(play_until_after_the_kill(*player) for player in players))
    assert killed.is_set()
    assert after_kill > 0

    connection = await superuser(server)
    rows = await connection.fetch("SELECT id, user_id, session_id FROM spin_sessions")
    assert {row["session_id"]: str(row["id"]) for row in rows} == acknowledged
    assert await connection.fetchval("SELECT count(*) FROM spin_results") == len(acknowledged)
    used = await connection.fetch("SELECT user_id, sum(used_chances) AS used FROM spin_chances GROUP BY user_id")
    assert {row["user_id"]: row["used"] for row in used} == {user: 3 for user, _, _ in players}
    nonces = await connection.fetch(
        "SELECT user_id, array_agg(nonce ORDER BY nonce) AS n FROM spin_sessions GROUP BY 1"
    )
    assert all(row["n"] == [0, 1, 2] for row in nonces)
    await connection.close()


async def test_a_result_that_was_told_before_its_play_is_completed_is_in_a_snapshot_of_that_moment(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path / "data") as server:
        user, token, wheel_id = await asyncio.to_thread(a_player, server)
        database = await superuser(server)
        await database.execute(
            "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_advisory_xact_lock_shared(43); RETURN NEW; END';"
            " GRANT EXECUTE ON FUNCTION hold() TO PUBLIC;"
            " CREATE TRIGGER hold BEFORE UPDATE ON open_spins FOR EACH ROW EXECUTE FUNCTION hold();"
            " SELECT pg_advisory_lock(43)"
        )
        client = await Client.open(server.ws_url, token)
        await client.ask("subscribe", channel="user")
        spin = await client.ask("spin", wheel_id=wheel_id, request_id="held")
        await client.event(lambda e: e["event"] == "spin.result")
        other = await Client.open(server.ws_url, token)
        (result,) = (await other.ask("subscribe", channel="user"))["snapshot"]["results"]
        assert (result["session_id"], result["user"]) == (spin["session_id"], user)
        await database.execute("SELECT pg_advisory_unlock(43)")
        await database.close()
        await client.close()
        await other.close()
