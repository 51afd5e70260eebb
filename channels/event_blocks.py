"""Blocks of an event stream (Server-Sent Events, WHATWG HTML, 9.2) without I/O: a message in, its bytes out."""

from typing import Final

#: Says that the stream lives, and nothing else.
COMMENT: Final = b":\n\n"


def block(payload: bytes, event_id: str | None = None) -> bytes:
    """A JSON payload as one block. `event_id` is what a client that comes back names as `Last-Event-ID`."""
    if b"\n" in payload or b"\r" in payload:
        # In JSON these stand between tokens alone, where a space says the same.
        payload = payload.replace(b"\r", b" ").replace(b"\n", b" ")
    if event_id is None:
        return b"data: %b\n\n" % payload
    return b"id: %b\ndata: %b\n\n" % (event_id.encode(), payload)


def retry(after_ms: int) -> bytes:
    """How long a client that is cut off waits before it comes back."""
    return b"retry: %d\n\n" % after_ms
