"""What is open in a tenant, as players and operators see it: wheels with their rewards, and every game in brief."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection

from games.errors import NotFound
from games.messages.snapshots import (
    JackpotBrief,
    RaffleBrief,
    RewardView,
    TenantSnapshot,
    TournamentBrief,
    TurningSpin,
    WheelBrief,
    WheelSnapshot,
    WheelView,
    WinnerView,
)
from persistence import broadcasts, lobby, wheels
from persistence import plays as plays_of
from persistence.database import Database
from persistence.plays import Play
from persistence.publishing import terms_of
from persistence.wheels import WheelRow, WinRow
from server.moments import wire_time, wire_time_or_none
from server.play import views
from server.play.versions import Versions

#: What players see; a draft is the operator's alone.
#: Of what was announced to the whole tenant, what a snapshot shows.
_ANNOUNCEMENTS = 20
PUBLIC_STATUSES = ("scheduled", "active", "paused", "ended")


@dataclass(frozen=True, slots=True)
class ShownWheel:
    """A wheel and the rewards of its published version."""

    id: UUID
    view: WheelView
    rewards: list[RewardView]


class Lobby:
    """Reads what is open."""

    def __init__(self, database: Database, versions: Versions) -> None:
        self._database = database
        self._versions = versions

    async def wheels(
        self,
        tenant_id: UUID,
        *,
        slug: str | None,
        status: str | None,
        all_statuses: bool,
        after: UUID | None,
        limit: int,
        words: str | None = None,
        order: str = "oldest",
    ) -> list[ShownWheel]:
        """Wheels in an order of `persistence.wheels.ORDERS`; `words` are looked for in name and slug."""
        statuses = [status] if status else (None if all_statuses else list(PUBLIC_STATUSES))
        if statuses and not all_statuses:
            statuses = [one for one in statuses if one in PUBLIC_STATUSES]
        async with self._database.tenant(tenant_id) as connection:
            rows = await wheels.page(
                connection,
                tenant_id,
                slug=slug,
                statuses=statuses,
                after=after,
                limit=limit,
                words=words,
                order=order,
            )
            return [await self._whole(connection, tenant_id, row) for row in rows]

    async def wheel(self, tenant_id: UUID, wheel_id: UUID, *, all_statuses: bool) -> ShownWheel:
        """One wheel; raises `NotFound`."""
        async with self._database.tenant(tenant_id) as connection:
            row = await wheels.by_id(connection, tenant_id, wheel_id)
            if row is None or not (all_statuses or row.wheel_status in PUBLIC_STATUSES):
                raise NotFound("There is no such wheel.")
            return await self._whole(connection, tenant_id, row)

    async def shown(self, connection: Connection, tenant_id: UUID, wheel_id: UUID) -> ShownWheel:
        """A wheel as staff see it, within a transaction; raises `NotFound`."""
        row = await wheels.by_id(connection, tenant_id, wheel_id)
        if row is None:
            raise NotFound("There is no such wheel.")
        return await self._whole(connection, tenant_id, row)

    async def _whole(self, connection: Connection, tenant_id: UUID, row: WheelRow) -> ShownWheel:
        """With the rewards of its version; of a draft, which has none, those that stand so far."""
        if row.current_version_id is None:
            drafted = terms_of(await wheels.rewards_of(connection, tenant_id, row.id))
            return ShownWheel(
                row.id, views.wheel_view(row), [views.reward_view(one, depleted=False) for one in drafted]
            )
        await self._versions.load(connection, tenant_id, [row.current_version_id])
        published = self._versions[row.current_version_id].terms.rewards
        rewards = [views.reward_view(one, depleted=one.id in row.depleted) for one in published]
        return ShownWheel(row.id, views.wheel_view(row), rewards)

    async def snapshot(self, tenant_id: UUID) -> TenantSnapshot:
        """The channel `tenant`: every game in brief."""
        async with self._database.tenant(tenant_id) as connection:
            active = await wheels.page(
                connection, tenant_id, slug=None, statuses=["active", "paused"], after=None, limit=100
            )
            games = await lobby.read(connection, tenant_id)
            announced = await broadcasts.page(
                connection, tenant_id, event="announcement", channel="tenant", limit=_ANNOUNCEMENTS
            )
        return TenantSnapshot(
            wheels=[
                WheelBrief(row.id, row.wheel_name, row.wheel_slug, row.wheel_status, row.engine_type, row.engine_status)
                for row in active
            ],
            jackpots=[
                JackpotBrief(
                    row["id"],
                    row["jackpot_title"],
                    row["jackpot_status"],
                    views.money(str(row["pool_amount"])),
                    row["currency"],
                    wire_time_or_none(row["end_time"]),
                )
                for row in games.jackpots
            ],
            raffles=[
                RaffleBrief(
                    row["id"],
                    row["campaign_name"],
                    row["campaign_status"],
                    row["sold_tickets"],
                    row["total_tickets"],
                    wire_time_or_none(row["end_time"]),
                )
                for row in games.raffles
            ],
            tournaments=[
                TournamentBrief(
                    row["id"],
                    row["tournament_name"],
                    row["tournament_status"],
                    row["current_participants"],
                    row["max_participants"],
                    wire_time_or_none(row["end_time"]),
                )
                for row in games.tournaments
            ],
            announcements=[views.announcement_view(one) for one in announced],
        )

    async def wheel_snapshot(
        self, tenant_id: UUID, wheel_id: UUID, spinning: list[TurningSpin], now: str
    ) -> WheelSnapshot:
        """The channel `wheel:<id>`: the wheel, its rewards, what turns now, who won lately."""
        shown = await self.wheel(tenant_id, wheel_id, all_statuses=False)
        async with self._database.tenant(tenant_id) as connection:
            wins = await wheels.last_wins(connection, tenant_id, wheel_id)
            await self._versions.load(connection, tenant_id, {win.version_id for win in wins})
        return WheelSnapshot(shown.view, shown.rewards, spinning, [self._winner(win) for win in wins], now)

    def _winner(self, win: WinRow) -> WinnerView:
        version = self._versions[win.version_id]
        reward = version.rewards[win.reward_id]
        return WinnerView(
            session_id=win.session_id,
            user=views.shown_as(version, win.user_id, win.display_name),
            reward_label=reward.label,
            reward_type=reward.type,
            paid_amount=views.money(win.paid_amount),
            at=wire_time(win.at),
        )

    async def featured_plays(self, tenant_id: UUID, wheel_id: UUID) -> list[Play]:
        """Plays that turn on a wheel for its watchers, for a node that has just got one."""
        async with self._database.tenant(tenant_id) as connection:
            ids = await plays_of.open_ids(connection, tenant_id, wheel_id=wheel_id)
            plays = await plays_of.read(connection, tenant_id, ids)
            await self._versions.load(connection, tenant_id, {play.version_id for play in plays})
        return plays
