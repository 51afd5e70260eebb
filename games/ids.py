"""Ids that must not be mixed, and the rules of those that come from outside."""

import hashlib
import unicodedata
from datetime import datetime
from typing import NewType
from uuid import UUID

from games.errors import BadRequest, WheelhouseError

TenantId = NewType("TenantId", UUID)
EngineId = NewType("EngineId", UUID)
TemplateId = NewType("TemplateId", UUID)
WheelId = NewType("WheelId", UUID)
VersionId = NewType("VersionId", UUID)
RewardId = NewType("RewardId", UUID)
SessionId = NewType("SessionId", UUID)
ChanceId = NewType("ChanceId", UUID)
EpochId = NewType("EpochId", UUID)
JackpotId = NewType("JackpotId", UUID)
EventId = NewType("EventId", UUID)
TicketId = NewType("TicketId", UUID)
CampaignId = NewType("CampaignId", UUID)
DrawId = NewType("DrawId", UUID)
TournamentId = NewType("TournamentId", UUID)
#: The platform's own name for a player; it references nothing here.
UserId = NewType("UserId", str)
#: A player's own idempotency key of one play.
RequestId = NewType("RequestId", str)

LONGEST_USER_ID = 128
LONGEST_REQUEST_ID = 64


def derived_id(at: datetime, *words: str) -> UUID:
    """An id that whoever knows the same words and moment comes to as well (UUIDv8, RFC 9562).

    It begins with the moment's unix milliseconds, so that it sorts among UUIDv7 by its time.
    """
    head = int(at.timestamp() * 1000).to_bytes(6, "big")
    tail = hashlib.sha256("\0".join(words).encode()).digest()[:10]
    bits = int.from_bytes(head + tail, "big")
    return UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 8 << 76 | 2 << 62)


def parse_uuid(text: str, otherwise: WheelhouseError | None = None) -> UUID:
    """A UUID in its usual form of 36 characters.

    Raises `otherwise`, or `BadRequest` when none is given: a path that names no UUID names nothing that exists.
    """
    try:
        value = UUID(text)
    except ValueError:
        value = None
    if value is None or str(value) != text.lower():
        raise otherwise or BadRequest("An id is a UUID, for example 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071.")
    return value


def parse_user_id(text: str) -> UserId:
    """A user id: 1 to 128 characters, no control characters. Raises `BadRequest`."""
    _must_be_plain(text, "A user id", LONGEST_USER_ID)
    return UserId(text)


def parse_request_id(text: str) -> RequestId:
    """A request id: 1 to 64 characters, no control characters. Raises `BadRequest`."""
    _must_be_plain(text, "A request_id", LONGEST_REQUEST_ID)
    return RequestId(text)


def _must_be_plain(text: str, name: str, longest: int) -> None:
    if not 1 <= len(text) <= longest:
        raise BadRequest(f"{name} has 1 to {longest} characters; this one has {len(text)}.")
    # Cs: half of a surrogate pair, which no UTF-8 text can hold.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise BadRequest(f"{name} holds no control characters.")
