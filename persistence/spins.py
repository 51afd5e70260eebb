"""A batch of spins, committed in one transaction.

The order of locks of a batch is players (by user id), wheels (shared), then the head of the tenant's audit chain, last.
What decides an outcome is handed in: this module keeps what is decided and knows no odds.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection, Record

from games.errors import NotFound, WheelhouseError
from persistence import audit, fairness, plays
from persistence.database import Database
from persistence.plays import Play
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class SpinRequest:
    """A player's wish to spin; `request_id` makes it one play however often it is sent."""

    user_id: str
    wheel_id: UUID
    request_id: str
    ip_address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class LockedPlayer:
    """What the player's row says, held under lock."""

    status: str
    display_name: str | None


@dataclass(frozen=True, slots=True)
class SpinState:
    """What a decision is made from, read under lock. `taken` is what the batch has used before."""

    now: datetime
    session_id: UUID
    player: LockedPlayer
    wheel_status: str
    wheel_is_active: bool
    opens_at: datetime | None
    closes_at: datetime | None
    #: the version the wheel stands at; None while nothing has been published
    version_id: UUID | None
    epoch: fairness.Epoch
    epoch_started: bool
    nonce: int
    turning: int
    turning_stops_at: datetime | None
    chance_id: UUID | None


@dataclass(frozen=True, slots=True)
class DecidedSpin:
    """A play as it is written: the outcome, its reveal plan, and what it was decided from."""

    request: SpinRequest
    state: SpinState
    version_id: UUID
    duration_ms: int
    range_reward_id: UUID
    reward_id: UUID
    position: int
    angle_deg: float
    win_status: str
    claim_status: str
    plan: bytes
    featured: bool


@dataclass(frozen=True, slots=True)
class Committed:
    """The outcome of a request: the play, whether it had been made before, and whether it had to begin an epoch."""

    play: Play
    replayed: bool
    epoch_started: bool = False


Decide = Callable[[SpinRequest, SpinState], DecidedSpin | WheelhouseError]
#: Has what the decisions need of these wheel versions at hand before they are made.
Prepare = Callable[[Connection, UUID, Iterable[UUID | None]], Awaitable[None]]
Outcomes = list[Committed | WheelhouseError]


async def commit_batch(
    database: Database,
    tenant_id: UUID,
    requests: Sequence[SpinRequest],
    prepare: Prepare,
    decide: Decide,
    make_epoch: fairness.MakeEpoch,
) -> Outcomes:
    """Commit a batch of one tenant and answer request by request, in order.

    Safe to call again with the same requests: one that is on disk is found by its `request_id`.
    """
    async with database.tenant(tenant_id, by_the_key=True) as connection:
        players = await _lock_players(connection, tenant_id, requests)
        wheel_ids = list({request.wheel_id for request in requests})
        await connection.fetch(statement("lock_wheels"), tenant_id, wheel_ids)
        rows, started = await _read_states(connection, tenant_id, requests, make_epoch, database)
        await prepare(connection, tenant_id, {row["current_version_id"] for row in rows.values()})
        batch = _Batch(requests, players, rows, started)
        batch.decide_all(decide)
        await _record(connection, tenant_id, batch.decided)
        replays = [row["played_session_id"] for row in rows.values() if row["played_session_id"]]
        found = {play.session_id: play for play in await plays.read(connection, tenant_id, replays)} if replays else {}
        await prepare(connection, tenant_id, {play.version_id for play in found.values()})
        return batch.outcomes(found)


async def _lock_players(
    connection: Connection, tenant_id: UUID, requests: Sequence[SpinRequest]
) -> dict[str, LockedPlayer]:
    users = sorted({request.user_id for request in requests})
    rows = await connection.fetch(statement("lock_players"), tenant_id, users)
    if len(rows) < len(users):
        known = {row["user_id"] for row in rows}
        new = [user for user in users if user not in known]
        await connection.execute(statement("add_players"), tenant_id, new, [None] * len(new))
        rows = await connection.fetch(statement("lock_players"), tenant_id, users)
    return {row["user_id"]: LockedPlayer(row["player_status"], row["display_name"]) for row in rows}


async def _read_states(
    connection: Connection,
    tenant_id: UUID,
    requests: Sequence[SpinRequest],
    make_epoch: fairness.MakeEpoch,
    database: Database,
) -> tuple[dict[int, Record], set[tuple[str, UUID]]]:
    """The state of each request by its place, and the pairs of player and wheel whose epoch began here."""

    async def read() -> dict[int, Record]:
        rows = await connection.fetch(
            statement("read_spin_state"),
            tenant_id,
            [request.user_id for request in requests],
            [request.wheel_id for request in requests],
            [request.request_id for request in requests],
            len(requests),
            database.clock_offset,
        )
        return {row["ord"] - 1: row for row in rows}

    rows = await read()
    needs = {
        (requests[place].user_id, row["wheel_id"]): fairness.EpochNeed(
            requests[place].user_id, row["wheel_id"], row["config_digest"]
        )
        for place, row in rows.items()
        if row["config_digest"] is not None
        and row["played_session_id"] is None
        and row["epoch_config_digest"] != row["config_digest"]
        and row["chance_ids"]
    }
    if needs:
        await fairness.ensure(connection, tenant_id, list(needs.values()), make_epoch)
        rows = await read()
    return rows, set(needs)


