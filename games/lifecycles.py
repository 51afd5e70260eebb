"""The statuses of everything that has one, and the moves between them (domain.md's state machines).

Where the rules name an end without saying from where (`… → settled | cancelled`), every status before it may be left
for it: an open jackpot, a campaign on sale and a running tournament can all be cancelled.
"""

from enum import StrEnum

from games.lifecycle import Lifecycle


class EngineStatus(StrEnum):
    """A game engine; in maintenance no wheel of it takes spins."""

    DRAFT = "draft"
    ACTIVE = "active"
    MAINTENANCE = "maintenance"
    RETIRED = "retired"


ENGINE = Lifecycle(
    "engine",
    EngineStatus,
    {"draft": "active", "active": "maintenance retired", "maintenance": "active retired"},
)


class ConfigStatus(StrEnum):
    """A configuration; a published one is in effect until a newer one supersedes it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


CONFIG = Lifecycle("configuration", ConfigStatus, {"draft": "published", "published": "superseded"})


class WheelStatus(StrEnum):
    """A wheel; only an active one takes spins."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    ARCHIVED = "archived"


WHEEL = Lifecycle(
    "wheel",
    WheelStatus,
    {
        "draft": "scheduled active",
        "scheduled": "active",
        "active": "paused ended",
        "paused": "active ended",
        "ended": "archived",
    },
)


class RewardStatus(StrEnum):
    """A reward of a wheel; a depleted one pays its fallback, a retired one belongs to no present version."""

    ACTIVE = "active"
    DEPLETED = "depleted"
    RETIRED = "retired"


REWARD = Lifecycle("reward", RewardStatus, {"active": "depleted retired", "depleted": "retired"})


class ChanceStatus(StrEnum):
    """A grant of chances; only an active one can be spent."""

    ACTIVE = "active"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    REVOKED = "revoked"


CHANCE = Lifecycle("grant of chances", ChanceStatus, {"active": "exhausted expired revoked"})


class EpochStatus(StrEnum):
    """A server seed: committed to as the next, drawn from as the current, then revealed."""

    NEXT = "next"
    CURRENT = "current"
    REVEALED = "revealed"


EPOCH = Lifecycle("epoch", EpochStatus, {"next": "current", "current": "revealed"})


class SpinStatus(StrEnum):
    """A play: committed when it is on disk, completed when its wheel has stopped."""

    REQUESTED = "requested"
    COMMITTED = "committed"
    COMPLETED = "completed"
    VOIDED = "voided"


#: A shown result may be voided, so its stopped spin may; the result's own table says until when.
SPIN = Lifecycle("spin", SpinStatus, {"requested": "committed", "committed": "completed voided", "completed": "voided"})


class ResultStatus(StrEnum):
    """A play's result: shown when its player has seen it, settled when nothing more is due."""

    DECIDED = "decided"
    SHOWN = "shown"
    SETTLED = "settled"
    VOIDED = "voided"


RESULT = Lifecycle("result", ResultStatus, {"decided": "shown voided", "shown": "settled voided"})


class WinStatus(StrEnum):
    """Whether a result pays anything. Decided once, never moved."""

    WIN = "win"
    NO_WIN = "no_win"


class ClaimStatus(StrEnum):
    """What the player has to do for a reward: claim it in time, or nothing."""

    UNCLAIMED = "unclaimed"
    NOT_REQUIRED = "not_required"
    CLAIMING = "claiming"
    CLAIMED = "claimed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REVERSED = "reversed"


CLAIM = Lifecycle(
    "claim",
    ClaimStatus,
    {
        "unclaimed": "claiming expired reversed",
        "claiming": "claimed expired rejected reversed",
        "claimed": "reversed",
    },
)


class VoidStatus(StrEnum):
    """The voiding of a play; one that a second operator has to consent to may be withdrawn until then."""

    REQUESTED = "requested"
    VOIDED = "voided"
    WITHDRAWN = "withdrawn"


VOID = Lifecycle("void", VoidStatus, {"requested": "voided withdrawn"})


class DeliveryStatus(StrEnum):
    """The delivery of a reward by a job; what keeps failing is left to an operator.

    It is stopped when the play that won it is voided.
    """

    PENDING = "pending"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    MANUAL = "manual"
    STOPPED = "stopped"


#: Only what is surely not paid is stopped: before its first attempt, or when it is left to an operator.
#: An attempt after which no other is made, or that the wallet refuses, leaves it at `manual`: an operator has it tried
#: again, as one that failed, or delivers it by hand.
DELIVERY = Lifecycle(
    "delivery",
    DeliveryStatus,
    {
        "pending": "sending stopped",
        "sending": "confirmed failed manual",
        "failed": "sending",
        "manual": "failed confirmed stopped",
    },
)


class StakeStatus(StrEnum):
    """The debit of a stake; what it is for counts when it is confirmed."""

    RESERVED = "reserved"
    DEBITING = "debiting"
    DEBITED = "debited"
    CONFIRMED = "confirmed"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"
    MANUAL = "manual"


