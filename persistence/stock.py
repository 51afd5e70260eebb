"""Stocks of rewards: what has been paid out of them, counted under lock, so that none is paid that there is not.

A batch that hits no reward of limited stock asks nothing here. Whoever locks several stocks does it by reward id, after
players and wheels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from asyncpg import Connection

from games.chances import local_day
from games.rewards import PaidOut, Stock
from persistence.spin_states import DecidedSpin, Payable
from persistence.statements import statement


@dataclass(slots=True)
class _Counter:
    """What has been paid out of one stock."""

    total: int
    day: date
    on_day: int
    taken: bool = False


async def pay(
    connection: Connection, tenant_id: UUID, spins: Sequence[DecidedSpin], clock_offset: timedelta
) -> list[DecidedSpin]:
    """The spins in their order, each with the first of its payables that there is any of; what they take is counted.

    The players and wheels of the spins must be locked by this transaction. A day is the tenant's, by the database's
    clock when the stock is held.
    """
    limited = [spin for spin in spins if spin.payables[0].stock is not None]
    if not limited:
        return list(spins)
    stocks = _Stocks(
        await _hold(connection, tenant_id, limited, clock_offset),
        await _paid_to_players(connection, tenant_id, limited),
    )
    paid = [replace(spin, paid=stocks.take(spin)) for spin in spins]
    await stocks.write(connection, tenant_id)
    return paid


class _Stocks:
    """The stocks that a batch holds."""

    def __init__(self, counters: dict[UUID, _Counter], players: dict[tuple[UUID, str], int]) -> None:
        self._counters = counters
        self._players = players
        self._taken: dict[tuple[UUID, str], int] = {}

    def take(self, spin: DecidedSpin) -> Payable:
        """Count one out of the first stock that has any."""
        for payable in spin.payables:
            if payable.stock is None:
                return payable
            if self._has(payable.reward_id, payable.stock, spin.request.user_id):
                self._count(payable.reward_id, spin.request.user_id)
                return payable
        raise AssertionError("a published wheel's fallbacks end at a reward that never runs out")

    def _has(self, reward_id: UUID, stock: Stock, user_id: str) -> bool:
        counter, key = self._counters[reward_id], (reward_id, user_id)
        to_player = self._players.get(key, 0) + self._taken.get(key, 0)
        return stock.has_one(PaidOut(counter.total, counter.on_day, to_player))

    def _count(self, reward_id: UUID, user_id: str) -> None:
        counter, key = self._counters[reward_id], (reward_id, user_id)
        counter.total, counter.on_day, counter.taken = counter.total + 1, counter.on_day + 1, True
        self._taken[key] = self._taken.get(key, 0) + 1

    async def write(self, connection: Connection, tenant_id: UUID) -> None:
        """Write down what was taken."""
        taken = {reward_id: counter for reward_id, counter in self._counters.items() if counter.taken}
        if taken:
            await connection.execute(
                statement("take_stock"),
                tenant_id,
                list(taken),
                [counter.total for counter in taken.values()],
                [counter.day for counter in taken.values()],
                [counter.on_day for counter in taken.values()],
                [reward_id for reward_id, _ in self._taken],
                [user_id for _, user_id in self._taken],
                list(self._taken.values()),
            )


async def _hold(
    connection: Connection, tenant_id: UUID, spins: Sequence[DecidedSpin], clock_offset: timedelta
) -> dict[UUID, _Counter]:
    ids = sorted({one.reward_id for spin in spins for one in spin.payables if one.stock is not None})
    rows = await connection.fetch(statement("lock_stocks"), tenant_id, ids, clock_offset)
    if len(rows) < len(ids):
        await connection.execute(statement("add_stocks"), tenant_id, ids)
        rows = await connection.fetch(statement("lock_stocks"), tenant_id, ids, clock_offset)
    counters = {}
    for row in rows:
        today = local_day(row["now"], row["time_zone"])
        begun = row["paid_day"] is not None and row["paid_day"] >= today
        counters[row["wheel_reward_id"]] = _Counter(
            row["paid_total"], row["paid_day"] if begun else today, row["paid_on_day"] if begun else 0
        )
    return counters


async def _paid_to_players(
    connection: Connection, tenant_id: UUID, spins: Sequence[DecidedSpin]
) -> dict[tuple[UUID, str], int]:
    wanted = {
        (one.reward_id, spin.request.user_id)
        for spin in spins
        for one in spin.payables
        if one.stock is not None and one.stock.per_user is not None
    }
    if not wanted:
        return {}
    rows = await connection.fetch(
        statement("read_player_stocks"),
        tenant_id,
        [reward_id for reward_id, _ in wanted],
        [user_id for _, user_id in wanted],
    )
    return {(row["wheel_reward_id"], row["user_id"]): row["paid"] for row in rows}
