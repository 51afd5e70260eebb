"""A node of delivery alone: sockets accepted by a plain server, a hub, a broker, and a client for each socket."""

import asyncio
import json
import socket as stdlib_socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from channels.broker import Broker
from channels.channel import Channel
from channels.envelope import Encoding
from channels.hub import Hub
from channels.policy import Policy
from channels.recovery import Position
from channels.socket import Socket
from channels.websocket import WebSocket

POLICIES = {
    "told": Policy.KEPT,
    "pool": Policy.LATEST,
    "rank": Policy.LATEST,
    "step": Policy.LATEST,
    "frame": Policy.PASSING,
}


def now() -> datetime:
    return datetime.now(UTC)


def new_channel(name: str = "wheel:1") -> Channel:
    """A channel that no other test has."""
    return Channel(str(uuid4()), name)


class Recorder:
    """A socket's handler that remembers."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.code: int | None = None
        self.received_any = asyncio.Event()
        self.ended = asyncio.Event()

    def received(self, socket: Socket, payload: bytes) -> None:  # noqa: ARG002 - the handler's signature
        self.payloads.append(payload)
        self.received_any.set()

    def closed(self, socket: Socket, code: int) -> None:  # noqa: ARG002 - the handler's signature
        assert self.code is None, "closed twice"
        self.code = code
        self.ended.set()


class Peer:
    """The other end of a socket: websockets' own client protocol, without its handshake, over a socket pair."""

    def __init__(self, connection: stdlib_socket.socket) -> None:
        self.connection = connection
        self.protocol = ClientProtocol(parse_uri("ws://test/"), state=State.OPEN, max_size=None)
        self.messages: list[Any] = []
        self.pings = 0
        self.answers_pings = True

    async def send(self, data: bytes) -> None:
        self.protocol.send_text(data)
        await self.flush()

    async def flush(self) -> None:
        loop = asyncio.get_running_loop()
        for data in self.protocol.data_to_send():
            if data:
                await loop.sock_sendall(self.connection, data)

    async def read(self) -> bool:
        """Take in what comes next; False when the server has closed."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self.connection, 1 << 20)
        except ConnectionResetError:
            data = b""
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            assert isinstance(event, Frame)
            if event.opcode is Opcode.PING:
                self.pings += 1
            elif event.opcode is Opcode.TEXT:
                self.messages.append(json.loads(event.data))
            elif event.opcode is Opcode.BINARY:
                self.messages.append(bytes(event.data))
        if data and self.answers_pings:
            await self.flush()
        return bool(data)

    async def until(self, count: int, timeout_s: float = 20.0) -> list[Any]:
        """The messages, once there are `count` of them."""
        async with asyncio.timeout(timeout_s):
            while len(self.messages) < count and await self.read():
                pass
        assert len(self.messages) >= count, f"closed with {self.close_code} after {self.messages}"
        return self.messages

    async def until_event(self, name: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """The first message of an event, come or to come."""
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.messages:
                    if message.get("event") == name:
                        return message
                assert await self.read(), "the server closed"

    async def until_closed(self, timeout_s: float = 20.0) -> int | None:
        """The code that the server closes with."""
        async with asyncio.timeout(timeout_s):
            while await self.read():
                pass
        return self.close_code

    @property
    def close_code(self) -> int | None:
        return self.protocol.close_rcvd.code if self.protocol.close_rcvd else None

    def offsets(self) -> list[int]:
        return [message["offset"] for message in self.messages if "offset" in message]

    def cut(self) -> None:
        self.connection.close()


async def connect(
    encoding: Encoding = Encoding.JSON,
    *,
    max_frame_bytes: int = 16 * 1024,
    max_queued_bytes: int = 256 * 1024,
    send_buffer_bytes: int | None = 64 * 1024,
) -> tuple[Socket, Peer, Recorder]:
    """A socket, its peer and its handler, on one TCP connection over loopback."""
    loop = asyncio.get_running_loop()
    with stdlib_socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        theirs = stdlib_socket.socket()
        # A reader that does not read is noticed soon.
        theirs.setsockopt(stdlib_socket.SOL_SOCKET, stdlib_socket.SO_RCVBUF, 16 * 1024)
        theirs.setblocking(False)
        await loop.sock_connect(theirs, listening.getsockname())
        ours, _ = listening.accept()
    recorder = Recorder()
    transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
    socket = WebSocket(transport, recorder, encoding, max_frame_bytes, max_queued_bytes, send_buffer_bytes)
    transport.set_protocol(socket)
    return socket, Peer(theirs), recorder


class Node:
    """A hub and a broker of its own, as one worker has."""

    def __init__(self, url: str, **options: Any) -> None:
        self.hub = Hub()
        self.signals: list[tuple[Channel, bytes]] = []
        self.gaps: list[Channel] = []
        options.setdefault("on_signal", lambda channel, payload: self.signals.append((channel, payload)))
        options.setdefault("on_gap", lambda channel, sockets: self.gaps.extend([channel] * len(sockets)))
        options.setdefault("linger_s", 0.0)
        self.broker = Broker(url, self.hub, POLICIES, **options)
        self.sockets: list[tuple[Socket, Peer]] = []

    @property
    def link(self) -> Any:
        """The broker's own connection, where there is one server."""
        return self.broker._servers.link(b"any key")

    async def start(self) -> None:
        await self.broker.start()

    async def listener(self, encoding: Encoding = Encoding.JSON, **options: Any) -> tuple[Socket, Peer]:
        """A socket of this node that hears nothing yet."""
        socket, peer, _ = await connect(encoding, **options)
        self.sockets.append((socket, peer))
        return socket, peer

    async def listen(self, channel: Channel, since: Position | None = None) -> tuple[Socket, Peer]:
        """A socket that hears a channel."""
        socket, peer = await self.listener()
        self.broker.release(await self.broker.subscribe(channel, socket, since))
        return socket, peer

    async def tell(self, channel: Channel, number: int, event: str = "told", **options: Any) -> Any:
        return await self.broker.publish(channel, event, {"number": number}, at=now(), **options)

    async def close(self) -> None:
        await self.broker.close()
        for socket, peer in self.sockets:
            peer.cut()
            if not socket.is_gone:
                socket.abort()
        await asyncio.sleep(0)


async def until(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Let the loop turn until something holds that nobody tells of."""
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)


def numbers(messages: list[dict[str, Any]]) -> list[int]:
    """What was told, in the order in which it came."""
    return [message["data"]["number"] for message in messages if message["type"] == "event"]
