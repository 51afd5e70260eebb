"""Moments as the wire writes them, RFC 3339, UTC, milliseconds; and as it reads them, with any zone."""

from datetime import UTC, datetime

import msgspec

from games.errors import BadRequest, Fault


def wire_time(moment: datetime) -> str:
    """`2026-11-22T10:00:00.123Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def wire_time_or_none(moment: datetime | None) -> str | None:
    """The same, for a moment that may not have come."""
    return None if moment is None else wire_time(moment)


def unix_ms(moment: datetime) -> float:
    """Milliseconds since 1970."""
    return moment.timestamp() * 1000


def read_moment(name: str, text: str | None) -> datetime | None:
    """A moment out of a query, `name` being its parameter. Raises `BadRequest` unless it is RFC 3339 with its zone."""
    if text is None:
        return None
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fault = Fault(f"$.{name}", "must be a date and a time with their zone, for example 2026-11-22T10:00:00Z")
        raise BadRequest("The moment does not fit.", faults=[fault])
    return moment
