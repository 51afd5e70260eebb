"""Moments as the wire writes them: RFC 3339, UTC, milliseconds."""

from datetime import UTC, datetime


def wire_time(moment: datetime) -> str:
    """`2026-11-22T10:00:00.123Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def wire_time_or_none(moment: datetime | None) -> str | None:
    """The same, for a moment that may not have come."""
    return None if moment is None else wire_time(moment)


def unix_ms(moment: datetime) -> float:
    """Milliseconds since 1970."""
    return moment.timestamp() * 1000
