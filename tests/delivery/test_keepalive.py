"""Peers that have vanished are noticed; those that live are left alone."""

import asyncio

from channels.keepalive import Keepalive
from games.errors import CLOSE_CODES
from tests.delivery.node import until


async def test_a_peer_that_does_not_answer_is_closed_and_one_that_does_stays(connect):
    keepalive = Keepalive(interval_s=0.1, timeout_s=0.2)
    keepalive.start()
    silent, silent_peer, recorder = await connect()
    living, living_peer, _ = await connect()
    silent_peer.answers_pings = False
    keepalive.add(silent)
    keepalive.add(living)
    reading = asyncio.create_task(living_peer.until_closed(60))
    assert await silent_peer.until_closed() == 4510
    assert silent_peer.protocol.close_rcvd.reason == next(word for word, k in CLOSE_CODES.items() if k.code == 4510)
    silent_peer.cut()
    await recorder.ended.wait()
    pings = living_peer.pings
    await until(lambda: living_peer.pings >= pings + 3)
    assert not living.is_closing
    assert len(keepalive) == 1
    living.close(4503)
    await reading
    await until(lambda: not any(keepalive._parts))
    await keepalive.close()


async def test_a_peer_that_speaks_is_not_asked(connect):
    keepalive = Keepalive(interval_s=0.2, timeout_s=1.0)
    socket, peer, recorder = await connect()
    keepalive.add(socket)
    loop = asyncio.get_running_loop()
    keepalive.start()
    end = loop.time() + 0.6
    while loop.time() < end:
        await peer.send(b"1")
        await asyncio.wait_for(recorder.received_any.wait(), 5)
        recorder.received_any.clear()
        await asyncio.sleep(0.01)
    await keepalive.close()
    socket.close(4503)
    await peer.until_closed()
    assert peer.pings == 0
