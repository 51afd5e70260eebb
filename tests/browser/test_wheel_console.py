"""An operator runs a wheel from the console: made from nothing, opened, played by others, changed while it is live."""

import re

from playwright.async_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live
from tests.browser.wheel_desk import SPIN_MS, at, make, save, segment, shares, stored, widths
from tests.processes import ServerProcess


async def test_a_wheel_is_built_from_nothing_and_opened_and_a_player_spins_it_on_another_page(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    desk, player = await desktop(), await phone()
    await at(desk, server, "/console/wheels")
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
    await cap.get_by_label("Once run out").select_option(label="Next time (next-time)")
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
    await enter(player, server, "/play")
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


async def test_every_fault_for_which_a_wheel_cannot_be_opened_is_said_at_once_where_it_is(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 1, "b": 1})
    await at(page, server, f"/console/wheels/{made['id']}")
    await page.get_by_label("Ends by itself").fill("2020-01-01T10:00")
    await page.locator("#moves").get_by_role("button", name="Schedule").click()
    # What is typed is saved first, so that what is opened is what is seen.
    await page.locator("#confirm-yes").click()
    await expect(page.locator('[data-field="opens_at"] .fault')).to_contain_text("a time to come")
    await expect(page.locator('[data-field="closes_at"] .fault')).to_contain_text("is past")
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "draft")
    await page.get_by_label("Ends by itself").fill("")
    await page.get_by_label("Opens by itself").fill("2090-01-01T10:00")
    await page.locator("#moves").get_by_role("button", name="Schedule").click()
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "scheduled")
    await page.locator("#moves").get_by_role("button", name="Open now").click()
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "active")
    await page.locator("#moves").get_by_role("button", name="End it").click()
    await page.locator("#confirm-yes").click()
    # Without a reason it is not ended.
    await expect(page.locator("#confirm")).to_be_visible()
    await page.locator("#confirm-reason").fill("The season is over")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "ended")
    await expect(page.locator(".border-handle")).to_have_count(0)
    await expect(segment(page, "A").get_by_label("Share")).to_be_disabled()
    await page.locator("#facts").get_by_label("Name").fill("Closed reef")
    await save(page)


async def test_a_live_wheel_asks_once_for_a_new_version_and_the_page_hears_of_what_others_change(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 1, "b": 1})
    path = f"/api/v1/wheels/{made['id']}"
    done(server.call("POST", f"{path}/status", token=operator, body={"to": "active"}))
    await at(page, server, f"/console/wheels/{made['id']}")
    await live(page)
    await segment(page, "A").get_by_label("Share").fill("12.5")
    await page.keyboard.press("Enter")
    await expect(page.locator("#save-note")).to_contain_text("new version")
    theirs = {"wheel_name": "Theirs", "row_version": stored(server, operator, made["id"])["row_version"]}
    done(server.call("PATCH", path, token=operator, body=theirs))
    await expect(page.locator("#notes")).to_contain_text("the name is now “Theirs”")
    await expect(page.locator("#wheel-name")).to_have_text("Theirs")
    await page.locator("#save").click()
    await expect(page.locator("#confirm-words")).to_contain_text("version 2, which takes effect between two spins")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing")).to_contain_text("version 2")
    saved = stored(server, operator, made["id"])
    assert (saved["wheel_name"], widths(saved)) == ("Theirs", [125_000, 875_000])
    # It is paused as it stands, whatever is typed meanwhile.
    await page.locator("#facts").get_by_label("A spin takes").fill("soon")
    await page.locator("#moves").get_by_role("button", name="Pause").click()
    await page.locator("#confirm-reason").fill("The reef is closed")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "paused")
    await expect(page.locator("#facts").get_by_label("A spin takes")).to_have_value("soon")
    done(server.call("POST", f"{path}/status", token=operator, body={"to": "active"}))
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "active")


async def test_who_was_slower_is_told_what_has_changed_and_loses_nothing(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 1, "b": 1})
    path = f"/api/v1/wheels/{made['id']}"
    await at(page, server, f"/console/wheels/{made['id']}")
    await segment(page, "A").get_by_label("Share").fill("12.5")
    await page.keyboard.press("Enter")
    await page.locator("#facts").get_by_label("A spin takes").fill("7000")
    rewards = [
        {"reward_slug": "a", "reward_label": "Anchor", "reward_type": "none", "weight": 1},
        {"reward_slug": "c", "reward_label": "Cleat", "reward_type": "none", "weight": 1},
    ]
    theirs = {"wheel_description": "Theirs", "rewards": rewards, "row_version": made["row_version"]}
    done(server.call("PATCH", path, token=operator, body=theirs))
    await page.locator("#save").click()
    refusal = page.locator("#refusal")
    for told in ("the description is now “Theirs”", "“B” is gone", "“Cleat” is new, with 50 %", "called “Anchor”"):
        await expect(refusal).to_contain_text(told)
    assert await shares(page) == ["12.5", "87.5"]
    await page.get_by_role("button", name="Save mine").click()
    await expect(page.locator("#save-note")).to_have_text("All is saved.")
    saved = stored(server, operator, made["id"])
    assert (saved["wheel_description"], saved["spin_config"]["duration_ms"]) == ("Theirs", 7000)
    assert [one["reward_label"] for one in saved["rewards"]] == ["A", "B"]
    assert widths(saved) == [125_000, 875_000]


async def test_a_change_whose_answer_was_lost_is_not_taken_for_somebody_elses(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 1, "b": 1})
    await at(page, server, f"/console/wheels/{made['id']}")
    # A look that comes with the first connection would find the change.
    await live(page)
    await page.wait_for_load_state("networkidle")
    await page.locator("#facts").get_by_label("Description").fill("Said once")

    async def lose_the_answer(route: Route) -> None:
        if route.request.method == "PATCH" and stored(server, operator, made["id"])["wheel_description"] is None:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route(f"**/wheels/{made['id']}", lose_the_answer)
    await page.locator("#save").click()
    await expect(page.locator("#refusal")).to_contain_text("cannot be reached")
    await save(page)
    await expect(page.locator("#refusal")).to_be_empty()
    assert stored(server, operator, made["id"])["row_version"] == made["row_version"] + 1
