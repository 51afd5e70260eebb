"""What a template holds, and the game that it and an operator's overrides make together.

The three columns of a template hold columns of the game-to-be under their own names: `template_config` its looks and
settings, `game_rules` its rules, `reward_config` what it pays. Laid together they are the body that the game's own
route takes, but for its name and times. The source is domain.md, Engines, templates, configurations.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from games import jackpot, tournament
from games.columns import column_faults
from games.errors import BadRequest, Fault
from games.jackpot import Amount, JackpotConfig, PlannedEvent, SupportedMode
from games.raffle_campaign import CampaignConfig, CampaignType
from games.raffle_sale import number_faults
from games.tournament import TournamentConfig
from games.wheel.config import SpinConfig, WheelConfig
from games.wheel.offer import MOST_REWARDS, PlannedReward, fit_together

P = TypeVar("P", bound=msgspec.Struct)

Prose = Annotated[str, msgspec.Meta(max_length=4_000)]
#: The template's columns that make a game, in the order in which they are laid together.
PARTS = ("template_config", "game_rules", "reward_config")


class WheelLooks(msgspec.Struct, forbid_unknown_fields=True):
    """`template_config` of a wheel."""

    wheel_description: Prose | None = None
    wheel_config: WheelConfig = WheelConfig()


class WheelRules(msgspec.Struct, forbid_unknown_fields=True):
    """`game_rules` of a wheel."""

    spin_config: SpinConfig = SpinConfig()
    spin_chance_for_page_visit: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0


class WheelRewards(msgspec.Struct, forbid_unknown_fields=True):
    """`reward_config` of a wheel: a whole set, or none yet."""

    rewards: Annotated[list[PlannedReward], msgspec.Meta(max_length=MOST_REWARDS)] = []


class JackpotLooks(msgspec.Struct, forbid_unknown_fields=True):
    """`template_config` of a jackpot."""

    jackpot_description: Prose | None = None
    jackpot_banner: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    supported_mode: SupportedMode = "online"


class JackpotRules(msgspec.Struct, forbid_unknown_fields=True):
    """`game_rules` of a jackpot."""

    jackpot_stake: Amount | None = None
    jackpot_config: JackpotConfig = JackpotConfig()
    events: Annotated[list[PlannedEvent], msgspec.Meta(max_length=100)] = []


class JackpotPrizes(msgspec.Struct, forbid_unknown_fields=True):
    """`reward_config` of a jackpot."""

    prizes: Annotated[list[jackpot.PlannedPrize], msgspec.Meta(max_length=100)] = []


class TournamentLooks(msgspec.Struct, forbid_unknown_fields=True):
    """`template_config` of a tournament."""

    tournament_description: Prose | None = None
    tournament_type: tournament.Word = "points"


class TournamentRules(msgspec.Struct, forbid_unknown_fields=True):
    """`game_rules` of a tournament."""

    max_participants: tournament.Places | None = None
    tournament_config: TournamentConfig = TournamentConfig()


class TournamentPrizes(msgspec.Struct, forbid_unknown_fields=True):
    """`reward_config` of a tournament."""

    prizes: Annotated[list[tournament.PlannedPrize], msgspec.Meta(max_length=1_000)] = []


class RaffleLooks(msgspec.Struct, forbid_unknown_fields=True):
    """`template_config` of a raffle."""

    campaign_description: Prose | None = None
    campaign_type: CampaignType = "paid"


class RaffleRules(msgspec.Struct, forbid_unknown_fields=True):
    """`game_rules` of a raffle."""

    ticket_price: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    total_tickets: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    campaign_config: CampaignConfig = CampaignConfig()


class RaffleRewards(msgspec.Struct, forbid_unknown_fields=True):
    """`reward_config` of a raffle: nothing, since its draws have times, which are each raffle's own."""


class TemplateKind(NamedTuple):
    """A kind of game that templates are of: the types of the three columns, and what must hold between them."""

    parts: tuple[type[msgspec.Struct], type[msgspec.Struct], type[msgspec.Struct]]
    together: Callable[[Any, Any, Any, str], list[Fault]]
    #: whether an engine reveals its outcomes, so that a template of it belongs to one
    by_engine: bool = False


def _wheel(looks: WheelLooks, _: WheelRules, pays: WheelRewards, __: str) -> list[Fault]:
    if not pays.rewards:
        return []
    try:
        fit_together(pays.rewards, looks.wheel_config.size, "$.reward_config.rewards")
    except BadRequest as error:
        return error.faults
    return []


def _jackpot(_: JackpotLooks, rules: JackpotRules, pays: JackpotPrizes, currency: str) -> list[Fault]:
    terms = {"jackpot_config": rules.jackpot_config}
    stake = {} if rules.jackpot_stake is None else {"jackpot_stake": rules.jackpot_stake}
    faults = jackpot.term_faults({**terms, **stake}, currency) + jackpot.event_faults(jackpot.placed(rules.events))
    return _under("game_rules", faults) + _under("reward_config", jackpot.prize_faults(pays.prizes, currency))


def _tournament(_: TournamentLooks, __: TournamentRules, pays: TournamentPrizes, ___: str) -> list[Fault]:
    try:
        tournament.prize_ranks([(prize.prize_rank, prize.prize_config) for prize in pays.prizes])
    except BadRequest as error:
        return _under("reward_config", error.faults)
    return []


def _raffle(_: RaffleLooks, rules: RaffleRules, __: RaffleRewards, ___: str) -> list[Fault]:
    return _under("game_rules", number_faults(rules.total_tickets, rules.campaign_config))


TEMPLATE_KINDS: Mapping[str, TemplateKind] = {
    "wheel": TemplateKind((WheelLooks, WheelRules, WheelRewards), _wheel, by_engine=True),
    "jackpot": TemplateKind((JackpotLooks, JackpotRules, JackpotPrizes), _jackpot),
    "tournament": TemplateKind((TournamentLooks, TournamentRules, TournamentPrizes), _tournament),
    "raffle": TemplateKind((RaffleLooks, RaffleRules, RaffleRewards), _raffle),
}


def template_faults(template_type: str, columns: Mapping[str, object], currency: str) -> list[Fault]:
    """Everything in a template's three columns that does not fit its kind of game, each and together.

    `currency`: the tenant's, whose smallest coin amounts are held to.
    """
    kind = TEMPLATE_KINDS[template_type]
    faults = [
        fault
        for name, part in zip(PARTS, kind.parts, strict=True)
        for fault in column_faults(part, columns[name], f"$.{name}")
    ]
    if faults:
        return faults
    looks, rules, pays = (msgspec.convert(columns[name], part) for name, part in zip(PARTS, kind.parts, strict=True))
    return kind.together(looks, rules, pays, currency)


def game_of(columns: Mapping[str, Mapping[str, Any]], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a new game: what the template says, and over it what is said of this one.

    Objects are laid over each other key by key; everything else, a list of rewards too, stands in place of the
    template's.
    """
    body: dict[str, Any] = {}
    for name in PARTS:
        body |= columns[name]
    return _laid_over(body, overrides)


def _laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(under)
    for key, value in over.items():
        below = laid.get(key)
        laid[key] = _laid_over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return laid


def _under(column: str, faults: list[Fault]) -> list[Fault]:
    return [Fault(f"$.{column}{fault.path.removeprefix('$')}", fault.message) for fault in faults]
