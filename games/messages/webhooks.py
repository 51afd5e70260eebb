"""What the platform is told by webhook: `{type, timestamp, data}`, by the Standard Webhooks specification."""

from uuid import UUID

import msgspec


class RewardDue(msgspec.Struct, frozen=True, omit_defaults=True):
    """`reward.due`: pay this reward. Any 2xx confirms it; `delivery_id` stays the same over all retries."""

    delivery_id: UUID
    user_id: str
    reward_type: str
    reward_detail: msgspec.Raw
    session_id: UUID | None = None
    ticket_id: UUID | None = None
    winner_id: UUID | None = None


class RewardClaimed(msgspec.Struct, frozen=True):
    """`reward.claimed`: a player has claimed a reward."""

    session_id: UUID
    user_id: str
    reward_type: str


class TicketRefunded(msgspec.Struct, frozen=True):
    """`ticket.refunded`: the stake of a ticket goes back."""

    ticket_id: UUID
    user_id: str
    amount: str
    currency: str


class GameStatus(msgspec.Struct, frozen=True):
    """`game.status`: a game has opened, closed or moved otherwise. `game`: wheel, jackpot, raffle or tournament."""

    game: str
    id: UUID
    name: str
    status: str


class AlertTriggered(msgspec.Struct, frozen=True):
    """`alert.triggered`: an operator should look."""

    alert_id: UUID
    alert_name: str
    alert_severity: str
    alert_message: str


class Ping(msgspec.Struct, frozen=True):
    """`ping`: a test that an operator has asked for."""

    endpoint_id: UUID


#: Every type of message there is. `ping` goes to the endpoint that is tested, whatever it listens to.
EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    "reward.due": RewardDue,
    "reward.claimed": RewardClaimed,
    "ticket.refunded": TicketRefunded,
    "game.status": GameStatus,
    "alert.triggered": AlertTriggered,
    "ping": Ping,
}


class WebhookBody(msgspec.Struct, frozen=True):
    """The body of every message."""

    type: str
    timestamp: str
    data: msgspec.Raw
