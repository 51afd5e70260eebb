"""A client of the storm: connects, listens, plays, leaves, sends nonsense, comes back, and writes down what it sees."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import websockets

from tests.storm.lines import ClientLog, Closed, Opened, Received, Sent, Spoiled, Unanswered
from tests.storm.views import View

#: A command that is not answered within this time was forgotten, unless the connection is stalled.
ANSWER_S = 25.0
#: What is sent instead of a command, by what it is.
NONSENSE: dict[str, str | bytes] = {
    "not a message": "}{",
    "no such type": '{"type": "launder", "id": 1}',
    "a second connect": '{"type": "connect", "id": 900000, "token": "x"}',
    "the wrong kind of frame": b"\xc1",
    "too much": "x" * 20_000,
}


@dataclass(frozen=True)
class Part:
    """What a client is to do."""

    channels: tuple[str, ...]
    #: the wheel that it plays, if it plays
    wheel_id: str | None
    #: seconds between its deeds, on average
    pause_s: float


class StormClient:
    """One client. `ways`: the addresses of the nodes; `is_stalled` says whether a connection from a port is stalled."""

    def __init__(
        self, log: ClientLog, token: str, part: Part, ways: Sequence[str], seed: str, is_stalled: Callable[[int], bool]
    ) -> None:
        self.log = log
        self._token = token
        self._part = part
        self._ways = ways
        self._rng = random.Random(seed)
        self._is_stalled = is_stalled
        self._views: dict[str, View] = {}
        self._listening: set[str] = set()
        self._socket: websockets.ClientConnection | None = None
        self._id = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any] | None]] = {}
        self._again = asyncio.Event()
        self._advised_s: float | None = None
        self._spins = 0
        #: a spin that was asked for and not answered: asked again under the same request id
        self._unanswered: str | None = None
        self.calm = False
        self.last_news_at = 0.0

    @property
    def is_settled(self) -> bool:
        """Whether it is connected and hears all its channels."""
        return self._socket is not None and self._listening >= set(self._part.channels)

    async def run(self) -> None:
        """Live, until cancelled."""
        await asyncio.sleep(self._rng.uniform(0, 1.0))
        while True:
            try:
                async with asyncio.timeout(5):
                    socket = await self._connect()
            except (OSError, websockets.WebSocketException, EOFError, TimeoutError):
                await asyncio.sleep(self._rng.uniform(0.1, 0.4))
                continue
            await self._live(socket)
            pause_s = self._rng.uniform(0.05, 0.4) if self._advised_s is None else self._advised_s
            self._advised_s = None
            await asyncio.sleep(pause_s)

    async def _connect(self) -> websockets.ClientConnection:
        way = self._rng.choice(self._ways)
        socket = await websockets.connect(
            way,
            subprotocols=[websockets.Subprotocol(f"wheelhouse.v1.{self.log.encoding}")],
            max_size=None,
            ping_interval=None,
            compression=None,
            close_timeout=0.5,
            max_queue=64,
        )
        self.log.lines.append(Opened(time.time(), way))
        return socket

    async def _live(self, socket: websockets.ClientConnection) -> None:
        """One connection, from its first command to its end."""
        self._socket = socket
        self._listening.clear()
        deeds = asyncio.create_task(self._act(socket))
        try:
            async for raw in socket:
                self._take(raw if isinstance(raw, bytes) else raw.encode())
        except websockets.ConnectionClosedError:
            pass
        finally:
            self._socket = None
            socket.transport.abort()
            deeds.cancel()
            await asyncio.gather(deeds, return_exceptions=True)
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_result(None)
            self._answers.clear()
            self.log.lines.append(Closed(time.time(), socket.close_code or 1006))

    # -- what comes

    def _take(self, raw: bytes) -> None:
        # Frames are many, and their kind is seen without reading them; what is odd about one is written down.
        if b"spin.frame" not in raw:
            self.log.lines.append(Received(time.time(), raw))
            self.last_news_at = time.time()
        elif len(self.log.lines) % 16 == 0:
            self.log.lines.append(Received(time.time(), raw))
        else:
            return
        decode = msgspec.json.decode if self.log.encoding == "json" else msgspec.msgpack.decode
        message: dict[str, Any] = decode(raw)
        match message["type"]:
            case "reply" | "error":
                answer = self._answers.pop(message["id"], None)
                if answer is not None and not answer.done():
                    answer.set_result(message)
                if message["type"] == "reply" and "epoch" in message["result"]:
                    self._subscribed(message["result"])
            case "event":
                self._heard(message)
            case "unsubscribed":
                self._listening.discard(message["channel"])
                self._again.set()
            case "closing":
                self._advised_s = message["reconnect_in_ms"] / 1000

    def _subscribed(self, result: dict[str, Any]) -> None:
        view = self._views.setdefault(result["channel"], View(result["channel"]))
        view.begin(result)
        for event in result["events"]:
            view.take(event)
        self._listening.add(result["channel"])

    def _heard(self, event: dict[str, Any]) -> None:
        view = self._views.get(event["channel"])
        if view is not None:
            view.take(event)

    # -- what it does

    async def _act(self, socket: websockets.ClientConnection) -> None:
        try:
            if await self._ask("connect", token=self._token) is None:
                return
            for channel in self._part.channels:
                await self._subscribe(channel)
            while True:
                await self._mend_subscriptions()
                pause_s = self._rng.expovariate(1 / self._part.pause_s)
                try:
                    async with asyncio.timeout(pause_s):
                        await self._again.wait()
                except TimeoutError:
                    if not self.calm:
                        await self._do_something(socket)
                self._again.clear()
        except websockets.ConnectionClosed:
            pass
        except TimeoutError:
            await socket.close()

    async def _mend_subscriptions(self) -> None:
        for channel in self._part.channels:
            if channel not in self._listening:
                await self._subscribe(channel)

    async def _subscribe(self, channel: str) -> None:
        view = self._views.get(channel)
        if view is None or self._rng.random() < 0.1:
            await self._ask("subscribe", channel=channel)
        else:
            await self._ask("subscribe", channel=channel, since={"epoch": view.epoch, "offset": view.offset})

    async def _unsubscribe(self, channel: str) -> None:
        await self._ask("unsubscribe", channel=channel)
        self._listening.discard(channel)

    async def _do_something(self, socket: websockets.ClientConnection) -> None:
        deed = self._rng.random()
        if deed < 0.02:
            what = self._rng.choice(list(NONSENSE))
            self.log.lines.append(Spoiled(time.time(), what))
            await socket.send(NONSENSE[what])
        elif deed < 0.06:
            await socket.close()
        elif deed < 0.12:
            channel = self._rng.choice(self._part.channels)
            await self._unsubscribe(channel)
        elif deed < 0.15:
            await self._ask("presence", channel=self._rng.choice(self._part.channels))
        elif self._part.wheel_id is not None:
            await self._spin()
        else:
            await self._ask("ping")

    async def _spin(self) -> None:
        if self._unanswered is None:
            self._spins += 1
            self._unanswered = f"{self.log.name}-{self._spins}"
        answer = await self._ask("spin", wheel_id=self._part.wheel_id, request_id=self._unanswered)
        if answer is not None and (answer["type"] == "reply" or answer["error"]["code"] != "unavailable"):
            self._unanswered = None

    async def _ask(self, type_: str, **fields: Any) -> dict[str, Any] | None:
        """Send a command and wait for its answer; None when the connection went away."""
        assert self._socket is not None
        socket = self._socket
        self._id += 1
        command = {"type": type_, "id": self._id, **fields}
        answer = self._answers[self._id] = asyncio.get_running_loop().create_future()
        self.log.lines.append(Sent(time.time(), command))
        if self.log.encoding == "json":
            await socket.send(msgspec.json.encode(command).decode())
        else:
            await socket.send(msgspec.msgpack.encode(command))
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            if not self._is_stalled(socket.local_address[1]):
                self.log.lines.append(Unanswered(time.time(), command["id"]))
            raise
