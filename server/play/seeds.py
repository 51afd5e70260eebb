"""A player's seeds on a wheel: shown as commitments, rotated, revealed."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import Conflict, NotFound
from persistence import audit, chances, fairness, wheels
from persistence.database import Database
from persistence.fairness import Epoch, EpochNeed
from persistence.vault import Vault
from server.play.deciding import new_epoch
from server.play.lobby import PUBLIC_STATUSES


class EpochShown(msgspec.Struct, frozen=True):
    """A commitment in use."""

    epoch_id: UUID
    server_seed_hash: str
    client_seed: str
    nonce: int
    config_digest: str


class NextShown(msgspec.Struct, frozen=True):
    """The commitment that follows, fixed before the player chooses a client seed for it."""

    server_seed_hash: str


class SeedsShown(msgspec.Struct, frozen=True):
    """`GET …/fairness`."""

    current: EpochShown
    next: NextShown


class EpochRevealed(msgspec.Struct, frozen=True):
    """An epoch that has ended, with its seed; `nonce` is how many spins were drawn from it."""

    epoch_id: UUID
    server_seed: str
    server_seed_hash: str
    client_seed: str
    nonce: int
    config_digest: str


class SeedsRotated(msgspec.Struct, frozen=True):
    """`POST …/fairness/rotate`."""

    revealed: EpochRevealed
    current: EpochShown
    next: NextShown


class Seeds:
    """Shows and rotates."""

    def __init__(self, database: Database, vault: Vault, epoch_max_age: timedelta) -> None:
        self._epoch_max_age = epoch_max_age
        self._database = database
        self._vault = vault

    async def shown(self, tenant_id: UUID, user_id: str, wheel_id: UUID) -> SeedsShown:
        """The commitments of a player on a wheel, made when there are none yet."""
        async with self._database.tenant(tenant_id) as connection:
            await chances.lock_player(connection, tenant_id, user_id)
            need = await self._need(connection, tenant_id, user_id, wheel_id)
            pair = (await fairness.read(connection, tenant_id, [(user_id, wheel_id)])).get((user_id, wheel_id))
            if pair is None or not pair.current.turning:
                make = partial(new_epoch, self._vault, tenant_id)
                offset = self._database.clock_offset
                pair = (await fairness.ensure(connection, tenant_id, [need], make, offset))[user_id, wheel_id]
        return SeedsShown(_shown(pair.current), NextShown(pair.next.server_seed_hash))

    async def rotate(self, tenant_id: UUID, user_id: str, wheel_id: UUID, client_seed: str | None) -> SeedsRotated:
        """Reveal the seed in use and begin the next epoch under `client_seed`, or the present one."""
        async with self._database.tenant(tenant_id) as connection:
            await chances.lock_player(connection, tenant_id, user_id)
            need = await self._need(connection, tenant_id, user_id, wheel_id)
            make = partial(new_epoch, self._vault, tenant_id)
            offset = self._database.clock_offset
            revealed, pair = await fairness.rotate(connection, tenant_id, need, client_seed, make, offset)
            told = {"next_epoch_id": pair.current.id, "nonce": revealed.next_nonce}
            await audit.record(connection, tenant_id, user_id, "fairness.rotated", "fairness_epochs", revealed.id, told)
        return SeedsRotated(
            EpochRevealed(
                epoch_id=revealed.id,
                server_seed=self._vault.open(tenant_id, revealed.server_seed_encrypted).decode("ascii"),
                server_seed_hash=revealed.server_seed_hash,
                client_seed=revealed.client_seed,
                nonce=revealed.next_nonce,
                config_digest=revealed.config_digest,
            ),
            _shown(pair.current),
            NextShown(pair.next.server_seed_hash),
        )

    async def _need(self, connection: Connection, tenant_id: UUID, user_id: str, wheel_id: UUID) -> EpochNeed:
        wheel = await wheels.by_id(connection, tenant_id, wheel_id)
        if wheel is None or wheel.wheel_status not in PUBLIC_STATUSES:
            raise NotFound("There is no such wheel.")
        if wheel.config_digest is None:
            raise Conflict("This wheel has not been published yet, so there is nothing to commit to.")
        begun_since = self._database.now() - self._epoch_max_age
        return EpochNeed(user_id, wheel_id, wheel.config_digest, begun_since)


def _shown(epoch: Epoch) -> EpochShown:
    return EpochShown(epoch.id, epoch.server_seed_hash, epoch.client_seed, epoch.next_nonce, epoch.config_digest)
