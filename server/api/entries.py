"""Entries of points as a platform sends them: up to a thousand a call, each judged by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from games.errors import BadRequest, Fault, WheelhouseError
from games.ids import parse_user_id
from games.tournament import parse_points
from persistence.points import Entry

#: Entries of one call at the most.
LONGEST_CALL = 1_000
#: Characters of an entry's metadata, as JSON, at the most.
_METADATA_LENGTH = 4_096


class PointsEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Points that a source event has given a player."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    points_earned: str | int
    points_source: Literal["spin", "bet", "deposit", "manual", "api"]
    source_event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    points_earned_at: datetime | None = None
    points_metadata: dict[str, Any] = {}


def read_entries(sent: Sequence[object]) -> list[Entry | WheelhouseError]:
    """Every entry, or why it does not fit, in the order of the call."""
    return [_read(one) for one in sent]


def _read(sent: object) -> Entry | WheelhouseError:
    try:
        body = msgspec.convert(sent, PointsEntry)
        return Entry(
            user_id=parse_user_id(body.user_id),
            points=parse_points(body.points_earned),
            source=body.points_source,
            source_event_id=_plain(body.source_event_id),
            earned_at=_with_zone(body.points_earned_at),
            metadata=_metadata(body.points_metadata),
        )
    except msgspec.ValidationError as error:
        return BadRequest(f"The entry does not fit: {error}.", faults=[Fault("$", str(error))])
    except BadRequest as error:
        return error


def _plain(source_event_id: str) -> str:
    if not source_event_id.isprintable():
        raise BadRequest("source_event_id holds no control characters.")
    return source_event_id


def _with_zone(earned_at: datetime | None) -> datetime | None:
    if earned_at is not None and earned_at.tzinfo is None:
        raise BadRequest("points_earned_at needs a time zone, for example 2026-11-22T10:00:00Z.")
    return earned_at


def _metadata(said: dict[str, Any]) -> str:
    text = msgspec.json.encode(said).decode()
    if len(text) > _METADATA_LENGTH or "\\u0000" in text:
        raise BadRequest(f"points_metadata has at most {_METADATA_LENGTH} characters as JSON, and no NUL.")
    return text
