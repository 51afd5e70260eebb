"""Tenants share a node's sending time: who floods waits for itself, and a quiet tenant is served in its turn."""

import asyncio
import socket as stdlib_socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from channels.channel import Channel
from channels.hub import SLICE_BYTES, Hub
from tests.delivery.node import new_channel
from tests.delivery.test_hub import event

ROUNDS = 200


class Wire:
    """A transport onto a real socket that somebody reads. All writes are noted, in order, with when they were done."""

    def __init__(self, connection: stdlib_socket.socket, written: list[tuple["Wire", int, float]]) -> None:
        self._connection = connection
        self._written = written

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)
        self._written.append((self, len(data), time.perf_counter()))


@pytest.fixture
def reader() -> Iterator[stdlib_socket.socket]:
    """A connection to a process that reads and forgets."""
    ours, theirs = stdlib_socket.socketpair()
    with subprocess.Popen(["cat"], stdin=theirs, stdout=subprocess.DEVNULL) as reading:
        theirs.close()
        yield ours
        ours.close()
        reading.wait(10)


async def waits(
    hub: Hub, quiet: Channel, wire: Wire, written: list[tuple[Wire, int, float]], rounds: int
) -> tuple[list[float], list[int], list[int]]:
    """Of each quiet event: ms and turns of the loop that it waited, and the bytes that went to others before it."""
    held, turns, sizes = [], [], []
    for number in range(rounds):
        written.clear()
        told_at = time.perf_counter()
        hub.deliver(quiet, event(number + 1))
        turn = 0
        while not (mine := [at for at, one in enumerate(written) if one[0] is wire]):
            turn += 1
            await asyncio.sleep(0)
        held.append((written[mine[0]][2] - told_at) * 1000)
        turns.append(turn)
        sizes.append(sum(size for _, size, _ in written[: mine[0]]))
    return sorted(held), sorted(turns), sorted(sizes)


async def flooding(hub: Hub, channels: list[Channel], pad: int) -> None:
    while True:
        for channel in channels:
            hub.deliver(channel, event(1, pad=pad))
        await asyncio.sleep(0)


FLOODS = {
    # channels, sockets on each, bytes of an event
    "many small channels": (400, 5, 100),
    "one large channel": (1, 2000, 100),
    "much in one channel at once": (1, 400, 512 * 1024),
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_quiet_tenant_waits_for_a_share_of_anothers_flood_and_not_for_all_of_it(flood, connect, reader):
    channels, each, pad = FLOODS[flood]
    rounds = ROUNDS if pad < 1000 else 5
    hub, written = Hub(), []
    tenant = new_channel().tenant
    flooded = [Channel(tenant, f"wheel:{number}") for number in range(channels)]
    # A subscription costs the hub a socket; what the socket's bytes go over is the reader's one connection.
    crowd = [(await connect())[0] for _ in range(each)]
    for channel in flooded:
        for socket in crowd:
            hub.add(channel, socket)
    quiet = new_channel()
    listener, _, _ = await connect()
    hub.add(quiet, listener)
    kept = {socket: socket.transport for socket in (*crowd, listener)}
    for socket in kept:
        socket.transport, socket.fd = Wire(reader, written), -1

    alone, *_ = await waits(hub, quiet, listener.transport, written, rounds)
    task = asyncio.create_task(flooding(hub, flooded, pad))
    await asyncio.sleep(0)
    beside, turns, sizes = await waits(hub, quiet, listener.transport, written, rounds)
    task.cancel()
    print(f"{flood}: p99 {_p99(alone):.3f} ms alone, {_p99(beside):.3f} ms beside it, {turns[-1]} turns")
    # Served in the next turn, behind no more than the other's share of it; a second turn when that has just begun.
    assert turns[-1] <= 2
    assert sizes[-1] <= 2 * SLICE_BYTES
    for socket, transport in kept.items():
        socket.transport = transport
    hub.drop(listener)
    for socket in crowd:
        hub.drop(socket)


def _p99(waits: list[float]) -> float:
    return waits[int(len(waits) * 0.99)]
