"""What the demo tenants make games of: a template of each kind."""

from collections.abc import Iterator
from typing import Any, Final

#: slug, label, type, detail, weight, colour
_Segment = tuple[str, str, str, dict[str, Any], int, str]
_LUCKY: Final[list[_Segment]] = [
    ("cash-100", "100 cash", "cash", {"amount": "100.00"}, 2, "brass"),
    ("no-win-1", "Next time", "none", {}, 248, "ink"),
    ("free-bet-10", "10 free bet", "free_bet", {"amount": "10.00", "expires_in_h": 72}, 60, "sea"),
    ("spin-again", "Spin again", "spin_chance", {"count": 1, "expires_in_h": 24}, 120, "ivory"),
    ("cash-5", "5 cash", "cash", {"amount": "5.00"}, 80, "foam"),
    ("no-win-2", "Next time", "none", {}, 250, "ink"),
    ("boost-20", "20 % boost", "balance_boost", {"percent": "20.00", "cap": "50.00"}, 40, "sea"),
    ("cap", "Captain's cap", "in_kind", {"item": "Captain's cap", "value": "25.00"}, 10, "wood"),
    ("cash-1", "1 cash", "cash", {"amount": "1.00"}, 190, "foam"),
]
_REEF: Final[list[_Segment]] = [
    ("cash-50", "50 cash", "cash", {"amount": "50.00"}, 4, "brass"),
    ("no-win-1", "Next time", "none", {}, 200, "ink"),
    ("cash-2", "2 cash", "cash", {"amount": "2.00"}, 140, "foam"),
    ("spin-again", "Another ball", "spin_chance", {"count": 1, "expires_in_h": 24}, 120, "ivory"),
    ("no-win-2", "Next time", "none", {}, 220, "ink"),
    ("free-bet-5", "5 free bet", "free_bet", {"amount": "5.00", "expires_in_h": 72}, 96, "sea"),
    ("no-win-3", "Next time", "none", {}, 200, "ink"),
    ("cash-20", "20 cash", "cash", {"amount": "20.00"}, 20, "brass"),
]
_CARD: Final[list[_Segment]] = [
    ("cash-250", "250 cash", "cash", {"amount": "250.00"}, 1, "brass"),
    ("cash-10", "10 cash", "cash", {"amount": "10.00"}, 49, "foam"),
    ("cash-3", "3 cash", "cash", {"amount": "3.00"}, 120, "foam"),
    ("free-bet-10", "10 free bet", "free_bet", {"amount": "10.00", "expires_in_h": 72}, 60, "sea"),
    ("another-card", "Another card", "spin_chance", {"count": 1, "expires_in_h": 24}, 120, "ivory"),
    ("no-win", "No three alike", "none", {}, 650, "ink"),
]
_SPIN_CONFIG: Final = {"duration_ms": 5000, "frames_per_second": 15, "featured": 16, "turning_per_player": 1}


def wheel_templates(currency: str) -> dict[str, list[dict[str, Any]]]:
    """Templates of wheels, by the type of the engine that they belong to."""
    lucky = _wheel("Lucky", "classic", "Nine segments, one of them at a hundred.", _LUCKY, currency)
    lucky["template_config"]["wheel_description"] = (
        "Nine ways to stop, one of them at a hundred. Every spin can be checked."
    )
    lucky["game_rules"]["spin_chance_for_page_visit"] = 1
    reef = _wheel("Reef drop", "plinko", "Eight slots under twelve rows of pegs.", _REEF, currency)
    reef["template_config"]["wheel_description"] = (
        "A ball falls through the reef, and the kicker throws it into a slot."
    )
    card = _wheel("Captain's card", "scratch-card", "Nine cells; three of a kind win.", _CARD, currency)
    card["template_config"]["wheel_description"] = "Nine cells under silver. Three of a kind are yours."
    return {"wheel": [lucky], "plinko": [reef], "scratch_card": [card]}


def _wheel(name: str, category: str, description: str, segments: list[_Segment], currency: str) -> dict[str, Any]:
    return {
        "template_name": name,
        "template_type": "wheel",
        "template_category": category,
        "template_description": description,
        "template_config": {"wheel_config": {"size": 1_000_000, "display_name_rule": "masked"}},
        "game_rules": {"spin_config": dict(_SPIN_CONFIG)},
        "reward_config": {"rewards": list(_rewards(segments, currency))},
    }


#: templates of games that no engine reveals
OTHER_TEMPLATES: Final[list[dict[str, Any]]] = [
    {
        "template_name": "Weekend Six",
        "template_type": "jackpot",
        "template_category": "football",
        "template_description": "Six matches to call; name them, and the pool does the rest.",
        "template_config": {"jackpot_description": "Call six matches.", "supported_mode": "both"},
        "game_rules": {
            "jackpot_stake": "2.00",
            "jackpot_config": {"contribution_bps": 6000, "seed_amount": "1000.00"},
            "events": [{"event_name": f"Match {n}", "event_pick": "1,X,2"} for n in range(1, 7)],
        },
        "reward_config": {
            "prizes": [
                {"prize_name": "Six right", "prize_type": "main", "prize_config": {"correct": 6, "share_bps": 8000}},
                {
                    "prize_name": "Five right",
                    "prize_type": "consolation",
                    "prize_config": {"correct": 5, "share_bps": 2000},
                },
            ]
        },
    },
    {
        "template_name": "Month's race",
        "template_type": "tournament",
        "template_category": "points",
        "template_description": "Most points while it runs; three places are paid.",
        "template_config": {"tournament_description": "Most points in thirty days.", "tournament_type": "points"},
        "game_rules": {"max_participants": 1_000_000, "tournament_config": {"tie_policy": "earliest"}},
        "reward_config": {
            "prizes": [
                {"prize_name": f"Place {rank}", "prize_rank": rank, "prize_amount": amount}
                for rank, amount in ((1, "500"), (2, "200"), (3, "100"))
            ]
        },
    },
]


def _rewards(segments: list[_Segment], currency: str) -> Iterator[dict[str, Any]]:
    for slug, label, kind, detail, weight, color in segments:
        yield {
            "reward_slug": slug,
            "reward_label": label,
            "reward_type": kind,
            "reward_detail": {**detail, "currency": currency} if kind in ("cash", "free_bet") else detail,
            "reward_color": color,
            "weight": weight,
        }
