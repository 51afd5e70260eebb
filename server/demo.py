"""The demo tenants: something of everything, so that a newcomer has a wheel to spin a minute after the download."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from games.errors import Conflict
from games.wheel.offer import PlannedReward, fit_together
from persistence import chances, ledger
from persistence.chances import Grant
from persistence.database import Database
from persistence.ledger import Account, Entry, Posting
from persistence.publishing import publish
from persistence.tables.engines import GameEngine, GameTemplate
from persistence.tables.jackpots import JackpotEvent, JackpotGame, JackpotPrize
from persistence.tables.raffles import RaffleCampaign, RaffleDraw
from persistence.tables.tournaments import Tournament, TournamentPrize
from persistence.tables.wheels import WheelGame, WheelReward
from persistence.vault import Vault
from server.demo_templates import OTHER_TEMPLATES, wheel_templates
from server.play import installed
from server.play.raffles import sealed_draw
from server.setup import NewTenant, add_tenant

DEMO_TENANTS = {
    "demo": NewTenant(
        "demo", "Harbour Casino", country_code="MT", currency="EUR", language_code="en", time_zone="Europe/Malta"
    ),
    "demo-b": NewTenant(
        "demo-b", "Polar Bets", country_code="SE", currency="SEK", language_code="sv", time_zone="Europe/Stockholm"
    ),
}

#: chances that a new demo player finds
WELCOME_CHANCES = 25
#: money that one who signs in finds in the embedded wallet
WELCOME_MONEY = Decimal(25)
OPERATOR = "wheelhouse-demo"
#: the open wheels of each tenant by slug, and the template of the same name that each is made of
_WHEELS = {
    "demo": {"lucky": "Lucky"},
    "demo-b": {"lucky": "Lucky", "reef-drop": "Reef drop", "captains-card": "Captain's card"},
}
_REWARD_COLUMNS = ("reward_slug", "reward_label", "reward_type", "reward_detail", "reward_color")


async def welcome(connection: Connection, tenant_id: UUID, user_ids: Sequence[str]) -> None:
    """Give players of a demo tenant their first chances, except those whom anybody has given some before.

    The players' rows must be locked by this transaction.
    """
    newcomers = await chances.without_any(connection, tenant_id, user_ids)
    if not newcomers:
        return
    code = await connection.fetchval("SELECT tenant_code FROM tenants WHERE id = $1", tenant_id)
    if code not in DEMO_TENANTS:
        return
    for user_id in newcomers:
        first = Grant(
            user_id=user_id,
            chance_type="bonus",
            chance_count=WELCOME_CHANCES,
            award_reason="welcome to the demo",
            source="welcome",
            source_key=user_id,
        )
        await chances.grant(connection, tenant_id, first, actor=OPERATOR)


async def pay_in(database: Database, tenant_id: UUID, user_id: str, currency: str) -> None:
    """Give a demo player some money for tickets in the embedded wallet, once."""
    player, house = Account("player", user_id, currency), Account("house", "", currency)
    async with database.tenant(tenant_id) as connection:
        gift = [Entry(player, WELCOME_MONEY), Entry(house, -WELCOME_MONEY)]
        await ledger.post(connection, tenant_id, Posting(f"demo:{user_id}", "credit", gift))


async def seed(database: Database, vault: Vault) -> None:
    """Make what the demo tenants lack; what is there stays as it is."""
    for code, new in DEMO_TENANTS.items():
        with suppress(Conflict):
            await add_tenant(database, vault, new)
        async with database.platform() as connection:
            tenant_id = await connection.fetchval("SELECT id FROM tenants WHERE tenant_code = $1", code)
        await _seed_games(database, vault, tenant_id, new)
        async with database.tenant(tenant_id) as connection:
            await _open_wheels(connection, tenant_id, list(_WHEELS[code]))


async def _seed_games(database: Database, vault: Vault, tenant_id: UUID, new: NewTenant) -> None:
    async with database.session(tenant_id) as session:
        if await session.scalar(
            select(WheelGame.id).where(WheelGame.tenant_id == tenant_id, WheelGame.wheel_slug == "lucky")
        ):
            return
        templates = [GameTemplate(tenant_id=tenant_id, **one) for one in OTHER_TEMPLATES]
        for engine_type, of_engine in wheel_templates(new.currency).items():
            engine = GameEngine(tenant_id=tenant_id, engine_status="active", **installed.columns(engine_type))
            session.add(engine)
            await session.flush()
            templates += [GameTemplate(tenant_id=tenant_id, game_engine_id=engine.id, **one) for one in of_engine]
        session.add_all(templates)
        await session.flush()
        for slug, template_name in _WHEELS[new.code].items():
            await _draft(session, slug, next(one for one in templates if one.template_name == template_name))
        await _other_games(session, tenant_id)
        await _raffle(session, vault, tenant_id)


async def _draft(session: AsyncSession, slug: str, template: GameTemplate) -> None:
    """A wheel of the demo, as its template says."""
    said: dict[str, Any] = {**template.template_config, **template.game_rules, **template.reward_config}
    planned = msgspec.convert(said.pop("rewards"), list[PlannedReward])
    wheel = WheelGame(
        tenant_id=template.tenant_id,
        game_template_id=template.id,
        wheel_name=template.template_name,
        wheel_slug=slug,
        **said,
    )
    session.add(wheel)
    await session.flush()
    session.add_all(
        WheelReward(
            tenant_id=template.tenant_id,
            wheel_game_id=wheel.id,
            range_start=one.start,
            range_end=one.end,
            probability=one.probability,
            **{name: getattr(one.planned, name) for name in _REWARD_COLUMNS},
        )
        for one in fit_together(planned, said["wheel_config"]["size"])
    )
    await session.flush()


async def _open_wheels(connection: Connection, tenant_id: UUID, slugs: list[str]) -> None:
    opened = await connection.fetch(
        "UPDATE wheel_games SET wheel_status = 'active', updated_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND wheel_slug = ANY($2) AND wheel_status = 'draft' AND current_version_id IS NULL"
        " RETURNING id",
        tenant_id,
        slugs,
    )
    for wheel in opened:
        await publish(connection, tenant_id, wheel["id"])


async def _raffle(session: AsyncSession, vault: Vault, tenant_id: UUID) -> None:
    """A raffle on sale, its draw committed to."""
    now = datetime.now(UTC)
    raffle = RaffleCampaign(
        tenant_id=tenant_id,
        campaign_name="Harbour Raffle",
        campaign_description="One ticket of all that are sold takes the boat.",
        campaign_status="on_sale",
        start_time=now,
        end_time=now + timedelta(days=30),
        ticket_price=100,
        total_tickets=10_000,
        campaign_type="paid",
        campaign_config={"number_width": 6, "numbers": "sequential"},
    )
    session.add(raffle)
    await session.flush()
    draw = RaffleDraw(
        tenant_id=tenant_id,
        raffle_campaign_id=raffle.id,
        draw_name="The boat",
        draw_time=now + timedelta(days=31),
        winning_tickets=1,
    )
    session.add(draw)
    await session.flush()
    sealed = sealed_draw(vault, tenant_id, draw.id)
    draw.server_seed_encrypted = sealed.server_seed_encrypted
    draw.holder_salt_encrypted = sealed.holder_salt_encrypted
    draw.draw_results = msgspec.to_builtins(sealed.commitment)
    await session.flush()


async def _other_games(session: AsyncSession, tenant_id: UUID) -> None:
    """An open jackpot, and a running tournament."""
    now = datetime.now(UTC)
    jackpot = JackpotGame(
        tenant_id=tenant_id,
        jackpot_title="Saturday Six",
        jackpot_description="Call six matches.",
        jackpot_stake=Decimal("2.00"),
        start_time=now,
        end_time=now + timedelta(days=30),
        locks_at=now + timedelta(days=30),
        jackpot_status="open",
        supported_mode="both",
        jackpot_id="saturday-six",
        created_by=OPERATOR,
        pool_amount=Decimal("12500.00"),
        jackpot_config={"contribution_bps": 6000, "seed_amount": "12500.00"},
    )
    tournament = Tournament(
        tenant_id=tenant_id,
        tournament_name="Deep Sea Cup",
        tournament_description="Most points in thirty days.",
        tournament_type="points",
        tournament_status="running",
        start_time=now,
        end_time=now + timedelta(days=30),
        max_participants=1_000_000,
        tournament_config={"tie_policy": "earliest", "join": "automatic"},
    )
    session.add_all([jackpot, tournament])
    await session.flush()
    session.add_all(
        [
            JackpotEvent(
                tenant_id=tenant_id,
                jackpot_game_id=jackpot.id,
                event_name=f"Match {n}",
                event_type="match",
                event_pick="1,X,2",
                event_config={"position": n, "starts_at": (now + timedelta(days=30)).isoformat()},
            )
            for n in range(1, 7)
        ]
        + [
            JackpotPrize(
                tenant_id=tenant_id,
                jackpot_game_id=jackpot.id,
                prize_name="Six right",
                prize_type="main",
                prize_config={"correct": 6, "share_bps": 8000},
            ),
            JackpotPrize(
                tenant_id=tenant_id,
                jackpot_game_id=jackpot.id,
                prize_name="Five right",
                prize_type="consolation",
                prize_config={"correct": 5, "share_bps": 2000},
            ),
        ]
        + [
            TournamentPrize(
                tenant_id=tenant_id,
                tournament_id=tournament.id,
                prize_name=f"Place {rank}",
                prize_amount=amount,
                prize_type="cash",
                prize_rank=rank,
            )
            for rank, amount in ((1, Decimal(500)), (2, Decimal(200)), (3, Decimal(100)))
        ]
    )
    await session.flush()
