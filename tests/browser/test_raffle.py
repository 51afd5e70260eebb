"""A raffle as its players see it: tickets bought, counted for everybody, and the sale that closes."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live
from tests.processes import ServerProcess


def on_sale(server: ServerProcess, operator: str) -> str:
    now = datetime.now(UTC)
    body = {
        "campaign_name": "The long boat",
        "start_time": (now - timedelta(minutes=1)).isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
        "ticket_price": 250,
        "total_tickets": 5,
        "draws": [{"draw_name": "The boat itself", "draw_time": (now + timedelta(hours=2)).isoformat()}],
    }
    raffle = done(server.call("POST", "/api/v1/raffles", token=operator, body=body))["id"]
    for to in ("committed", "on_sale"):
        done(server.call("POST", f"/api/v1/raffles/{raffle}/status", token=operator, body={"to": to}))
    return str(raffle)


async def test_a_player_buys_tickets_and_everybody_sees_how_many_are_left(
    server: ServerProcess, operator: str, phone: OpenPage, desktop: OpenPage
) -> None:
    raffle = on_sale(server, operator)
    buyer, other = await phone(), await desktop()
    await enter(buyer, server, "/play")
    await buyer.get_by_role("link", name="The long boat").click()
    await enter(other, server, f"/play/raffle/{raffle}", user="player-another")
    for page in (buyer, other):
        await live(page)
        await expect(page.locator("#draws")).to_contain_text("Fingerprint")
    await expect(buyer.locator("#tickets")).to_contain_text("Your numbers will stand here")

    await buyer.get_by_label("How many tickets").fill("6")
    await expect(buyer.locator(".ticket-cost")).to_contain_text("from 1 to 5")
    await expect(buyer.get_by_role("button", name="Buy")).to_be_disabled()
    await buyer.get_by_label("How many tickets").fill("3")
    await expect(buyer.locator(".ticket-cost")).to_contain_text("7.50")
    await buyer.get_by_role("button", name="Buy 3 tickets").click()
    await expect(buyer.locator("#tickets li[data-ticket]")).to_have_text(["000001", "000002", "000003"])
    for page in (buyer, other):
        await expect(page.locator("#left")).to_contain_text("2 of 5 are left")
    await expect(other.locator("#tickets li[data-ticket]")).to_have_count(0)

    done(server.call("POST", f"/api/v1/raffles/{raffle}/status", token=operator, body={"to": "closed"}))
    for page in (buyer, other):
        await expect(page.locator("#standing")).to_contain_text("Sale closed")
        await expect(page.locator("#buy")).to_be_hidden()
    await buyer.reload()
    await expect(buyer.locator("#tickets li[data-ticket]")).to_have_text(["000001", "000002", "000003"])


async def test_an_operator_makes_a_raffle_commits_to_it_sells_it_and_calls_it_off(
    server: ServerProcess, desktop: OpenPage
) -> None:
    page = await desktop()
    await enter(page, server, "/console/raffles", role="operator")
    await live(page)
    await page.get_by_role("button", name="New raffle").click()
    now = datetime.now(UTC)
    fields = {
        "Name": "The short boat",
        "A ticket costs": "2.505",
        "Tickets in all": "50",
        "The sale begins": now + timedelta(hours=1),
        "The sale ends": now + timedelta(hours=3),
        "What is drawn": "A rowing boat",
        "When": now + timedelta(hours=2),
    }
    for label, value in fields.items():
        text = value if isinstance(value, str) else value.strftime("%Y-%m-%dT%H:%M")
        await page.get_by_label(label, exact=True).fill(text)
    make = page.get_by_role("button", name="Make a draft")
    assert await page.get_by_label("A ticket costs").evaluate("field => !field.checkValidity()")
    await page.get_by_label("A ticket costs").fill("2.50")
    await make.click()
    await expect(page.locator("#make-problem")).to_contain_text("is not before end_time")
    await page.get_by_label("When", exact=True).fill((now + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"))
    await make.click()
    row = page.locator("tr", has_text="The short boat")
    await expect(row).to_contain_text("2.50")
    for move, status in (("Commit", "Opens soon"), ("Put on sale", "On sale"), ("Pause", "Sale paused")):
        await row.get_by_role("button", name=move).click()
        await page.locator("#confirm-yes").click()
        await expect(row).to_contain_text(status)
    await row.get_by_role("button", name="Cancel").click()
    await page.get_by_label("Reason").fill("Leaks")
    await page.locator("#confirm-yes").click()
    await expect(row).to_contain_text("Cancelled")
