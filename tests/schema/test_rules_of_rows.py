"""What no row may say, whoever writes it."""

from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
from sqlalchemy import insert as insert_into
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm.exc import StaleDataError

from games import lifecycles
from persistence.tables.schema import METADATA
from persistence.tables.tenants import Tenant
from persistence.tables.wheels import WheelGame
from tests.schema.rows import NOW, insert
from tests.schema.test_tenancy import savepoint

#: table, what is written into its row
BROKEN = [
    ("spin_chances", {"used_chances": 1}),
    ("spin_chances", {"used_chances": 2, "remaining_chances": -1}),
    ("spin_chances", {"chance_status": "spent"}),
    ("wheel_games", {"spin_chance_for_page_visit": -1}),
    ("wheel_games", {"opens_at": NOW, "closes_at": NOW - timedelta(hours=1)}),
    ("wheel_games", {"wheel_status": "open"}),
    ("wheel_rewards", {"range_start": 0}),
    ("wheel_rewards", {"range_end": 0}),
    ("wheel_rewards", {"range_end": 2**32 + 1}),
    ("wheel_rewards", {"probability": Decimal("1.1")}),
    ("wheel_rewards", {"reward_type": "gift"}),
    ("wheel_versions", {"size": 0}),
    ("spin_sessions", {"nonce": -1}),
    ("spin_results", {"paid_amount": Decimal("-0.01")}),
    ("spin_results", {"position": 0}),
    ("jackpot_games", {"pool_amount": Decimal(-1)}),
    ("jackpot_games", {"end_time": NOW}),
    ("jackpot_games", {"locks_at": NOW + timedelta(days=1)}),
    ("raffle_campaigns", {"total_tickets": 1, "sold_tickets": 2}),
    ("raffle_campaigns", {"sold_tickets": -1}),
    ("tournaments", {"max_participants": 1, "current_participants": 2}),
    ("tournament_prizes", {"prize_rank": 0}),
    ("api_keys", {"tenant_id": None}),
    ("outbox", {"policy": "sometimes"}),
    ("ledger_accounts", {"account_type": "player", "balance": Decimal(-1)}),
    ("reward_deliveries", {"amount": Decimal(0)}),
    ("reward_deliveries", {"source": "luck"}),
    ("game_logs", {"log_level": "loud"}),
]
#: table, what makes its row a second of a kind that there is one of
TWICE = [
    ("tenants", {}),
    ("wheel_games", {}),
    ("wheel_rewards", {}),
    ("wheel_versions", {}),
    ("jackpot_games", {}),
    ("raffle_tickets", {}),
    ("players", {}),
    ("tenant_keys", {}),
    ("tournament_participants", {}),
    ("spin_requests", {}),
    ("spin_results", {}),
    ("open_spins", {}),
    ("chance_grants", {}),
    ("point_sources", {}),
    ("idempotency_keys", {}),
    ("fairness_epochs", {"epoch_status": "current"}),
    ("game_configurations", {"is_default": True}),
]


@pytest.mark.parametrize(("name", "values"), BROKEN)
async def test_a_broken_row_is_refused(superuser, rows, tables, name, values):
    with pytest.raises(asyncpg.CheckViolationError):
        async with savepoint(superuser):
            await superuser.execute(*rows.change(tables[name], rows.alpha, values))


@pytest.mark.parametrize(("name", "values"), TWICE)
async def test_what_is_unique_is_there_once(superuser, rows, tables, name, values):
    table = tables[name]
    transaction = superuser.transaction()
    await transaction.start()
    if values:
        await superuser.execute(*rows.change(table, rows.alpha, values))
    held = await superuser.fetchrow(f"SELECT * FROM {name} WHERE {table.tenant_column} = $1", rows.alpha)
    # a result keeps its id, which is its session's
    copy = {column: value for column, value in held.items() if column != "id" or name == "spin_results"}
    with pytest.raises(asyncpg.UniqueViolationError):
        async with savepoint(superuser):
            await superuser.execute(*insert(table, copy))
    await transaction.rollback()


def test_every_status_of_the_rules_has_a_column_that_keeps_it():
    kept = {
        str(constraint.sqltext)
        for table in METADATA.tables.values()
        for constraint in table.constraints
        if hasattr(constraint, "sqltext")
    }
    for name in ("ENGINE", "WHEEL", "SPIN", "JACKPOT", "RAFFLE_TICKET", "TOURNAMENT", "ALERT"):
        words = ", ".join(f"'{word}'" for word in sorted(getattr(lifecycles, name).statuses))
        assert any(f"IN ({words})" in text for text in kept), name


async def test_an_update_of_an_older_version_changes_nothing(database_urls):
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(database_urls.migration_url)
    )
    new_tenant = insert_into(Tenant).values(
        tenant_code="one", tenant_name="One", country_code="DE", currency="EUR", language_code="de"
    )
    async with AsyncSession(engine) as first, AsyncSession(engine) as second:
        tenant = (await first.execute(new_tenant.returning(Tenant.id))).scalar_one()
        first.add(WheelGame(tenant_id=tenant, wheel_name="Wheel", wheel_slug="wheel"))
        await first.commit()
        mine, theirs = (await first.scalars(select(WheelGame))).one(), (await second.scalars(select(WheelGame))).one()
        assert mine.row_version == 1
        mine.wheel_name, theirs.wheel_name = "Mine", "Theirs"
        await first.commit()
        with pytest.raises(StaleDataError):
            await second.commit()
        await second.rollback()
        kept = (await second.execute(select(WheelGame.wheel_name, WheelGame.row_version))).one()
    assert kept == ("Mine", 2)
    await engine.dispose()
