"""A real Valkey, nodes on it, and real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

import pytest
import uvloop

from channels.socket import Socket
from tests.delivery import node
from tests.delivery.node import Node, Peer, Recorder
from tests.delivery.valkey import ValkeyProcess


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test runs on the loop that serves, and on the one that defines what a loop does.

    What takes seconds and is the servers' own, elections and outages, is waited for once.
    """
    if item.path.name in ("test_cluster.py", "test_known_faults.py"):
        return {"uvloop": uvloop.new_event_loop}
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    """A Valkey for the whole run, which no test may stop."""
    with ValkeyProcess(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    """A Valkey of the test's own, to be killed, frozen and emptied."""
    with ValkeyProcess(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
async def make_node() -> AsyncIterator[Callable[..., Node]]:
    """Make nodes: `await make_node(url, …)`; they are closed after the test."""
    nodes: list[Node] = []

    async def make(url: str, **options: object) -> Node:
        node = Node(url, **options)
        nodes.append(node)
        await node.start()
        return node

    yield make
    for one in nodes:
        await one.close()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Awaitable[tuple[Socket, Peer, Recorder]]]]:
    """Make connections: `socket, peer, recorder = await connect(…)`; both ends are gone after the test."""
    made: list[tuple[Socket, Peer, Recorder]] = []

    async def make(*args: object, **options: object) -> tuple[Socket, Peer, Recorder]:
        made.append(await node.connect(*args, **options))
        return made[-1]

    yield make
    for socket, peer, recorder in made:
        peer.cut()
        if not socket.is_gone:
            socket.abort()
            await recorder.ended.wait()
