"""What templates hold, and what is made of them (domain.md, Engines, templates, configurations)."""

import pytest

from games.templates import PARTS, TEMPLATE_KINDS, game_of, template_faults
from server.demo_templates import OTHER_TEMPLATES, wheel_templates

REWARDS = [
    {"reward_slug": "coin", "reward_label": "A coin", "reward_type": "none", "probability": "0.125"},
    {"reward_slug": "nothing", "reward_label": "Next time", "reward_type": "none", "probability": "0.875"},
]
PRIZES = {
    "jackpot": {"prize_name": "One right", "prize_config": {"correct": 1, "fixed": "5.001"}},
    "tournament": {"prize_name": "First", "prize_rank": 1},
}


def faults(kind, looks=None, rules=None, pays=None):
    columns = dict(zip(PARTS, (looks or {}, rules or {}, pays or {}), strict=True))
    return {(fault.path, fault.message) for fault in template_faults(kind, columns, "EUR")}


def paths(*columns):
    return {path for path, _ in faults(*columns)}


@pytest.mark.parametrize("kind", TEMPLATE_KINDS)
def test_a_template_may_leave_everything_to_the_games_made_of_it(kind):
    assert faults(kind) == set()


@pytest.mark.parametrize("kind", TEMPLATE_KINDS)
def test_a_key_that_its_kind_of_game_does_not_know_is_a_fault(kind):
    assert paths(kind, {"colour": 1}, {"speed": 2}, {"gifts": 3}) == {
        "$.template_config.colour",
        "$.game_rules.speed",
        "$.reward_config.gifts",
    }


def test_every_fault_of_a_wheels_three_columns_is_named_at_once():
    assert paths(
        "wheel",
        {"wheel_config": {"size": 0, "theme": 4}},
        {"spin_config": {"duration_ms": 5}, "spin_chance_for_page_visit": -1},
        {"rewards": [{**REWARDS[0], "colour": "red"}, {"reward_slug": "b"}]},
    ) == {
        "$.template_config.wheel_config.size",
        "$.template_config.wheel_config.theme",
        "$.game_rules.spin_config.duration_ms",
        "$.game_rules.spin_chance_for_page_visit",
        "$.reward_config.rewards[0].colour",
        "$.reward_config.rewards[1].reward_label",
        "$.reward_config.rewards[1].reward_type",
    }


def test_a_wheels_rewards_must_fill_the_size_that_the_template_says():
    ranged = [{**REWARDS[0], "probability": None, "range_start": 1, "range_end": 999}]
    assert paths("wheel", {"wheel_config": {"size": 1000}}, {}, {"rewards": ranged}) == {"$.reward_config.rewards"}
    assert paths("wheel", {"wheel_config": {"size": 999}}, {}, {"rewards": ranged}) == set()


def test_a_jackpots_events_and_prizes_are_held_to_its_rules_and_to_the_currencys_smallest_coin():
    rules = {"jackpot_stake": "2.005", "events": [{"event_name": "Reds – Blues", "event_pick": "1"}]}
    assert paths("jackpot", {}, rules, {"prizes": [PRIZES["jackpot"]]}) == {
        "$.game_rules.jackpot_stake",
        "$.game_rules.events[0].event_pick",
        "$.reward_config.prizes[0].prize_config.fixed",
    }


def test_a_tournaments_prizes_are_for_a_rank_each():
    assert paths("tournament", {}, {}, {"prizes": [PRIZES["tournament"], PRIZES["tournament"]]}) == {
        "$.reward_config.prizes[1].prize_rank"
    }


def test_a_raffles_campaign_config_is_typed():
    assert paths("raffle", {"campaign_type": "free"}, {"campaign_config": {"number_width": 13}}) == {
        "$.game_rules.campaign_config.number_width"
    }


def test_a_raffles_numbers_must_be_wide_enough_for_its_tickets():
    rules = {"total_tickets": 1000, "campaign_config": {"number_width": 3}}
    assert paths("raffle", {}, rules) == {"$.game_rules.campaign_config.number_width"}


def test_overrides_are_laid_over_key_by_key_and_a_list_stands_in_place_of_the_templates():
    template = {
        "template_config": {"wheel_config": {"size": 1000, "theme": {"sea": "#123"}}},
        "game_rules": {"spin_config": {"duration_ms": 5000, "spins_per_minute": 5, "featured": 3}},
        "reward_config": {"rewards": REWARDS},
    }
    made = game_of(
        template,
        {
            "wheel_name": "Reef",
            "wheel_config": {"theme": {"ink": "#fff"}},
            "spin_config": {"duration_ms": 8000, "spins_per_minute": None},
            "rewards": REWARDS[:1],
        },
    )
    assert made == {
        "wheel_name": "Reef",
        "wheel_config": {"size": 1000, "theme": {"sea": "#123", "ink": "#fff"}},
        "spin_config": {"duration_ms": 8000, "spins_per_minute": None, "featured": 3},
        "rewards": REWARDS[:1],
    }
    assert template["game_rules"]["spin_config"]["duration_ms"] == 5000


@pytest.mark.parametrize("currency", ["EUR", "SEK"])
def test_the_demos_templates_fit(currency):
    of_engines = [one for some in wheel_templates(currency).values() for one in some]
    for template in of_engines + OTHER_TEMPLATES:
        assert template_faults(template["template_type"], template, currency) == []
