"""What a voided spin had won, in its player's purse and on the operators' pages: never delivered, in words."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live
from tests.browser.wheel_desk import at, make
from tests.processes import ServerProcess

CAP = {
    "reward_slug": "cap",
    "reward_label": "Cap",
    "reward_type": "in_kind",
    "reward_detail": {"item": "A cap", "value": "5.00"},
    "weight": 1,
}


async def test_the_purse_the_list_and_the_spins_page_say_that_it_is_not_delivered(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    player, desk = await phone(), await desktop()
    wheel = make(server, operator, {}, rewards=[CAP])
    path = f"/api/v1/wheels/{wheel['id']}"
    done(server.call("POST", f"{path}/status", token=operator, body={"to": "active"}))
    await enter(player, server, "/play", user="player-vera")
    await live(player)
    token = server.sign_in("player-vera")
    play = done(server.call("POST", f"{path}/spins?wait=result", token=token, body={"request_id": "cap"}))
    standing = player.locator("#purse .purse-standing").first
    await expect(standing).to_have_text("With our staff, who deliver it by hand")
    reason = {"reason": "The page showed another prize"}
    done(server.call("POST", f"/api/v1/spins/{play['session_id']}/void", token=operator, body=reason))
    await expect(standing).to_have_text("Not yours; the spin was voided")

    await at(desk, server, "/console/rewards")
    await desk.get_by_label("Player").fill("player-vera")
    await desk.get_by_label("Status").select_option(label="not delivered, spin voided")
    row = desk.locator("#rewards tbody tr")
    await expect(row).to_have_count(1)
    await expect(row.locator(".status")).to_have_text("not delivered, spin voided")
    await expect(row).to_contain_text("the spin was voided")
    await expect(row.get_by_role("button")).to_have_count(0)
    await at(desk, server, f"/console/spins/{play['session_id']}")
    await expect(desk.locator("#story")).to_contain_text("stopped, never delivered")
