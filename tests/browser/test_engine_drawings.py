"""What a player sees of engines other than the wheel, one among them that a package brings with its drawing."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests import engine_package
from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, sign_in
from tests.processes import ServerProcess

#: The longest reveal takes five seconds; the page is given some more.
REVEAL_MS = 15_000
FLIP = "coin-flip"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server beside which the example package is installed, with a wheel of its engine in the second house."""
    environment = engine_package.install(tmp_path_factory.mktemp("package"))
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data", environment=environment) as running:
        token = sign_in(running, "operator", tenant="demo-b")["token"]

        def call(path: str, **body: object) -> dict[str, str]:
            made: dict[str, str] = done(running.call("POST", f"/api/v1{path}", token=token, body=body))
            return made

        engine = call("/engines", engine_name="Coin", engine_type="coin_flip")["id"]
        call(f"/engines/{engine}/status", to="active")
        flip = {"template_name": "Flip", "template_type": "wheel", "game_engine_id": engine}
        template = call("/templates", **flip, **engine_package.TEMPLATE)["id"]
        wheel = call(f"/templates/{template}/wheels", wheel_name="Flip", wheel_slug=FLIP)["id"]
        call(f"/wheels/{wheel}/status", to="active")
        yield running


async def picture(page: Page) -> str:
    """All that the canvas shows."""
    shown: str = await page.evaluate("document.getElementById('wheel').toDataURL()")
    return shown


async def play(page: Page, server: ServerProcess, slug: str) -> tuple[str | None, str | None]:
    """Play once: what the drawing says at rest, and the reward that is told."""
    await enter(page, server, f"/play/wheel/{slug}", tenant="demo-b")
    canvas = page.locator("#wheel")
    await expect(page.locator("#spin")).to_be_enabled()
    before = await picture(page)
    await page.locator("#spin").click()
    await expect(canvas).to_have_attribute("data-state", "turning", timeout=REVEAL_MS)
    await expect(canvas).to_have_attribute("data-state", "stopped", timeout=REVEAL_MS)
    await expect(page.locator("#result")).to_have_attribute("data-reward-slug", re.compile(".+"), timeout=REVEAL_MS)
    assert await picture(page) != before
    return await canvas.get_attribute("data-segment"), await page.locator("#result").get_attribute("data-reward-slug")


@pytest.mark.parametrize(
    ("slug", "button"),
    [("reef-drop", "Drop"), ("captains-card", "Scratch"), (FLIP, "Flip")],
    ids=["drop", "card", "flip"],
)
async def test_the_drawing_ends_where_the_result_says_and_the_button_is_called_what_it_does(
    desktop: OpenPage, server: ServerProcess, slug: str, button: str
) -> None:
    page = await desktop()
    drawn, told = await play(page, server, slug)
    assert drawn == told
    await expect(page.locator("#spin")).to_have_text(button)


@pytest.mark.parametrize("slug", ["reef-drop", "captains-card"])
async def test_a_phone_shows_the_same_with_motion_reduced(phone: OpenPage, server: ServerProcess, slug: str) -> None:
    page = await phone(reduced_motion="reduce", color_scheme="dark")
    drawn, told = await play(page, server, slug)
    assert drawn == told
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_ball_is_somewhere_else_in_every_second_of_its_fall(desktop: OpenPage, server: ServerProcess) -> None:
    page = await desktop()
    await enter(page, server, "/play/wheel/reef-drop", tenant="demo-b")
    await expect(page.locator("#spin")).to_be_enabled()
    await page.locator("#spin").click()
    canvas = page.locator("#wheel")
    await expect(canvas).to_have_attribute("data-state", "turning", timeout=REVEAL_MS)
    seen = await page.evaluate(
        """() => new Promise((resolve) => {
          const canvas = document.getElementById('wheel');
          const seen = new Set();
          const look = setInterval(() => {
            seen.add(canvas.toDataURL());
            if (canvas.dataset.state !== 'stopped') return;
            clearInterval(look);
            resolve(seen.size);
          }, 250);
        })"""
    )
    assert seen > 5


async def test_the_lobby_and_the_screen_show_each_as_what_it_is(desktop: OpenPage, server: ServerProcess) -> None:
    page = await desktop()
    await enter(page, server, "/play", tenant="demo-b")
    await expect(page.locator(".wheel-thumb.is-board")).to_have_count(3)
    token = sign_in(server, "operator", tenant="demo-b")["token"]
    _, found = server.get("/api/v1/wheels?wheel_slug=reef-drop", token)
    await page.goto(f"{server.url}/screen/wheel/{found['items'][0]['id']}")
    await expect(page.locator("#wheel-name")).to_have_text("Reef drop")


async def test_the_editor_of_a_board_shows_the_board_beside_the_dial_and_follows_what_is_typed(
    desktop: OpenPage, server: ServerProcess
) -> None:
    page = await desktop()
    token = sign_in(server, "operator", tenant="demo-b")["token"]
    _, found = server.get("/api/v1/wheels?wheel_slug=reef-drop", token)
    await enter(page, server, f"/console/wheels/{found['items'][0]['id']}", role="operator", tenant="demo-b")
    preview = page.locator("#seen")
    await expect(preview).to_be_visible()
    await expect(preview).to_have_attribute("data-state", "idle")
    before = await preview.evaluate("(canvas) => canvas.toDataURL()")
    await page.locator("#segments").get_by_label("Share").first.fill("12")
    await page.keyboard.press("Tab")
    await page.wait_for_function("(before) => document.getElementById('seen').toDataURL() !== before", arg=before)