class _Batch:
    """One batch while it is decided: what its earlier requests have used is not there for the later ones."""

    def __init__(
        self,
        requests: Sequence[SpinRequest],
        players: dict[str, LockedPlayer],
        rows: dict[int, Record],
        epochs_started: set[tuple[str, UUID]],
    ) -> None:
        self._requests = requests
        self._players = players
        self._rows = rows
        self._epochs_started = epochs_started
        self._answers: list[DecidedSpin | WheelhouseError | UUID] = []
        self._by_request: dict[tuple[str, str], DecidedSpin] = {}
        self._chances_taken: dict[UUID, int] = {}
        self._nonces: dict[UUID, int] = {}
        self._turning: dict[tuple[str, UUID], int] = {}
        self.decided: list[DecidedSpin] = []

    def decide_all(self, decide: Decide) -> None:
        for place, request in enumerate(self._requests):
            self._answers.append(self._decide(request, self._rows.get(place), decide))

    def _decide(self, request: SpinRequest, row: Record | None, decide: Decide) -> DecidedSpin | WheelhouseError | UUID:
        if row is None:
            return NotFound("There is no such wheel.")
        if row["played_session_id"] is not None:
            return UUID(str(row["played_session_id"]))
        if (request.user_id, request.request_id) in self._by_request:
            return self._by_request[request.user_id, request.request_id]
        decision = decide(request, self._state(request, row))
        if isinstance(decision, DecidedSpin):
            self._take(request, decision)
        return decision

    def _state(self, request: SpinRequest, row: Record) -> SpinState:
        epoch_id = row["epoch_id"]
        key = (request.user_id, row["wheel_id"])
        nonce = self._nonces.get(epoch_id, row["next_nonce"] or 0)
        return SpinState(
            now=row["now"],
            session_id=row["new_session_id"],
            player=self._players[request.user_id],
            wheel_status=row["wheel_status"],
            wheel_is_active=row["is_active"],
            opens_at=row["opens_at"],
            closes_at=row["closes_at"],
            version_id=row["current_version_id"],
            epoch=fairness.Epoch(
                id=epoch_id,
                user_id=request.user_id,
                wheel_id=row["wheel_id"],
                status="current",
                config_digest=row["epoch_config_digest"],
                server_seed_encrypted=row["server_seed_encrypted"],
                server_seed_hash=row["server_seed_hash"],
                client_seed=row["client_seed"],
                next_nonce=nonce,
                turning=row["turning"] > 0,
            ),
            epoch_started=key in self._epochs_started and nonce == 0,
            nonce=nonce,
            turning=row["turning"] + self._turning.get(key, 0),
            turning_stops_at=row["turning_stops_at"],
            chance_id=self._first_left(row),
        )

    def _first_left(self, row: Record) -> UUID | None:
        for chance_id, remaining in zip(row["chance_ids"] or (), row["chance_remaining"] or (), strict=True):
            if remaining > self._chances_taken.get(chance_id, 0):
                return UUID(str(chance_id))
        return None

    def _take(self, request: SpinRequest, spin: DecidedSpin) -> None:
        state = spin.state
        self.decided.append(spin)
        self._by_request[request.user_id, request.request_id] = spin
        self._nonces[state.epoch.id] = state.nonce + 1
        key = (request.user_id, request.wheel_id)
        self._turning[key] = self._turning.get(key, 0) + 1
        if state.chance_id is not None:
            self._chances_taken[state.chance_id] = self._chances_taken.get(state.chance_id, 0) + 1

    def outcomes(self, replays: dict[UUID, Play]) -> Outcomes:
        seen: set[UUID] = set()
        answers: Outcomes = []
        for answer in self._answers:
            if isinstance(answer, WheelhouseError):
                answers.append(answer)
            elif isinstance(answer, DecidedSpin):
                replayed = answer.state.session_id in seen
                answers.append(Committed(_as_play(answer), replayed, answer.state.epoch_started))
                seen.add(answer.state.session_id)
            else:
                answers.append(Committed(replays[answer], replayed=True))
        return answers


async def _record(connection: Connection, tenant_id: UUID, spins: Sequence[DecidedSpin]) -> None:
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
        [spin.reward_id for spin in spins],
        [spin.position for spin in spins],
        [spin.angle_deg for spin in spins],
        [spin.win_status for spin in spins],
        [spin.claim_status for spin in spins],
        [spin.plan for spin in spins],
        [spin.featured for spin in spins],
        ["{}"] * len(spins),
        [spin.request.ip_address for spin in spins],
        [spin.request.user_agent for spin in spins],
        list(taken),
        list(taken.values()),
        list(nonces),
        list(nonces.values()),
    )
    await audit.append(connection, tenant_id, [_audit_entry(spin) for spin in spins])


def _audit_entry(spin: DecidedSpin) -> audit.Entry:
    """The trail of a play; it names what the outcome follows from, not the outcome, which is not to be seen yet."""
    return audit.Entry(
        user_id=spin.request.user_id,
        action="spin.committed",
        entity_type="spin_sessions",
        entity_id=spin.state.session_id,
        new_values=msgspec.json.encode(
            {
                "wheel_game_id": spin.request.wheel_id,
                "wheel_version_id": spin.version_id,
                "fairness_epoch_id": spin.state.epoch.id,
                "nonce": spin.state.nonce,
                "spin_chance_id": spin.state.chance_id,
            }
        ).decode(),
        ip_address=spin.request.ip_address,
        user_agent=spin.request.user_agent,
    )


def _as_play(spin: DecidedSpin) -> Play:
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
        reward_id=spin.reward_id,
        range_reward_id=spin.range_reward_id,
        position=spin.position,
        angle_deg=spin.angle_deg,
        win_status=spin.win_status,
        claim_status=spin.claim_status,
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
