"""All that goes over the wire, in tables: the AsyncAPI document and its check are read from here."""

from typing import NamedTuple

import msgspec

from games.messages import commands, events, jackpots, raffles, replies, snapshots, tournaments

#: What the data of each event is. An event that is sent has its line here (`tests/docs/test_asyncapi.py`).
EVENT_DATA: dict[str, type[msgspec.Struct]] = {
    "announcement": events.Announcement,
    "game.opened": events.GameMoved,
    "game.closed": events.GameMoved,
    "game.changed": events.GameMoved,
    "presence.joined": events.PresenceChanged,
    "presence.left": events.PresenceChanged,
    "spin.started": events.SpinStarted,
    "spin.frame": events.SpinFrame,
    "spin.result": events.SpinResult,
    "spin.voided": events.SpinVoided,
    "chance.changed": events.ChanceChanged,
    "reward.changed": events.RewardChanged,
    "alert.triggered": events.AlertView,
    "alert.acknowledged": events.AlertView,
    "alert.ended": events.AlertView,
    "void.requested": events.VoidView,
    "void.ended": events.VoidView,
    "tournament.rank": tournaments.TournamentRank,
    "ticket.changed": jackpots.TicketChanged,
    "jackpot.pool": jackpots.JackpotPool,
    "jackpot.status": jackpots.JackpotMoved,
    "jackpot.message": jackpots.JackpotMessage,
    "raffle.tickets": raffles.RaffleTicketsChanged,
    "raffle.sold": raffles.RaffleSold,
    "raffle.status": raffles.RaffleMoved,
    "leaderboard.delta": tournaments.LeaderboardDelta,
    "leaderboard.snapshot": tournaments.LeaderboardSnapshot,
    "tournament.status": tournaments.TournamentMoved,
    "tournament.winners": tournaments.TournamentWinners,
}

#: What each command is answered with.
RESULTS: dict[type[msgspec.Struct], type[msgspec.Struct]] = {
    commands.Connect: replies.Connected,
    commands.Refresh: replies.Refreshed,
    commands.Subscribe: replies.Subscribed,
    commands.Unsubscribe: replies.Unsubscribed,
    commands.Presence: replies.PresenceCounts,
    commands.Spin: replies.SpinAccepted,
    commands.Ping: replies.Pong,
}


class ChannelShown(NamedTuple):
    """A kind of channel as clients see it: its whole state, and the events that may come on it."""

    snapshot: type[msgspec.Struct]
    events: tuple[str, ...]


_SPIN = ("spin.started", "spin.frame", "spin.result")
_OWNED = ("chance.changed", "reward.changed")
_MOVED = ("game.opened", "game.closed", "game.changed")

#: By the address that is subscribed to.
CHANNELS: dict[str, ChannelShown] = {
    "tenant": ChannelShown(snapshots.TenantSnapshot, ("announcement", *_MOVED)),
    "user": ChannelShown(
        snapshots.UserSnapshot, (*_SPIN, "spin.voided", *_OWNED, "ticket.changed", "raffle.tickets", "tournament.rank")
    ),
    "wheel:{id}": ChannelShown(snapshots.WheelSnapshot, (*_SPIN, *_MOVED, "announcement")),
    "jackpot:{id}": ChannelShown(
        jackpots.JackpotSnapshot, ("jackpot.pool", "jackpot.status", "jackpot.message", "announcement")
    ),
    "raffle:{id}": ChannelShown(raffles.RaffleSnapshot, ("raffle.sold", "raffle.status", "announcement")),
    "tournament:{id}": ChannelShown(
        tournaments.TournamentSnapshot,
        ("leaderboard.delta", "leaderboard.snapshot", "tournament.status", "tournament.winners", "announcement"),
    ),
    "operator": ChannelShown(
        snapshots.OperatorSnapshot,
        (
            "alert.triggered",
            "alert.acknowledged",
            "alert.ended",
            "void.requested",
            "void.ended",
            "presence.joined",
            "presence.left",
        ),
    ),
}


class CloseCode(NamedTuple):
    """Why a connection is closed. From 4500 on the client comes back by itself."""

    word: str
    meaning: str


CLOSE_CODES: dict[int, CloseCode] = {
    4400: CloseCode("bad_frame", "no message of the protocol, a second `connect`, a command before it"),
    4401: CloseCode("unauthorized", "the token is missing, wrong or has expired"),
    4403: CloseCode("forbidden", "origin not allowed, tenant not active, user blocked"),
    4409: CloseCode("too_many_connections", "over the limit of the user"),
    4413: CloseCode("too_large", "a frame larger than the limit"),
    4500: CloseCode("internal", "a fault of the server's"),
    4503: CloseCode("draining", "this node is going away"),
    4508: CloseCode("slow_consumer", "the client did not read"),
    4509: CloseCode("connect_timeout", "no `connect` in time"),
    4510: CloseCode("missed_ping", "a ping was not answered"),
    4511: CloseCode("gap", "an event stream missed events for good"),
    4529: CloseCode("rate_limited", "kept on sending past a limit, or came to a tenant that is full"),
}
