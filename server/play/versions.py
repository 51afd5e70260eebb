"""Published wheel versions in memory. A version never changes, so what is kept here can never be stale.

Which version a wheel stands at is read under lock by every batch of spins, so a wheel that changed takes effect with
the next spin on every node, whatever messages were lost.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec
import structlog
from asyncpg import Connection

from games.engines import Engine
from games.rewards import RewardDetail, initial_claim_status, parse_detail, payable_in_turn, win_status
from games.wheel.config import SpinConfig, WheelConfig
from games.wheel.ranges import index_at
from games.wheel.terms import RewardTerms, Terms
from persistence import wheels
from persistence.spin_states import Payable
from server.play import installed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """A version decoded, and ready to draw from."""

    id: UUID
    wheel_id: UUID
    number: int
    config_text: str
    config_digest: str
    terms_digest: str
    terms: Terms
    wheel_config: WheelConfig
    spin_config: SpinConfig
    #: what reveals it, and the configuration that this code reads; None while its code is not installed here
    engine: tuple[Engine, msgspec.Struct] | None
    ends: tuple[int, ...]
    rewards: dict[UUID, RewardTerms]
    details: dict[UUID, RewardDetail]
    #: for each reward, what is paid when its range is hit: itself, or a fallback
    payables: dict[UUID, tuple[Payable, ...]]

    def reward_at(self, position: int) -> RewardTerms:
        """The reward whose range holds a position of 1..size."""
        return self.terms.rewards[index_at(self.ends, position)]


class Versions:
    """Keeps the versions used most lately. `capacity`: how many, over all tenants."""

    def __init__(self, capacity: int = 2000) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[UUID, Version] = OrderedDict()

    def __getitem__(self, version_id: UUID) -> Version:
        """A version that has been loaded."""
        version = self._kept[version_id]
        self._kept.move_to_end(version_id)
        return version

    async def load(self, connection: Connection, tenant_id: UUID, ids: Iterable[UUID | None]) -> None:
        """Have these versions at hand."""
        missing = {version_id for version_id in ids if version_id is not None} - self._kept.keys()
        if missing:
            for row in await wheels.versions(connection, tenant_id, list(missing)):
                self._kept[row.id] = _decode(row)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)


def _decode(row: wheels.VersionRow) -> Version:
    terms = msgspec.json.decode(row.terms, type=Terms)
    details = {one.id: parse_detail(one.type, msgspec.json.decode(one.detail)) for one in terms.rewards}
    return Version(
        id=row.id,
        wheel_id=row.wheel_id,
        number=row.version_number,
        config_text=row.config_text,
        config_digest=row.config_digest,
        terms_digest=row.terms_digest,
        terms=terms,
        wheel_config=msgspec.json.decode(terms.wheel_config, type=WheelConfig),
        spin_config=msgspec.json.decode(terms.spin_config, type=SpinConfig),
        engine=_engine(terms),
        ends=tuple(reward.range_end for reward in terms.rewards),
        rewards={reward.id: reward for reward in terms.rewards},
        details=details,
        payables=_payables(terms, details),
    )


def _engine(terms: Terms) -> tuple[Engine, msgspec.Struct] | None:
    engine = installed.find(terms.engine_type, terms.engine_version)
    if engine is None:
        return None
    try:
        return engine, msgspec.json.decode(terms.engine_config, type=engine.config)
    except msgspec.ValidationError:
        log.exception(
            "an engine reads its configuration no more", engine=terms.engine_type, version=terms.engine_version
        )
        return None


def _payables(terms: Terms, details: dict[UUID, RewardDetail]) -> dict[UUID, tuple[Payable, ...]]:
    by_slug = {reward.slug: details[reward.id] for reward in terms.rewards}
    paying = {
        reward.slug: Payable(
            reward_id=reward.id,
            stock=details[reward.id].stock if details[reward.id].limited else None,
            win_status=win_status(reward.type),
            claim_status=initial_claim_status(reward.type, details[reward.id].claim),
        )
        for reward in terms.rewards
    }
    return {
        reward.id: tuple(paying[slug] for slug in payable_in_turn(reward.slug, by_slug)) for reward in terms.rewards
    }
