"""A text that has to look a certain way does so to its end."""

import re
from typing import Annotated

import msgspec
import pytest

from games import columns, jackpot, tournament
from games.texts import matching
from games.wheel import offer
from server.api import tenants, wheel_bodies, wheels
from tests.docs import tree

Code = Annotated[str, matching("[A-Z]{3}")]


def test_a_text_that_matches_as_a_whole_is_taken() -> None:
    assert msgspec.convert("EUR", Code) == "EUR"


@pytest.mark.parametrize("text", ["EUR\n", "\nEUR", "EUR\r\n", "EUR\x00", "eUR", "EURO", ""], ids=repr)
def test_a_text_with_anything_before_or_behind_is_not(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Code)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (columns.Currency, "EUR"),
        (tenants.Code, "acme"),
        (tenants.Language, "en-GB"),
        (wheel_bodies.Slug, "lucky"),
        (jackpot.Amount, "12.50"),
        (tournament.Word, "points"),
        (offer.Number, "0.5"),
        (wheels.RotateBody.__annotations__["client_seed"], "abc"),
    ],
    ids=str,
)
def test_a_line_break_at_the_end_is_part_of_no_name_amount_or_seed(kind: object, text: str) -> None:
    assert msgspec.convert(text, kind) == text  # type: ignore[call-overload]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text + "\n", kind)  # type: ignore[call-overload]


@pytest.mark.parametrize("kind", [jackpot.Amount, jackpot.Shift, tournament.Multiplier, offer.Number], ids=str)
def test_an_amount_is_written_in_the_digits_of_the_wire(kind: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("\u0661\u0662", kind)  # type: ignore[call-overload]


def test_no_pattern_ends_where_python_would_let_a_line_break_follow() -> None:
    loose = re.compile(r"Meta\([^)]*pattern=")
    found = [
        path.name
        for room in ("games", "server", "channels", "persistence")
        for path in (tree.ROOT / room).rglob("*.py")
        if path.name != "texts.py" and loose.search(path.read_text())
    ]
    assert found == []
