"""The channels there are: who may listen to each, and how its whole present state is read."""

from typing import NamedTuple
from uuid import UUID

from channels.channel import Channel
from games.messages.jackpots import JackpotSnapshot
from games.messages.raffles import RaffleSnapshot
from games.messages.snapshots import (
    OperatorSnapshot,
    TenantSnapshot,
    TurningSpin,
    UserSnapshot,
    WheelSnapshot,
)
from games.messages.tournaments import TournamentSnapshot
from persistence import chances, jackpot_tickets, raffle_tickets
from persistence import plays as plays_of
from persistence.database import Database
from server.auth.tokens import Caller
from server.live.subscriptions import ChannelKind, Counted
from server.live.turntable import Turning, Turntable
from server.moments import unix_ms, wire_time
from server.play import jackpot_views, raffle_views, views
from server.play.alerts import Alerts
from server.play.jackpot import Jackpots
from server.play.leaderboard import Leaderboards
from server.play.lobby import Lobby
from server.play.raffles import Raffles
from server.play.telling import Teller
from server.play.tournament import Tournaments
from server.play.wheel import WheelPlay

#: Of a player's tickets that are not decided, those that a snapshot shows.
_TICKETS_SHOWN = 50


class Desks(NamedTuple):
    """Who tells the state of each kind of game."""

    lobby: Lobby
    tournaments: Tournaments
    leaderboards: Leaderboards
    jackpots: Jackpots
    raffles: Raffles


def channel_kinds(
    database: Database, play: WheelPlay, teller: Teller, table: Turntable, desks: Desks
) -> dict[str, ChannelKind]:
    """The table of players' channels, by the first word of a name, with its colon where something follows."""
    lobby, tournaments, leaderboards, jackpots, raffles = desks

    async def tenant(caller: Caller, _: str) -> TenantSnapshot:
        return await lobby.snapshot(_tenant_id(caller))

    async def user(caller: Caller, _: str) -> UserSnapshot:
        tenant_id = _tenant_id(caller)
        async with database.tenant(tenant_id) as connection:
            usable = await chances.usable(connection, tenant_id, caller.user_id, database.clock_offset)
            ids = await plays_of.open_ids(connection, tenant_id, user_id=caller.user_id)
            plays = await plays_of.read(connection, tenant_id, ids)
            await play.load_versions(connection, tenant_id, plays)
            tickets = await jackpot_tickets.standing(connection, tenant_id, caller.user_id, _TICKETS_SHOWN)
            in_raffles = await raffle_tickets.standing(connection, tenant_id, caller.user_id, _TICKETS_SHOWN)
        # A stopped wheel's result may have been told just before its play is completed.
        now = play.now()
        unseen = [teller.result_of(tenant_id, one) for one in plays if one.completed_at or one.stops_at <= now]
        ranks = await leaderboards.ranks_of(tenant_id, caller.user_id)
        standing = [jackpot_views.ticket_view(one) for one in tickets]
        held = [raffle_views.ticket_view(one) for one in in_raffles]
        return UserSnapshot(views.chances_view(*usable), unseen, standing, ranks, held)

    async def wheel(caller: Caller, subject: str) -> WheelSnapshot:
        tenant_id, wheel_id = _tenant_id(caller), UUID(subject)
        play.show(tenant_id, await lobby.featured_plays(tenant_id, wheel_id))
        now = play.now()
        turning = [
            _turning(spin, unix_ms(now)) for spin in table.on_wheel(Channel(str(tenant_id), f"wheel:{wheel_id}"))
        ]
        return await lobby.wheel_snapshot(tenant_id, wheel_id, turning, wire_time(now))

    async def tournament(caller: Caller, subject: str) -> TournamentSnapshot:
        own = caller.user_id if caller.role == "player" else None
        return await tournaments.snapshot(
            _tenant_id(caller), UUID(subject), own, caller.name, drafts=caller.role != "player"
        )

    async def jackpot(caller: Caller, subject: str) -> JackpotSnapshot:
        return await jackpots.snapshot(_tenant_id(caller), UUID(subject), drafts=caller.role != "player")

    async def raffle(caller: Caller, subject: str) -> RaffleSnapshot:
        return await raffles.snapshot(_tenant_id(caller), UUID(subject), drafts=caller.role != "player")

    return {
        "jackpot:": ChannelKind(jackpot, is_shared=True),
        "raffle:": ChannelKind(raffle, is_shared=True),
        "tenant": ChannelKind(tenant, is_shared=True),
        "tournament:": ChannelKind(tournament),
        "user": ChannelKind(user, counted=Counted.WITH_ITS_USER),
        "wheel:": ChannelKind(wheel, is_shared=True),
    }


def operator_channel(alerts: Alerts) -> ChannelKind:
    """What a tenant's staff watch."""

    async def operator(caller: Caller, _: str) -> OperatorSnapshot:
        return OperatorSnapshot(alerts=await alerts.standing(_tenant_id(caller)), metrics={})

    return ChannelKind(operator, frozenset({"operator", "auditor"}), Counted.TOLD)


def _turning(spin: Turning, now_ms: float) -> TurningSpin:
    _, angle_deg, velocity_deg_s = spin.at(now_ms)
    return TurningSpin(
        session_id=spin.session_id,
        user=spin.shown_as,
        started_at=wire_time(spin.started_at),
        duration_ms=spin.duration_ms,
        server_seed_hash=spin.server_seed_hash,
        angle_deg=angle_deg,
        velocity_deg_s=velocity_deg_s,
        at_ms=int(now_ms),
    )


def _tenant_id(caller: Caller) -> UUID:
    assert caller.tenant_id is not None
    return caller.tenant_id
