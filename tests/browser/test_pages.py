"""What holds for every page: axe finds nothing, nothing is wider than the screen, and the keyboard alone is enough."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live, sign_in
from tests.processes import ServerProcess

AXE = (Path(__file__).parent / "axe-core" / "axe.min.js").read_text()
FAULTS = "async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])"

#: A colour on its way to another is nobody's to judge.
AT_REST = """async () => {
  for (let quiet = 0; quiet < 3; quiet += 1) {
    const moving = document.getAnimations();
    if (moving.length > 0) quiet = 0;
    await Promise.allSettled(moving.map((one) => one.finished));
    await new Promise((done) => setTimeout(done, 50));
  }
}"""


@pytest.fixture(scope="module")
def addresses(server: ServerProcess) -> dict[str, list[str]]:
    """Every page, by who opens it."""
    token = sign_in(server, "player")["token"]
    wheel, jackpot, tournament, raffle = (
        server.get(f"/api/v1/{games}", token)[1]["items"][-1]["id"]
        for games in ("wheels", "jackpots?jackpot_status=open", "tournaments", "raffles")
    )
    templates = server.get("/api/v1/templates", sign_in(server, "operator")["token"])[1]["items"]
    path = f"/api/v1/wheels/{wheel}/spins"
    spin = done(server.call("POST", path, token=token, body={"request_id": "looked-at"}))["session_id"]
    return {
        "player": [
            "/",
            "/play",
            "/play/wheel/lucky",
            f"/play/jackpot/{jackpot}",
            f"/play/tournament/{tournament}",
            f"/play/raffle/{raffle}",
            "/play/jackpot/none",
            "/verify",
        ],
        "screen": [f"/screen/wheel/{wheel}"],
        "operator": [
            "/console",
            "/console/wheels",
            f"/console/wheels/{wheel}",
            "/console/templates",
            *(f"/console/templates/{one['id']}" for one in templates),
            "/console/engines",
            "/console/spins",
            f"/console/spins/{spin}",
            "/console/voids",
            "/console/alerts",
            "/console/blocked",
            "/console/chances",
            "/console/jackpots",
            f"/console/jackpots/{jackpot}",
            "/console/raffles",
            "/console/tournaments",
            f"/console/tournaments/{tournament}",
            "/console/rewards",
            "/console/ledger",
            "/console/webhooks",
        ],
    }


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    size: str, scheme: str, server: ServerProcess, addresses: dict[str, list[str]], phone: OpenPage, desktop: OpenPage
) -> None:
    for role, pages in addresses.items():
        page = await {"phone": phone, "desktop": desktop}[size](
            color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        await enter(page, server, pages[0], role=role)
        for address in pages:
            await page.goto(server.url + address)
            await expect(page.locator("main[aria-busy]")).to_have_count(0)
            # What a page can do changes when it is live, and a button's colours with it.
            if await page.locator("#connection").count() > 0:
                await live(page)
            await page.evaluate(AT_REST)
            await page.evaluate(AXE)
            assert await page.evaluate(FAULTS) == [], address
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


async def test_the_keyboard_alone_broadcasts(
    server: ServerProcess, addresses: dict[str, list[str]], desktop: OpenPage
) -> None:
    page = await desktop()
    jackpot = next(address for address in addresses["operator"] if address.startswith("/console/jackpots/"))
    await enter(page, server, jackpot, role="operator")
    await expect(page.locator("#moves button")).to_have_count(2)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == "message":
            break
    await page.keyboard.type("By hand alone")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#confirm-yes")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#confirm")).to_have_count(0)
    await expect(page.locator("#messages")).not_to_contain_text("By hand alone")
    await page.keyboard.press("Enter")
    await expect(page.locator("#confirm-yes")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("By hand alone")
