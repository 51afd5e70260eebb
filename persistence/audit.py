"""The audit trail: written in the transaction of the change, chained by hash in the tenant's order.

The head of the chain is locked last in a transaction, so that writers of one tenant wait only from there to the commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Connection

from games import audit as rules
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: who, what, to which row, from what to what, from where. Values are whatever becomes JSON."""

    user_id: str | None
    action: str
    entity_type: str
    entity_id: UUID | None
    new_values: object = None
    old_values: object = None
    ip_address: str | None = None
    user_agent: str | None = None


async def record(
    connection: Connection,
    tenant_id: UUID,
    actor: str | None,
    action: str,
    entity_type: str,
    entity_id: UUID,
    new: object = None,
    old: object = None,
) -> None:
    """Add one change to the tenant's trail, as the last thing that a transaction does. None: it has no such values."""
    await append(connection, tenant_id, [Entry(actor, action, entity_type, entity_id, new, old)])


async def append(connection: Connection, tenant_id: UUID, entries: Sequence[Entry]) -> None:
    """Add entries to the tenant's trail, as the last thing that a transaction does."""
    head = await connection.fetchrow(statement("lock_audit_head"), tenant_id)
    if head is None:
        await connection.execute(statement("add_audit_head"), tenant_id, rules.GENESIS)
        head = await connection.fetchrow(statement("lock_audit_head"), tenant_id)
        assert head is not None
    at: datetime = head["at"]
    sequence, previous = int(head["sequence"]), bytes(head["hash"])
    rows = []
    for entry in entries:
        sequence += 1
        old, new = _text(entry.old_values), _text(entry.new_values)
        row = rules.AuditRow(
            sequence=sequence,
            at=at,
            user_id=entry.user_id,
            action=entry.action,
            entity_type=entry.entity_type,
            entity_id=entry.entity_id,
            old_values=_parsed(old),
            new_values=_parsed(new),
            ip_address=entry.ip_address,
            user_agent=entry.user_agent,
        )
        chained = rules.chain_hash(previous, row)
        rows.append((entry, old, new, sequence, previous, chained))
        previous = chained
    await connection.execute(
        statement("add_audit_rows"),
        tenant_id,
        at,
        [entry.user_id for entry, *_ in rows],
        [entry.action for entry, *_ in rows],
        [entry.entity_type for entry, *_ in rows],
        [entry.entity_id for entry, *_ in rows],
        [old for _, old, *_ in rows],
        [new for _, _, new, *_ in rows],
        [entry.ip_address for entry, *_ in rows],
        [entry.user_agent for entry, *_ in rows],
        [number for *_, number, _, _ in rows],
        [before for *_, before, _ in rows],
        [after for *_, after in rows],
    )


async def verify(connection: Connection, tenant_id: UUID) -> rules.Verdict:
    """Walk the tenant's whole trail and say whether it is whole, or which row is the first that is not."""
    rows = await connection.fetch("SELECT * FROM audit_logs WHERE tenant_id = $1 ORDER BY sequence", tenant_id)
    head = await connection.fetchrow("SELECT sequence, hash FROM audit_heads WHERE tenant_id = $1", tenant_id)
    chained = [
        rules.ChainedRow(
            rules.AuditRow(
                sequence=row["sequence"],
                at=row["created_at"],
                user_id=row["user_id"],
                action=row["action"],
                entity_type=row["entity_type"],
                entity_id=row["entity_id"],
                old_values=_parsed(row["old_values"]),
                new_values=_parsed(row["new_values"]),
                ip_address=row["ip_address"],
                user_agent=row["user_agent"],
            ),
            bytes(row["previous_hash"]),
            bytes(row["hash"]),
        )
        for row in rows
    ]
    return rules.walk(chained, None if head is None else (head["sequence"], bytes(head["hash"])))


def _text(values: object) -> str | None:
    return None if values is None else msgspec.json.encode(values).decode()


def _parsed(text: str | None) -> object:
    return None if text is None else msgspec.json.decode(text)
