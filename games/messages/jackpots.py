"""What is sent of jackpots: the game with its events and tiers, its pool, its status, and an operator's messages."""

from uuid import UUID

import msgspec


class JackpotPool(msgspec.Struct, frozen=True):
    """A pool as it stands. `version` rises with each of its moves."""

    jackpot_id: UUID
    pool_amount: str
    currency: str
    version: int


class JackpotMessage(msgspec.Struct, frozen=True):
    """What an operator has told everybody who follows a jackpot. `data`: an object for the page, or null."""

    id: UUID
    jackpot_id: UUID
    message: str
    data: msgspec.Raw
    sent_at: str


class JackpotMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """A jackpot has another status, or locks at another time."""

    jackpot_id: UUID
    jackpot_status: str
    start_time: str
    end_time: str
    locks_at: str
    at: str
    reason: str | None = None


class JackpotEventView(msgspec.Struct, frozen=True):
    """Something to call right: `event_pick` are the outcomes that may be picked, `event_result` what came."""

    id: UUID
    event_name: str
    event_type: str
    event_pick: str
    event_result: str | None
    event_status: str
    event_config: msgspec.Raw


class JackpotPrizeView(msgspec.Struct, frozen=True):
    """A tier: what so many right calls win."""

    id: UUID
    prize_name: str
    prize_type: str
    prize_amount: str
    prize_status: str
    prize_config: msgspec.Raw


class JackpotView(msgspec.Struct, frozen=True):
    """A jackpot as everybody may see it. `jackpot_id` is the operator's own code."""

    id: UUID
    jackpot_id: str
    jackpot_title: str
    jackpot_description: str | None
    jackpot_banner: str | None
    jackpot_stake: str
    currency: str
    start_time: str
    end_time: str
    locks_at: str
    jackpot_status: str
    supported_mode: str
    jackpot_config: msgspec.Raw
    pool_amount: str
    row_version: int
    created_at: str
    updated_at: str


class JackpotSnapshot(msgspec.Struct, frozen=True):
    """The channel `jackpot:<id>`. `messages`: the last ones, newest first."""

    jackpot: JackpotView
    events: list[JackpotEventView]
    prizes: list[JackpotPrizeView]
    pool: JackpotPool
    ticket_count: int
    messages: list[JackpotMessage]
    server_time: str


class TicketView(msgspec.Struct, frozen=True):
    """A ticket. `lines`: how many ways of calling its picks make; `ticket_stake`: the jackpot's stake for each."""

    id: UUID
    jackpot_id: UUID
    user_id: str
    ticket_type: str
    ticket_status: str
    ticket_stake: str
    currency: str
    ticket_picks: str
    lines: int
    ticket_created_at: str


class TicketChanged(msgspec.Struct, frozen=True):
    """A ticket of the player's was bought, or has another status."""

    ticket: TicketView
