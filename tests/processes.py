"""A real server process, and a client that knows nothing but the protocol."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import websockets

ROOT = Path(__file__).parents[1]


class ServerProcess:
    """`wheelhouse serve` on a data folder of its own (or on services handed in), on a free port."""

    def __init__(
        self, data: Path, *, workers: int = 1, port: int = 0, environment: dict[str, str] | None = None
    ) -> None:
        self.data = data
        self.environment = {
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("WHEELHOUSE_", "DATABASE_URL", "REDIS_URL"))
            },
            "WHEELHOUSE_DATA": str(data),
            "WHEELHOUSE_DRAIN_S": "0.2",
            **(environment or {}),
        }
        self._workers = workers
        self._port = port
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> Self:
        """Start it and return when it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--port", str(self._port), "--workers", str(self._workers)],
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if line.startswith("Wheelhouse is at "):
                self.url = line.split()[-1]
                self._port = int(self.url.rsplit(":", 1)[1])
                break
        else:
            raise AssertionError("the server did not start:\n" + "".join(lines))
        self._first_lines = lines
        self._drain = _Drain(self.process.stderr)
        try:
            self.await_ready()
        except AssertionError:
            self.kill()
            raise
        return self

    @property
    def log(self) -> list[str]:
        """Every line that it has written; whole when it has stopped."""
        return [*self._first_lines, *self._drain.lines]

    def await_ready(self, timeout_s: float = 60.0) -> None:
        """Return when the readiness check is good."""
        await_true(lambda: self.get("/health/ready")[0] == 200, timeout_s)

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws") + "/ws"

    def kill(self) -> None:
        """Kill -9, as a machine that loses power."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self._ended()

    def tell_to_stop(self) -> None:
        """Tell it to stop in good order, and do not wait; `gone` does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def gone(self) -> None:
        """Return when it has stopped."""
        self._ended()

    def stop(self) -> None:
        """Stop it in good order."""
        if self.process is not None and self.process.poll() is None:
            self.tell_to_stop()
            self._ended()

    def _ended(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        self.process.wait(20)
        self._drain.thread.join(30)
        assert not self._drain.thread.is_alive(), "a worker outlives its supervisor"
        self.process.stderr.close()

    def command(self, *words: str) -> str:
        """What a `wheelhouse` command prints on standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, *, tenant: str = "demo", role: str = "player", user: str = "player-1") -> str:
        return self.command("token", "--tenant", tenant, "--role", role, "--user", user).strip()

    def sign_in(self, user: str, *, tenant: str = "demo") -> str:
        """A demo player's token, by the page's own way; quicker than the command."""
        _, signed_in = self.call(
            "POST", "/api/v1/demo/sign-in", body={"tenant": tenant, "role": "player", "user": user}
        )
        return str(signed_in["token"])

    def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        return self.call("GET", path, token=token)

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """A REST call: status and decoded body (0 when nobody listens)."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                **({"authorization": f"Bearer {token}"} if token else {}),
                **({"content-type": "application/json"} if body is not None else {}),
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, _decoded(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read())
        except OSError:
            return 0, None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Drain:
    """Keeps reading a pipe so that its writer never blocks."""

    def __init__(self, pipe: Any) -> None:
        self.lines: list[str] = []
        self.thread = threading.Thread(target=lambda: self.lines.extend(pipe), daemon=True)
        self.thread.start()


class Client:
    """A websocket client of the protocol: replies by id, events in the order in which they came."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self._id = 0
        self._replies: dict[int, dict[str, Any]] = {}
        self._changed = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, token: str | None = None, **options: Any) -> "Client":
        """Connect, and say `connect` when a token is given."""
        client = cls(await websockets.connect(url, max_size=None, **options))
        if token is not None:
            client.connected = await client.ask("connect", token=token)
        return client

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                message = json.loads(text)
                async with self._changed:
                    if message["type"] in ("reply", "error"):
                        self._replies[message["id"]] = message
                    else:
                        self.events.append(message)
                    self._changed.notify_all()
        except websockets.ConnectionClosed:
            pass
        async with self._changed:
            self._changed.notify_all()

    async def send(self, type_: str, **fields: Any) -> int:
        self._id += 1
        await self.socket.send(json.dumps({"type": type_, "id": self._id, **fields}))
        return self._id

    async def answer(self, command_id: int, timeout_s: float = 15.0) -> dict[str, Any]:
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: command_id in self._replies or self._reader.done())
        return self._replies[command_id]

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command; its result, or an AssertionError with its refusal."""
        reply = await self.answer(await self.send(type_, **fields))
        assert reply["type"] == "reply", reply
        return reply["result"]

    async def refused(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command that is refused; the error."""
        reply = await self.answer(await self.send(type_, **fields))
        assert reply["type"] == "error", reply
        return reply["error"]

    async def event(self, found: Callable[[dict[str, Any]], bool], timeout_s: float = 15.0) -> dict[str, Any]:
        """The first event, come or to come, for which `found` holds."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: any(found(event) for event in self.events))
        return next(event for event in self.events if found(event))

    async def closed(self, timeout_s: float = 15.0) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(timeout_s):
            await self.socket.wait_closed()
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        await self._reader


def await_true(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Poll something outside this process until it holds."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "what was awaited did not come"
        time.sleep(0.02)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
