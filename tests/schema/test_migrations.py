"""The migrations make what the models say, can be taken back, and can be run by several nodes at once."""

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from persistence import migrate
from persistence.tables.schema import METADATA
from tests.schema import catalogue

ROOM = Path(__file__).parents[2]
MADE_BY_US = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""
SHAPE = """
SELECT conrelid::regclass::text AS relation, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conparentid = 0 AND contype NOT IN ('n', 't')
    AND NOT (SELECT relispartition FROM pg_class WHERE oid = conrelid) AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT tablename, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('%I.%I', schemaname, tablename)::regclass)
UNION ALL
SELECT table_name, concat_ws(' ', column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
    is_nullable, column_default)
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('%I.%I', table_schema, table_name)::regclass)
ORDER BY 1, 2
"""


async def _ask(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def _engine(url: str):
    return create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url))


async def test_up_down_up_leaves_nothing_in_between(make_database):
    url = make_database(migrated=False).migration_url
    assert await asyncio.to_thread(migrate.current, url) is None
    await asyncio.to_thread(migrate.upgrade, url)
    assert (await asyncio.to_thread(migrate.current, url),) == migrate.heads()
    first = await _ask(url, MADE_BY_US)
    await asyncio.to_thread(migrate.downgrade, url)
    assert await asyncio.to_thread(migrate.current, url) is None
    assert await _ask(url, MADE_BY_US) == []
    await asyncio.to_thread(migrate.upgrade, url)
    assert sorted(await _ask(url, MADE_BY_US)) == sorted(first)


async def test_migrating_what_is_migrated_changes_nothing(database_urls):
    before = await _ask(database_urls.migration_url, MADE_BY_US)
    await asyncio.to_thread(migrate.upgrade, database_urls.migration_url)
    assert await _ask(database_urls.migration_url, MADE_BY_US) == before


async def test_nodes_that_start_together_migrate_one_after_another(make_database):
    url = make_database(migrated=False).migration_url
    program = "import sys; from persistence import migrate; migrate.upgrade(sys.argv[1])"
    nodes = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, url, cwd=ROOM) for _ in range(3)]
    assert await asyncio.gather(*(node.wait() for node in nodes)) == [0, 0, 0]
    assert (await asyncio.to_thread(migrate.current, url),) == migrate.heads()


async def test_there_is_one_head():
    assert len(migrate.heads()) == 1


async def test_a_login_without_the_rights_is_told_what_to_do(make_database):
    urls = make_database(migrated=False)
    connection = await asyncpg.connect(urls.migration_url)
    await connection.execute("DROP ROLE IF EXISTS newcomer")
    await connection.execute("CREATE ROLE newcomer")
    await connection.execute("GRANT CREATE ON SCHEMA public TO newcomer")
    with pytest.raises(Exception, match="may not make the roles of Wheelhouse") as told:
        await asyncio.to_thread(migrate.upgrade, f"{urls.migration_url}&role=newcomer")
    assert "GRANT wheelhouse_owner TO newcomer" in _hint(told.value)
    assert await _ask(urls.migration_url, MADE_BY_US) == []
    await connection.execute("DROP OWNED BY newcomer")
    await connection.execute("DROP ROLE newcomer")
    await connection.close()


async def test_any_node_can_ask_where_its_database_stands(database_urls):
    assert (await asyncio.to_thread(migrate.current, database_urls.database_url),) == migrate.heads()


async def _differences(url: str) -> list[object]:
    connection = await asyncpg.connect(url)
    partitions = {table.name for table in (await catalogue.read(connection)).values() if table.is_partition}
    await connection.close()

    def is_ours(thing, name, kind, _reflected, _compared_to):
        if kind == "table":
            return name not in partitions
        return not (kind == "foreign_key_constraint" and thing.referred_table.name in partitions)

    def compare(connection):
        options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)

    engine = _engine(url)
    async with engine.connect() as reading:
        found = await reading.run_sync(compare)
    await engine.dispose()
    return found


async def test_the_models_and_the_migrated_database_do_not_differ(schema_urls):
    assert await _differences(schema_urls.migration_url) == []


async def test_a_difference_would_be_seen(database_urls):
    await _ask(database_urls.migration_url, "ALTER TABLE players DROP COLUMN display_name")
    await _ask(database_urls.migration_url, "DROP INDEX ix_spin_results_wins")
    kinds = {difference[0] for difference in await _differences(database_urls.migration_url)}
    assert kinds == {"add_column", "add_index"}


async def test_tables_made_from_the_models_have_the_same_shape(schema_urls, make_database):
    plain = make_database(migrated=False).migration_url
    engine = _engine(plain)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    await engine.dispose()
    migrated = await _ask(schema_urls.migration_url, SHAPE)
    assert len(migrated) > 700
    assert migrated == await _ask(plain, SHAPE)


def _hint(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "hint", None))
