"""Players who connect: all who come while the last ones are taken in are taken in together.

After a cut everybody comes at once. With a transaction each they, and whoever spins meanwhile, would wait for hundreds.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from games.errors import WheelhouseError
from persistence import chances, fairness, wheels
from persistence import plays as plays_of
from persistence.database import Database
from persistence.group_commit import GroupCommit
from persistence.plays import Play
from persistence.vault import Vault
from server.play import views
from server.play.deciding import new_epoch
from server.play.versions import Versions
from server.play.visits import Welcome

#: What a player may be reminded of on arrival.
_OPEN_SPINS = 20
#: Players in one transaction, all of whose rows are locked for its length.
_TOGETHER = 200


class Arrival(NamedTuple):
    """A player who has come, and the display name that their token says."""

    user_id: str
    name: str | None


class Arrived(NamedTuple):
    """What waits for a player."""

    #: turning, or stopped while nobody looked; newest first
    plays: list[Play]
    #: by open wheel, the commitment that the next spin is drawn from
    pairs: dict[UUID, fairness.EpochPair]


class Arrivals:
    """Takes players in. `welcome`: what the house gives newcomers, if anything."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        versions: Versions,
        epoch_max_age: timedelta,
        welcome: Welcome | None = None,
    ) -> None:
        self._epoch_max_age = epoch_max_age
        self._database = database
        self._vault = vault
        self._versions = versions
        self._welcome = welcome
        # Whoever connects is told at once that Postgres is away, and comes back.
        self._arrivals: GroupCommit[Arrival, Arrived] = GroupCommit(self._take_in, max_batch=_TOGETHER, retry_s=0.0)

    async def arrive(self, tenant_id: UUID, arrival: Arrival) -> Arrived:
        """Make a player known and tell what waits; raises `Forbidden` for a blocked one, and `Unavailable`."""
        return await self._arrivals.submit(tenant_id, arrival)

    async def _take_in(self, tenant_id: UUID, arrivals: Sequence[Arrival]) -> Sequence[Arrived | WheelhouseError]:
        # One player may come several times at once: the last name counts.
        names = {arrival.user_id: arrival.name for arrival in arrivals}
        refused: dict[str, WheelhouseError] = {}
        async with self._database.tenant(tenant_id) as connection:
            for user_id, status in (await chances.lock_players(connection, tenant_id, names)).items():
                try:
                    views.must_not_be_blocked(status)
                except WheelhouseError as error:
                    refused[user_id] = error
            users = [user_id for user_id in names if user_id not in refused]
            if self._welcome is not None:
                await self._welcome(connection, tenant_id, users)
            ids = await plays_of.open_ids_of(connection, tenant_id, users, _OPEN_SPINS)
            plays = await plays_of.read(connection, tenant_id, ids)
            await self._versions.load(connection, tenant_id, {play.version_id for play in plays})
            pairs = await self._pairs(connection, tenant_id, users)
        found = {user_id: Arrived([], {}) for user_id in users}
        for play in plays:
            found[play.user_id].plays.append(play)
        for (user_id, wheel_id), pair in pairs.items():
            found[user_id].pairs[wheel_id] = pair
        return [refused.get(arrival.user_id) or found[arrival.user_id] for arrival in arrivals]

    async def _pairs(self, connection: Connection, tenant_id: UUID, users: list[str]) -> fairness.Pairs:
        active = await wheels.page(connection, tenant_id, slug=None, statuses=["active"], after=None, limit=100)
        begun_since = self._database.now() - self._epoch_max_age
        needs = [
            fairness.EpochNeed(user_id, wheel.id, wheel.config_digest, begun_since)
            for user_id in users
            for wheel in active
            if wheel.config_digest is not None
        ]
        pairs = await fairness.read(connection, tenant_id, [(need.user_id, need.wheel_id) for need in needs])
        lacking = [
            need
            for need in needs
            if (pair := pairs.get((need.user_id, need.wheel_id))) is None
            or (need.outgrown(pair.current) and not pair.current.turning)
        ]
        if not lacking:
            return pairs
        make = partial(new_epoch, self._vault, tenant_id)
        return pairs | await fairness.ensure(connection, tenant_id, lacking, make, self._database.clock_offset)
