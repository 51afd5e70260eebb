"""What the tests of the console's wheel pages share: drafts to work on, the fields of a segment, what is stored."""

import re
from typing import Any
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from tests.browser.visitors import done, enter
from tests.processes import ServerProcess

SIZE = 1_000_000
#: A spin takes five seconds; the page is given some more.
SPIN_MS = 15_000


async def at(page: Page, server: ServerProcess, address: str) -> None:
    """Open a page of the console as an operator, and wait until it is there."""
    await enter(page, server, address, role="operator")
    await expect(page.locator("main[aria-busy]")).to_have_count(0)


def make(server: ServerProcess, operator: str, weights: dict[str, int], **fields: object) -> dict[str, Any]:
    """A draft whose rewards pay nothing, by their codes; it turns for half a second."""
    rewards = [
        {"reward_slug": slug, "reward_label": slug.title(), "reward_type": "none", "weight": weight}
        for slug, weight in weights.items()
    ]
    slug = f"reef-{uuid4().hex[:6]}"
    body = {"wheel_name": slug.title(), "wheel_slug": slug, "rewards": rewards, "spin_config": {"duration_ms": 500}}
    return dict(done(server.call("POST", "/api/v1/wheels", token=operator, body=body | fields)))


def stored(server: ServerProcess, operator: str, wheel_id: str) -> dict[str, Any]:
    return dict(server.get(f"/api/v1/wheels/{wheel_id}", operator)[1])


def widths(wheel: dict[str, Any]) -> list[int]:
    """The positions of each reward, which must share all there are."""
    start = 1
    found = []
    for one in wheel["rewards"]:
        assert one["range_start"] == start
        found.append(one["range_end"] - start + 1)
        start = one["range_end"] + 1
    assert start == SIZE + 1
    return found


def segment(page: Page, name: str) -> Locator:
    """The fields of the segment of this name."""
    return page.locator("#segments > li", has=page.get_by_role("group", name=re.compile(rf"^Segment \d+: {name}$")))


async def save(page: Page) -> None:
    await page.locator("#save").click()
    await expect(page.locator("#save-note")).to_have_text("All is saved.")


async def shares(page: Page) -> list[str]:
    """What the fields of the shares say."""
    return [await one.input_value() for one in await page.locator('#segments [name="share"]').all()]
