"""The data of the events that games send, and which of the three kinds each event is (docs/protocol.md)."""

from typing import Literal
from uuid import UUID

import msgspec

#: How an event is delivered: kept (counted, in the history), latest (only the newest counts), passing (never replayed).
EventKind = Literal["kept", "latest", "passing"]

EVENT_KINDS: dict[str, EventKind] = {
    "announcement": "kept",
    "game.opened": "kept",
    "game.closed": "kept",
    "game.changed": "kept",
    "presence.joined": "passing",
    "presence.left": "passing",
    "spin.started": "kept",
    "spin.frame": "passing",
    "spin.result": "kept",
    "spin.voided": "kept",
    "chance.changed": "latest",
    "reward.changed": "kept",
    "ticket.changed": "kept",
    "tournament.rank": "latest",
    "jackpot.pool": "latest",
    "jackpot.event": "kept",
    "jackpot.status": "kept",
    "jackpot.message": "kept",
    "jackpot.winners": "kept",
    "raffle.tickets": "kept",
    "raffle.sold": "latest",
    "raffle.draw": "kept",
    "raffle.winner": "kept",
    "raffle.status": "kept",
    "leaderboard.delta": "latest",
    "leaderboard.snapshot": "latest",
    "tournament.status": "kept",
    "tournament.winners": "kept",
    "metric": "latest",
    "alert.triggered": "kept",
    "alert.acknowledged": "kept",
    "alert.ended": "kept",
    "void.requested": "kept",
    "void.ended": "kept",
    "audit": "kept",
}


class PresenceChanged(msgspec.Struct, frozen=True):
    """Users who have come to a channel, or left it with their last connection, over all nodes."""

    users: list[str]


class SpinStarted(msgspec.Struct, frozen=True):
    """A wheel begins to turn. Holds nothing from which the outcome could be told."""

    session_id: UUID
    wheel_id: UUID
    user: str
    started_at: str
    duration_ms: int
    server_seed_hash: str


class SpinFrame(msgspec.Struct, frozen=True):
    """One tick of a wheel: the two numbers of each spin shown, at `at_ms`.

    Of the engine `wheel` they are its angle (degrees) and velocity (degrees a second); other engines say theirs.
    """

    wheel_id: UUID
    at_ms: int
    spins: list[tuple[UUID, float, float]]


class RewardShown(msgspec.Struct, frozen=True):
    """A reward as a result names it."""

    id: UUID
    slug: str
    label: str
    type: str
    detail: msgspec.Raw


class SpinResult(msgspec.Struct, frozen=True):
    """What a spin won, sent when its wheel has stopped."""

    session_id: UUID
    wheel_id: UUID
    user: str
    reward: RewardShown
    angle_deg: float
    win_status: str
    paid_amount: str
    claim_status: str
    proof: msgspec.Raw
    #: what the engine's drawing shows at the end, beside the angle; left out where the angle is all
    reveal: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class SpinVoided(msgspec.Struct, frozen=True):
    """A stopped spin counts for nothing: what it won is not paid. `chance_returned`: the player has it back."""

    session_id: UUID
    wheel_id: UUID
    chance_returned: bool


class ChanceItem(msgspec.Struct, frozen=True):
    """One grant of chances that still holds some."""

    id: UUID
    chance_type: str
    remaining_chances: int
    expires_at: str | None
    wheels: list[UUID] | None


class ChanceChanged(msgspec.Struct, frozen=True):
    """The player's usable chances, whole."""

    remaining: int
    items: list[ChanceItem]


class RewardChanged(msgspec.Struct, frozen=True):
    """A reward of the player's, and how far it has come. `source_id`: the spin, ticket or winner that won it.

    `delivery_status`: pending, sending, failed (it is tried again), manual (an operator is at it), confirmed,
    stopped (the spin was voided).
    """

    id: UUID
    source: str
    source_id: UUID
    reward_type: str
    reward_detail: msgspec.Raw
    amount: str | None
    currency: str | None
    delivery_status: str
    confirmed_at: str | None
    created_at: str


class Announcement(msgspec.Struct, frozen=True):
    """What an operator has told everybody who listens to a channel. `data`: an object for the page, or null."""

    id: UUID
    channel: str
    message: str
    data: msgspec.Raw
    sent_at: str


class GameMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """A game of the tenant has opened, closed or changed. `game`: wheel, jackpot, raffle or tournament.

    `version_number`: of a wheel, the published version that it stands at now.
    """

    game: str
    id: UUID
    name: str
    status: str
    version_number: int | None = None


class VoidView(msgspec.Struct, frozen=True):
    """A void of a play. `requested`: it waits for another operator's consent; `voided`; `withdrawn`.

    `reward`: what the play was to be paid, and is not once it is voided. `decided_by`: who voided it, or withdrew.
    `spin_chance_id`: the chance that the player got back.
    """

    id: UUID
    session_id: UUID
    wheel_id: UUID
    user_id: str
    reward: RewardShown
    void_status: str
    void_reason: str
    requested_by: str
    requested_at: str
    decided_by: str | None
    decided_at: str | None
    spin_chance_id: UUID | None
    row_version: int


class AlertView(msgspec.Struct, frozen=True):
    """An alert, as staff see it. `alert_metadata`: what the rule found; `ended_…`: resolved or suppressed, by whom."""

    id: UUID
    alert_name: str
    alert_severity: str
    alert_status: str
    alert_message: str
    triggered_at: str
    alert_type: str
    alert_subject: str
    alert_condition: str
    alert_metadata: msgspec.Raw
    acknowledged_at: str | None
    acknowledged_by: str | None
    ended_at: str | None
    ended_by: str | None
    end_reason: str | None
    suppressed_until: str | None
    row_version: int
