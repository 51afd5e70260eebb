"""The tables that only grow have a partition for every month that comes, and are found in by key."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from persistence import partitions
from tests.schema import catalogue
from tests.schema.test_tenancy import PLATFORM, SERVER, refused

BY_MONTH = {"game_events", "game_logs", "audit_logs", "game_analytics", "spin_sessions", "spin_results"}
MONTH_OF = "SELECT tableoid::regclass::text FROM {table} WHERE tenant_id = $1"


def months(first: datetime, count: int) -> list[datetime]:
    return [
        datetime(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1, tzinfo=UTC)
        for n in range(count)
    ]


async def now(connection: asyncpg.Connection) -> datetime:
    return (await connection.fetchval("SELECT now()")).astimezone(UTC)


async def partition_names(connection: asyncpg.Connection) -> set[str]:
    return {table.name for table in (await catalogue.read(connection)).values() if table.is_partition}


def test_what_only_grows_is_partitioned(tables):
    assert {table.name for table in tables.values() if table.is_partitioned} == BY_MONTH


async def test_a_new_database_has_this_month_and_three_more(superuser):
    wanted = months(await now(superuser), 1 + partitions.MONTHS_AHEAD)
    assert await partition_names(superuser) == {partitions.name(table, month) for table in BY_MONTH for month in wanted}


async def test_ensure_makes_what_is_missing_once(database_urls):
    connection = await asyncpg.connect(database_urls.database_url, server_settings={"role": PLATFORM})
    assert await partitions.ensure(connection) == 0
    assert await partitions.ensure(connection, 5) == 2 * len(BY_MONTH)
    assert await partitions.ensure(connection, 5) == 0
    tables = await catalogue.read(connection)
    assert all(table.secured and table.forced for table in tables.values())
    await connection.close()


async def test_nodes_that_ensure_at_once_do_not_disturb_each_other(database_urls):
    async def one() -> int:
        connection = await asyncpg.connect(database_urls.database_url, server_settings={"role": PLATFORM})
        made = await partitions.ensure(connection, 6)
        await connection.close()
        return made

    assert sorted(await asyncio.gather(*(one() for _ in range(4)))) == [0, 0, 0, 3 * len(BY_MONTH)]


async def test_a_table_that_is_kept_locked_is_left_for_later(database_urls):
    busy = await asyncpg.connect(database_urls.migration_url)
    making = await asyncpg.connect(database_urls.database_url, server_settings={"role": PLATFORM})
    async with busy.transaction():
        await busy.execute("LOCK TABLE spin_sessions IN ROW EXCLUSIVE MODE")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await partitions.ensure(making, 4)
    assert await partitions.ensure(making, 4) == len(BY_MONTH)
    await making.close()
    await busy.close()


async def test_only_the_platform_room_makes_partitions(as_role):
    async with as_role(SERVER) as connection:
        assert await refused(connection, "SELECT wheelhouse_create_partitions(3)")


@pytest.mark.parametrize("ahead", [-1, 25])
async def test_no_month_is_made_that_nobody_means(as_role, ahead):
    async with as_role(PLATFORM) as connection:
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await partitions.ensure(connection, ahead)


async def test_a_row_lies_in_the_partition_of_its_ids_month(superuser, rows):
    month = await now(superuser)
    for table in BY_MONTH:
        assert await superuser.fetchval(MONTH_OF.format(table=table), rows.alpha) == partitions.name(table, month)


async def test_a_month_ends_where_the_next_begins(database_urls):
    connection = await asyncpg.connect(database_urls.migration_url)
    tenant = await _tenant(connection)
    this, following = months(await now(connection), 2)
    for moment, expected in ((following - timedelta(milliseconds=1), this), (following, following)):
        where = await connection.fetchval(
            "INSERT INTO game_events (tenant_id, id, event_type, event_category)"
            " VALUES ($1, wheelhouse_uuid_at($2), 'x', 'x') RETURNING tableoid::regclass::text",
            tenant,
            moment,
        )
        assert where == partitions.name("game_events", expected)
    await connection.close()


async def test_an_id_is_never_below_the_bound_of_its_moment(superuser):
    assert await superuser.fetchval(
        "SELECT bool_and(wheelhouse_uuid_at(clock_timestamp() - interval '1 millisecond') < uuidv7()"
        " AND uuidv7() < wheelhouse_uuid_at(clock_timestamp() + interval '1 second')) FROM generate_series(1, 1000)"
    )


@pytest.mark.parametrize("table", ["spin_sessions", "spin_results", "spin_chances", "fairness_epochs"])
async def test_a_plan_made_while_a_table_is_new_goes_by_the_key(database_urls, table):
    connection = await asyncpg.connect(database_urls.migration_url)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE by_key (uuid, uuid) AS SELECT 1 FROM {table} WHERE tenant_id = $1 AND id = $2")
    lines = await connection.fetch("EXPLAIN EXECUTE by_key (uuidv7(), uuidv7())")
    plan = "\n".join(line[0] for line in lines)
    assert "Index Cond: ((tenant_id = $1) AND (id = $2))" in plan, plan
    await connection.close()


async def _tenant(connection: asyncpg.Connection) -> object:
    return await connection.fetchval(
        "INSERT INTO tenants (tenant_code, tenant_name, country_code, currency, language_code)"
        " VALUES ('one', 'One', 'DE', 'EUR', 'de') RETURNING id"
    )