#: While it is debiting the money may have moved or not: only the wallet's yes or no, or a roll-back, leads out of it.
#: A roll-back that the wallet refuses is left to an operator.
STAKE = Lifecycle(
    "stake",
    StakeStatus,
    {
        "reserved": "debiting rolled_back",
        "debiting": "debited refused rolling_back",
        "debited": "confirmed rolling_back",
        "rolling_back": "rolled_back manual",
        "manual": "rolling_back rolled_back",
    },
)


class JackpotStatus(StrEnum):
    """A pool game; only an open one takes tickets."""

    DRAFT = "draft"
    OPEN = "open"
    LOCKED = "locked"
    RESULTING = "resulting"
    SETTLING = "settling"
    SETTLED = "settled"
    CANCELLED = "cancelled"


JACKPOT = Lifecycle(
    "jackpot",
    JackpotStatus,
    {
        "draft": "open cancelled",
        "open": "locked cancelled",
        "locked": "resulting cancelled",
        "resulting": "settling cancelled",
        "settling": "settled cancelled",
    },
)


class JackpotEventStatus(StrEnum):
    """An event that a jackpot's tickets pick the outcome of; a retired one was in a draft and was taken out of it."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    RESULTED = "resulted"
    POSTPONED = "postponed"
    VOID = "void"
    RETIRED = "retired"


#: A result, or that there is none, may be corrected; the jackpot's own status says until when.
JACKPOT_EVENT = Lifecycle(
    "event",
    JackpotEventStatus,
    {
        "scheduled": "live postponed void retired",
        "live": "resulted postponed void",
        "postponed": "resulted void",
        "resulted": "resulted void",
        "void": "resulted",
    },
)


class TicketStatus(StrEnum):
    """A ticket of a jackpot; one with any prize has won."""

    ACCEPTED = "accepted"
    WON = "won"
    LOST = "lost"
    PAID = "paid"
    VOID = "void"
    REFUNDED = "refunded"


TICKET = Lifecycle("ticket", TicketStatus, {"accepted": "won lost void", "won": "paid", "void": "refunded"})


class CampaignStatus(StrEnum):
    """A raffle campaign; its seeds are committed to before the first ticket is sold."""

    DRAFT = "draft"
    COMMITTED = "committed"
    ON_SALE = "on_sale"
    PAUSED = "paused"
    CLOSED = "closed"
    DRAWING = "drawing"
    DRAWN = "drawn"
    SETTLED = "settled"
    CANCELLED = "cancelled"


CAMPAIGN = Lifecycle(
    "campaign",
    CampaignStatus,
    {
        "draft": "committed cancelled",
        "committed": "on_sale cancelled",
        "on_sale": "paused closed cancelled",
        "paused": "on_sale closed cancelled",
        "closed": "drawing cancelled",
        "drawing": "drawn cancelled",
        "drawn": "settled cancelled",
    },
)


class DrawStatus(StrEnum):
    """A draw of a raffle; a failed one runs again on the same inputs only."""

    SCHEDULED = "scheduled"
    LIST_PUBLISHED = "list_published"
    EXECUTED = "executed"
    PUBLISHED = "published"
    FAILED = "failed"


DRAW = Lifecycle(
    "draw",
    DrawStatus,
    {
        "scheduled": "list_published",
        "list_published": "executed failed",
        "executed": "published failed",
        "failed": "executed",
    },
)


class RaffleTicketStatus(StrEnum):
    """A ticket of a raffle; a reservation that ran out is void."""

    RESERVED = "reserved"
    SOLD = "sold"
    WINNING = "winning"
    LOSING = "losing"
    VOID = "void"
    REFUNDED = "refunded"


RAFFLE_TICKET = Lifecycle(
    "ticket",
    RaffleTicketStatus,
    {"reserved": "sold void", "sold": "winning losing void", "void": "refunded"},
)


class RaffleWinnerStatus(StrEnum):
    """A drawn winner; one who forfeits makes way for the next reserve."""

    DRAWN = "drawn"
    VERIFIED = "verified"
    CLAIMED = "claimed"
    PAID = "paid"
    FORFEITED = "forfeited"


RAFFLE_WINNER = Lifecycle(
    "winner",
    RaffleWinnerStatus,
    {"drawn": "verified forfeited", "verified": "claimed forfeited", "claimed": "paid forfeited"},
)


class TournamentStatus(StrEnum):
    """A tournament; points count while it runs, and what comes late for a grace after."""

    DRAFT = "draft"
    REGISTRATION = "registration"
    RUNNING = "running"
    FINALIZING = "finalizing"
    SETTLED = "settled"
    CANCELLED = "cancelled"


TOURNAMENT = Lifecycle(
    "tournament",
    TournamentStatus,
    {
        "draft": "registration cancelled",
        "registration": "running cancelled",
        "running": "finalizing cancelled",
        "finalizing": "settled cancelled",
    },
)


class AlertStatus(StrEnum):
    """An alert; one that nobody acknowledged may still resolve by itself or be suppressed."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SUPPRESSED = "suppressed"


ALERT = Lifecycle(
    "alert",
    AlertStatus,
    {"open": "acknowledged resolved suppressed", "acknowledged": "resolved suppressed"},
)
