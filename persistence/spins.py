"""A batch of spins, committed in one transaction.

The order of locks of a batch is players (by user id), wheels (shared), stocks (by reward), then the head of
the tenant's audit chain, last.
What decides an outcome is handed in: this module keeps what is decided and knows no odds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from asyncpg import Connection, Record

from games.errors import NotFound, WheelhouseError
from persistence import fairness, plays, spin_rows, stock
from persistence.database import Database
from persistence.plays import Play
from persistence.spin_states import Committed, DecidedSpin, LockedPlayer, SpinRequest, SpinState
from persistence.statements import statement

Outcomes = list[Committed | WheelhouseError]
#: A player on a wheel.
Pair = tuple[str, UUID]


class SpinRules(Protocol):
    """What decides: the odds and limits of wheel versions, which a batch has loaded before it asks."""

    #: how long an epoch is drawn from, before the next one takes its place
    epoch_max_age: timedelta

    async def load(self, connection: Connection, tenant_id: UUID, version_ids: Iterable[UUID | None]) -> None:
        """Have these versions at hand."""

    def looks_back_at(self, version_id: UUID) -> int:
        """How many of a player's spins of the last minute its limits are about; 0 where it has none."""

    def decide(self, tenant_id: UUID, request: SpinRequest, state: SpinState) -> DecidedSpin | WheelhouseError:
        """The play, or why there is none."""


async def commit_batch(
    database: Database,
    tenant_id: UUID,
    requests: Sequence[SpinRequest],
    rules: SpinRules,
    make_epoch: fairness.MakeEpoch,
) -> Outcomes:
    """Commit a batch of one tenant and answer request by request, in order.

    Safe to call again with the same requests: one that is on disk is found by its `request_id`.
    """
    async with database.tenant(tenant_id, by_the_key=True) as connection:
        players = await _lock_players(connection, tenant_id, requests)
        wheel_ids = list({request.wheel_id for request in requests})
        await connection.fetch(statement("lock_wheels"), tenant_id, wheel_ids)
        rows, started = await _read_states(connection, tenant_id, requests, (rules, make_epoch), database)
        await rules.load(connection, tenant_id, {row["current_version_id"] for row in rows.values()})
        recent = await _read_last_minute(connection, tenant_id, requests, rows, rules)
        batch = _Batch(tenant_id, requests, players, rows, started, recent)
        batch.decide_all(rules)
        batch.decided = await stock.pay(connection, tenant_id, batch.decided, database.clock_offset)
        await spin_rows.record(connection, tenant_id, batch.decided)
        replays = [row["played_session_id"] for row in rows.values() if row["played_session_id"]]
        found = {play.session_id: play for play in await plays.read(connection, tenant_id, replays)} if replays else {}
        await rules.load(connection, tenant_id, {play.version_id for play in found.values()})
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
    epochs: tuple[SpinRules, fairness.MakeEpoch],
    database: Database,
) -> tuple[dict[int, Record], set[Pair]]:
    """The state of each request by its place, and the pairs of player and wheel whose epoch began here."""
    rules, make_epoch = epochs

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
            requests[place].user_id, row["wheel_id"], row["config_digest"], row["now"] - rules.epoch_max_age
        )
        for place, row in rows.items()
        if row["config_digest"] is not None
        and row["played_session_id"] is None
        and (row["epoch_config_digest"] != row["config_digest"] or _is_too_old(row, rules.epoch_max_age))
        and row["chance_ids"]
    }
    if needs:
        await fairness.ensure(connection, tenant_id, list(needs.values()), make_epoch, database.clock_offset)
        rows = await read()
    return rows, set(needs)


def _is_too_old(row: Record, epoch_max_age: timedelta) -> bool:
    """Whether a player's seed is to make way; not while a wheel of theirs turns."""
    return row["turning"] == 0 and fairness.is_too_old(row["epoch_activated_at"], row["now"] - epoch_max_age)


async def _read_last_minute(
    connection: Connection,
    tenant_id: UUID,
    requests: Sequence[SpinRequest],
    rows: dict[int, Record],
    rules: SpinRules,
) -> dict[Pair, list[datetime]]:
    """When the spins of the last minute began, newest first, where a wheel's version limits how many there may be."""
    limits = {
        (requests[place].user_id, row["wheel_id"]): limit
        for place, row in rows.items()
        if row["current_version_id"] is not None and (limit := rules.looks_back_at(row["current_version_id"])) > 0
    }
    if not limits:
        return {}
    begun = await connection.fetch(
        statement("read_last_minute"),
        tenant_id,
        [user for user, _ in limits],
        [wheel for _, wheel in limits],
        list(limits.values()),
        min(row["now"] for row in rows.values()),
    )
    return {(row["user_id"], row["wheel_id"]): list(row["begun"] or ()) for row in begun}


class _Batch:
    """One batch while it is decided: what its earlier requests have used is not there for the later ones."""

    def __init__(
        self,
        tenant_id: UUID,
        requests: Sequence[SpinRequest],
        players: dict[str, LockedPlayer],
        rows: dict[int, Record],
        epochs_started: set[Pair],
        last_minute: dict[Pair, list[datetime]],
    ) -> None:
        self._tenant_id = tenant_id
        self._last_minute = last_minute
        self._requests = requests
        self._players = players
        self._rows = rows
        self._epochs_started = epochs_started
        self._answers: list[DecidedSpin | WheelhouseError | UUID] = []
        self._by_request: dict[tuple[str, str], DecidedSpin] = {}
        self._chances_taken: dict[UUID, int] = {}
        self._nonces: dict[UUID, int] = {}
        self._turning: dict[Pair, int] = {}
        self.decided: list[DecidedSpin] = []

    def decide_all(self, rules: SpinRules) -> None:
        for place, request in enumerate(self._requests):
            self._answers.append(self._decide(request, self._rows.get(place), rules))

    def _decide(
        self, request: SpinRequest, row: Record | None, rules: SpinRules
    ) -> DecidedSpin | WheelhouseError | UUID:
        if row is None:
            return NotFound("There is no such wheel.")
        if row["played_session_id"] is not None:
            return UUID(str(row["played_session_id"]))
        if (request.user_id, request.request_id) in self._by_request:
            return self._by_request[request.user_id, request.request_id]
        decision = rules.decide(self._tenant_id, request, self._state(request, row))
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
            engine_status=row["engine_status"],
            last_minute=tuple(self._last_minute.get(key, ())),
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
                activated_at=row["epoch_activated_at"],
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
        self._last_minute.setdefault(key, []).insert(0, state.now)
        if state.chance_id is not None:
            self._chances_taken[state.chance_id] = self._chances_taken.get(state.chance_id, 0) + 1

    def outcomes(self, replays: dict[UUID, Play]) -> Outcomes:
        made = {spin.state.session_id: spin for spin in self.decided}
        seen: set[UUID] = set()
        answers: Outcomes = []
        for answer in self._answers:
            if isinstance(answer, WheelhouseError):
                answers.append(answer)
            elif isinstance(answer, DecidedSpin):
                spin = made[answer.state.session_id]
                replayed = spin.state.session_id in seen
                answers.append(Committed(spin_rows.as_play(spin), replayed, spin.state.epoch_started))
                seen.add(answer.state.session_id)
            else:
                answers.append(Committed(replays[answer], replayed=True))
        return answers
