"""The audit trail: whatever is changed, taken out or put in is found and named."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from games.audit import GENESIS, AuditRow, ChainedRow, canonical_bytes, chain_hash, walk

AT = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def row_of(sequence, new_values=None):
    return AuditRow(
        sequence=sequence,
        at=AT + timedelta(seconds=sequence),
        user_id="operator-1",
        action="wheel.open",
        entity_type="wheel_games",
        entity_id=UUID(int=sequence),
        old_values=None,
        new_values=new_values,
        ip_address="127.0.0.1",
        user_agent=None,
    )


def chain(rows, previous=GENESIS):
    chained = []
    for row in rows:
        chained.append(ChainedRow(row, previous, chain_hash(previous, row)))
        previous = chained[-1].hash
    return chained


def head_of(chained):
    return (len(chained), chained[-1].hash) if chained else None


TRAIL = chain([row_of(sequence, {"wheel_status": "active"}) for sequence in range(1, 11)])
HEAD = head_of(TRAIL)


@given(st.integers(0, 12))
def test_a_trail_as_it_was_written_is_whole(count):
    trail = chain([row_of(sequence) for sequence in range(1, count + 1)])
    verdict = walk(trail, head_of(trail))
    assert (verdict.whole, verdict.rows, verdict.sequence) == (True, count, None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_hashes_as_it_comes_back_from_postgres(number):
    """`jsonb` keeps the digits that were written: 1.5e34 comes back as a whole number of 35 digits."""
    kept = Decimal(json.dumps(number))
    back = int(kept) if kept == kept.to_integral_value() else float(kept)
    assert canonical_bytes(row_of(1, {"number": number})) == canonical_bytes(row_of(1, {"number": back}))


@given(
    st.integers(0, 9),
    st.sampled_from(
        ["at", "user_id", "action", "entity_type", "entity_id", "old_values", "new_values", "ip_address", "user_agent"]
    ),
)
def test_a_changed_row_is_named(at, field):
    other = {"at": AT, "entity_id": UUID(int=99)}.get(field, "other")
    row = msgspec.structs.replace(TRAIL[at].row, **{field: other})
    trail = [*TRAIL[:at], msgspec.structs.replace(TRAIL[at], row=row), *TRAIL[at + 1 :]]
    verdict = walk(trail, HEAD)
    assert (verdict.whole, verdict.rows, verdict.sequence) == (False, at, at + 1)
    assert "changed" in verdict.reason


@given(st.integers(0, 9))
def test_a_removed_row_is_named_be_it_the_last(at):
    verdict = walk([*TRAIL[:at], *TRAIL[at + 1 :]], HEAD)
    assert (verdict.whole, verdict.sequence) == (False, at + 1)
    assert "missing" in verdict.reason


@given(st.integers(0, 9))
def test_a_removed_row_is_named_when_the_rest_is_renumbered(at):
    rest = [
        msgspec.structs.replace(one, row=msgspec.structs.replace(one.row, sequence=number))
        for number, one in enumerate([*TRAIL[:at], *TRAIL[at + 1 :]], start=1)
    ]
    verdict = walk(rest, HEAD)
    assert (verdict.whole, verdict.sequence) == (False, at + 1)


@given(st.integers(0, 10))
def test_an_inserted_row_is_named(at):
    before = TRAIL[at - 1].hash if at else GENESIS
    (inserted,) = chain([row_of(at + 1, {"wheel_status": "ended"})], before)
    verdict = walk([*TRAIL[:at], inserted, *TRAIL[at:]], HEAD)
    assert not verdict.whole
    assert verdict.sequence in (at + 1, at + 2)


def test_a_trail_written_anew_from_a_row_on_ends_in_another_head():
    forged = chain([row_of(sequence, {"wheel_status": "ended"}) for sequence in range(1, 11)])
    verdict = walk(forged, HEAD)
    assert (verdict.whole, verdict.sequence) == (False, 10)


def test_an_emptied_trail_is_not_whole():
    assert (walk([], HEAD).whole, walk([], HEAD).sequence) == (False, 1)
    assert not walk(TRAIL, None).whole


@given(values)
def test_a_row_read_back_from_json_has_the_same_bytes(value):
    read = json.loads(json.dumps(value))
    assert canonical_bytes(row_of(1, read)) == canonical_bytes(row_of(1, value))


def test_how_a_number_and_a_moment_were_written_does_not_matter():
    one, other = row_of(1, {"b": 1.0, "a": [1e22]}), row_of(1, {"a": [10**22], "b": 1})
    other = msgspec.structs.replace(other, at=other.at.astimezone(timezone(timedelta(hours=5))))
    assert canonical_bytes(one) == canonical_bytes(other)
    assert canonical_bytes(one) != canonical_bytes(row_of(1, {"a": [1], "b": 1}))
