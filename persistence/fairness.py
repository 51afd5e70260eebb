"""Fairness epochs in Postgres: made, shown, moved on and revealed (domain.md, Provably fair)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from asyncpg import Connection, Record

from games.errors import NotFound, SpinInProgress
from persistence.statements import statement


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """A fresh commitment, its seed already encrypted."""

    server_seed_encrypted: bytes
    server_seed_hash: str
    client_seed: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """A row of `fairness_epochs`."""

    id: UUID
    user_id: str
    wheel_id: UUID
    status: Literal["next", "current", "revealed"]
    config_digest: str
    server_seed_encrypted: bytes
    server_seed_hash: str
    client_seed: str
    next_nonce: int
    #: None for one that follows
    activated_at: datetime | None
    turning: bool


@dataclass(frozen=True, slots=True)
class EpochPair:
    """What a player is shown of a wheel: the commitment in use and the one that follows it."""

    current: Epoch
    next: Epoch


@dataclass(frozen=True, slots=True)
class EpochNeed:
    """A player who shall have a current epoch on a wheel, under the wheel's present config digest.

    One begun before `begun_since` is too old; None: of whatever age.
    """

    user_id: str
    wheel_id: UUID
    config_digest: str
    begun_since: datetime | None = None

    def outgrown(self, epoch: Epoch) -> bool:
        """Whether a current epoch has to make way for the next one. Age alone waits until no spin of it turns."""
        if epoch.config_digest != self.config_digest:
            return True
        return not epoch.turning and is_too_old(epoch.activated_at, self.begun_since)


def is_too_old(activated_at: datetime | None, begun_since: datetime | None) -> bool:
    """Whether an epoch has been in use for longer than it may."""
    return activated_at is not None and begun_since is not None and activated_at < begun_since


@dataclass(frozen=True, slots=True)
class _Move:
    """One change of an epoch's row; None keeps what is there."""

    epoch_id: UUID
    status: str
    client_seed: str | None = None
    config_digest: str | None = None


MakeEpoch = Callable[[], NewEpoch]
Pairs = dict[tuple[str, UUID], EpochPair]


async def read(connection: Connection, tenant_id: UUID, keys: Iterable[tuple[str, UUID]]) -> Pairs:
    """The pairs that are there whole, by (user, wheel)."""
    wanted = list(keys)
    rows = await connection.fetch(
        statement("read_epochs"), tenant_id, [user for user, _ in wanted], [wheel for _, wheel in wanted]
    )
    found: dict[tuple[str, UUID], dict[str, Epoch]] = {}
    for row in rows:
        epoch = _epoch(row)
        found.setdefault((epoch.user_id, epoch.wheel_id), {})[epoch.status] = epoch
    return {key: EpochPair(by["current"], by["next"]) for key, by in found.items() if len(by) == 2}


async def ensure(
    connection: Connection, tenant_id: UUID, needs: list[EpochNeed], make: MakeEpoch, clock_offset: timedelta
) -> Pairs:
    """Give every need its pair, making epochs where there are none, moving on those outgrown.

    The players' rows must be locked by this transaction. Raises `SpinInProgress` where the config digest has changed
    while a spin of an epoch still turns.
    """
    keys = [(need.user_id, need.wheel_id) for need in needs]
    pairs = await read(connection, tenant_id, keys)
    missing = [need for need in needs if (need.user_id, need.wheel_id) not in pairs]
    if missing:
        wanted = [(need, status) for need in missing for status in ("current", "next")]
        await _add(connection, tenant_id, wanted, make, clock_offset)
    outdated = [
        (need, pair)
        for need in needs
        if (pair := pairs.get((need.user_id, need.wheel_id))) and need.outgrown(pair.current)
    ]
    for need, pair in outdated:
        await _advance(connection, tenant_id, need, pair, pair.current.client_seed, make, clock_offset)
    return await read(connection, tenant_id, keys) if missing or outdated else pairs


async def rotate(
    connection: Connection,
    tenant_id: UUID,
    need: EpochNeed,
    client_seed: str | None,
    make: MakeEpoch,
    clock_offset: timedelta,
) -> tuple[Epoch, EpochPair]:
    """Reveal the current epoch and let the next one take its place under `client_seed`, or the present one.

    The player's row must be locked. Returns the epoch revealed and the pair after it.
    """
    key = (need.user_id, need.wheel_id)
    pair = (await read(connection, tenant_id, [key])).get(key)
    if pair is None:
        raise NotFound("There is no seed to rotate yet. Ask for the wheel's fairness first.")
    await _advance(connection, tenant_id, need, pair, client_seed or pair.current.client_seed, make, clock_offset)
    return pair.current, (await read(connection, tenant_id, [key]))[key]


async def _advance(
    connection: Connection,
    tenant_id: UUID,
    need: EpochNeed,
    pair: EpochPair,
    client_seed: str,
    make: MakeEpoch,
    clock_offset: timedelta,
) -> None:
    if pair.current.turning:
        raise SpinInProgress("A spin drawn from this seed is still turning. Try again when the wheel has stopped.")
    await _move(connection, tenant_id, _Move(pair.current.id, "revealed"), clock_offset)
    await _move(connection, tenant_id, _Move(pair.next.id, "current", client_seed, need.config_digest), clock_offset)
    await _add(connection, tenant_id, [(need, "next")], make, clock_offset)


async def _move(connection: Connection, tenant_id: UUID, move: _Move, clock_offset: timedelta) -> None:
    await connection.execute(
        statement("move_epochs"),
        tenant_id,
        [move.epoch_id],
        [move.status],
        [move.client_seed],
        [move.config_digest],
        clock_offset,
    )


async def _add(
    connection: Connection,
    tenant_id: UUID,
    wanted: list[tuple[EpochNeed, str]],
    make: MakeEpoch,
    clock_offset: timedelta,
) -> None:
    rows = [(make(), need, status) for need, status in wanted]
    await connection.execute(
        statement("add_epochs"),
        tenant_id,
        [need.user_id for _, need, _ in rows],
        [need.wheel_id for _, need, _ in rows],
        [status for _, _, status in rows],
        [need.config_digest for _, need, _ in rows],
        [new.server_seed_encrypted for new, _, _ in rows],
        [new.server_seed_hash for new, _, _ in rows],
        [new.client_seed for new, _, _ in rows],
        clock_offset,
    )


def _epoch(row: Record) -> Epoch:
    return Epoch(
        id=row["id"],
        user_id=row["user_id"],
        wheel_id=row["wheel_game_id"],
        status=row["epoch_status"],
        config_digest=row["config_digest"],
        server_seed_encrypted=row["server_seed_encrypted"],
        server_seed_hash=row["server_seed_hash"],
        client_seed=row["client_seed"],
        next_nonce=row["next_nonce"],
        activated_at=row["activated_at"],
        turning=row["turning"],
    )
