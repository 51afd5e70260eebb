"""One tenant's rows are out of another's reach by the database itself: walked over every table that there is."""

from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import Connection

from tests.schema import catalogue
from tests.schema.catalogue import Table
from tests.schema.rows import Rows, insert

SERVER, PLATFORM = "wheelhouse_server", "wheelhouse_platform"
#: The tables whose key is not led by the tenant: the tenants, and keys of which some are the platform's own.
KEYED_BY_ID = {"tenants", "api_keys"}
REFUSED = (asyncpg.InsufficientPrivilegeError,)


def unprotected(tables: dict[str, Table]) -> list[str]:
    """Tables that row-level security does not hold for everyone."""
    return [table.name for table in tables.values() if not (table.secured and table.forced)]


def whole(tables: dict[str, Table]) -> list[Table]:
    return [table for table in tables.values() if not table.is_partition]


def partitions(tables: dict[str, Table]) -> list[Table]:
    return [table for table in tables.values() if table.is_partition]


async def refused(connection: Connection, *statement: Any) -> bool:
    """Whether a role is told that it has no right to, or no policy for, what it tries."""
    try:
        async with savepoint(connection):
            await connection.execute(*statement)
    except REFUSED:
        return True
    return False


def savepoint(connection: Connection) -> AbstractAsyncContextManager[Any]:
    return connection.transaction()


def test_every_table_has_row_level_security_that_binds_its_owner_too(tables):
    assert len(whole(tables)) >= 42
    assert not unprotected(tables)


async def test_a_table_made_without_row_level_security_would_be_found(superuser):
    async with superuser.transaction():
        await superuser.execute("CREATE TABLE forgotten (tenant_id uuid)")
        found = unprotected(await catalogue.read(superuser))
        await superuser.execute("DROP TABLE forgotten")
    assert found == ["forgotten"]


def test_every_key_and_every_reference_is_led_by_the_tenant(tables):
    for table in whole(tables):
        if table.name not in KEYED_BY_ID:
            assert table.key[0] == "tenant_id", table.name
        if table.name != "tenants":
            assert any(key.refers_to == "tenants" for key in table.foreign_keys), table.name
        for key in table.foreign_keys:
            assert key.columns[0] == "tenant_id", key.name
            assert key.on_delete == "r", key.name
            ends = "REFERENCES tenants(id)" if key.column is None else f"REFERENCES {key.refers_to}(tenant_id, id)"
            assert ends in key.definition, key.name


def test_every_table_belongs_to_the_owner_and_nothing_to_the_server(tables):
    assert {table.owner for table in tables.values()} == {"wheelhouse_owner"}


async def test_the_roles_of_a_node_cannot_pass_by_row_level_security(superuser):
    roles = await superuser.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, pg_has_role(rolname, 'wheelhouse_owner', 'MEMBER') AS owns"
        " FROM pg_roles WHERE rolname IN ('wheelhouse', 'wheelhouse_server', 'wheelhouse_platform')"
    )
    assert len(roles) == 3
    for role in roles:
        assert not any((role["rolsuper"], role["rolbypassrls"], role["owns"])), role["rolname"]


async def test_every_table_holds_a_row_of_each_tenant(superuser, rows, tables):
    for table in whole(tables):
        for tenant in (rows.alpha, rows.beta):
            held = f"SELECT count(*) FROM {table.name} WHERE {table.tenant_column} = $1"
            assert await superuser.fetchval(held, tenant) == 1, table.name


async def test_without_a_tenant_nothing_is_there(as_role, rows, tables):
    async with as_role(SERVER) as connection:
        for table in whole(tables):
            assert await connection.fetchval(f"SELECT count(*) FROM {table.name}") == 0, table.name
            assert await refused(connection, *_copy_of(rows, table, rows.alpha)), table.name


async def test_a_tenant_sees_its_own_rows_and_no_others(as_role, rows, tables):
    async with as_role(SERVER, rows.beta) as connection:
        for table in whole(tables):
            seen = await connection.fetch(f"SELECT {table.tenant_column} AS tenant FROM {table.name}")
            assert [row["tenant"] for row in seen] == [rows.beta], table.name


async def test_a_setting_left_empty_by_the_last_transaction_shows_nothing(as_role, rows):
    async with as_role(SERVER) as connection:
        await connection.execute("SET LOCAL wheelhouse.tenant_id = ''")
        assert await connection.fetchval("SELECT count(*) FROM players") == 0


async def test_another_tenants_rows_can_be_neither_changed_nor_deleted(as_role, rows, tables):
    async with as_role(SERVER, rows.beta) as connection:
        for table in whole(tables):
            column = table.tenant_column
            for statement in (
                f"UPDATE {table.name} SET {column} = {column} WHERE {column} = $1",
                f"DELETE FROM {table.name} WHERE {column} = $1",
            ):
                try:
                    async with savepoint(connection):
                        done = await connection.execute(statement, rows.alpha)
                except REFUSED:
                    continue
                assert done.endswith(" 0"), statement


async def test_no_row_can_be_written_for_another_tenant(as_role, rows, tables):
    async with as_role(SERVER, rows.beta) as connection:
        for table in whole(tables):
            assert await refused(connection, *_copy_of(rows, table, rows.alpha)), table.name
            moved = f"UPDATE {table.name} SET {table.tenant_column} = $1"
            assert await refused(connection, moved, rows.alpha), table.name


async def test_no_row_can_refer_to_another_tenants_even_past_row_level_security(superuser, rows, tables):
    tried = 0
    for table in whole(tables):
        for key in table.foreign_keys:
            if key.column is None:
                continue
            foreign = rows.made[rows.alpha, key.refers_to]["id"]
            with pytest.raises(asyncpg.ForeignKeyViolationError, match=key.name):
                async with savepoint(superuser):
                    await superuser.execute(*rows.change(table, rows.beta, {key.column: foreign}))
            tried += 1
    assert tried >= 36


async def test_a_partition_shows_nothing_by_its_own_name(as_role, rows, tables):
    assert partitions(tables)
    for role in (SERVER, PLATFORM, None):
        async with as_role(role, rows.beta) as connection:
            for table in partitions(tables):
                for statement in (
                    f"SELECT 1 FROM {table.name}",
                    f"INSERT INTO {table.name} DEFAULT VALUES",
                    f"UPDATE {table.name} SET row_version = 2",
                    f"DELETE FROM {table.name}",
                    f"TRUNCATE {table.name}",
                ):
                    assert await refused(connection, statement), f"{role}: {statement}"


async def test_a_login_that_has_picked_no_role_reads_nothing(as_role, rows, tables):
    async with as_role(None, rows.beta) as connection:
        for table in whole(tables):
            assert await refused(connection, f"SELECT 1 FROM {table.name}"), table.name


NEW_TENANT = """
    INSERT INTO tenants (tenant_code, tenant_name, country_code, currency, language_code)
    VALUES ('new', 'new', 'DE', 'EUR', 'de')
"""


def _copy_of(rows: Rows, table: Table, tenant: UUID) -> tuple[Any, ...]:
    """An insert into `table` of a row of the tenant's."""
    return (NEW_TENANT,) if table.name == "tenants" else insert(table, rows.row(table, tenant, "delta"))
