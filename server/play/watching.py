"""Looks plays through, some time after they were made, for what no person and no luck does; raises alerts.

A tenant's plays are gone through once, in their order, one node at a time, so many in a transaction: how far it has
come is kept with what is remembered of them, and what was missed while no node ran is caught up with. Nothing is added
to what a spin itself does.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from uuid import UUID

import structlog
from asyncpg import Connection

from games.alerts import PLAYER_RHYTHM, PLAYER_WIN_RATE, WHEEL_WIN_RATE, RhythmFound, WinRateFound
from games.anti_cheat import Reactions, RhythmLimits, superhuman, win_rate_evidence
from games.errors import WheelhouseError
from games.rewards import RewardType
from persistence import play_watches, wheels
from persistence.database import Database
from persistence.play_watches import Counted, Pair, WatchedPlay, WinCount
from server.play.alerts import Alerts
from server.play.outbox import Relay
from server.play.versions import Version, Versions
from server.settings import Settings

log = structlog.get_logger(__name__)

#: In a count's key, all players of a wheel's version together.
_ALL = ""


class PlayWatch:
    """Looks through the plays of all tenants."""

    def __init__(
        self, settings: Settings, database: Database, versions: Versions, alerts: Alerts, relay: Relay
    ) -> None:
        self._behind_s = settings.play_watch_behind_s
        self._batch = settings.play_watch_batch
        self._limits = RhythmLimits(
            settings.rhythm_reactions,
            settings.rhythm_spread,
            settings.rhythm_instant_ms,
            settings.rhythm_instant_share,
        )
        self._evidence = settings.win_rate_evidence
        self._database = database
        self._versions = versions
        self._alerts = alerts
        self._relay = relay

    async def look(self) -> None:
        """Go through what every tenant has played since the last time."""
        for tenant_id in await play_watches.tenant_ids(self._database):
            try:
                while await self.look_at(tenant_id) == self._batch:
                    pass
            except WheelhouseError:
                raise
            except Exception:
                log.exception("a tenant's plays could not be looked through", tenant=str(tenant_id))

    async def look_at(self, tenant_id: UUID) -> int:
        """Go through the next plays of a tenant; answers how many there were, 0 while another node is at it."""
        async with self._database.tenant(tenant_id) as connection:
            after = await play_watches.take_turn(connection, tenant_id)
            if after is None:
                return 0
            plays = await play_watches.read(connection, tenant_id, after, self._behind_s, self._batch)
            if not plays:
                return 0
            await self._versions.load(connection, tenant_id, {play.wheel_version_id for play in plays})
            versions = {play.wheel_version_id: self._versions[play.wheel_version_id] for play in plays}
            await self._watch_rhythms(connection, tenant_id, plays)
            await self._watch_wins(connection, tenant_id, plays, versions)
            await play_watches.move_on(connection, tenant_id, plays[-1].id)
        self._relay.wake(tenant_id)
        return len(plays)

    async def _watch_rhythms(self, connection: Connection, tenant_id: UUID, plays: Sequence[WatchedPlay]) -> None:
        pairs: set[Pair] = {(play.user_id, play.wheel_game_id) for play in plays}
        reactions = await play_watches.reactions(connection, tenant_id, sorted(pairs))
        for play in plays:
            reactions[play.user_id, play.wheel_game_id].follow(
                play.spin_started_at, play.stops_at, self._limits.reactions
            )
        await play_watches.keep_reactions(connection, tenant_id, reactions)
        for (user_id, wheel_id), found in reactions.items():
            await self._judge_rhythm(connection, tenant_id, user_id, wheel_id, found)

    async def _judge_rhythm(
        self, connection: Connection, tenant_id: UUID, user_id: str, wheel_id: UUID, reactions: Reactions
    ) -> None:
        rhythm = superhuman(reactions.ms, self._limits)
        if rhythm is None:
            return
        found = RhythmFound(
            wheel_id, user_id, len(reactions.ms), rhythm.median_ms, round(rhythm.spread, 4), rhythm.instant_share
        )
        told = (
            f"{user_id} spins {await self._name(connection, tenant_id, wheel_id)} as software does:"
            f" {rhythm.median_ms:.0f} ms after each stop, {rhythm.instant_share:.0%} of the times sooner than a person"
            f" can react, the middle half of {len(reactions.ms)} within {rhythm.spread:.0%} of that."
        )
        await self._alerts.trigger(connection, tenant_id, PLAYER_RHYTHM, f"{wheel_id} {user_id}", told, found)

    async def _watch_wins(
        self,
        connection: Connection,
        tenant_id: UUID,
        plays: Sequence[WatchedPlay],
        versions: Mapping[UUID, Version],
    ) -> None:
        counts = await play_watches.count(connection, tenant_id, counted(plays, versions))
        for (version_id, user_id), seen in sorted(counts.items()):
            await self._judge_wins(connection, tenant_id, versions[version_id], user_id, seen)

    async def _judge_wins(
        self, connection: Connection, tenant_id: UUID, version: Version, user_id: str, seen: WinCount
    ) -> None:
        published = hit_rate(version)
        evidence = win_rate_evidence(seen.spins, seen.hits, published)
        rate = seen.hits / seen.spins
        # A player who has bad luck is no cheat; a wheel that pays too seldom is as wrong as one that pays too often.
        if evidence < self._evidence or (user_id != _ALL and rate <= published):
            return
        found = WinRateFound(
            wheel_id=version.wheel_id,
            wheel_version_id=version.id,
            user_id=user_id or None,
            spins=seen.spins,
            hits=seen.hits,
            hit_rate=rate,
            published_hit_rate=published,
            evidence_log10=round(log10(evidence), 2),
        )
        name = await self._name(connection, tenant_id, version.wheel_id)
        if user_id == _ALL:
            told = f"{name} (version {version.number}) has hit {seen.hits} times in {seen.spins} spins"
            rule, subject = WHEEL_WIN_RATE, f"{version.id}"
        else:
            told = f"{user_id} has hit {seen.hits} times in {seen.spins} spins of {name} (version {version.number})"
            rule, subject = PLAYER_WIN_RATE, f"{version.id} {user_id}"
        told = f"{told}: {rate:.2%}, where its odds give {published:.2%}."
        await self._alerts.trigger(connection, tenant_id, rule, subject, told, found)

    async def _name(self, connection: Connection, tenant_id: UUID, wheel_id: UUID) -> str:
        wheel = await wheels.by_id(connection, tenant_id, wheel_id)
        return "a wheel" if wheel is None else wheel.wheel_name


def hit_rate(version: Version) -> float:
    """The share of a version's positions whose range holds a prize."""
    hits = sum(one.range_end - one.range_start + 1 for one in version.terms.rewards if one.type != RewardType.NONE)
    return hits / version.terms.size


def counted(plays: Iterable[WatchedPlay], versions: Mapping[UUID, Version]) -> dict[Counted, WinCount]:
    """Spins and hits by version and player, and by version. The range counts: a prize out of stock was hit too."""
    added: dict[Counted, WinCount] = {}
    for play in plays:
        reward = versions[play.wheel_version_id].rewards[play.reward_range_id]
        for user_id in (play.user_id, _ALL):
            key = (play.wheel_version_id, user_id)
            spins, hits = added.get(key, (0, 0))
            added[key] = WinCount(spins + 1, hits + (reward.type != RewardType.NONE))
    return added
