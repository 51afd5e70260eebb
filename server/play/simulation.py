"""Simulating a wheel before it opens: its rewards as they stand, drafts too, and the forecast of so many spins."""

import asyncio
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import NotFound
from games.money import minor_unit, parse_decimal
from games.rewards import parse_detail
from games.texts import matching
from games.wheel.config import SpinConfig, WheelConfig
from games.wheel.expectation import OddsOf, SpinFigures, figures, priced
from games.wheel.ranges import RewardRange
from games.wheel.rules import OfferedReward, check_opening
from persistence import tenants, wheels
from persistence.database import Database
from server.play.forecast import Bar, RewardForecast, amount, forecast
from server.play.playing_over import Plan, Progress

Amount = Annotated[str, matching(r"[0-9]{1,16}(\.[0-9]{1,4})?", examples=["12.50"])]


class SimulationTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an operator asks: so many spins, by how many players, how many of them a day.

    Left out, `players` is a tenth of the spins and `spins_per_day` a thirtieth. `costs` says by slug what a reward
    costs where the wheel does not; `price`, what a chance costs the player, when other than in `spin_config`. The same
    `seed` gives the same answer.
    """

    spins: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 10_000
    players: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    spins_per_day: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    costs: dict[Annotated[str, msgspec.Meta(max_length=100)], Amount] = {}
    price: Amount | None = None
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] | None = None


class OneSpin(msgspec.Struct, frozen=True):
    """A spin while nothing has run out; exact."""

    mean: str
    standard_deviation: str
    hit_rate: float
    #: cost for each unit of price; null where a spin has no price
    return_to_player: float | None
    #: 1.645 standard deviations for each unit of price
    volatility_index: float | None


class Simulation(msgspec.Struct, frozen=True):
    """The forecast of a wheel's spins; amounts are decimal strings in `currency`."""

    wheel_id: UUID
    currency: str
    spins: int
    players: int
    spins_per_day: int
    seed: int
    price: str | None
    one_spin: OneSpin
    method: str
    runs: int | None
    mean: str
    standard_error: str | None
    quantiles: dict[str, str]
    rewards: list[RewardForecast]
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class _Wheel:
    """What a simulation needs of a wheel."""

    currency: str
    size: int
    price: Decimal | None
    rewards: list[OddsOf]


class Simulations:
    """Forecasts of a tenant's wheels."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # One at a time: a simulation takes a core for a second or two, and the node has players to serve.
        self._turn = asyncio.Semaphore(1)

    async def simulate(
        self, tenant_id: UUID, wheel_id: UUID, terms: SimulationTerms, progress: Progress | None = None
    ) -> Simulation:
        """Simulate a wheel's spins on a thread of their own; `progress` is called there with the share done, 0 to 1.

        Raises `NotFound`; `BadRequest` naming every fault for which the wheel could not be opened, every reward whose
        cost is not known, or more work than a simulation may be.
        """
        async with self._database.tenant(tenant_id) as connection:
            wheel = await _read(connection, tenant_id, wheel_id)
        async with self._turn:
            return await asyncio.to_thread(_simulate, wheel_id, wheel, terms, progress)


async def _read(connection: Connection, tenant_id: UUID, wheel_id: UUID) -> _Wheel:
    row = await wheels.by_id(connection, tenant_id, wheel_id)
    if row is None:
        raise NotFound("There is no such wheel.")
    size = msgspec.json.decode(row.wheel_config, type=WheelConfig).size
    offered, labels = [], []
    for at, reward in enumerate(await wheels.rewards_of(connection, tenant_id, wheel_id)):
        detail = parse_detail(
            reward.reward_type, msgspec.json.decode(reward.reward_detail), f"$.rewards[{at}].reward_detail"
        )
        offered.append(OfferedReward(RewardRange(reward.reward_slug, reward.range_start, reward.range_end), detail))
        labels.append(reward.reward_label)
    check_opening(offered, size)
    return _Wheel(
        currency=await tenants.currency_of(connection, tenant_id),
        size=size,
        price=msgspec.json.decode(row.spin_config, type=SpinConfig).price,
        rewards=[
            OddsOf(one.range.slug, label, one.range.end - one.range.start + 1, one.detail)
            for one, label in zip(offered, labels, strict=True)
        ],
    )


def _simulate(wheel_id: UUID, wheel: _Wheel, terms: SimulationTerms, progress: Progress | None) -> Simulation:
    plan = Plan(
        spins=terms.spins,
        players=terms.players or max(1, terms.spins // 10),
        spins_per_day=terms.spins_per_day or max(1, -(-terms.spins // 30)),
        seed=secrets.randbits(53) if terms.seed is None else terms.seed,
    )
    costs = {slug: parse_decimal(cost) for slug, cost in terms.costs.items()}
    price = wheel.price if terms.price is None else parse_decimal(terms.price) or None
    rewards = priced(wheel.rewards, wheel.size, wheel.currency, costs)
    one_spin = figures(rewards, price)
    found = forecast(rewards, one_spin, wheel.currency, plan, progress)
    return Simulation(
        wheel_id=wheel_id,
        currency=wheel.currency,
        price=None if price is None else str(price),
        one_spin=_told(one_spin, wheel.currency),
        **msgspec.structs.asdict(plan),
        **msgspec.structs.asdict(found),
    )


def _told(one_spin: SpinFigures, currency: str) -> OneSpin:
    # A spin's mean is often a fraction of the minor unit: two more decimals.
    decimals = minor_unit(currency) + 2
    return OneSpin(
        mean=amount(one_spin.mean, decimals),
        standard_deviation=amount(one_spin.standard_deviation, decimals),
        hit_rate=float(one_spin.hit_rate),
        return_to_player=None if one_spin.return_to_player is None else float(one_spin.return_to_player),
        volatility_index=one_spin.volatility_index,
    )
