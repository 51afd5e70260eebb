"""What staff and platforms say of chances over REST: a grant, an entry of many, a revocation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from games.chances import CHANCE_TYPES, ChanceMetadata
from games.errors import BadRequest, Fault, WheelhouseError
from games.ids import parse_user_id
from persistence.chances import Grant
from server.play.chances import GRANT_ID

#: Chances expire by the end of this year; leave the expiry out for never.
LAST_YEAR = 2200


class ChanceBody(msgspec.Struct, forbid_unknown_fields=True):
    """A grant of chances."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    chance_type: str
    chance_count: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    award_reason: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    expires_at: datetime | None = None
    chance_metadata: ChanceMetadata = ChanceMetadata()


class ChanceEntry(ChanceBody, kw_only=True):
    """A grant among many; `grant_id` is the caller's own name of it, by which it is made once in the tenant."""

    grant_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class RevokeBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why what remains of a grant is taken."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


def grant_of(body: ChanceBody, source: str, source_key: str) -> Grant:
    """The grant that a body asks for. Raises `BadRequest` with every fault."""
    _check(body)
    return Grant(
        user_id=parse_user_id(body.user_id),
        chance_type=body.chance_type,
        chance_count=body.chance_count,
        award_reason=body.award_reason,
        source=source,
        source_key=source_key,
        expires_at=body.expires_at,
        wheels=body.chance_metadata.wheels,
    )


def read_entries(sent: Sequence[object]) -> list[Grant | WheelhouseError]:
    """Every entry, or why it does not fit, in the order of the call."""
    return [_read(one) for one in sent]


def _read(sent: object) -> Grant | WheelhouseError:
    try:
        entry = msgspec.convert(sent, ChanceEntry)
        if not entry.grant_id.isprintable() or "\0" in entry.award_reason:
            return BadRequest("grant_id holds no control characters, and award_reason no NUL.")
        return grant_of(entry, GRANT_ID, entry.grant_id)
    except msgspec.ValidationError as error:
        return BadRequest(f"The entry does not fit: {error}.")
    except BadRequest as error:
        faults = "; ".join(f"{fault.path} {fault.message}" for fault in error.faults)
        return BadRequest(f"The entry does not fit: {faults}.") if faults else error


def _check(data: ChanceBody) -> None:
    faults = []
    if data.chance_type not in CHANCE_TYPES:
        faults.append(Fault("$.chance_type", f"must be one of {', '.join(CHANCE_TYPES)}"))
    if data.expires_at is not None and data.expires_at.tzinfo is None:
        faults.append(Fault("$.expires_at", "needs a time zone, for example 2026-11-22T10:00:00Z"))
    elif data.expires_at is not None and not 2000 <= data.expires_at.year <= LAST_YEAR:
        faults.append(Fault("$.expires_at", f"must be within the years 2000 to {LAST_YEAR}"))
    if faults:
        raise BadRequest("The grant does not fit: every fault is listed.", faults=faults)
