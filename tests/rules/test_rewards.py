"""What a wheel can pay."""

from decimal import Decimal

import msgspec
import pytest

from games.errors import BadRequest
from games.fairness import parse_config_text
from games.rewards import (
    Claim,
    InKindDetail,
    PaidOut,
    RewardType,
    Stock,
    config_amount,
    initial_claim_status,
    parse_detail,
    payable_in_turn,
    win_status,
)
from tests.rules.vectors import CONFIG_TEXT

#: the details of the wheel of the vectors
DETAILS = {
    "cash-500": {"amount": "500", "currency": "EUR"},
    "free-bet-50": {
        "amount": "50.00",
        "currency": "EUR",
        "expires_in_h": 72,
        "min_odds": "1.5",
        "markets": ["football"],
    },
    "spin-again": {"count": 1},
    "boost-10": {"percent": "10", "cap": "100"},
    "t-shirt": {"item": "T-shirt", "value": "20.00"},
    "no-win": {},
}


@pytest.mark.parametrize("line", parse_config_text(CONFIG_TEXT)[1], ids=lambda line: line.reward_slug)
def test_the_configuration_text_names_a_reward_s_worth_as_the_vectors_do(line):
    detail = DETAILS[line.reward_slug]
    assert config_amount(line.reward_type, detail) == line.amount
    assert config_amount(line.reward_type, parse_detail(line.reward_type, detail)) == line.amount


def test_a_detail_is_typed_by_its_reward_and_kept_as_decimal_strings():
    detail = parse_detail("cash", {"amount": "12.50", "currency": "EUR", "claim": {"required": True}})
    assert detail.amount == Decimal("12.50")
    assert detail.claim == Claim(required=True)
    assert msgspec.json.decode(msgspec.json.encode(detail)) == {
        "amount": "12.50",
        "currency": "EUR",
        "claim": {"required": True},
    }


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("cash", {"amount": "1E2", "currency": "EUR"}),
        ("cash", {"amount": "NaN", "currency": "EUR"}),
        ("free_bet", {"amount": "5", "currency": "EUR", "min_odds": "1e400"}),
        ("balance_boost", {"percent": "1E1"}),
        ("balance_boost", {"percent": "10", "cap": "1E3"}),
        ("in_kind", {"item": "T-shirt", "value": "2E1"}),
    ],
)
def test_an_amount_that_would_go_over_the_wire_with_an_exponent_is_refused(kind, detail):
    with pytest.raises(BadRequest):
        parse_detail(kind, detail)


@pytest.mark.parametrize(
    ("kind", "detail", "paths"),
    [
        ("cash", {}, {"amount", "currency"}),
        ("cash", {"amount": "0", "currency": "EUR"}, {"amount"}),
        ("cash", {"amount": "-1", "currency": "EUR"}, {"amount"}),
        ("cash", {"amount": "NaN", "currency": "EUR"}, {"amount"}),
        ("cash", {"amount": "1e99", "currency": "EUR"}, {"amount"}),
        ("cash", {"amount": "1.005", "currency": "EUR"}, {"amount"}),
        ("cash", {"amount": "1.5", "currency": "JPY"}, {"amount"}),
        ("cash", {"amount": "1", "currency": "euro"}, {"currency"}),
        ("cash", {"amount": "1", "currency": "EUR", "count": 1}, {"count"}),
        (
            "cash",
            {"amount": "1", "currency": "EUR", "stock": {"total": 0, "weekly": 1}},
            {"stock.total", "stock.weekly"},
        ),
        ("cash", {"amount": "1", "currency": "EUR", "claim": {"expires_in_h": 0}}, {"claim.expires_in_h"}),
        ("free_bet", {"amount": "1", "currency": "EUR", "min_odds": "0.9"}, {"min_odds"}),
        ("balance_boost", {"percent": "0"}, {"percent"}),
        ("balance_boost", {"percent": "1.234"}, {"percent"}),
        ("balance_boost", {"percent": "10", "cap": "0"}, {"cap"}),
        ("spin_chance", {"count": 0}, {"count"}),
        ("in_kind", {}, {"item"}),
        ("in_kind", {"item": "", "value": "-1"}, {"item"}),
        ("none", {"amount": "1"}, {"amount"}),
    ],
)
def test_a_detail_that_does_not_fit_its_type_is_refused_with_every_path(kind, detail, paths):
    with pytest.raises(BadRequest) as refused:
        parse_detail(kind, detail)
    assert {fault.path for fault in refused.value.faults} == {f"$.reward_detail.{path}" for path in paths}


def test_an_unknown_type_is_refused_with_the_types_there_are():
    with pytest.raises(BadRequest) as refused:
        parse_detail("yacht", {}, "$.rewards[3].reward_detail")
    (fault,) = refused.value.faults
    assert fault.path == "$.rewards[3].reward_type"
    assert "balance_boost" in fault.message


def test_every_reward_but_none_is_a_win():
    assert {kind: win_status(kind) for kind in RewardType} == {
        kind: "no_win" if kind == "none" else "win" for kind in RewardType
    }


def test_only_a_win_that_must_be_claimed_waits_for_its_player():
    assert initial_claim_status("cash") == "not_required"
    assert initial_claim_status("cash", Claim()) == "not_required"
    assert initial_claim_status("cash", Claim(required=True)) == "unclaimed"
    assert initial_claim_status("none", Claim(required=True)) == "not_required"


def limited(fallback=None):
    return InKindDetail(item="thing", stock=Stock(total=1), fallback=fallback)


def test_a_reward_that_has_run_out_pays_its_declared_fallbacks_in_turn():
    details = {"cap": limited("hat"), "hat": limited("coin"), "coin": InKindDetail(item="coin", fallback="cap")}
    assert payable_in_turn("cap", details) == ["cap", "hat", "coin"]
    assert payable_in_turn("coin", details) == ["coin"]


def test_there_is_never_a_silent_redraw_when_nothing_is_left():
    with pytest.raises(ValueError, match="the fallbacks of cap do not end"):
        payable_in_turn("cap", {"cap": limited()})
    with pytest.raises(ValueError, match="the fallbacks of a do not end"):
        payable_in_turn("a", {"a": limited("b"), "b": limited("a")})


@pytest.mark.parametrize(
    ("paid", "has"),
    [(PaidOut(9, 2, 0), True), (PaidOut(10, 0, 0), False), (PaidOut(5, 3, 0), False), (PaidOut(5, 0, 1), False)],
)
def test_stock_is_limited_in_all_by_day_and_by_player_at_once(paid, has):
    assert Stock(total=10, per_day=3, per_user=1).has_one(paid) is has
    assert Stock().has_one(paid)
