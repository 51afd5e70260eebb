"""An operator blocks a player by name, finds the block, and lifts it."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import sign_in
from tests.browser.wheel_desk import at
from tests.processes import ServerProcess, await_true


async def test_a_player_is_blocked_found_among_the_blocked_and_may_play_again(
    server: ServerProcess, desktop: OpenPage
) -> None:
    token = sign_in(server, "player", user="player-bella")["token"]
    page = await desktop()
    await at(page, server, "/console/blocked")
    asked = page.get_by_role("region", name="Block a player")
    await asked.get_by_label("Player").fill("player-bella")
    await asked.get_by_role("button", name="Block player").click()
    await page.get_by_label("Reason").fill("asked for a break")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#notes")).to_contain_text("player-bella is blocked.")
    row = page.locator("#blocks").get_by_role("listitem").filter(has_text="player-bella")
    await expect(row).to_contain_text("asked for a break")
    await asyncio.to_thread(await_true, lambda: server.get("/api/v1/chances", token)[0] == 403)

    await page.get_by_role("searchbox", name="Player").fill("player-bella")
    await row.get_by_role("button", name="Lift the block").click()
    await expect(page.locator("#confirm")).to_contain_text("asked for a break")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#notes")).to_contain_text("player-bella may play again.")
    await expect(row).to_have_count(0)
    await asyncio.to_thread(await_true, lambda: server.get("/api/v1/chances", token)[0] == 200)
    await page.get_by_label("Status").select_option(label="lifted")
    await expect(row.locator(".status")).to_have_text("lifted")
    await expect(row.get_by_role("button")).to_have_count(0)
