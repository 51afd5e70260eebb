"""A void that takes two: one operator asks and may not consent, another does, and the player sees it; or withdraws."""

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live, sign_in
from tests.browser.wheel_desk import make
from tests.processes import ServerProcess

#: Worth more than one operator may void alone, and delivered by hand, so that nobody pays it meanwhile.
BOAT = {
    "reward_slug": "boat",
    "reward_label": "The boat",
    "reward_type": "in_kind",
    "reward_detail": {"item": "A boat", "value": "5000.00"},
    "weight": 1,
}


def spun(server: ServerProcess, operator: str, user: str) -> Any:
    """A boat that a player has won."""
    wheel = make(server, operator, {}, rewards=[BOAT])
    path = f"/api/v1/wheels/{wheel['id']}"
    done(server.call("POST", f"{path}/status", token=operator, body={"to": "active"}))
    token = sign_in(server, "player", user=user)["token"]
    return done(server.call("POST", f"{path}/spins?wait=result", token=token, body={"request_id": "boat"}))


async def desk(open_page: OpenPage, server: ServerProcess, operator: str) -> Page:
    """The page of the voids, live, as this operator sees it."""
    page = await open_page()
    await enter(page, server, "/console/voids", role="operator", user=operator)
    await live(page)
    await expect(page.locator("main[aria-busy]")).to_have_count(0)
    return page


async def ask(page: Page, server: ServerProcess, session_id: str, reason: str) -> None:
    """Ask for a void on the spin's own page."""
    await page.goto(f"{server.url}/console/spins/{session_id}")
    await page.get_by_role("button", name="Void", exact=True).click()
    await page.get_by_label("Reason").fill(reason)
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#moves")).to_contain_text("Another operator has to consent")
    await expect(page.get_by_role("button", name="Consent")).to_have_count(0)


async def test_who_asks_may_not_consent_another_does_and_the_player_sees_it(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    play = spun(server, operator, "player-oda")
    player = await phone()
    await enter(player, server, "/play", user="player-oda")
    await live(player)
    olga, otto = await desk(desktop, server, "operator-olga"), await desk(phone, server, "operator-otto")
    await ask(olga, server, play["session_id"], "The page showed a pen")

    waiting = otto.get_by_role("region", name="Waiting for consent").get_by_role("listitem")
    one = waiting.filter(has_text="player-oda")
    await expect(one).to_contain_text("It would take back: A boat, worth €5,000.00.")
    await expect(one).to_contain_text("operator-olga asked")
    await expect(one).to_contain_text("The page showed a pen")
    link = otto.get_by_role("navigation", name="Console").get_by_role("link", name="Voids")
    await expect(link.locator(".count")).not_to_be_empty()

    await olga.goto(f"{server.url}/console/voids")
    own = olga.get_by_role("region", name="Waiting for consent").get_by_role("listitem").filter(has_text="player-oda")
    await expect(own).to_contain_text("You asked for this void. Another operator has to consent to it.")
    await expect(own.get_by_role("button")).to_have_text(["Withdraw the void"])

    await one.get_by_role("button", name="Consent").click()
    await expect(otto.locator("#confirm-words")).to_contain_text("player-oda gets the chance back")
    await otto.locator("#confirm-yes").click()
    await expect(one).to_have_count(0)
    await expect(own).to_have_count(0)
    ended = olga.get_by_role("region", name="All voids").get_by_role("listitem").filter(has_text="player-oda")
    await expect(ended).to_contain_text("operator-otto voided it")
    await expect(player.locator("#purse .purse-standing").first).to_have_text("Not yours; the spin was voided")
    await ended.get_by_role("link", name="The spin").click()
    await expect(olga.locator("#standing .status")).to_have_text("voided")


async def test_a_void_that_waits_is_withdrawn_and_the_spin_stands(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    play = spun(server, operator, "player-osk")
    olga, otto = await desk(desktop, server, "operator-olga"), await desk(desktop, server, "operator-otto")
    await ask(olga, server, play["session_id"], "A mistake")
    waiting = otto.get_by_role("region", name="Waiting for consent").get_by_role("listitem")
    one = waiting.filter(has_text="player-osk")
    await one.get_by_role("button", name="Withdraw").click()
    await otto.locator("#confirm-yes").click()
    await expect(one).to_have_count(0)
    every = otto.get_by_role("region", name="All voids")
    await every.get_by_label("Status").select_option(label="withdrawn")
    ended = every.get_by_role("listitem").filter(has_text="player-osk")
    await expect(ended).to_contain_text("operator-otto withdrew it")
    await ended.get_by_role("link", name="The spin").click()
    await expect(otto.locator("#standing .status")).to_have_text("stopped")
    await expect(otto.get_by_role("button", name="Void", exact=True)).to_be_visible()
