"""The rows of a batch of plays, all written at once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection

from persistence import audit
from persistence.plays import Play
from persistence.spin_states import DecidedSpin
from persistence.statements import statement


async def record(connection: Connection, tenant_id: UUID, spins: Sequence[DecidedSpin]) -> None:
    """Write a batch of plays with all that belongs to them, the audit rows last."""
    if not spins:
        return
    taken: dict[UUID, int] = {}
    nonces: dict[UUID, int] = {}
    for spin in spins:
        if spin.state.chance_id is not None:
            taken[spin.state.chance_id] = taken.get(spin.state.chance_id, 0) + 1
        nonces[spin.state.epoch.id] = spin.state.nonce + 1
    await connection.execute(
        statement("record_spins"),
        tenant_id,
        [spin.state.session_id for spin in spins],
        [spin.request.user_id for spin in spins],
        [spin.request.wheel_id for spin in spins],
        [spin.request.request_id for spin in spins],
        [spin.version_id for spin in spins],
        [spin.state.epoch.id for spin in spins],
        [spin.state.nonce for spin in spins],
        [spin.state.now for spin in spins],
        [spin.duration_ms for spin in spins],
        [spin.state.chance_id for spin in spins],
        [spin.range_reward_id for spin in spins],
        [spin.paid.reward_id for spin in spins],
        [spin.position for spin in spins],
        [spin.angle_deg for spin in spins],
        [spin.paid.win_status for spin in spins],
        [spin.paid.claim_status for spin in spins],
        [spin.plan for spin in spins],
        [spin.featured for spin in spins],
        ["{}"] * len(spins),
        [spin.request.origin.ip_address for spin in spins],
        [spin.request.origin.user_agent for spin in spins],
        [_event_data(spin) for spin in spins],
        list(taken),
        list(taken.values()),
        list(nonces),
        list(nonces.values()),
    )
    await audit.append(connection, tenant_id, [_audit_entry(spin) for spin in spins])


def _event_data(spin: DecidedSpin) -> str:
    """What the play's event says beside the address and the browser, which have columns of their own."""
    origin = spin.request.origin
    told = {
        "session_id": spin.state.session_id,
        "token_id": origin.token_id,
        "key": origin.key,
        "connection": origin.connection,
        "client": origin.client,
        "caller": origin.caller,
    }
    return msgspec.json.encode({name: value for name, value in told.items() if value is not None}).decode()


def _audit_entry(spin: DecidedSpin) -> audit.Entry:
    """The trail of a play; it names what the outcome follows from, not the outcome, which is not to be seen yet."""
    return audit.Entry(
        user_id=spin.request.user_id,
        action="spin.committed",
        entity_type="spin_sessions",
        entity_id=spin.state.session_id,
        new_values={
            "wheel_game_id": spin.request.wheel_id,
            "wheel_version_id": spin.version_id,
            "fairness_epoch_id": spin.state.epoch.id,
            "nonce": spin.state.nonce,
            "spin_chance_id": spin.state.chance_id,
        },
        ip_address=spin.request.origin.ip_address,
        user_agent=spin.request.origin.user_agent,
    )


def as_play(spin: DecidedSpin) -> Play:
    """A play just written, as it would be read back."""
    state, request, epoch = spin.state, spin.request, spin.state.epoch
    return Play(
        session_id=state.session_id,
        user_id=request.user_id,
        display_name=state.player.display_name,
        wheel_id=request.wheel_id,
        request_id=request.request_id,
        spin_status="committed",
        started_at=state.now,
        completed_at=None,
        stops_at=state.now + timedelta(milliseconds=spin.duration_ms),
        duration_ms=spin.duration_ms,
        nonce=state.nonce,
        version_id=spin.version_id,
        chance_id=state.chance_id,
        reward_id=spin.paid.reward_id,
        range_reward_id=spin.range_reward_id,
        position=spin.position,
        angle_deg=spin.angle_deg,
        win_status=spin.paid.win_status,
        claim_status=spin.paid.claim_status,
        paid_amount="0",
        result_status="decided",
        epoch_id=epoch.id,
        epoch_status=epoch.status,
        server_seed_hash=epoch.server_seed_hash,
        client_seed=epoch.client_seed,
        server_seed_encrypted=epoch.server_seed_encrypted,
        plan=spin.plan,
        featured=spin.featured,
        row_version=1,
    )
