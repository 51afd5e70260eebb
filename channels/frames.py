"""WebSocket frames (RFC 6455) without I/O: bytes in, messages out, and the other way round.

The parser is a server's: it takes the masked frames of a client and refuses everything else. What it refuses is one
`Fault` with the close code that says so; after it nothing more is read.
"""

from typing import Final, NamedTuple

try:
    from websockets.speedups import apply_mask
except ImportError:  # built without its C extension
    from websockets.utils import apply_mask

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

#: Close codes of ours for what a client sends wrongly.
BAD_FRAME: Final = 4400
TOO_LARGE: Final = 4413

#: Stands for a close frame that names no code (RFC 6455, 7.1.5).
NO_CODE: Final = 1005

_FIN = 0x80
_RESERVED = 0x70
_MASKED = 0x80
_CONTROL_LIMIT = 125


class Message(NamedTuple):
    """A whole message, its fragments joined."""

    payload: bytes
    is_text: bool


class Ping(NamedTuple):
    """To be answered with a pong of the same payload."""

    payload: bytes


class Pong(NamedTuple):
    """An answer to a ping, or a sign of life that nobody asked for."""

    payload: bytes


class Close(NamedTuple):
    """The peer ends the connection; `NO_CODE` when it gives no code."""

    code: int
    reason: str


class Fault(NamedTuple):
    """The peer broke the protocol; the connection is to be closed with `code`."""

    code: int
    reason: str


Received = Message | Ping | Pong | Close | Fault


def frame(opcode: int, payload: bytes) -> bytes:
    """One unmasked, final frame, as a server sends it."""
    length = len(payload)
    if length < 126:
        return bytes((_FIN | opcode, length)) + payload
    if length < 65536:
        return bytes((_FIN | opcode, 126)) + length.to_bytes(2, "big") + payload
    return bytes((_FIN | opcode, 127)) + length.to_bytes(8, "big") + payload


def text_frame(payload: bytes) -> bytes:
    """A text message; `payload` is UTF-8."""
    return frame(TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """A binary message."""
    return frame(BINARY, payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; a reason that does not fit is cut at a character. `NO_CODE` gives an empty one."""
    if code == NO_CODE:
        return frame(CLOSE, b"")
    text = reason.encode()[: _CONTROL_LIMIT - 2].decode(errors="ignore").encode()
    return frame(CLOSE, code.to_bytes(2, "big") + text)


def ping_frame(payload: bytes = b"") -> bytes:
    """A ping; `payload` is 125 bytes at the most."""
    return frame(PING, payload)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping."""
    return frame(PONG, payload)


class FrameParser:
    """Turns a client's bytes into what they say. `max_bytes` bounds a message over all its fragments.

    At the most one unfinished frame and one unfinished message are held, so memory is bounded by `max_bytes`.
    """

    __slots__ = ("_dead", "_fragments", "_kind", "_rest", "max_bytes")

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        #: bytes of a frame that has not come whole
        self._rest = b""
        #: the fragments so far of a message, and the opcode that began it; None between messages
        self._fragments: bytearray | None = None
        self._kind = CONTINUATION
        #: nothing is read after a close frame or a fault
        self._dead = False

    def feed(self, data: bytes) -> list[Received]:
        """What `data`, following what came before, completes. A `Close` or `Fault` is always the last."""
        if self._dead:
            return []
        if self._rest:
            data = self._rest + data
            self._rest = b""
        found: list[Received] = []
        position = 0
        while (end := self._frame_at(data, position, found)) > position:
            position = end
        if position < len(data) and not self._dead:
            self._rest = data[position:]
        return found

    def _frame_at(self, data: bytes, start: int, found: list[Received]) -> int:
        """Read the frame at `start` into `found`; where it ends, or `start` when it has not come whole."""
        if len(data) - start < 2:
            return start
        first, second = data[start], data[start + 1]
        fault = self._fault_in_head(first, second)
        if fault is not None:
            return self._fail(found, start, BAD_FRAME, fault)
        length = second & 0x7F
        mask_at = start + 2
        if length > _CONTROL_LIMIT:
            width = 2 if length == 126 else 8
            if len(data) < mask_at + width:
                return start
            length = int.from_bytes(data[mask_at : mask_at + width], "big")
            if length < (126 if width == 2 else 65536) or length >> 63:
                return self._fail(found, start, BAD_FRAME, "the length is not written in its shortest form")
            mask_at += width
        opcode = first & 0x0F
        held = len(self._fragments) if self._fragments is not None and opcode < CLOSE else 0
        if length + held > self.max_bytes and opcode < CLOSE:
            return self._fail(found, start, TOO_LARGE, f"a message may have {self.max_bytes} bytes")
        end = mask_at + 4 + length
        if len(data) < end:
            return start
        payload = apply_mask(data[mask_at + 4 : end], data[mask_at : mask_at + 4])
        if opcode >= CLOSE:
            self._control(opcode, payload, found)
        else:
            self._part(opcode, payload, bool(first & _FIN), found)
        return start if self._dead else end

    def _fault_in_head(self, first: int, second: int) -> str | None:
        opcode = first & 0x0F
        if first & _RESERVED:
            return "a reserved bit is set"
        if not second & _MASKED:
            return "a client's frame must be masked"
        if opcode >= CLOSE:
            if opcode > PONG:
                return "a reserved opcode"
            if not first & _FIN or second & 0x7F > _CONTROL_LIMIT:
                return "a control frame must be whole and short"
            return None
        if opcode > BINARY:
            return "a reserved opcode"
        if (opcode == CONTINUATION) == (self._fragments is None):
            return "a fragment is out of place"
        return None

    def _part(self, opcode: int, payload: bytes, final: bool, found: list[Received]) -> None:
        if self._fragments is not None:
            self._fragments += payload
            if not final:
                return
            payload, opcode, self._fragments = bytes(self._fragments), self._kind, None
        elif not final:
            self._fragments, self._kind = bytearray(payload), opcode
            return
        if opcode == TEXT and not payload.isascii() and not _is_utf8(payload):
            self._fail(found, 0, BAD_FRAME, "a text message must be UTF-8")
            return
        found.append(Message(payload, opcode == TEXT))

    def _control(self, opcode: int, payload: bytes, found: list[Received]) -> None:
        if opcode == PING:
            found.append(Ping(payload))
        elif opcode == PONG:
            found.append(Pong(payload))
        elif not payload:
            self._end(found, Close(NO_CODE, ""))
        elif len(payload) == 1 or not _may_be_sent(code := int.from_bytes(payload[:2], "big")):
            self._fail(found, 0, BAD_FRAME, "a close frame must have a valid code")
        elif not _is_utf8(payload[2:]):
            self._fail(found, 0, BAD_FRAME, "a close reason must be UTF-8")
        else:
            self._end(found, Close(code, payload[2:].decode()))

    def _fail(self, found: list[Received], start: int, code: int, reason: str) -> int:
        self._end(found, Fault(code, reason))
        return start

    def _end(self, found: list[Received], last: Close | Fault) -> None:
        found.append(last)
        self._dead = True
        self._fragments = None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _may_be_sent(code: int) -> bool:
    """Whether a close code may stand in a frame (RFC 6455, 7.4, and the registry it founds)."""
    return 3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, 1005, 1006))
