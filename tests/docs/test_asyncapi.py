"""The AsyncAPI document describes every message, whole: made from the types, so that it cannot fall behind them."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from games.messages.catalogue import CHANNELS, CLOSE_CODES, EVENT_DATA
from games.messages.events import EVENT_KINDS
from server.asyncapi import document
from tests.docs import tree
from tests.wire import faults

MESSAGES = document()["components"]["messages"]
ROOMS = {tree.ROOT / room for room in ("server", "channels", "persistence")}
SENT = [path for path in tree.tracked() if path.suffix == ".py" and ROOMS.intersection(path.parents)]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def test_every_reference_leads_somewhere():
    for reference in references(document()):
        node = document()
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_an_example_that_fits_it(name):
    Draft202012Validator.check_schema(MESSAGES[name]["payload"])
    assert MESSAGES[name]["summary"]
    for example in MESSAGES[name]["examples"]:
        assert faults(example["payload"], name.removesuffix(".reply")) == []


def test_a_field_that_is_missing_wrong_or_unknown_is_a_fault():
    good = MESSAGES["spin.result"]["examples"][0]["payload"]
    assert faults({key: value for key, value in good.items() if key != "at"})
    assert faults({**good, "data": {**good["data"], "angle_deg": "90"}})
    assert faults({**good, "data": {**good["data"], "surplus": 1}})
    assert faults({**good, "event": "spin.unheard"})


def test_every_event_that_is_sent_is_described():
    text = "\n".join(path.read_text(encoding="utf-8") for path in SENT)
    sent = {event for event in EVENT_KINDS if ("." in event or event == "announcement") and f'"{event}"' in text}
    missing = sorted(sent - EVENT_DATA.keys())
    assert not missing, f"give {missing} their data and channel in games/messages/catalogue.py"


def test_every_event_has_a_kind_and_a_channel():
    assert EVENT_DATA.keys() <= EVENT_KINDS.keys()
    assert {event for shown in CHANNELS.values() for event in shown.events} == EVENT_DATA.keys()


def test_the_protocol_page_lists_the_same_close_codes():
    page = (tree.ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (4\d{3}) \| `(\w+)` \|", page, re.MULTILINE))
    assert rows == {str(code): one.word for code, one in CLOSE_CODES.items()}


def test_it_can_be_written_as_json():
    assert msgspec.json.decode(msgspec.json.encode(document()))["asyncapi"] == "3.0.0"
