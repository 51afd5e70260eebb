"""Plays read back: a player's history, one play whole, its proof. What has not been revealed stays hidden."""

from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import NotFound, SpinInProgress
from games.messages.events import RewardShown
from persistence import plays as plays_of
from persistence import spin_search
from persistence.database import Database
from persistence.plays import Play
from persistence.spin_search import Wanted
from server.moments import wire_time, wire_time_or_none
from server.play import views
from server.play.story import Story, tell
from server.play.telling import Teller
from server.play.versions import Versions


class PlayShown(msgspec.Struct, frozen=True):
    """A play as REST shows it; the outcome's fields are null until the wheel has stopped."""

    id: UUID
    session_id: UUID
    request_id: str
    user_id: str
    wheel_game_id: UUID
    wheel_version_id: UUID
    spin_status: str
    started_at: str
    completed_at: str | None
    spin_duration_ms: int
    server_seed_hash: str
    client_seed: str
    nonce: int
    result_status: str | None
    reward: RewardShown | None
    angle_deg: float | None
    win_status: str | None
    paid_amount: str | None
    claim_status: str | None
    row_version: int


class PlayWhole(PlayShown, frozen=True, kw_only=True):
    """A play with its story."""

    story: Story


class History:
    """Reads plays."""

    def __init__(self, database: Database, versions: Versions, teller: Teller) -> None:
        self._database = database
        self._versions = versions
        self._teller = teller

    async def page(self, tenant_id: UUID, wanted: Wanted, *, after: UUID | None, limit: int) -> list[PlayShown]:
        """Plays that are looked for, newest first, after the one named."""
        async with self._database.tenant(tenant_id) as connection:
            offset = self._database.clock_offset
            ids = await spin_search.find(connection, tenant_id, wanted, after=after, limit=limit, clock_offset=offset)
            plays = await plays_of.read(connection, tenant_id, ids)
            await self._versions.load(connection, tenant_id, {play.version_id for play in plays})
        return [self._shown(play) for play in plays]

    async def one(self, tenant_id: UUID, session_id: UUID, owner: str | None) -> PlayWhole:
        """One play with its story; raises `NotFound`, also when it is not `owner`'s (None: staff see anybody's)."""
        async with self._database.tenant(tenant_id) as connection:
            play = await self._read(connection, tenant_id, session_id, owner)
            version = self._versions[play.version_id]
            story = await tell(connection, tenant_id, play, version, staff=owner is None)
        if owner is not None and play.plan is not None and self._revealed(play):
            await plays_of.mark_shown(self._database, tenant_id, [session_id])
        return PlayWhole(**msgspec.structs.asdict(self._shown(play)), story=story)

    async def proof(self, tenant_id: UUID, session_id: UUID, owner: str | None) -> msgspec.Raw:
        """A play's proof; raises `SpinInProgress` while its wheel turns."""
        async with self._database.tenant(tenant_id) as connection:
            play = await self._read(connection, tenant_id, session_id, owner)
        if not self._revealed(play):
            raise SpinInProgress("The wheel is still turning; its proof can be had when it has stopped.")
        return self._teller.proof_of(tenant_id, play)

    async def _read(self, connection: Connection, tenant_id: UUID, session_id: UUID, owner: str | None) -> Play:
        plays = await plays_of.read(connection, tenant_id, [session_id])
        if not plays or (owner is not None and plays[0].user_id != owner):
            raise NotFound("There is no such spin.")
        await self._versions.load(connection, tenant_id, [plays[0].version_id])
        return plays[0]

    def _revealed(self, play: Play) -> bool:
        # The database's clock has judged this; a node's own may be ahead.
        return play.completed_at is not None

    def _shown(self, play: Play) -> PlayShown:
        revealed = self._revealed(play)
        version = self._versions[play.version_id]
        return PlayShown(
            id=play.session_id,
            session_id=play.session_id,
            request_id=play.request_id,
            user_id=play.user_id,
            wheel_game_id=play.wheel_id,
            wheel_version_id=play.version_id,
            spin_status=play.spin_status,
            started_at=wire_time(play.started_at),
            completed_at=wire_time_or_none(play.completed_at),
            spin_duration_ms=play.duration_ms,
            server_seed_hash=play.server_seed_hash,
            client_seed=play.client_seed,
            nonce=play.nonce,
            result_status=play.result_status if revealed else None,
            reward=views.reward_shown(version, play.reward_id) if revealed else None,
            angle_deg=round(play.angle_deg, 4) if revealed else None,
            win_status=play.win_status if revealed else None,
            paid_amount=views.money(play.paid_amount) if revealed else None,
            claim_status=play.claim_status if revealed else None,
            row_version=play.row_version,
        )
