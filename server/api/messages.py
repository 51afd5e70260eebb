"""What an operator says to many: a message, and data for the page that shows it."""

from typing import Annotated, Any

import msgspec

from games.errors import BadRequest, Fault

Message = Annotated[str, msgspec.Meta(min_length=1)]


class MessageBody(msgspec.Struct, forbid_unknown_fields=True):
    """A message to everybody who follows a game."""

    message: Message
    data: dict[str, Any] | None = None


def encoded_data(message: str, data: dict[str, Any] | None, most_bytes: int) -> bytes | None:
    """The data as JSON, or None. Raises `BadRequest` when message and data have more than `most_bytes` together."""
    encoded = None if data is None else msgspec.json.encode(data)
    size = len(message.encode()) + len(encoded or b"")
    if size > most_bytes:
        faults = [Fault("$.message", f"has {size} bytes with its data; {most_bytes} may be sent")]
        raise BadRequest("The message is too long.", faults=faults)
    return encoded
