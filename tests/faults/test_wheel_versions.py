"""No lost message leaves an old wheel in use."""

import asyncio
from pathlib import Path
from typing import Any

from tests.conftest import DatabaseUrls
from tests.delivery.valkey import ValkeyProcess
from tests.processes import ServerProcess


async def test_with_redis_cut_a_changed_wheel_is_played_by_every_node_from_the_next_spin_on(
    tmp_path: Path, database_urls: DatabaseUrls
) -> None:
    def node(redis: ValkeyProcess, name: str) -> ServerProcess:
        environment = {"DATABASE_URL": database_urls.database_url, "REDIS_URL": redis.url, "WHEELHOUSE_DEMO": "1"}
        environment |= {
            "DATABASE_MIGRATION_URL": database_urls.migration_url,
            "WHEELHOUSE_SECRET_KEYS": (b"k" * 32).hex(),
        }
        return ServerProcess(tmp_path / name, environment=environment)

    def play() -> list[Any]:
        with ValkeyProcess(tmp_path) as redis, node(redis, "a") as one, node(redis, "b") as other:
            operator, player = one.token(role="operator", user="olga"), one.sign_in("player-w")
            wheel = one.get("/api/v1/wheels?wheel_slug=lucky", player)[1]["items"][0]

            def spin(server: ServerProcess, request: str) -> int:
                path = f"/api/v1/wheels/{wheel['id']}/spins"
                return int(server.call("POST", path, token=player, body={"request_id": request})[1]["duration_ms"])

            changed = {
                "spin_config": {"duration_ms": 100, "turning_per_player": 9},
                "row_version": wheel["row_version"],
            }
            seen = [spin(other, "before")]
            redis.kill()
            assert one.call("PATCH", f"/api/v1/wheels/{wheel['id']}", token=operator, body=changed)[0] == 200
            seen += [spin(other, "after"), spin(one, "too")]
            seen.append(other.get(f"/api/v1/wheels/{wheel['id']}", player)[1]["version_number"])
            status = f"/api/v1/wheels/{wheel['id']}/status"
            assert one.call("POST", status, token=operator, body={"to": "paused"})[0] == 200
            path = f"/api/v1/wheels/{wheel['id']}/spins"
            refused = other.call("POST", path, token=player, body={"request_id": "paused"})[1]
            return [*seen, refused["code"]]

    assert await asyncio.to_thread(play) == [5000, 100, 100, 2, "wheel_closed"]
