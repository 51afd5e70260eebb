"""The servers that are compared, each started as one would run it, on a core of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.machine import CACHE, ROOT, free_port
from bench.world import World

_START_S = 30.0


@dataclass(frozen=True)
class Running:
    """A server that answers: its process, and how the load client reaches it."""

    pid: int
    port: int
    #: settings of the load client
    client: dict[str, object]
    #: words for the publisher's process; None where the client publishes over a websocket of its own
    publishes: list[str] | None = None


@dataclass(frozen=True)
class Server:
    """One row of the comparison."""

    name: str
    label: str
    command: Callable[[World, int], list[str]]
    #: settings of the load client
    client: Callable[[World], dict[str, object]]
    publishes: Callable[[World], list[str]] | None = None
    environment: Callable[[World], dict[str, str]] = field(default=lambda _: {})


def _wheelhouse_environment(world: World) -> dict[str, str]:
    return {
        "DATABASE_URL": world.urls.database_url or "",
        "DATABASE_MIGRATION_URL": world.urls.migration_url or "",
        "REDIS_URL": world.urls.redis_url or "",
        "WHEELHOUSE_DATA": str(world.data),
        "WHEELHOUSE_DEMO": "true",
    }


def _node(script: str) -> Callable[[World, int], list[str]]:
    return lambda _, port: ["node", str(CACHE / "node" / script), str(port)]


SERVERS = {
    server.name: server
    for server in (
        Server(
            "wheelhouse",
            "Wheelhouse",
            lambda _, port: [sys.executable, "-m", "server", "serve", "--port", str(port)],
            lambda world: {
                "protocol": "wheelhouse",
                "path": "/ws",
                "tokens": world.tokens,
                "channel": world.channel,
            },
            lambda world: ["wheelhouse", world.urls.redis_url or "", f"{world.tenant_id}/{world.channel}"],
            _wheelhouse_environment,
        ),
        Server(
            "litestar",
            "Litestar ChannelsPlugin, Redis",
            lambda _, port: [
                *(sys.executable, "-m", "uvicorn", "bench.peers.litestar_app:app", "--port", str(port)),
                *("--loop", "uvloop", "--log-level", "warning", "--no-access-log"),
            ],
            lambda _: {"protocol": "plain", "path": "/jackpot"},
            lambda world: ["litestar", world.urls.redis_url or "", "jackpot"],
            lambda world: {"REDIS_URL": world.urls.redis_url or ""},
        ),
        Server("ws", "Node ws", _node("ws.js"), lambda _: {"protocol": "plain"}),
        Server(
            "socketio",
            "Socket.IO",
            _node("socketio.js"),
            lambda _: {
                "protocol": "socketio",
                "path": "/socket.io/?EIO=4&transport=websocket",
                "publish_path": "/socket.io/?EIO=4&transport=websocket&role=publisher",
            },
        ),
        Server(
            "socketio-recovery",
            "Socket.IO, state recovery",
            _node("socketio.js"),
            lambda _: {
                "protocol": "socketio",
                "path": "/socket.io/?EIO=4&transport=websocket",
                "publish_path": "/socket.io/?EIO=4&transport=websocket&role=publisher",
            },
            environment=lambda _: {"RECOVERY": "1"},
        ),
        Server(
            "limit-join",
            "C, joining writes",
            lambda world, port: [str(world.limit), str(port), "join"],
            lambda _: {"protocol": "plain"},
        ),
        Server(
            "limit-each",
            "C, a write a message",
            lambda world, port: [str(world.limit), str(port), "each"],
            lambda _: {"protocol": "plain"},
        ),
    )
}

NODE_SERVERS = frozenset({"ws", "socketio", "socketio-recovery"})


@contextmanager
def started(server: Server, world: World) -> Iterator[Running]:
    """Run a server on its core for as long as it is measured."""
    port = free_port()
    log = world.data / f"{server.name}.log"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("WHEELHOUSE_", "DATABASE_URL"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            server.command(world, port),
            cwd=ROOT,
            env={**inherited, "NODE_ENV": "production", **server.environment(world)},
            stdout=output,
            stderr=output,
            preexec_fn=lambda: os.sched_setaffinity(0, {world.server_core}),  # noqa: PLW1509 - Linux, one thread
        )
    try:
        _await_open(process, port, log, "/health/ready" if server.name == "wheelhouse" else None)
        yield Running(
            process.pid,
            port,
            {"port": port, "pid": process.pid, **server.client(world)},
            None if server.publishes is None else server.publishes(world),
        )
    finally:
        process.send_signal(signal.SIGINT if server.name == "litestar" else signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_open(process: "subprocess.Popen[Any]", port: int, log: Path, ready: str | None) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with suppress(OSError):
            if ready is None:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5):
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} did not start; see {log}:\n{log.read_text()[-2000:]}")
