"""Owing the winners of a tournament what they have won."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.money import minor_unit
from games.rewards import RewardType
from games.tournament import Ranked
from games.tournament_prizes import cash_prizes
from persistence import rewards, tenants
from persistence.rewards import Owed
from server.play.tournament_views import prize_of


async def owe_prizes(
    connection: Connection,
    tenant_id: UUID,
    prizes: Sequence[Record],
    won: Sequence[Ranked],
    winner_ids: Mapping[str, UUID],
    clock_offset: timedelta,
) -> None:
    """Owe the winners, best first, their prizes in cash, in the tenant's currency."""
    currency = await tenants.currency_of(connection, tenant_id)

    def amount_at(rank: int) -> Decimal:
        prize = prize_of(prizes, rank)
        if prize is None or prize["prize_type"] != RewardType.CASH:
            return Decimal(0)
        return Decimal(prize["prize_amount"])

    owed = [
        Owed(
            user_id=place.user,
            source="tournament",
            source_id=winner_ids[place.user],
            reward_type=RewardType.CASH,
            reward_detail=msgspec.json.encode({"amount": str(amount), "currency": currency}),
            amount=amount,
            currency=currency,
        )
        for place, amount in zip(won, cash_prizes(won, amount_at, minor_unit(currency)), strict=True)
        if amount > 0
    ]
    await rewards.owe(connection, tenant_id, owed, clock_offset)
