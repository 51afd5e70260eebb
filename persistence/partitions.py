"""Monthly partitions of the tables that only grow: bounded by ids, made ahead of time.

There is no default partition: it would have to be searched, under a lock that stops all plays, whenever a month is
added. What must not happen instead, a play without a partition, is three missed months away.
"""

from datetime import date

from asyncpg import Connection

#: How many months beyond the present one have their partitions.
MONTHS_AHEAD = 3


async def ensure(connection: Connection, months_ahead: int = MONTHS_AHEAD) -> int:
    """Make the partitions of this month and `months_ahead` more that are not there yet; answers how many it made.

    Arguments: `connection`, in a transaction of the platform room; `months_ahead`, 0 to 24. Called when a server starts
    and by a daily job; when all is there it costs one query. Making one stops plays for the blink that its foreign keys
    take. Raises asyncpg's `LockNotAvailableError` when something has kept a table locked for half a second: roll back
    and try again later, there are months of time.
    """
    return int(await connection.fetchval("SELECT wheelhouse_create_partitions($1)", months_ahead))


def name(table: str, month: date) -> str:
    """The name of the partition of `table` that holds what began in that month, in UTC."""
    return f"{table}_y{month:%Y}m{month:%m}"
