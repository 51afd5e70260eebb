"""One connection's life: closing from either side, a reader that does not read, and what it costs."""

import asyncio
import gc
import weakref

import pytest

from channels import socket as socket_module
from channels.envelope import Encoding
from channels.frames import close_frame, text_frame
from tests.delivery import node
from tests.delivery.node import new_channel, until


async def fill(socket) -> int:
    """Send until bytes wait in the transport; how many frames it took."""
    frame = text_frame(b'"' + b"f" * 4000 + b'"')
    count = 0
    while not socket.behind:
        socket.send(frame)
        count += 1
        assert count < 10_000, "nothing ever waits"
    return count


async def test_a_message_reaches_the_handler(connect):
    _, peer, recorder = await connect()
    await peer.send(b'{"type": "ping"}')
    await recorder.received_any.wait()
    assert recorder.payloads == [b'{"type": "ping"}']


async def test_what_the_kernel_does_not_take_whole_follows_in_order(connect):
    """A frame larger than the kernel's buffer, between small ones, through the descriptor and the transport."""
    socket, peer, _ = await connect(max_queued_bytes=4 * 1024 * 1024)
    large = text_frame(b'"' + b"l" * 1_000_000 + b'"')
    for frame in (text_frame(b'"a"'), large, text_frame(b'"b"')):
        socket.send(frame)
    assert socket.behind
    messages = await peer.until(3)
    assert [(one[0], len(one)) for one in messages] == [("a", 1), ("l", 1_000_000), ("b", 1)]


async def test_a_connection_that_is_gone_writes_to_no_other_under_its_number(connect):
    socket, _, recorder = await connect()
    number = socket.fd
    assert number >= 0
    socket.abort()
    assert socket.behind
    await recorder.ended.wait()
    assert socket.fd == -1
    other, peer, _ = await connect()
    socket.send(text_frame(b'"not for you"'))
    other.send(text_frame(b'"for you"'))
    assert await peer.until(1) == ["for you"]


async def test_our_close_waits_for_the_peers(connect):
    socket, peer, recorder = await connect()
    socket.close(4401, "unauthorized")
    socket.send(text_frame(b'"too late"'))
    assert recorder.code is None
    assert await peer.until_closed() == 4401
    await recorder.ended.wait()
    assert recorder.code == 4401
    assert peer.messages == []


async def test_the_peers_close_is_answered(connect):
    _, peer, recorder = await connect()
    peer.protocol.send_close(4999, "bye")
    await peer.flush()
    assert await peer.until_closed() == 4999
    await recorder.ended.wait()
    assert recorder.code == 4999


async def test_a_peer_that_never_closes_is_cut_off(connect, monkeypatch):
    monkeypatch.setattr(socket_module, "CLOSE_WAIT_S", 0.05)
    socket, _, recorder = await connect()
    socket.close(4503, "draining")
    await asyncio.wait_for(recorder.ended.wait(), 10)
    assert recorder.code == 4503


async def test_a_peer_that_hangs_up_but_never_reads_is_cut_off(connect, monkeypatch):
    monkeypatch.setattr(socket_module, "CLOSE_WAIT_S", 0.05)
    socket, peer, recorder = await connect()
    await fill(socket)
    peer.protocol.send_close(1000)
    await peer.flush()
    await asyncio.wait_for(recorder.ended.wait(), 10)


async def test_a_lost_connection_is_told_as_abnormal(connect):
    socket, peer, recorder = await connect()
    peer.cut()
    await recorder.ended.wait()
    assert recorder.code == 1006
    assert socket.is_gone
    socket.send(text_frame(b"1"))
    socket.close(4500)
    assert socket.queued_bytes == 0


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x01x", 4400),
        (b"\x82\x80mmmm", 4400),
        (b"\x81\xfe\x40\x01" + b"m" * 4, 4413),
    ],
    ids=["not masked", "binary on a JSON connection", "too large"],
)
async def test_a_peer_that_breaks_the_protocol_is_told_so(connect, sent, code):
    _, peer, recorder = await connect()
    await asyncio.get_running_loop().sock_sendall(peer.connection, sent)
    assert await peer.until_closed() == code
    peer.cut()
    await recorder.ended.wait()
    assert recorder.code == code
    assert recorder.payloads == []


async def test_a_ping_is_answered_with_its_payload(connect):
    _, peer, _ = await connect()
    loop = asyncio.get_running_loop()
    peer.protocol.send_ping(b"are you there")
    await peer.flush()
    assert await loop.sock_recv(peer.connection, 100) == b"\x8a\x0dare you there"


async def test_a_handler_that_fails_closes_its_connection_only(connect):
    socket, peer, recorder = await connect()
    recorder.received = lambda *_: 1 / 0
    socket.handler = recorder
    await peer.send(b"1")
    assert await peer.until_closed() == 4500


async def test_a_reader_beyond_its_limit_is_closed_as_slow(connect, monkeypatch):
    socket, peer, recorder = await connect(max_queued_bytes=20_000)
    sent = await fill(socket)
    frame = text_frame(b'"' + b"f" * 4000 + b'"')
    while socket.queue(frame):
        sent += 1
        assert socket.queued_bytes <= 20_000
    assert await peer.until_closed() == 4508
    assert len(peer.messages) == sent
    await recorder.ended.wait()


async def test_what_is_held_follows_what_waits_the_newest_alone(connect):
    socket, peer, _ = await connect()
    channel, other = new_channel(), new_channel()
    sent = await fill(socket)
    assert not socket.hold(channel, "pool", text_frame(b"1"))
    assert socket.hold(channel, "pool", text_frame(b"2"))
    socket.hold(channel, "rank", text_frame(b"3"))
    socket.hold(other, "pool", text_frame(b"4"))
    socket.forget(other)
    socket.send(text_frame(b'"waits too"'))
    messages = await peer.until(sent + 3)
    assert messages[sent:] == ["waits too", 2, 3]
    assert not socket.behind
    socket.send(text_frame(b'"then"'))
    assert (await peer.until(sent + 4))[-1] == "then"


async def test_the_kernel_does_not_hide_a_slow_reader(connect):
    bounded = await connect(send_buffer_bytes=32 * 1024)
    unbounded = await connect(send_buffer_bytes=None)
    swallowed = await fill(bounded[0]) * 4000
    assert swallowed < 256 * 1024
    assert swallowed < await fill(unbounded[0]) * 4000


async def test_messagepack_goes_in_binary_frames(connect):
    socket, peer, recorder = await connect(Encoding.MSGPACK)
    socket.send(socket.encoding.frame({"a": 1}))
    assert await peer.until(1) == [b"\x81\xa1a\x01"]
    peer.protocol.send_binary(b"\x80")
    await peer.flush()
    await recorder.received_any.wait()
    assert recorder.payloads == [b"\x80"]


async def test_a_connection_that_is_over_is_freed_at_once():
    socket, peer, recorder = await node.connect()
    # What is passed on by reference counts alone; the collector is not needed.
    gc.disable()
    try:
        gone = weakref.ref(socket)
        peer.cut()
        await recorder.ended.wait()
        del socket
        await until(lambda: gone() is None)
    finally:
        gc.enable()


async def test_no_task_lives_for_a_connection(connect):
    before = len(asyncio.all_tasks())
    pairs = [await connect() for _ in range(20)]
    assert len(asyncio.all_tasks()) == before
    assert len(pairs) == 20


async def test_a_close_reason_is_cut_to_fit(connect):
    socket, peer, _ = await connect()
    socket.close(4400, "ü" * 100)
    assert await peer.until_closed() == 4400
    assert len(close_frame(4400, "ü" * 100)) <= 127
