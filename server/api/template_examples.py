"""Examples for the OpenAPI document: an engine, a template, and the calls that make, change and use them."""

from typing import Any, Final

import msgspec

from server import samples
from server.api.engines import EngineBody, EngineChange, EngineStatusBody, EngineTypes, EngineView
from server.api.jackpots import JackpotWhole
from server.api.raffles import RaffleWhole
from server.api.template_bodies import (
    JackpotOfTemplate,
    RaffleOfTemplate,
    TemplateBody,
    TemplateChange,
    TournamentOfTemplate,
    WheelOfTemplate,
)
from server.api.templates import TemplateTypes, TemplateView
from server.api.tournaments import TournamentWithPrizes
from server.api.wheels import WheelWithRewards

_AT: Final = {"created_at": "2026-11-23T04:26:28.469Z", "updated_at": "2026-11-23T04:26:28.469Z"}
_ENGINE_ID: Final = "01a206a7-c6f5-7c1d-90f9-98c156b94469"
_COIN: Final = {
    "reward_slug": "coin",
    "reward_label": "A coin",
    "reward_type": "cash",
    "reward_detail": {"amount": "5.00", "currency": "EUR"},
    "probability": "0.125",
}
_NOTHING: Final = {
    "reward_slug": "nothing",
    "reward_label": "Next time",
    "reward_type": "none",
    "probability": "0.875",
}
_COLUMNS: Final = {
    "template_config": {"wheel_config": {"size": 1000}},
    "game_rules": {"spin_config": {"duration_ms": 5000}},
    "reward_config": {"rewards": [_COIN, _NOTHING]},
}
_DAYS: Final = {"start_time": "2026-12-05T08:00:00Z", "end_time": "2026-12-06T15:00:00Z"}

_ENGINE_BODY: Final = {"engine_name": "Main wheel", "engine_type": "wheel", "engine_config": {}}
_ENGINE_CHANGE: Final = {"engine_name": "The great wheel", "row_version": 1}
_ENGINE_STATUS: Final = {"to": "maintenance", "reason": "New drawing on Tuesday night"}
_ENGINE: Final = {
    "id": _ENGINE_ID,
    "engine_name": "Main wheel",
    "engine_type": "wheel",
    "engine_version": "1",
    "engine_status": "active",
    "engine_config": {},
    "engine_capabilities": {"games": ["wheel"]},
    "row_version": 2,
    **_AT,
}
_ENGINE_TYPES: Final = {
    "items": [
        {
            "engine_type": "wheel",
            "engine_version": "1",
            "title": "Turning wheel",
            "engine_capabilities": {"games": ["wheel"]},
            "config_schema": {"type": "object", "properties": {}},
        }
    ]
}
_TEMPLATE_BODY: Final = {
    "template_name": "Reef",
    "template_type": "wheel",
    "game_engine_id": _ENGINE_ID,
    "template_category": "classic",
    **_COLUMNS,
}
_TEMPLATE_CHANGE: Final = {"is_active": False, "row_version": 1}
_TEMPLATE: Final = {
    **_TEMPLATE_BODY,
    "id": "01a206a7-d2aa-7d7b-8b3c-4f8d1a0f7f10",
    "engine_type": "wheel",
    "engine_status": "active",
    "template_description": None,
    "is_active": True,
    "row_version": 1,
    **_AT,
}
_TEMPLATE_TYPES: Final = {
    "items": [
        {
            "template_type": "wheel",
            "by_engine": True,
            "schemas": {name: {"type": "object", "properties": {}} for name in _COLUMNS},
        }
    ]
}
_WHEEL_OF_TEMPLATE: Final = {
    "wheel_name": "Saturday Reef",
    "wheel_slug": "saturday-reef",
    "spin_config": {"duration_ms": 8000},
}
_JACKPOT_OF_TEMPLATE: Final = {"jackpot_id": "weekend-49", "jackpot_title": "Weekend Six, week 49", **_DAYS}
_RAFFLE_OF_TEMPLATE: Final = {
    "campaign_name": "December's raffle",
    **_DAYS,
    "draws": [{"draw_name": "The draw", "draw_time": "2026-12-06T16:00:00Z", "winning_tickets": 10}],
}
_TOURNAMENT_OF_TEMPLATE: Final = {"tournament_name": "December's race", "max_participants": 500, **_DAYS}

#: what the calls that make games are answered by
_GAMES: Final[tuple[type[msgspec.Struct], ...]] = (WheelWithRewards, JackpotWhole, RaffleWhole, TournamentWithPrizes)

TEMPLATE_EXAMPLES: Final[dict[type, dict[str, Any]]] = {
    EngineBody: _ENGINE_BODY,
    EngineChange: _ENGINE_CHANGE,
    EngineStatusBody: _ENGINE_STATUS,
    EngineView: _ENGINE,
    EngineTypes: _ENGINE_TYPES,
    TemplateBody: _TEMPLATE_BODY,
    TemplateChange: _TEMPLATE_CHANGE,
    TemplateView: _TEMPLATE,
    TemplateTypes: _TEMPLATE_TYPES,
    WheelOfTemplate: _WHEEL_OF_TEMPLATE,
    JackpotOfTemplate: _JACKPOT_OF_TEMPLATE,
    RaffleOfTemplate: _RAFFLE_OF_TEMPLATE,
    TournamentOfTemplate: _TOURNAMENT_OF_TEMPLATE,
    **{
        kind: samples.shown(samples.of(kind))
        for kind in (WheelWithRewards, JackpotWhole, RaffleWhole, TournamentWithPrizes)
    },
}
