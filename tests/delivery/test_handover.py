"""A connection that uvicorn and Litestar have begun goes on as a Socket, through a real server."""

import asyncio
import gc
import socket as stdlib_socket
import weakref
from collections.abc import AsyncIterator

import pytest
import uvicorn
import websockets
from litestar import Litestar, WebSocket
from litestar.handlers import websocket
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from channels.envelope import Encoding
from channels.socket import Socket
from channels.websocket import WebSocket as Handed
from server.live.handover import EXTENSION, HandoverProtocol
from tests.delivery.node import Recorder, until


class Echo(Recorder):
    """Answers each message with itself."""

    def received(self, socket: Socket, payload: bytes) -> None:
        super().received(socket, payload)
        socket.send(socket.encoding.wrap(payload))


class Served:
    """A server with one websocket route, and what was handed over there."""

    def __init__(self) -> None:
        self.handed: list[tuple[Socket, Echo]] = []
        self.protocols: list[weakref.ref[HandoverProtocol]] = []
        self.before_handover: asyncio.Event | None = None
        self.listening = stdlib_socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        port = self.listening.getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"
        app = Litestar([self._handed_over(), self._ordinary(), self._refused()], openapi_config=None)
        self.server = uvicorn.Server(
            uvicorn.Config(app, ws=HandoverProtocol, lifespan="off", log_config=None, timeout_graceful_shutdown=3)
        )

    def _handed_over(self):
        @websocket("/ws")
        async def route(socket: WebSocket) -> None:
            await socket.accept(subprotocols="wheelhouse.v1.json" if socket.scope["subprotocols"] else None)
            if self.before_handover is not None:
                await self.before_handover.wait()
            hand_over = socket.scope["extensions"][EXTENSION]
            self.protocols.append(weakref.ref(hand_over.__self__))
            echo = Echo()
            self.handed.append((hand_over(lambda t: Handed(t, echo, Encoding.JSON, 4096, 65536)), echo))

        return route

    def _ordinary(self):
        @websocket("/ordinary")
        async def route(socket: WebSocket) -> None:
            await socket.accept()
            while (text := await socket.receive_text()) != "end":
                await socket.send_text(text)
            await socket.close(code=4001)

        return route

    def _refused(self):
        @websocket("/refused")
        async def route(socket: WebSocket) -> None:
            await socket.close(code=4403)

        return route

    async def until_handed(self, count: int = 1) -> None:
        await until(lambda: not (len(self.handed) < count or self.server.server_state.tasks))


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    server = Served()
    running = asyncio.create_task(server.server.serve(sockets=[server.listening]))
    await until(lambda: server.server.started)
    yield server
    server.server.should_exit = True
    await running


async def test_messages_flow_though_the_handler_has_returned(served):
    async with websockets.connect(served.url + "/ws", subprotocols=["wheelhouse.v1.json"]) as client:
        assert client.subprotocol == "wheelhouse.v1.json"
        await served.until_handed()
        for text in ("one", "zwölf", "x" * 4000):
            await client.send(text)
            assert await client.recv() == text
        await client.ping()
    _, echo = served.handed[0]
    await asyncio.wait_for(echo.ended.wait(), 10)
    assert echo.code == 1000


async def test_nothing_of_asgi_lives_on(served):
    async with websockets.connect(served.url + "/ws") as client:
        await served.until_handed()
        state = served.server.server_state
        assert not state.connections
        assert not state.tasks
        gc.collect()
        assert served.protocols[0]() is None
        await client.send("still here")
        assert await client.recv() == "still here"


async def test_frames_sent_before_the_handover_are_received_once_and_in_order(served):
    served.before_handover = asyncio.Event()
    async with websockets.connect(served.url + "/ws") as client:
        sent = [f"message {number}" + "." * number for number in range(500)]
        for text in sent[:250]:
            await client.send(text)
        served.before_handover.set()
        for text in sent[250:]:
            await client.send(text)
        assert [await client.recv() for _ in sent] == sent


async def test_half_a_frame_before_the_handover_is_completed_after_it(served):
    served.before_handover = asyncio.Event()
    async with websockets.connect(served.url + "/ws") as client:
        client.protocol.send_text(b"in two pieces")
        (frame,) = client.protocol.data_to_send()
        client.transport.write(frame[:7])
        await until(lambda: served.server.server_state.connections and _early_bytes(served) == 7)
        served.before_handover.set()
        await served.until_handed()
        client.transport.write(frame[7:])
        assert await client.recv() == "in two pieces"


def _early_bytes(served: Served) -> int:
    return sum(len(one._early) for one in served.server.server_state.connections if isinstance(one, HandoverProtocol))


async def test_deflate_is_never_negotiated(served):
    offer = [ClientPerMessageDeflateFactory()]
    async with websockets.connect(served.url + "/ws", compression=None, extensions=offer) as client:
        assert not client.protocol.extensions


async def test_a_route_that_does_not_hand_over_is_an_ordinary_websocket(served):
    async with websockets.connect(served.url + "/ordinary") as client:
        for text in ("a", "b" * 3000, "c"):
            await client.send(text)
            assert await client.recv() == text
        await client.send("end")
        with pytest.raises(websockets.ConnectionClosed):
            await client.recv()
    assert client.close_code == 4001


async def test_a_refused_handshake_is_answered_by_uvicorn(served):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(served.url + "/refused")
    assert refused.value.response.status_code == 403


async def test_a_client_that_is_gone_before_the_handover_is_told_to_the_handler(served):
    served.before_handover = asyncio.Event()
    client = await websockets.connect(served.url + "/ws")
    client.transport.abort()
    await until(lambda: not served.server.server_state.connections)
    served.before_handover.set()
    await served.until_handed()
    _, echo = served.handed[0]
    await asyncio.wait_for(echo.ended.wait(), 10)
    assert echo.code == 1006


async def test_the_server_stops_though_sockets_are_open(served):
    async with websockets.connect(served.url + "/ws") as client:
        await served.until_handed()
        served.server.should_exit = True
        await until(lambda: not served.server.servers[0].sockets)
        await client.send("still here")
        assert await client.recv() == "still here"
