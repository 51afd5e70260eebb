"""The protocol page names each channel with the events that are sent on it, no more and no fewer."""

import re

from games.messages.catalogue import CHANNELS
from tests.docs import tree

PAGE = (tree.ROOT / "docs" / "protocol.md").read_text()


def table() -> dict[str, set[str]]:
    """By channel, what the page's table says is sent on it."""
    section = PAGE.split("\n### Channels\n", 1)[1].split("\n\n", 1)[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): set(re.findall(r"`([a-z]+\.[a-z]+|announcement)`", row[3])) for row in rows}


def test_the_page_names_every_channel_and_no_other():
    assert set(table()) == {address.replace("{id}", "<id>") for address in CHANNELS}


def test_the_page_names_the_events_of_each_channel_and_no_others():
    said = table()
    differing = {
        address: sorted(said[address.replace("{id}", "<id>")] ^ set(shown.events))
        for address, shown in CHANNELS.items()
        if said[address.replace("{id}", "<id>")] != set(shown.events)
    }
    assert differing == {}
