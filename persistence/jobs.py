"""Jobs: what must follow a commit is put into the queue by its transaction, and worked off by any node.

The queue is pgqueuer's, in a schema of its own. A job is a wake-up: it names a row, and what is due, and whether it
still is, stands there, so that a job done twice does nothing the second time.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Connection

from persistence.database import Database

#: What is overdue by so much has lost its job.
LOST_S: Final = 5.0
#: Lost jobs put back by one sweep.
_SOME: Final = 500


class DueRow(msgspec.Struct, frozen=True):
    """The payload of every job: the row to look at."""

    tenant_id: UUID
    id: UUID


class Kind(NamedTuple):
    """A kind of job. Its rows are those of `table` that are `waiting`, each from its `next_attempt_at` on."""

    name: str
    table: str
    waiting: str


DELIVER_REWARD: Final = Kind(
    "deliver_reward", "reward_deliveries", "delivery_status IN ('pending', 'sending', 'failed')"
)
SEND_WEBHOOK: Final = Kind("send_webhook", "webhook_sends", "send_status IN ('pending', 'sending', 'failed')")
SETTLE_STAKE: Final = Kind(
    "settle_stake",
    "wallet_transactions",
    "transaction_status IN ('reserved', 'debiting', 'debited', 'rolling_back')",
)
#: Its rows are plays; a claim is judged by its time whether the job has come or not.
EXPIRE_CLAIM: Final = "expire_claim"


class RetryLater(Exception):
    """Raised by a handler whose job is to come again after `delay_s` seconds; `reason` goes into the queue's log."""

    def __init__(self, delay_s: float, reason: str) -> None:
        super().__init__(reason)
        self.delay_s = delay_s


async def enqueue(connection: Connection, kind: Kind | str, tenant_id: UUID, due: Mapping[UUID, timedelta]) -> None:
    """Put jobs of a kind into the queue as part of the caller's transaction: the rows, and in how long each is due.

    While a job of a row waits or runs, none is put in a second time; one for later stands in the way of none for now.
    """
    if not due:
        return
    name = kind if isinstance(kind, str) else kind.name
    await connection.execute(
        "SELECT jobs.enqueue($1, $2, $3, $4)",
        name,
        [msgspec.json.encode(DueRow(tenant_id, row_id)) for row_id in due],
        [f"{name}:{row_id}:later" if delay else f"{name}:{row_id}" for row_id, delay in due.items()],
        list(due.values()),
    )


async def put_back_lost(database: Database, kind: Kind) -> int:
    """Put those rows back into the queue, of all tenants, that are due and have lost their jobs; answers how many."""
    async with database.platform() as connection:
        rows = await connection.fetch(
            f"SELECT tenant_id, id FROM {kind.table} WHERE {kind.waiting}"  # noqa: S608 - of the constants above
            " AND next_attempt_at < clock_timestamp() + $1::interval - $2 * interval '1 second'"
            " ORDER BY next_attempt_at LIMIT $3",
            database.clock_offset,
            LOST_S,
            _SOME,
        )
    lost: dict[UUID, dict[UUID, timedelta]] = {}
    for row in rows:
        lost.setdefault(row["tenant_id"], {})[row["id"]] = timedelta()
    for tenant_id, due in lost.items():
        async with database.tenant(tenant_id) as connection:
            await enqueue(connection, kind, tenant_id, due)
    return len(rows)
