"""An operator keeps templates and engines in the console: made, set, and a wheel made of one and opened."""

import re
from uuid import uuid4

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live
from tests.browser.wheel_desk import at, make, stored, widths
from tests.processes import ServerProcess


def engine(server: ServerProcess, operator: str) -> dict[str, str]:
    """An active engine of this test's own."""
    body = {"engine_name": f"Reef {uuid4().hex[:6]}", "engine_type": "wheel"}
    made = done(server.call("POST", "/api/v1/engines", token=operator, body=body))
    moved = server.call("POST", f"/api/v1/engines/{made['id']}/status", token=operator, body={"to": "active"})
    return dict(done(moved))


async def test_a_template_is_made_like_a_wheel_set_and_a_wheel_is_made_of_it_and_opened(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    like = make(server, operator, {"pearl": 1, "sand": 3})
    of = engine(server, operator)
    await at(page, server, "/console/templates")
    await page.get_by_role("button", name="New template").click()
    dialog = page.locator("#make")
    name = f"Lagoon {uuid4().hex[:6]}"
    await dialog.get_by_role("textbox", name="Name").fill(name)
    await dialog.get_by_label("Kind").select_option("jackpot")
    await expect(dialog.get_by_label("Engine")).to_be_hidden()
    await dialog.get_by_label("Kind").select_option("wheel")
    await dialog.get_by_label("Engine").select_option(of["id"])
    await dialog.get_by_label("Like the wheel").select_option(like["id"])
    await page.get_by_role("button", name="Make it").click()
    await page.wait_for_url("**/console/templates/*-*")
    await expect(page.locator("#template-name")).to_have_text(name)

    await page.get_by_label("A spin takes, ms").fill("5")
    await expect(page.get_by_role("region", name="Rewards").get_by_role("row", name="Pearl")).to_contain_text("25%")
    await page.get_by_text("Rewards, as data").click()
    await page.get_by_role("textbox", name="Rewards").fill("[")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator('[data-field="reward_config.rewards"] .fault')).to_have_text("is not written as JSON")
    rewards = '[{"reward_slug": "pearl", "reward_label": "Pearl", "reward_type": "none", "weight": 1, "colour": 1}]'
    await page.get_by_role("textbox", name="Rewards").fill(rewards)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator('[data-field="game_rules.spin_config.duration_ms"] .fault')).to_contain_text("100")
    await expect(page.locator('[data-field="reward_config.rewards"] .fault')).to_contain_text("[0].colour")
    await page.get_by_label("A spin takes, ms").fill("700")
    await page.get_by_role("textbox", name="Rewards").fill(rewards.replace(', "colour": 1', ""))
    await page.get_by_label("A player's spins in a minute").fill("30")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#notes")).to_contain_text("All is saved.")

    await page.get_by_role("button", name="Make a wheel of it").click()
    await page.locator("#game").get_by_label("Name").fill(f"Blue {name}")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console/wheels/*-*")
    wheel = stored(server, operator, page.url.rsplit("/", 1)[1])
    assert widths(wheel) == [1_000_000]
    assert (wheel["wheel_slug"], wheel["spin_config"]["duration_ms"]) == (f"blue-{name.lower().replace(' ', '-')}", 700)
    assert wheel["spin_config"]["spins_per_minute"] == 30
    await page.locator("#moves").get_by_role("button", name="Open").click()
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "active")


async def test_a_new_wheel_is_made_of_a_template_of_the_engine_that_is_chosen(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    bare, of = engine(server, operator), engine(server, operator)
    body = {
        "template_name": f"Cove {uuid4().hex[:6]}",
        "template_type": "wheel",
        "game_engine_id": of["id"],
        "template_description": "Quick and blue.",
        "game_rules": {"spin_config": {"duration_ms": 900}},
    }
    template = done(server.call("POST", "/api/v1/templates", token=operator, body=body))
    await at(page, server, "/console/wheels")
    await page.get_by_role("button", name="New wheel").click()
    dialog = page.locator("#make")
    await dialog.get_by_label("Engine").select_option(bare["id"])
    await expect(dialog.locator("#template-note")).to_contain_text("no template")
    await expect(dialog.get_by_role("button", name="Make a draft")).to_be_disabled()
    await dialog.get_by_label("Engine").select_option(of["id"])
    await expect(dialog.locator("#template-note")).to_contain_text("Quick and blue.")
    await expect(dialog.get_by_label("Template")).to_have_value(template["id"])
    await dialog.get_by_label("Name").fill(f"Cove {uuid4().hex[:6]}")
    await page.get_by_role("button", name="Make a draft").click()
    await page.wait_for_url("**/console/wheels/*-*")
    wheel = stored(server, operator, page.url.rsplit("/", 1)[1])
    assert (wheel["game_template_id"], wheel["spin_config"]["duration_ms"]) == (template["id"], 900)


async def test_an_engine_is_made_and_taken_out_for_maintenance_with_a_reason_and_players_see_it(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    desk, player, keeper = await desktop(), await phone(), await desktop()
    await at(desk, server, "/console/engines")
    name = f"Atoll {uuid4().hex[:6]}"
    await desk.get_by_role("button", name="New engine").click()
    await desk.locator("#edit").get_by_label("Name").fill(name)
    await desk.get_by_role("button", name="Make a draft").click()
    row = desk.locator("#engines tbody tr").filter(has_text=name)
    await expect(row.locator(".status")).to_have_text("Draft")
    await row.get_by_role("button", name="Activate").click()
    await desk.locator("#confirm-yes").click()
    await expect(row.locator(".status")).to_have_text("Active")

    engines = server.get("/api/v1/engines?limit=200", operator)[1]["items"]
    (of,) = (one for one in engines if one["engine_name"] == name)
    rewards = [{"reward_slug": "sand", "reward_label": "Sand", "reward_type": "none", "weight": 1}]
    body = {"template_name": name, "template_type": "wheel", "game_engine_id": of["id"]}
    template = done(
        server.call("POST", "/api/v1/templates", token=operator, body=body | {"reward_config": {"rewards": rewards}})
    )
    named = {"wheel_name": name, "wheel_slug": re.sub(r"\W+", "-", name.lower())}
    path = f"/api/v1/templates/{template['id']}/wheels"
    wheel = done(server.call("POST", path, token=operator, body=named))
    done(server.call("POST", f"/api/v1/wheels/{wheel['id']}/status", token=operator, body={"to": "active"}))
    await enter(player, server, f"/play/wheel/{wheel['wheel_slug']}")
    await live(player)
    await expect(player.locator("#spin")).to_have_attribute("aria-disabled", "false")
    await at(keeper, server, f"/console/wheels/{wheel['id']}")
    await live(keeper)

    await row.get_by_role("button", name="Maintenance").click()
    await desk.locator("#confirm-reason").fill("A new drawing")
    await desk.locator("#confirm-yes").click()
    await expect(row.locator(".status")).to_have_text("In maintenance")
    await expect(player.locator("#spin")).to_have_attribute("aria-disabled", "true")
    await expect(player.locator("#spin-reason")).to_have_text("This wheel is closed just now.")
    await expect(keeper.locator("#standing")).to_contain_text("Takes no spins: its engine is in maintenance")
    await row.get_by_role("button", name="Retire").click()
    await desk.locator("#confirm-reason").fill("Out of use")
    await desk.locator("#confirm-yes").click()
    await expect(desk.locator("#notes")).to_contain_text("End them first")
    await row.get_by_role("button", name="Back to work").click()
    await desk.locator("#confirm-yes").click()
    await expect(player.locator("#spin")).to_have_attribute("aria-disabled", "false")
    await expect(keeper.locator("#standing")).not_to_contain_text("Takes no spins")
