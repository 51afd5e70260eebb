"""The frame parser, against websockets' own client as the peer, and against what a client must not send."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from channels.frames import (
    NO_CODE,
    Close,
    Fault,
    FrameParser,
    Message,
    Ping,
    Pong,
    Received,
    binary_frame,
    close_frame,
    ping_frame,
    pong_frame,
    text_frame,
)

MAX_BYTES = 70_000


def client() -> ClientProtocol:
    return ClientProtocol(parse_uri("ws://test/"), state=State.OPEN, max_size=None)


def sent_by(peer: ClientProtocol) -> bytes:
    return b"".join(peer.data_to_send())


def masked(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin=final).serialize(mask=True)


def fed(data: bytes, max_bytes: int = MAX_BYTES) -> list[Received]:
    """What a new parser makes of `data`, which must not depend on how it is cut."""
    whole = FrameParser(max_bytes).feed(data)
    parser = FrameParser(max_bytes)
    assert [one for at in range(len(data)) for one in parser.feed(data[at : at + 1])] == whole
    return whole


texts = st.text(max_size=40)
lengths = st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536, MAX_BYTES])
messages = st.one_of(
    texts.map(lambda text: Message(text.encode(), is_text=True)),
    st.binary(max_size=40).map(lambda data: Message(data, is_text=False)),
    lengths.map(lambda length: Message(b"x" * length, is_text=False)),
    st.binary(max_size=125).map(Ping),
    st.binary(max_size=125).map(Pong),
)


@given(st.data(), st.lists(messages, max_size=8))
def test_what_a_client_sends_is_received_however_it_is_cut(data, said):
    peer = client()
    for one in said:
        _say(data, peer, one)
    stream = sent_by(peer)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    parser = FrameParser(MAX_BYTES)
    heard = [one for start, end in pairwise([0, *cuts, len(stream)]) for one in parser.feed(stream[start:end])]
    fragments_aside = [one for one in heard if not (isinstance(one, Ping) and one.payload == b"between")]
    assert fragments_aside == said


def _say(data: st.DataObject, peer: ClientProtocol, one: Received) -> None:
    """Send something as the client would, a message perhaps in fragments with pings between them."""
    match one:
        case Ping(payload):
            peer.send_ping(payload)
        case Pong(payload):
            peer.send_pong(payload)
        case Message(payload, is_text):
            cuts = sorted(data.draw(st.lists(st.integers(0, len(payload)), max_size=3)))
            parts = [payload[start:end] for start, end in pairwise([0, *cuts, len(payload)])]
            send = peer.send_text if is_text else peer.send_binary
            send(parts[0], fin=len(parts) == 1)
            for number, part in enumerate(parts[1:], 2):
                if data.draw(st.booleans()):
                    peer.send_ping(b"between")
                peer.send_continuation(part, fin=number == len(parts))


@given(st.one_of(st.binary(max_size=300), lengths.map(lambda length: b"y" * length)), st.booleans())
def test_what_we_send_is_received_by_a_client(payload, is_text):
    peer = client()
    if is_text:
        payload = payload.hex().encode()
    peer.receive_data(text_frame(payload) if is_text else binary_frame(payload))
    (event,) = peer.events_received()
    assert isinstance(event, Frame)
    assert (event.opcode, bytes(event.data), event.fin) == (Opcode.TEXT if is_text else Opcode.BINARY, payload, True)


@given(st.integers(3000, 4999), st.text(max_size=150))
def test_our_close_frame_is_read_by_a_client(code, reason):
    peer = client()
    peer.receive_data(close_frame(code, reason))
    assert peer.close_rcvd is not None
    assert peer.close_rcvd.code == code
    assert reason.startswith(peer.close_rcvd.reason)
    assert len(reason.encode()) > 120 or peer.close_rcvd.reason == reason


def test_our_pings_and_pongs_are_read_by_a_client():
    peer = client()
    peer.receive_data(ping_frame(b"1") + pong_frame(b"2"))
    assert [(one.opcode, bytes(one.data)) for one in peer.events_received()] == [
        (Opcode.PING, b"1"),
        (Opcode.PONG, b"2"),
    ]


@given(st.integers(3000, 4999), st.text(max_size=30))
def test_a_close_is_the_last_that_is_read(code, reason):
    assert fed(masked(8, code.to_bytes(2, "big") + reason.encode()) + masked(1, b"after")) == [Close(code, reason)]


def test_a_close_without_a_code_is_told_as_such():
    assert fed(masked(8, b"")) == [Close(NO_CODE, "")]
    assert close_frame(NO_CODE) == b"\x88\x00"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(b"\xc1" + masked(1, b"x")[1:], id="reserved bit"),
        pytest.param(b"\x83" + masked(1, b"x")[1:], id="reserved data opcode"),
        pytest.param(b"\x8b" + masked(1, b"x")[1:], id="reserved control opcode"),
        pytest.param(text_frame(b"x"), id="not masked"),
        pytest.param(masked(0, b"x"), id="continuation of nothing"),
        pytest.param(masked(1, b"x", final=False) + masked(1, b"y"), id="message inside a message"),
        pytest.param(b"\x09" + masked(9, b"x")[1:], id="fragmented ping"),
        pytest.param(b"\x89\xfe\x00\x7e" + b"m" * 4 + b"x" * 126, id="long ping"),
        pytest.param(b"\x81\xfe\x00\x7d" + b"m" * 4 + b"x" * 125, id="length in two bytes too many"),
        pytest.param(b"\x82\xff" + (65_535).to_bytes(8, "big"), id="length in eight bytes too many"),
        pytest.param(b"\x82\xff" + b"\xff" * 8, id="length with its top bit set"),
        pytest.param(masked(1, b"\xff"), id="text that is not UTF-8"),
        pytest.param(masked(1, b"\xc3", final=False) + masked(0, b"("), id="fragments that are not UTF-8"),
        pytest.param(masked(8, b"\x03"), id="half a close code"),
        pytest.param(masked(8, (1005).to_bytes(2, "big")), id="a close code that is never sent"),
        pytest.param(masked(8, (999).to_bytes(2, "big")), id="a close code that there is not"),
        pytest.param(masked(8, (4000).to_bytes(2, "big") + b"\xff"), id="a reason that is not UTF-8"),
    ],
)
def test_what_breaks_the_protocol_ends_the_reading(wrong):
    (*before, fault) = fed(masked(1, b"good") + wrong + masked(1, b"after"))
    assert before == [Message(b"good", is_text=True)]
    assert isinstance(fault, Fault)
    assert fault.code == 4400


def test_a_character_may_be_cut_by_fragments():
    cut = "ü".encode()
    assert fed(masked(1, cut[:1], final=False) + masked(0, cut[1:])) == [Message(cut, is_text=True)]


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(masked(2, b"x" * 1001), id="one frame"),
        pytest.param(masked(2, b"x" * 600, final=False) + masked(0, b"x" * 401), id="fragments"),
        pytest.param(masked(2, b"x" * 1001)[:8], id="only its head"),
    ],
)
def test_a_message_beyond_the_limit_is_refused(stream):
    (fault,) = fed(stream, max_bytes=1000)
    assert isinstance(fault, Fault)
    assert fault.code == 4413


def test_a_message_at_the_limit_is_taken():
    stream = masked(2, b"x" * 600, final=False) + masked(9, b"p" * 125) + masked(0, b"x" * 400)
    assert fed(stream, max_bytes=1000) == [Ping(b"p" * 125), Message(b"x" * 1000, is_text=False)]
