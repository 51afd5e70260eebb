"""Claiming a reward that has to be asked for, in time; and letting the time run out."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.errors import Closed, Conflict, NotFound
from games.lifecycles import ClaimStatus
from games.messages.events import RewardChanged
from games.messages.webhooks import RewardClaimed
from persistence import chances, claims, outbox, plays, rewards, webhooks
from persistence.database import Database
from persistence.plays import Play
from server.play import views
from server.play.outbox import Relay
from server.play.telling import Teller
from server.play.versions import Version, Versions


class ClaimAnswer(msgspec.Struct, frozen=True):
    """What has become of a claim; `reward` is its delivery, null for chances, which are credited at once."""

    session_id: UUID
    claim_status: str
    reward: RewardChanged | None


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A play whose result is locked, and the version it was played under."""

    play: Play
    version: Version


class Claims:
    """A player's claims."""

    def __init__(self, database: Database, versions: Versions, teller: Teller, relay: Relay) -> None:
        self._database = database
        self._versions = versions
        self._teller = teller
        self._relay = relay

    async def claim(self, tenant_id: UUID, user_id: str, session_id: UUID) -> ClaimAnswer:
        """Claim what a spin has won; claiming again answers the same.

        Raises `NotFound`; `Closed` when the time for it is over; `Conflict` when there is nothing to claim.
        """
        async with self._database.tenant(tenant_id) as connection:
            claimed = await self._open(connection, tenant_id, user_id, session_id)
            answer = await self._claim(connection, tenant_id, claimed)
        self._relay.wake(tenant_id)
        if answer.reward is None:
            await self._teller.chances(tenant_id, user_id)
        return answer

    async def expire(self, tenant_id: UUID, session_id: UUID) -> None:
        """A job's: the time is over, unless the reward was claimed."""
        async with self._database.tenant(tenant_id) as connection:
            await claims.move(connection, tenant_id, session_id, ClaimStatus.UNCLAIMED, ClaimStatus.EXPIRED)

    async def _open(self, connection: Connection, tenant_id: UUID, user_id: str, session_id: UUID) -> _Claimed:
        if not await claims.lock(connection, tenant_id, session_id):
            raise NotFound("There is no such result.")
        (play,) = await plays.read(connection, tenant_id, [session_id])
        if play.user_id != user_id or play.completed_at is None:
            raise NotFound("There is no such result.")
        await self._versions.load(connection, tenant_id, [play.version_id])
        return _Claimed(play, self._versions[play.version_id])

    async def _claim(self, connection: Connection, tenant_id: UUID, claimed: _Claimed) -> ClaimAnswer:
        play, version = claimed.play, claimed.version
        match play.claim_status:
            case ClaimStatus.UNCLAIMED:
                pass
            case ClaimStatus.CLAIMING | ClaimStatus.CLAIMED:
                made = await rewards.page(connection, tenant_id, source_id=play.session_id, limit=1)
                return _answer(play, play.claim_status, views.reward_changed(made[0]) if made else None)
            case ClaimStatus.EXPIRED:
                raise Closed("The time to claim this reward is over.")
            case _:
                raise Conflict(f"There is nothing to claim: the claim is {play.claim_status}.")
        if await self._is_late(connection, claimed):
            raise Closed("The time to claim this reward is over.")
        told = RewardClaimed(play.session_id, play.user_id, version.rewards[play.reward_id].type)
        await webhooks.emit(connection, tenant_id, "reward.claimed", told)
        if (won := views.won_chances(version, play)) is not None:
            await chances.lock_player(connection, tenant_id, play.user_id)
            await plays.credit(connection, tenant_id, [won], self._database.clock_offset)
            await claims.move(connection, tenant_id, play.session_id, ClaimStatus.UNCLAIMED, ClaimStatus.CLAIMED)
            return _answer(play, ClaimStatus.CLAIMED, None)
        await claims.move(connection, tenant_id, play.session_id, ClaimStatus.UNCLAIMED, ClaimStatus.CLAIMING)
        (delivery,) = await rewards.owe(
            connection, tenant_id, [views.owed_reward(version, play)], self._database.clock_offset
        )
        changed = views.reward_changed(delivery)
        await outbox.add(connection, tenant_id, f"user:{play.user_id}", "reward.changed", changed)
        return _answer(play, ClaimStatus.CLAIMING, changed)

    async def _is_late(self, connection: Connection, claimed: _Claimed) -> bool:
        until = views.claim_until(claimed.version, claimed.play)
        return until is not None and await claims.now(connection, self._database.clock_offset) >= until


def _answer(play: Play, status: str, reward: RewardChanged | None) -> ClaimAnswer:
    return ClaimAnswer(play.session_id, str(status), reward)
