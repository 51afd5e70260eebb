"""What an operator may set on a raffle: the column `campaign_config` (domain.md, The JSON columns)."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

CampaignType = Literal["paid", "free", "earned", "recurring", "grand"]


class Beacon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A round of a public randomness beacon that goes into a draw's seed."""

    chain: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    round: Annotated[int, msgspec.Meta(ge=1)]


class CampaignConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column `campaign_config`."""

    #: settings that several campaigns share
    configuration_id: UUID | None = None
    #: how tickets are earned
    policy_ids: tuple[UUID, ...] = ()
    #: digits of a ticket's number
    number_width: Annotated[int, msgspec.Meta(ge=1, le=12)] = 6
    numbers: Literal["sequential", "random", "chosen"] = "sequential"
    max_per_user: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    one_prize_per_holder: bool = False
    #: whether who won in one draw stands in the next ones
    earlier_winners_stand: bool = True
    beacon: Beacon | None = None
    #: seconds for which a ticket is held for one who is about to pay
    reservation_s: Annotated[int, msgspec.Meta(ge=10, le=86_400)] = 300
