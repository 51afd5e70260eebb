"""Decides a spin from what was read under lock: may it be played, and what does the committed seed give."""

import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from math import ceil
from uuid import UUID

import structlog
from asyncpg import Connection

from games import fairness as rules
from games.engines import Reveal
from games.errors import Forbidden, NoChanceLeft, RateLimited, SpinInProgress, WheelClosed, WheelhouseError
from games.lifecycles import EngineStatus
from games.wheel.angles import Segment, stops_within
from games.wheel.rules import is_open
from persistence.fairness import NewEpoch
from persistence.spin_states import DecidedSpin, SpinRequest, SpinState
from persistence.vault import Vault
from server.play.versions import Version, Versions

log = structlog.get_logger(__name__)

_SECRETS = secrets.SystemRandom()
_MINUTE = timedelta(minutes=1)


def new_epoch(vault: Vault, tenant_id: UUID) -> NewEpoch:
    """A fresh commitment: a server seed of the operating system's randomness, its hash, and a proposed client seed."""
    server_seed = secrets.token_hex(32)
    return NewEpoch(
        server_seed_encrypted=vault.seal(tenant_id, server_seed.encode("ascii")),
        server_seed_hash=rules.server_seed_hash(server_seed),
        client_seed=secrets.token_urlsafe(12),
    )


class Decider:
    """Decides spins of a node. `featured` says how many featured spins of a wheel turn here now."""

    def __init__(
        self,
        vault: Vault,
        versions: Versions,
        featured: Callable[[UUID, UUID], int],
        epoch_max_age: timedelta,
    ) -> None:
        self.epoch_max_age = epoch_max_age
        self._vault = vault
        self._versions = versions
        self._featured = featured

    async def load(self, connection: Connection, tenant_id: UUID, version_ids: Iterable[UUID | None]) -> None:
        """Have these versions at hand."""
        await self._versions.load(connection, tenant_id, version_ids)

    def looks_back_at(self, version_id: UUID) -> int:
        """How many of a player's spins of the last minute its limits are about; 0 where it has none."""
        config = self._versions[version_id].spin_config
        return max(config.spins_per_minute or 0, 1 if config.least_interval_ms else 0)

    def decide(self, tenant_id: UUID, request: SpinRequest, state: SpinState) -> DecidedSpin | WheelhouseError:
        """The play, or why there is none. Draws nothing before all that could refuse it has been asked."""
        refusal = _refusal(state, None if state.version_id is None else self._versions[state.version_id])
        if refusal is not None or state.version_id is None:
            return refusal or WheelClosed("This wheel has not been published yet.")
        version = self._versions[state.version_id]
        if version.engine is None:
            return WheelClosed("This wheel rests: its engine is not installed. Your chances are kept; come back later.")
        seed = self._vault.open(tenant_id, state.epoch.server_seed_encrypted).decode("ascii")
        position = rules.draw_position(seed, state.epoch.client_seed, state.nonce, version.terms.size)
        reward = version.reward_at(position)
        payables = version.payables[reward.id]
        duration_ms = version.spin_config.duration_ms
        reveal = _revealed(version, Segment(reward.start_deg, reward.sweep_deg), duration_ms)
        if reveal is None:
            return WheelClosed("This wheel rests: its engine does not work. Your chances are kept; come back later.")
        return DecidedSpin(
            request=request,
            state=state,
            version_id=version.id,
            duration_ms=duration_ms,
            range_reward_id=reward.id,
            payables=payables,
            paid=payables[0],
            position=position,
            angle_deg=reveal.angle_deg,
            plan=reveal.plan,
            featured=self._featured(tenant_id, request.wheel_id) < version.spin_config.featured,
        )


def _revealed(version: Version, segment: Segment, duration_ms: int) -> Reveal | None:
    """The reveal that a version's engine plans; None when the engine fails, which spoils no other spin of the batch."""
    assert version.engine is not None
    engine, config = version.engine
    try:
        reveal = engine.reveal(config, segment, duration_ms, _SECRETS.random)
    except Exception:
        log.exception("an engine has no reveal", engine=engine.engine_type, version=engine.engine_version)
        return None
    if not stops_within(segment, reveal.angle_deg):
        log.error("an engine stops elsewhere", engine=engine.engine_type, version=engine.engine_version)
        return None
    return reveal


def _refusal(state: SpinState, version: Version | None) -> WheelhouseError | None:
    if state.player.status == "blocked":
        return Forbidden("This player may not play. Ask the operator.")
    if version is None or not is_open(
        state.wheel_status,
        is_active=state.wheel_is_active,
        opens_at=state.opens_at,
        closes_at=state.closes_at,
        now=state.now,
    ):
        return WheelClosed("This wheel is not open now. Choose another, or come back when it opens.")
    if state.engine_status not in (None, EngineStatus.ACTIVE):
        return WheelClosed("This wheel rests while work is done on it. Your chances are kept; come back later.")
    if state.chance_id is None:
        return NoChanceLeft("You have no chance left for this wheel.")
    if state.turning >= version.spin_config.turning_per_player:
        wait = (state.turning_stops_at - state.now).total_seconds() if state.turning_stops_at else 0.0
        return SpinInProgress(
            "Your wheel is still turning. Spin again when it has stopped.", retry_after_ms=max(1, int(wait * 1000))
        )
    return _too_many(state, version.spin_config.spins_per_minute) or _too_soon(
        state, version.spin_config.least_interval_ms
    )


def _too_many(state: SpinState, most: int | None) -> RateLimited | None:
    """Within any minute a player begins `most` spins on a wheel, by the database's clock."""
    if most is None or len(state.last_minute) < most:
        return None
    wait = (state.last_minute[most - 1] + _MINUTE - state.now).total_seconds()
    told = f"This wheel takes {most} spins of a player within a minute. Spin again in {max(1, ceil(wait))} s."
    return RateLimited(told, retry_after_ms=max(1, ceil(wait * 1000)))


def _too_soon(state: SpinState, least_interval_ms: int) -> RateLimited | None:
    """Between the beginnings of a player's spins on a wheel lies so much time, by the database's clock."""
    if not least_interval_ms or not state.last_minute:
        return None
    wait_ms = ceil(least_interval_ms - (state.now - state.last_minute[0]).total_seconds() * 1000)
    if wait_ms <= 0:
        return None
    told = f"This wheel takes a player's spins {least_interval_ms / 1000:g} s apart. Spin again in {wait_ms} ms."
    return RateLimited(told, retry_after_ms=wait_ms)
