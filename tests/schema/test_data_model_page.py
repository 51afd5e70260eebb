"""The page that explains the model shows the model that there is."""

from dataclasses import replace

import pytest

from persistence.data_model_page import PAGE
from persistence.tables.schema import METADATA

SEED = {
    "tenants",
    "game_engines",
    "game_templates",
    "wheel_games",
    "jackpot_games",
    "jackpot_events",
    "jackpot_prizes",
    "jackpot_tickets",
    "raffle_campaigns",
    "raffle_draws",
    "raffle_tickets",
    "raffle_winners",
    "raffle_configurations",
    "raffle_ticket_allocation_policies",
    "tournaments",
    "tournament_points",
    "tournament_prizes",
    "tournament_winners",
    "wheel_rewards",
    "spin_sessions",
    "spin_results",
    "spin_chances",
    "game_analytics",
    "game_events",
    "game_configurations",
    "game_logs",
    "game_alerts",
    "audit_logs",
}


def test_every_table_of_the_seed_is_there_and_no_other_claims_to_be():
    assert len(SEED) == 28
    assert {name for name, table in METADATA.tables.items() if table.info["group"]} == SEED


def test_the_page_is_fresh():
    page = PAGE.path.read_text(encoding="utf-8")
    assert PAGE.renewed(page) == page


def test_every_table_and_reference_is_drawn():
    page = PAGE.path.read_text(encoding="utf-8")
    for name, table in METADATA.tables.items():
        assert f"| `{name}` |" in page
        assert f"    {name.upper()} {{" in page
        for key in table.foreign_key_constraints:
            if key.referred_table.name != "tenants":
                assert f'{name.upper()} : "{key.column_keys[-1]}"' in page


def test_a_stale_page_fails_the_check_and_is_rewritten_without_it(tmp_path, monkeypatch):
    page = tmp_path / "data-model.md"
    fresh = PAGE.path.read_text(encoding="utf-8")
    page.write_text(fresh.replace("    PLAYERS {\n", "    GAMBLERS {\n"), encoding="utf-8")
    ours = replace(PAGE, path=page)
    monkeypatch.setattr("sys.argv", ["data_model_page", "--check"])
    with pytest.raises(SystemExit, match="stale"):
        ours.main()
    monkeypatch.setattr("sys.argv", ["data_model_page"])
    ours.main()
    assert page.read_text(encoding="utf-8") == fresh
