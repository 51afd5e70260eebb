"""What the server sends unasked, and the two encodings that it is sent in (docs/protocol.md, Envelope)."""

import enum
from datetime import UTC, datetime

import msgspec

from channels import event_blocks
from channels.frames import binary_frame, text_frame
from channels.policy import Policy


class Encoding(enum.Enum):
    """How messages are written on a connection: JSON in text frames, MessagePack in binary ones, JSON in blocks."""

    JSON = "json"
    MSGPACK = "msgpack"
    EVENT_STREAM = "event-stream"

    def encode(self, message: object) -> bytes:
        """A message's payload. What is raw in it is JSON, whatever it becomes."""
        payload = _TO_JSON.encode(message)
        return _json_to_msgpack(payload) if self is Encoding.MSGPACK else payload

    def frame(self, message: object) -> bytes:
        """A message's payload in its WebSocket frame or its block of an event stream."""
        return self.wrap(self.encode(message))

    def wrap(self, payload: bytes) -> bytes:
        """An encoded payload in its WebSocket frame or its block of an event stream."""
        if self is Encoding.EVENT_STREAM:
            return event_blocks.block(payload)
        return text_frame(payload) if self is Encoding.JSON else binary_frame(payload)


class Event(msgspec.Struct, tag="event", frozen=True):
    """The envelope of an event, as clients see it."""

    channel: str
    event: str
    data: object
    at: str
    offset: int | msgspec.UnsetType = msgspec.UNSET
    version: int | msgspec.UnsetType = msgspec.UNSET


class Unsubscribed(msgspec.Struct, tag="unsubscribed", frozen=True):
    """A subscription was ended by the server; `code` is an error code."""

    channel: str
    code: str
    message: str


class Closing(msgspec.Struct, tag="closing", frozen=True):
    """The connection will soon be closed by the server."""

    code: str
    reconnect_in_ms: int


class Closed(msgspec.Struct, tag="closed", frozen=True):
    """The last message of an event stream: what a websocket is told by its close frame."""

    code: int
    reason: str


class Broadcast:
    """One event on its way to many sockets. Each encoding is made once, when the first socket needs it.

    Arguments: the channel's wire name; the event's name and policy; `body`, the JSON of the envelope from `"event"` to
    its closing brace (`encode_body`); `offset` of a kept event, in `epoch`, `version` of a latest one.
    """

    __slots__ = (
        "_frames", "_payloads", "base", "body", "epoch", "event", "offset", "policy", "trace", "version", "whole",
        "wire_name",
    )  # fmt: skip

    def __init__(
        self,
        wire_name: str,
        event: str,
        policy: Policy,
        body: bytes,
        offset: int | None,
        version: int | None,
        epoch: str | None = None,
    ) -> None:
        self.wire_name = wire_name
        self.event = event
        self.policy = policy
        self.body = body
        self.offset = offset
        self.version = version
        self.epoch = epoch
        #: what this is a step to, to be sent to whoever does not stand at the version `base` that it builds upon
        self.whole: Broadcast | None = None
        self.base: int | None = None
        #: the span that brought it here, where it is traced
        self.trace: object = None
        self._payloads: dict[Encoding, bytes] = {}
        self._frames: dict[Encoding, bytes] = {}

    def step(self, event: str, body: bytes, base: int) -> "Broadcast":
        """A shorter event that makes this version of a latest one out of its version `base`."""
        made = Broadcast(self.wire_name, event, self.policy, body, None, self.version, self.epoch)
        made.whole, made.base = self, base
        return made

    @property
    def name(self) -> str:
        """The event whose versions it is one of."""
        return self.event if self.whole is None else self.whole.event

    def payload(self, encoding: Encoding) -> bytes:
        """The envelope in an encoding."""
        made = self._payloads.get(encoding)
        if made is None:
            if encoding is Encoding.JSON:
                made = self._json()
            else:
                made = self.payload(Encoding.JSON)
                made = _json_to_msgpack(made) if encoding is Encoding.MSGPACK else made
            self._payloads[encoding] = made
        return made

    def frame(self, encoding: Encoding) -> bytes:
        """The envelope's frame, or block, in an encoding."""
        made = self._frames.get(encoding)
        if made is None:
            payload = self.payload(encoding)
            if encoding is Encoding.EVENT_STREAM and self.offset is not None:
                made = event_blocks.block(payload, f"{self.epoch}:{self.offset}")
            else:
                made = encoding.wrap(payload)
            self._frames[encoding] = made
        return made

    def _json(self) -> bytes:
        place = ""
        if self.offset is not None:
            place = f'"offset":{self.offset},'
        elif self.version is not None:
            place = f'"version":{self.version},'
        return b'{"type":"event","channel":%b,%b%b' % (_TO_JSON.encode(self.wire_name), place.encode(), self.body)


def encode_body(event: str, data: object, at: datetime) -> bytes:
    """The JSON of an envelope from `"event"` on: what is the same for every channel, offset and socket."""
    when = at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6]
    return b'"event":%b,"data":%b,"at":"%bZ"}' % (_TO_JSON.encode(event), _TO_JSON.encode(data), when.encode())


def _json_to_msgpack(payload: bytes) -> bytes:
    return _TO_MSGPACK.encode(msgspec.json.decode(payload))


_TO_JSON = msgspec.json.Encoder()
_TO_MSGPACK = msgspec.msgpack.Encoder()
