"""Each role can do what its work needs, and no more."""

from contextlib import suppress

import asyncpg

from tests.schema.rows import insert
from tests.schema.test_tenancy import PLATFORM, SERVER, partitions, refused, savepoint, whole

#: Written once by the server and never changed: the three logs, and rows that only say what has happened.
APPEND_ONLY = {
    "game_events",
    "game_logs",
    "audit_logs",
    "wheel_versions",
    "spin_requests",
    "chance_grants",
    "point_sources",
    "tournament_points",
    "ledger_transactions",
    "ledger_entries",
    "webhook_messages",
    "broadcasts",
}
WORK_LISTS = {"open_spins", "outbox", "idempotency_keys"}
PLATFORM_ROOM = {"tenants", "tenant_keys", "api_keys"}


async def test_what_has_been_logged_cannot_be_changed_or_deleted(as_role, rows, tables):
    async with as_role(SERVER, rows.beta) as connection:
        for name in APPEND_ONLY:
            assert await refused(connection, f"UPDATE {name} SET tenant_id = tenant_id"), name
            assert await refused(connection, f"DELETE FROM {name}"), name


async def test_the_server_deletes_from_work_lists_only(as_role, rows, tables):
    async with as_role(SERVER, rows.beta) as connection:
        may = set()
        for table in whole(tables):
            if not await refused(connection, f"DELETE FROM {table.name} WHERE false"):
                may.add(table.name)
            assert await refused(connection, f"TRUNCATE {table.name}"), table.name
    assert may == WORK_LISTS


async def test_the_server_writes_its_tenants_rows_under_their_version(as_role, rows, tables):
    async with as_role(SERVER, rows.beta) as connection:
        for table in whole(tables):
            if table.name in PLATFORM_ROOM:
                assert await refused(connection, f"UPDATE {table.name} SET row_version = row_version"), table.name
                continue
            if table.name not in APPEND_ONLY:
                assert await connection.execute(f"UPDATE {table.name} SET tenant_id = tenant_id") == "UPDATE 1"
            # a second row of a kind that there is one of gets as far as its unique key
            with suppress(asyncpg.UniqueViolationError):
                async with savepoint(connection):
                    await connection.execute(*insert(table, rows.row(table, rows.beta, "epsilon")))


async def test_the_platform_keeps_tenants_and_keys(as_role, rows):
    async with as_role(PLATFORM) as connection:
        for name in PLATFORM_ROOM:
            assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 2, name
        await connection.execute("UPDATE tenants SET is_active = false")
        await connection.execute(
            "INSERT INTO api_keys (key_hash, key_prefix, role) VALUES ('\\xff', 'whk_', 'platform')"
        )
        assert await connection.execute("DELETE FROM tenant_keys") == "DELETE 2"


async def test_the_platform_sees_ids_of_the_work_lists_and_no_play(as_role, rows, tables):
    async with as_role(PLATFORM) as connection:
        assert len(await connection.fetch("SELECT tenant_id, session_id, stops_at, revealed_at FROM open_spins")) == 2
        assert len(await connection.fetch("SELECT tenant_id, id FROM outbox WHERE published_at IS NULL")) == 2
        for statement in (
            "SELECT plan FROM open_spins",
            "SELECT user_id FROM open_spins",
            "SELECT payload FROM outbox",
            "SELECT user_id FROM reward_deliveries",
            "SELECT remaining_chances FROM spin_chances",
            "SELECT alert_message FROM game_alerts",
            "SELECT tournament_name FROM tournaments",
            "SELECT pool_amount FROM jackpot_games",
            "SELECT sold_tickets FROM raffle_campaigns",
            "SELECT user_id FROM raffle_tickets",
            "SELECT wheel_name FROM wheel_games",
            "SELECT response_body FROM idempotency_keys",
        ):
            assert await refused(connection, statement), statement
        assert await refused(connection, "DELETE FROM open_spins")
        for table in whole(tables):
            if table.name not in PLATFORM_ROOM | {
                "open_spins",
                "outbox",
                "tournaments",
                "jackpot_games",
                "raffle_campaigns",
                "raffle_tickets",
                "wheel_games",
                "idempotency_keys",
                "reward_deliveries",
                "wallet_transactions",
                "webhook_sends",
                "spin_chances",
                "game_alerts",
            }:
                assert await refused(connection, f"SELECT 1 FROM {table.name}"), table.name


async def test_the_server_puts_jobs_into_the_queue_and_reads_none(as_role, rows):
    async with as_role(SERVER, rows.beta) as connection:
        await connection.execute(
            "SELECT jobs.enqueue('a kind', ARRAY['one'::bytea], ARRAY['a key'], ARRAY[interval '0'])"
        )
        for statement in (
            "SELECT payload FROM jobs.pgqueuer",
            "DELETE FROM jobs.pgqueuer",
            "SELECT * FROM jobs.pgqueuer_log",
        ):
            assert await refused(connection, statement), statement


async def test_what_is_published_leaves_the_platforms_sight(superuser, schema_urls, rows):
    async with superuser.transaction():
        await superuser.execute("UPDATE outbox SET published_at = now() WHERE tenant_id = $1", rows.alpha)
        await superuser.execute("SET LOCAL ROLE wheelhouse_platform")
        seen = await superuser.fetch("SELECT tenant_id FROM outbox")
        await superuser.execute("SET LOCAL ROLE NONE")
        await superuser.execute("UPDATE outbox SET published_at = NULL")
    assert [row["tenant_id"] for row in seen] == [rows.beta]


async def test_the_tables_owner_is_bound_too(superuser, rows, tables):
    async with superuser.transaction():
        await superuser.execute("SET LOCAL ROLE wheelhouse_owner")
        for table in whole(tables):
            assert await superuser.fetchval(f"SELECT count(*) FROM {table.name}") == 0, table.name


async def test_maintenance_passes_by_policies_but_not_to_partitions(superuser, rows, tables):
    async with superuser.transaction():
        await superuser.execute("SET LOCAL ROLE wheelhouse_maintenance")
        for table in whole(tables):
            assert await superuser.fetchval(f"SELECT count(*) FROM {table.name}") == 2, table.name
        for table in partitions(tables):
            assert await refused(superuser, f"SELECT 1 FROM {table.name}"), table.name
