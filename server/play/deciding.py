"""Decides a spin from what was read under lock: may it be played, and what does the committed seed give."""

import secrets
from collections.abc import Callable
from uuid import UUID

import msgspec

from games import fairness as rules
from games.errors import Forbidden, NoChanceLeft, SpinInProgress, WheelClosed, WheelhouseError
from games.rewards import initial_claim_status, win_status
from games.wheel.angles import Segment, stop_angle
from games.wheel.rules import is_open
from games.wheel.timeline import make_plan
from persistence.fairness import NewEpoch
from persistence.spins import DecidedSpin, SpinRequest, SpinState
from persistence.vault import Vault
from server.play.versions import Version, Versions

_SECRETS = secrets.SystemRandom()


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

    def __init__(self, vault: Vault, versions: Versions, featured: Callable[[UUID, UUID], int]) -> None:
        self._vault = vault
        self._versions = versions
        self._featured = featured

    def decide(self, tenant_id: UUID, request: SpinRequest, state: SpinState) -> DecidedSpin | WheelhouseError:
        """The play, or why there is none. Draws nothing before all that could refuse it has been asked."""
        refusal = _refusal(state, None if state.version_id is None else self._versions[state.version_id])
        if refusal is not None or state.version_id is None:
            return refusal or WheelClosed("This wheel has not been published yet.")
        version = self._versions[state.version_id]
        seed = self._vault.open(tenant_id, state.epoch.server_seed_encrypted).decode("ascii")
        position = rules.draw_position(seed, state.epoch.client_seed, state.nonce, version.terms.size)
        reward = version.reward_at(position)
        angle_deg = stop_angle(Segment(reward.start_deg, reward.sweep_deg), _SECRETS.random())
        duration_ms = version.spin_config.duration_ms
        plan = make_plan(angle_deg, duration_ms, _SECRETS.random)
        return DecidedSpin(
            request=request,
            state=state,
            version_id=version.id,
            duration_ms=duration_ms,
            range_reward_id=reward.id,
            reward_id=reward.id,
            position=position,
            angle_deg=angle_deg,
            win_status=win_status(reward.type),
            claim_status=initial_claim_status(reward.type, version.details[reward.id].claim),
            plan=msgspec.msgpack.encode(plan),
            featured=self._featured(tenant_id, request.wheel_id) < version.spin_config.featured,
        )


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
    if state.chance_id is None:
        return NoChanceLeft("You have no chance left for this wheel.")
    if state.turning >= version.spin_config.turning_per_player:
        wait = (state.turning_stops_at - state.now).total_seconds() if state.turning_stops_at else 0.0
        return SpinInProgress(
            "Your wheel is still turning. Spin again when it has stopped.", retry_after_ms=max(1, int(wait * 1000))
        )
    return None
