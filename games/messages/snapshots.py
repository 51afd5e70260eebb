"""The whole present state of a channel, as `subscribe` answers it when history cannot be recovered."""

from uuid import UUID

import msgspec

from games.messages.events import AlertView, Announcement, ChanceChanged, RewardChanged, SpinResult
from games.messages.jackpots import TicketView
from games.messages.raffles import RaffleTicketView
from games.messages.tournaments import TournamentRank


class WheelBrief(msgspec.Struct, frozen=True):
    """A wheel in the lobby."""

    id: UUID
    wheel_name: str
    wheel_slug: str
    wheel_status: str
    engine_type: str
    #: while it is not active, the wheel takes no spins
    engine_status: str


class JackpotBrief(msgspec.Struct, frozen=True):
    """A jackpot in the lobby."""

    id: UUID
    jackpot_title: str
    jackpot_status: str
    pool_amount: str
    currency: str
    end_time: str | None


class RaffleBrief(msgspec.Struct, frozen=True):
    """A raffle in the lobby."""

    id: UUID
    campaign_name: str
    campaign_status: str
    sold_tickets: int
    total_tickets: int | None
    end_time: str | None


class TournamentBrief(msgspec.Struct, frozen=True):
    """A tournament in the lobby."""

    id: UUID
    tournament_name: str
    tournament_status: str
    current_participants: int
    max_participants: int | None
    end_time: str | None


class TenantSnapshot(msgspec.Struct, frozen=True):
    """The channel `tenant`: what is open now, and what was announced last, newest first."""

    wheels: list[WheelBrief]
    jackpots: list[JackpotBrief]
    raffles: list[RaffleBrief]
    tournaments: list[TournamentBrief]
    announcements: list[Announcement]


class UserSnapshot(msgspec.Struct, frozen=True):
    """The channel `user`: what is the player's own."""

    chances: ChanceChanged
    results: list[SpinResult]
    tickets: list[TicketView] = []
    ranks: list[TournamentRank] = []
    raffle_tickets: list[RaffleTicketView] = []


class RewardView(msgspec.Struct, frozen=True):
    """A reward with its odds, and the segment that the page draws for it."""

    id: UUID
    reward_slug: str
    reward_label: str
    reward_type: str
    reward_color: str | None
    reward_description: str | None
    reward_detail: msgspec.Raw
    reward_status: str
    probability: str
    range_start: int
    range_end: int
    start_deg: float
    sweep_deg: float


class WheelView(msgspec.Struct, frozen=True):
    """A wheel as everybody may see it."""

    id: UUID
    wheel_name: str
    wheel_slug: str
    wheel_description: str | None
    wheel_status: str
    #: the template that it was made of
    game_template_id: UUID | None
    engine_type: str
    #: while it is not active, the wheel takes no spins
    engine_status: str
    engine_config: msgspec.Raw
    #: where the ES module is that draws it
    drawing: str
    wheel_config: msgspec.Raw
    spin_config: msgspec.Raw
    spin_chance_for_page_visit: int
    is_active: bool
    opens_at: str | None
    closes_at: str | None
    row_version: int
    version_number: int | None
    config_digest: str | None
    terms_digest: str | None
    created_at: str
    updated_at: str


class TurningSpin(msgspec.Struct, frozen=True):
    """A spin that turns now, and where it is at `at_ms`."""

    session_id: UUID
    user: str
    started_at: str
    duration_ms: int
    server_seed_hash: str
    angle_deg: float
    velocity_deg_s: float
    at_ms: int


class WinnerView(msgspec.Struct, frozen=True):
    """A recent win on a wheel."""

    session_id: UUID
    user: str
    reward_label: str
    reward_type: str
    paid_amount: str
    at: str


class WheelSnapshot(msgspec.Struct, frozen=True):
    """The channel `wheel:<id>`."""

    wheel: WheelView
    rewards: list[RewardView]
    spins: list[TurningSpin]
    winners: list[WinnerView]
    server_time: str


class OperatorSnapshot(msgspec.Struct, frozen=True):
    """The channel `operator`: open alerts, and the newest figure of each metric."""

    alerts: list[AlertView]
    metrics: dict[str, str]


class DeliveryView(RewardChanged, frozen=True, kw_only=True):
    """A reward on its way, in a list; the rest is for operators, and null for the player."""

    user_id: str
    attempts: int | None
    next_attempt_at: str | None
    last_error: str | None
    handled_by: str | None
    handling_reason: str | None
