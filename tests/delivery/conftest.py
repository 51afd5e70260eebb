"""A real Valkey, nodes on it, and real sockets."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.delivery.node import Node
from tests.delivery.valkey import ValkeyProcess


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
    for node in nodes:
        await node.close()
