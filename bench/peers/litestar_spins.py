"""What one would write first with Litestar for a spin: a websocket handler, and a transaction a spin by asyncpg.

It keeps the rows that Wheelhouse keeps of a play, in the same tables under the same keys and policies. It leaves out
what Wheelhouse does besides: it asks nobody for a token, limits nothing, chains no audit rows, seals no seed, turns no
wheel and tells nobody else.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

TENANT = UUID(os.environ["BENCH_TENANT"])
WHEEL = UUID(os.environ["BENCH_WHEEL"])

#: Tables that are young have no statistics yet, and Postgres would read them whole.
BY_THE_KEY = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"}

TAKE_CHANCE = """
    SELECT id FROM spin_chances
    WHERE tenant_id = $1 AND user_id = $2 AND chance_status = 'active' AND remaining_chances > 0
    ORDER BY expires_at NULLS LAST, awarded_at LIMIT 1 FOR UPDATE"""
SPEND = """
    UPDATE spin_chances SET used_chances = used_chances + 1, remaining_chances = remaining_chances - 1
    WHERE tenant_id = $1 AND id = $2"""
NONCE = """
    UPDATE fairness_epochs SET next_nonce = next_nonce + 1
    WHERE tenant_id = $1 AND user_id = $2 AND wheel_game_id = $3 AND epoch_status = 'current'
    RETURNING id, server_seed_hash, client_seed, next_nonce - 1 AS nonce"""
SESSION = """
    INSERT INTO spin_sessions (
        tenant_id, wheel_game_id, user_id, session_id, spin_status, spin_started_at, spin_duration_ms,
        wheel_version_id, fairness_epoch_id, nonce, stops_at, spin_chance_id
    ) VALUES ($1, $2, $3, $4, 'completed', now(), 1000, $5, $6, $7, now(), $8) RETURNING id, spin_started_at"""
REQUEST = """
    INSERT INTO spin_requests (tenant_id, user_id, request_id, session_id, wheel_game_id, requested_at)
    VALUES ($1, $2, $3, $4, $5, now())"""
RESULT = """
    INSERT INTO spin_results (
        tenant_id, id, spin_session_id, wheel_game_id, wheel_version_id, wheel_reward_id, reward_range_id, user_id,
        result_status, claim_status, win_status, result_timestamp, position, angle_deg
    ) VALUES ($1, $2, $2, $3, $4, $5, $5, $6, 'shown', 'not_required', $7, now(), $8, 0)"""
LOG = """
    INSERT INTO game_logs (
        tenant_id, spin_session_id, log_level, log_message, log_category, log_timestamp, source_component
    ) VALUES ($1, $2, 'info', 'spin committed', 'spin', now(), 'peer')"""
EVENT = """
    INSERT INTO game_events (tenant_id, user_id, event_type, event_category, game_id, event_status, event_timestamp)
    VALUES ($1, $2, 'spin.committed', 'spin', $3, 'recorded', now())"""
AUDIT = """
    INSERT INTO audit_logs (
        tenant_id, user_id, action, entity_type, entity_id, new_values, sequence, previous_hash, hash
    ) VALUES ($1, $2, 'spin.committed', 'spin_sessions', $3, $4, 0, '', '')"""


class Spin(msgspec.Struct):
    """A player's wish."""

    id: int
    request_id: str


async def spin(connection: asyncpg.Connection, user: str, asked: Spin, wheel: asyncpg.Record) -> dict[str, Any]:
    """One play, whole, in a transaction of its own."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL wheelhouse.tenant_id = '{TENANT}'")
        chance = await connection.fetchval(TAKE_CHANCE, TENANT, user)
        if chance is None:
            raise LookupError("no chance left")
        epoch = await connection.fetchrow(NONCE, TENANT, user, WHEEL)
        position = secrets.randbelow(1_000_000) + 1
        reward, kind = next((one["id"], one["reward_type"]) for one in wheel if one["range_end"] >= position)
        await connection.execute(SPEND, TENANT, chance)
        version = wheel[0]["version_id"]
        session = await connection.fetchrow(
            SESSION, TENANT, WHEEL, user, asked.request_id, version, epoch["id"], epoch["nonce"], chance
        )
        await connection.execute(REQUEST, TENANT, user, asked.request_id, session["id"], WHEEL)
        win = "no_win" if kind == "none" else "win"
        await connection.execute(RESULT, TENANT, session["id"], WHEEL, version, reward, user, win, position)
        await connection.execute(LOG, TENANT, session["id"])
        await connection.execute(EVENT, TENANT, user, str(WHEEL))
        changed = msgspec.json.encode({"wheel_game_id": WHEEL, "nonce": epoch["nonce"]}).decode()
        await connection.execute(AUDIT, TENANT, user, session["id"], changed)
    return {
        "session_id": session["id"],
        "request_id": asked.request_id,
        "server_seed_hash": epoch["server_seed_hash"],
        "client_seed": epoch["client_seed"],
        "nonce": epoch["nonce"],
        "started_at": session["spin_started_at"],
        "duration_ms": 1000,
        "replayed": False,
    }


@websocket("/play/{number:int}")
async def play(socket: WebSocket[Any, Any, Any], number: int) -> None:
    """A player's connection: spin after spin."""
    await socket.accept()
    try:
        while True:
            asked = msgspec.json.decode(await socket.receive_data("text"), type=Spin)
            async with app.state.pool.acquire() as connection:
                answer = await spin(connection, f"bench-{number}", asked, app.state.wheel)
            told = {"type": "reply", "id": asked.id, "result": answer}
            await socket.send_data(msgspec.json.encode(told).decode())
    except WebSocketDisconnect:
        return


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    """The pool, and the odds, which a handler would hold too."""
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=16,
        max_size=16,
        server_settings={"role": "wheelhouse_server", **BY_THE_KEY},
    ) as pool:
        app.state.pool = pool
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL wheelhouse.tenant_id = '{TENANT}'")
            app.state.wheel = await connection.fetch(
                "SELECT reward.id, reward_type, range_end, wheel.current_version_id AS version_id"
                " FROM wheel_rewards AS reward JOIN wheel_games AS wheel ON wheel.id = reward.wheel_game_id"
                " WHERE reward.tenant_id = $1 AND wheel.id = $2 ORDER BY range_end",
                TENANT,
                WHEEL,
            )
        yield


app = Litestar(route_handlers=[play], lifespan=[lifespan])
