"""What operators say of templates over REST: a new one, changes of one, and a game of one with what is its own."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from games.jackpot import Amount, SupportedMode
from games.raffle_campaign import CampaignType
from games.texts import matching
from games.tournament import Places, Word
from server.api import jackpots, raffles, tournaments, wheel_bodies
from server.api.wheel_bodies import Name, Prose, Slug

TemplateType = Literal["wheel", "jackpot", "tournament", "raffle"]
Category = Annotated[str, matching("[A-Za-z0-9._-]{1,64}")]
#: Columns of the game-to-be under their own names; which, depends on `template_type`.
Part = dict[str, Any]


class TemplateBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new template. A wheel's names the engine that reveals it; no other has one."""

    template_name: Name
    template_type: TemplateType
    game_engine_id: UUID | None = None
    template_category: Category | None = None
    template_description: Prose | None = None
    template_config: Part = {}
    game_rules: Part = {}
    reward_config: Part = {}
    is_active: bool = True


class TemplateChange(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a template, each column whole; `row_version` here or in `If-Match`."""

    template_name: Name | msgspec.UnsetType = msgspec.UNSET
    template_category: Category | msgspec.UnsetType | None = msgspec.UNSET
    template_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    template_config: Part | msgspec.UnsetType = msgspec.UNSET
    game_rules: Part | msgspec.UnsetType = msgspec.UNSET
    reward_config: Part | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    row_version: int | None = None


class WheelOfTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """A wheel of a template: its name and slug, and what is otherwise than in the template.

    A configuration is laid over the template's key by key; `rewards`, when given, are the whole set.
    """

    wheel_name: Name
    wheel_slug: Slug
    wheel_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    wheel_config: Part | msgspec.UnsetType = msgspec.UNSET
    spin_config: Part | msgspec.UnsetType = msgspec.UNSET
    spin_chance_for_page_visit: wheel_bodies.VisitChances | msgspec.UnsetType = msgspec.UNSET
    opens_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    closes_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    rewards: wheel_bodies.Rewards | msgspec.UnsetType = msgspec.UNSET


class JackpotOfTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """A jackpot of a template: its code, title and times, and what is otherwise than in the template."""

    jackpot_id: jackpots.Code
    jackpot_title: jackpots.Title
    start_time: datetime
    end_time: datetime
    jackpot_stake: Amount | msgspec.UnsetType = msgspec.UNSET
    jackpot_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    jackpot_banner: jackpots.Banner | msgspec.UnsetType | None = msgspec.UNSET
    supported_mode: SupportedMode | msgspec.UnsetType = msgspec.UNSET
    jackpot_config: Part | msgspec.UnsetType = msgspec.UNSET
    events: jackpots.Events | msgspec.UnsetType = msgspec.UNSET
    prizes: jackpots.Prizes | msgspec.UnsetType = msgspec.UNSET


class TournamentOfTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """A tournament of a template: its name and times, and what is otherwise than in the template."""

    tournament_name: Name
    start_time: datetime
    end_time: datetime
    tournament_type: Word | msgspec.UnsetType = msgspec.UNSET
    tournament_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    max_participants: Places | msgspec.UnsetType | None = msgspec.UNSET
    tournament_config: Part | msgspec.UnsetType = msgspec.UNSET
    prizes: tournaments.Prizes | msgspec.UnsetType = msgspec.UNSET


class RaffleOfTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """A raffle of a template: its name, times and draws, and what is otherwise than in the template."""

    campaign_name: Name
    start_time: datetime
    end_time: datetime
    draws: raffles.Draws = []
    campaign_type: CampaignType | msgspec.UnsetType = msgspec.UNSET
    campaign_description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    ticket_price: raffles.Whole | msgspec.UnsetType = msgspec.UNSET
    total_tickets: raffles.Whole | msgspec.UnsetType | None = msgspec.UNSET
    campaign_config: Part | msgspec.UnsetType = msgspec.UNSET
