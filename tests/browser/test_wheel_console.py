"""An operator at the console's wheels: one is made from nothing, edited by hand and by key, opened and played."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.processes import ServerProcess

SIZE = 1_000_000
#: A spin takes five seconds; the page is given some more.
SPIN_MS = 15_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo tenants, for a module's pages."""
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def operator(server: ServerProcess) -> str:
    """A token of an operator of the demo."""
    return server.token(role="operator", user="olga")


async def enter(page: Page, server: ServerProcess, address: str, role: str = "operator") -> None:
    """Open an address as somebody who has just signed in."""
    _, answer = server.call("POST", "/api/v1/demo/sign-in", body={"role": role})
    session = {**answer, "signedInAs": role, "demo": True}
    await page.add_init_script(f"sessionStorage['wheelhouse.session'] ??= {json.dumps(json.dumps(session))}")
    await page.goto(server.url + address)
    await expect(page.locator("main[aria-busy]")).to_have_count(0)


def make(server: ServerProcess, operator: str, weights: dict[str, int], **fields: object) -> dict[str, Any]:
    """A draft whose rewards pay nothing, by their codes."""
    rewards = [
        {"reward_slug": slug, "reward_label": slug.title(), "reward_type": "none", "weight": weight}
        for slug, weight in weights.items()
    ]
    name = f"Reef {uuid4().hex[:6]}"
    body = {"wheel_name": name, "wheel_slug": name.lower().replace(" ", "-"), "rewards": rewards, **fields}
    status, made = server.call("POST", "/api/v1/wheels", token=operator, body=body)
    assert status == 201, made
    return dict(made)


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


async def test_a_wheel_is_built_from_nothing_and_opened_and_a_player_spins_it_on_another_page(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    desk, player = await desktop(), await phone()
    await enter(desk, server, "/console/wheels")
    await desk.get_by_role("button", name="New wheel").click()
    await desk.locator("#make").get_by_label("Name").fill("Saturday Reef")
    await expect(desk.locator("#make").get_by_label("Code")).to_have_value("saturday-reef")
    await desk.get_by_role("button", name="Make a draft").click()
    await desk.wait_for_url("**/console/wheels/*-*")
    await expect(desk.locator("#sum")).to_have_text("Together 1,000,000 of 1,000,000")

    for name in ("No luck", "50 cash", "1 cash", "Spin again"):
        await segment(desk, name).get_by_role("button", name="Remove").click()
    free_bet = segment(desk, "5 free bet")
    await free_bet.get_by_label("Pays").select_option("cash")
    await free_bet.get_by_label("Amount").fill("7.50")
    await free_bet.get_by_label("Share").fill("60")
    await free_bet.get_by_label("Name", exact=True).fill("A pearl")
    await desk.get_by_role("button", name="Add a segment").click()
    await expect(desk.locator("#segments > li").last.get_by_label("Name", exact=True)).to_be_focused()
    await desk.keyboard.type("Captain's cap")
    cap = segment(desk, "Captain's cap")
    await cap.get_by_label("Pays").select_option("in_kind")
    await cap.get_by_label("Which thing").fill("A cap, blue")
    await cap.locator("summary").click()
    await cap.get_by_label("Stock in all").fill("3")
    await cap.get_by_label("When it has run out").select_option(label="Next time (next-time)")
    await save(desk)
    wheel_id = desk.url.rsplit("/", 1)[1]
    wheel = stored(server, operator, wheel_id)
    assert [(one["reward_label"], one["reward_type"]) for one in wheel["rewards"]] == [
        ("Next time", "none"),
        ("A pearl", "cash"),
        ("Captain's cap", "in_kind"),
    ]
    assert widths(wheel) == [350_000, 600_000, 50_000]
    assert wheel["rewards"][1]["reward_detail"] == {"amount": "7.50", "currency": "EUR"}
    assert wheel["rewards"][2]["reward_slug"] == "captain-s-cap"
    assert wheel["rewards"][2]["reward_detail"]["stock"] == {"total": 3}

    await desk.locator("#moves").get_by_role("button", name="Open").click()
    await desk.locator("#confirm-yes").click()
    await expect(desk.locator("#standing .status")).to_have_attribute("data-status", "active")
    await enter(player, server, "/play", role="player")
    await player.get_by_role("link", name=re.compile("Saturday Reef")).first.click()
    await expect(player.locator("#spin")).to_be_enabled()
    await player.locator("#spin").click()
    await expect(player.locator("#result")).to_have_attribute("data-reward-slug", re.compile(".+"), timeout=SPIN_MS)
    slugs = {one["reward_slug"] for one in wheel["rewards"]}
    assert await player.locator("#result").get_attribute("data-reward-slug") in slugs

    await desk.locator("#moves").get_by_role("button", name="Pause").click()
    await expect(desk.locator("#confirm-yes")).to_be_visible()
    await desk.locator("#confirm-reason").fill("The reef is closed")
    await desk.locator("#confirm-yes").click()
    await expect(desk.locator("#standing .status")).to_have_attribute("data-status", "paused")
    await expect(player.locator("#spin")).to_be_disabled()
