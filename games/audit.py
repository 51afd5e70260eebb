"""The audit trail's chain (domain.md, Analytics, alerts, logs, audit).

Each row's hash covers the row and the hash before it, so that nothing can be changed, taken out or put in unseen.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

#: What stands before a tenant's first row.
GENESIS = bytes(32)


class AuditRow(msgspec.Struct, frozen=True):
    """One change: who, when, what, on which row, from where. `sequence` counts the tenant's rows from 1 on.

    `old_values` and `new_values` are JSON as it was decoded; `at` is an aware moment, kept to the microsecond.
    """

    sequence: int
    at: datetime
    user_id: str | None
    action: str
    entity_type: str
    entity_id: UUID | None
    old_values: Any
    new_values: Any
    ip_address: str | None
    user_agent: str | None


class ChainedRow(msgspec.Struct, frozen=True):
    """A row as it is kept, with the hash before it and its own."""

    row: AuditRow
    previous_hash: bytes
    hash: bytes


class Verdict(msgspec.Struct, frozen=True):
    """What a walk over the chain found: how many rows hold, and the first that does not, with the reason."""

    whole: bool
    rows: int
    sequence: int | None = None
    reason: str | None = None


def canonical_bytes(row: AuditRow) -> bytes:
    """A row as one text that survives being kept: keys sorted, the moment in UTC, whole numbers without a point.

    A jsonb column forgets the order of keys and how a number was written, so neither may matter here.
    """
    fields = msgspec.structs.asdict(row)
    fields["at"] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields["entity_id"] = None if row.entity_id is None else str(row.entity_id)
    text = json.dumps(_plain(fields), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case float() if value.is_integer():
            # As it is written: Postgres keeps the digits of 1.5e34, not those of the nearest power of two.
            return int(Decimal(repr(value)))
    return value


def chain_hash(previous_hash: bytes, row: AuditRow) -> bytes:
    """SHA-256 of the hash before a row, and the row."""
    return hashlib.sha256(previous_hash + canonical_bytes(row)).digest()


def walk(rows: Iterable[ChainedRow], head: tuple[int, bytes] | None) -> Verdict:
    """Go over a tenant's whole trail in order and name the first row that is not as it was written.

    `head`: the sequence and hash that the tenant's chain must end with; None when it has never been written to.
    """
    sequence, previous = 0, GENESIS
    for chained in rows:
        sequence += 1
        if fault := _fault(chained, sequence, previous):
            return Verdict(whole=False, rows=sequence - 1, sequence=sequence, reason=fault)
        previous = chained.hash
    last, hash_ = head or (0, GENESIS)
    if sequence < last:
        return Verdict(False, sequence, sequence + 1, f"rows are missing: the trail ends here, its head says {last}")
    if sequence > last:
        return Verdict(False, last, last + 1, f"rows were put in: the head says that the trail ends with {last}")
    if previous != hash_:
        return Verdict(False, sequence, sequence, "the head of the chain is not this row's hash")
    return Verdict(whole=True, rows=sequence)


def _fault(chained: ChainedRow, sequence: int, previous: bytes) -> str | None:
    found = chained.row.sequence
    if found > sequence:
        return "the row is missing" if found == sequence + 1 else f"the rows up to {found - 1} are missing"
    if found < sequence:
        return f"a row was put in: another has the sequence {found}"
    if chained.previous_hash != previous:
        return "the row does not follow the one before it"
    if chained.hash != chain_hash(previous, chained.row):
        return "the row was changed after it was written"
    return None
