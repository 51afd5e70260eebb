"""Publishing, subscribing, history and recovery on a real Valkey."""

import asyncio

import msgspec

from channels.envelope import Encoding
from channels.policy import History, HistoryLimits
from channels.recovery import Position
from tests.delivery.node import new_channel, now, numbers


async def test_an_event_reaches_the_sockets_of_every_node(valkey, make_node):
    one, other = await make_node(valkey.url), await make_node(valkey.url)
    channel = new_channel("user:anna")
    _, here = await one.listen(channel)
    _, there = await other.listen(channel)
    published = await one.tell(channel, 1)
    assert (published.offset, published.version, published.receivers, published.duplicate) == (1, None, 2, False)
    for peer in (here, there):
        (message,) = await peer.until(1)
        at = message.pop("at")
        assert message == {"type": "event", "channel": "user", "offset": 1, "event": "told", "data": {"number": 1}}
        assert len(at) == len("2026-11-22T10:00:00.123Z")
        assert at.endswith("Z")
