"""What a player sees: the wheel stops where the result says, on a phone and on a desk, with and without motion."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.processes import ServerProcess

#: A spin takes five seconds; the page is given some more.
SPIN_MS = 15_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo tenants, for a module's pages."""
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data") as running:
        yield running


async def at_the_wheel(page: Page, server: ServerProcess) -> None:
    """As a newcomer comes: the front page, one click, the lobby, the wheel."""
    await page.goto(server.url)
    await page.get_by_role("button", name="Play as a guest").click()
    await page.wait_for_url("**/play")
    await page.get_by_role("link", name=re.compile("Lucky")).first.click()
    await page.wait_for_url("**/play/wheel/lucky")
    await expect(page.locator("#spin")).to_be_enabled()


async def spin(page: Page) -> tuple[str | None, str | None]:
    """Press the button and wait for rest: the segment under the pointer as drawn, and the reward that is told."""
    await page.locator("#spin").click()
    await expect(page.locator("#wheel")).to_have_attribute("data-state", "turning", timeout=SPIN_MS)
    await expect(page.locator("#wheel")).to_have_attribute("data-state", "stopped", timeout=SPIN_MS)
    await expect(page.locator("#result")).to_have_attribute("data-reward-slug", re.compile(".+"), timeout=SPIN_MS)
    return (
        await page.locator("#wheel").get_attribute("data-segment"),
        await page.locator("#result").get_attribute("data-reward-slug"),
    )


async def last_play(page: Page, server: ServerProcess) -> dict[str, object]:
    """The newest play of the page's player, as the server has it."""
    token = await page.evaluate("Object.values(sessionStorage).map((v) => JSON.parse(v)).find((v) => v.token).token")
    _, spins = server.get("/api/v1/spins?limit=1", token)
    play: dict[str, object] = spins["items"][0]
    return play


async def test_the_segment_under_the_pointer_at_rest_is_the_results(desktop: OpenPage, server: ServerProcess) -> None:
    page = await desktop()
    await at_the_wheel(page, server)
    before = int(await page.locator("#chances").inner_text())
    segment, told = await spin(page)
    play = await last_play(page, server)
    reward = play["reward"]
    assert isinstance(reward, dict)
    assert segment == told == reward["slug"]
    angle = float(await page.locator("#wheel").get_attribute("data-angle") or "nan")
    assert abs((angle - float(str(play["angle_deg"])) + 180) % 360 - 180) < 0.5
    gained = 1 if reward["type"] == "spin_chance" else 0
    await expect(page.locator("#chances")).to_have_text(str(before - 1 + gained))


async def test_the_phone_shows_the_same_with_motion_reduced(phone: OpenPage, server: ServerProcess) -> None:
    page = await phone(reduced_motion="reduce", color_scheme="dark")
    await at_the_wheel(page, server)
    segment, told = await spin(page)
    assert segment == told
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_keyboard_alone_spins(desktop: OpenPage, server: ServerProcess) -> None:
    page = await desktop()
    await at_the_wheel(page, server)
    await page.locator("#spin").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#wheel")).to_have_attribute("data-state", "turning", timeout=SPIN_MS)
    await expect(page.locator("#spin")).to_be_disabled()
    await expect(page.locator("#result")).to_have_attribute("data-reward-slug", re.compile(".+"), timeout=SPIN_MS)


async def test_a_page_reloaded_while_the_wheel_turns_shows_it_turning_and_then_the_result(
    desktop: OpenPage, server: ServerProcess
) -> None:
    page = await desktop()
    await at_the_wheel(page, server)
    await page.locator("#spin").click()
    await expect(page.locator("#wheel")).to_have_attribute("data-state", "turning", timeout=SPIN_MS)
    await page.reload()
    await expect(page.locator("#wheel")).to_have_attribute("data-state", "turning", timeout=SPIN_MS)
    await expect(page.locator("#result")).to_have_attribute("data-reward-slug", re.compile(".+"), timeout=SPIN_MS)
    play = await last_play(page, server)
    reward = play["reward"]
    assert isinstance(reward, dict)
    assert await page.locator("#wheel").get_attribute("data-segment") == reward["slug"]


async def test_a_proof_is_checked_in_the_browser(desktop: OpenPage, server: ServerProcess) -> None:
    page = await desktop()
    await at_the_wheel(page, server)
    await spin(page)
    play = await last_play(page, server)
    token = await page.evaluate("Object.values(sessionStorage).map((v) => JSON.parse(v)).find((v) => v.token).token")
    server.call("POST", f"/api/v1/wheels/{play['wheel_game_id']}/fairness/rotate", token=token, body={})
    await page.goto(f"{server.url}/verify?spin={play['session_id']}")
    await expect(page.locator("#outcome")).to_have_attribute("data-verdict", "pass", timeout=SPIN_MS)
