"""Examples for the OpenAPI document: the bodies that platforms and operators send, such as the server takes."""

from typing import Any, Final

from games.jackpot import PoolMove
from server.api import jackpots, tournaments
from server.api.announcements import AnnouncementBody
from server.api.chance_batches import BatchBody
from server.api.chance_bodies import ChanceBody, RevokeBody
from server.api.jackpot_tickets import TicketBody
from server.api.messages import MessageBody
from server.api.raffle_tickets import RaffleTicketsBody
from server.api.raffles import RaffleBody, RaffleStatusBody
from server.api.revocations import RevocationBody
from server.api.rewards import HandledBody
from server.api.tenants import TenantBody, TenantChange
from server.api.voids import VoidBody
from server.api.wallet import WalletBody
from server.api.webhooks import EndpointBody, EndpointChange
from server.api.wheel_bodies import RewardsBody, StatusBody, WheelBody, WheelChange

_GRANT: Final = {
    "user_id": "player-1",
    "chance_type": "deposit",
    "chance_count": 5,
    "award_reason": "Deposit of 20 EUR",
    "expires_at": "2030-01-01T00:00:00Z",
}
_POINTS: Final = {
    "user_id": "player-1",
    "points_earned": "12.5",
    "points_source": "bet",
    "source_event_id": "bet-4711",
    "points_metadata": {"slip": "4711"},
}
_REWARDS: Final = [
    {
        "reward_slug": "coin",
        "reward_label": "A coin",
        "reward_type": "cash",
        "reward_detail": {"amount": "5.00", "currency": "EUR"},
        "probability": "0.125",
    },
    {"reward_slug": "nothing", "reward_label": "Next time", "reward_type": "none", "probability": "0.875"},
]
_DAYS: Final = {"start_time": "2036-12-05T08:00:00Z", "end_time": "2036-12-06T15:00:00Z"}
_EVENTS: Final = [
    {"event_name": "Reds - Blues", "event_pick": "1,X,2", "event_config": {"starts_at": "2036-12-06T14:30:00Z"}},
    {"event_name": "Greens - Whites", "event_pick": "1,X,2"},
]
_TIERS: Final = [{"prize_name": "Two right", "prize_config": {"correct": 2, "share_bps": 8000}}]
_RANKS: Final = [
    {"prize_name": "Gold", "prize_rank": 1, "prize_amount": "500"},
    {"prize_name": "Next nine", "prize_rank": 2, "prize_amount": "20", "prize_config": {"rank_to": 10}},
]
_DRAW: Final = {"draw_name": "The boat", "draw_time": "2036-12-06T19:00:00Z", "winning_tickets": 1}

BODY_EXAMPLES: Final[dict[type, dict[str, Any]]] = {
    ChanceBody: _GRANT,
    BatchBody: {"entries": [{"grant_id": "deposit-4711", **_GRANT}]},
    RevokeBody: {"reason": "The deposit was taken back."},
    WheelBody: {"wheel_name": "Reef", "wheel_slug": "reef", "wheel_config": {"size": 1000}, "rewards": _REWARDS},
    WheelChange: {"wheel_name": "The great reef", "row_version": 1},
    RewardsBody: {"rewards": _REWARDS, "row_version": 1},
    StatusBody: {"to": "active"},
    tournaments.TournamentBody: {"tournament_name": "Evening Cup", **_DAYS, "prizes": _RANKS},
    tournaments.TournamentChange: {"tournament_name": "Late Cup", "row_version": 1},
    tournaments.PrizesBody: {"prizes": _RANKS},
    tournaments.StatusBody: {"to": "registration"},
    tournaments.PointsBody: {"entries": [_POINTS]},
    tournaments.ReverseBody: {"reason": "The bet was void."},
    jackpots.JackpotBody: {
        "jackpot_id": "saturday-two",
        "jackpot_title": "Saturday Two",
        "jackpot_stake": "2.00",
        **_DAYS,
        "jackpot_config": {"seed_amount": "1000"},
        "events": _EVENTS,
        "prizes": _TIERS,
    },
    jackpots.JackpotChange: {"jackpot_title": "The great Saturday Two", "row_version": 1},
    jackpots.EventsBody: {"events": _EVENTS},
    jackpots.PrizesBody: {"prizes": _TIERS},
    jackpots.StatusBody: {"to": "open"},
    PoolMove: {"add": "0.25"},
    TicketBody: {"ticket_picks": "1,X|2", "user_id": "player-1"},
    RaffleBody: {"campaign_name": "The boat", **_DAYS, "ticket_price": 250, "total_tickets": 10000, "draws": [_DRAW]},
    RaffleStatusBody: {"to": "committed"},
    RaffleTicketsBody: {"quantity": 3, "user_id": "player-1"},
    MessageBody: {"message": "Kick-off in ten minutes", "data": {"minutes": 10}},
    AnnouncementBody: {"message": "Double points tonight", "channel": "tenant"},
    HandledBody: {"reason": "Sent by post, parcel 4711."},
    VoidBody: {"reason": "The page showed another prize; ticket 4711."},
    WalletBody: {"adapter": "http", "url": "https://platform.example/wallet"},
    EndpointBody: {"url": "https://platform.example/wheelhouse", "event_types": ["reward.due", "ticket.refunded"]},
    EndpointChange: {"endpoint_status": "active", "row_version": 1},
    RevocationBody: {"reason": "The account was shared.", "user_id": "player-1", "block": True},
    TenantBody: {
        "tenant_code": "acme",
        "tenant_name": "Acme Bets",
        "country_code": "MT",
        "currency": "EUR",
        "language_code": "en",
        "time_zone": "Europe/Malta",
    },
    TenantChange: {"tenant_name": "Acme", "row_version": 1},
}
