"""An event stream is to the hub and the broker what a websocket is: encoded once, caught up, ended when it must be."""

import asyncio
import json
import socket as stdlib_socket

import pytest

from channels.envelope import Broadcast, Encoding
from channels.event_blocks import block
from channels.event_stream import EventStream
from channels.policy import Policy
from tests.delivery.node import Recorder, new_channel, now, until


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_message_is_one_line_however_its_json_was_written(newline):
    payload = json.dumps({"a": "one\ntwo", "b": 2}, indent=1).replace("\n", newline).encode()
    written = block(payload, "e:1").decode()
    assert written.startswith("id: e:1\ndata: {")
    assert written.endswith("}\n\n")
    assert written.count("\n") == 3
    assert json.loads(written.partition("data: ")[2]) == {"a": "one\ntwo", "b": 2}


def test_an_event_is_encoded_once_for_all_streams_and_only_a_kept_one_has_an_id():
    kept = Broadcast("tenant", "told", Policy.KEPT, b'"event":"told","data":{},"at":"now"}', 7, None, "ep")
    assert kept.frame(Encoding.EVENT_STREAM) is kept.frame(Encoding.EVENT_STREAM)
    assert kept.frame(Encoding.EVENT_STREAM).startswith(b'id: ep:7\ndata: {"type":"event"')
    latest = Broadcast("tenant", "pool", Policy.LATEST, b'"event":"pool","data":{},"at":"now"}', None, 9, "ep")
    assert latest.frame(Encoding.EVENT_STREAM).startswith(b"data: ")


async def begun() -> tuple[EventStream, Recorder, asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream on a real connection, and its reader."""
    loop = asyncio.get_running_loop()
    ours, theirs = stdlib_socket.socketpair()
    recorder = Recorder()
    stream = EventStream(recorder, 65_536)
    transport, _ = await loop.connect_accepted_socket(lambda: stream, ours)
    stream.begin(transport, b"head\r\n\r\n", 16_384)
    reader, writer = await asyncio.open_connection(sock=theirs)
    return stream, recorder, reader, writer


async def test_events_that_are_lost_for_good_end_the_stream_with_word_to_come_back(own_valkey, make_node):
    node = await make_node(own_valkey.url, on_gap=None)
    channel = new_channel()
    stream, recorder, reader, writer = await begun()
    node.broker.release(await node.broker.subscribe(channel, stream))
    await node.tell(channel, 1)
    await until(lambda: node.hub.counters.total().deliveries == 1)
    own_valkey.kill()
    own_valkey.start()
    async with asyncio.timeout(20):
        said = (await reader.read()).decode()
    writer.close()
    await recorder.ended.wait()
    assert recorder.code == 4511
    assert '"number":1' in said
    assert '"type":"unsubscribed"' in said
    assert '"type":"closed","code":4511,"reason":"gap"' in said
    assert "retry: " in said
    assert node.broker.publish_local(channel, "frame", {"number": 1}, now()) == 0
