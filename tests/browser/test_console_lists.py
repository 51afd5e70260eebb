"""The console's lists: spins found and read, chances given and taken back."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live
from tests.browser.wheel_desk import SPIN_MS, at, make
from tests.processes import ServerProcess


async def test_wheels_are_found_by_words_status_and_order_with_their_pace_and_hits(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    first, second = (make(server, operator, {"a": 1}, wheel_name=f"Kelp bed {letter}") for letter in "zy")
    done(server.call("POST", f"/api/v1/wheels/{second['id']}/status", token=operator, body={"to": "active"}))
    await at(page, server, "/console/wheels")
    names = page.locator("#wheels tbody th a")
    await page.get_by_label("Words").fill("KELP")
    await expect(names).to_have_text(["Kelp bed y", "Kelp bed z"])
    await page.get_by_label("Order").select_option("oldest")
    await expect(names).to_have_text(["Kelp bed z", "Kelp bed y"])
    await page.get_by_label("Status").select_option("active")
    await expect(names).to_have_text(["Kelp bed y"])
    player = server.sign_in("player-kelp")
    done(server.call("POST", f"/api/v1/wheels/{second['id']}/spins", token=player, body={"request_id": "kelp"}))
    await expect(page.locator('#wheels [data-figure="pace"]')).to_have_text("0.1")
    await expect(page.locator('#wheels [data-figure="hits"]')).to_have_text("0%", timeout=SPIN_MS)
    await page.get_by_label("Words").fill("no such words")
    await expect(page.locator("#wheels .empty")).to_have_text("No wheel is like that.")
    await page.get_by_label("Words").fill(first["wheel_slug"])
    await page.get_by_label("Status").select_option("draft")
    await names.click()
    await expect(page.locator("#wheel-name")).to_have_text("Kelp bed z")
    await at(page, server, "/console")
    await expect(page.locator('[data-figure="hits"] dt')).to_contain_text("hit rate of the newest")


async def test_an_operator_finds_a_players_spin_and_reads_its_story_once_the_wheel_has_stopped(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    wheel = make(server, operator, {"pearl": 1, "sand": 3})
    path = f"/api/v1/wheels/{wheel['id']}"
    server.call("POST", f"{path}/status", token=operator, body={"to": "active"})
    player = server.sign_in("player-nell")
    done(server.call("POST", f"{path}/spins", token=player, body={"request_id": "found"}))
    await at(page, server, "/console/spins")
    await page.get_by_label("Player").fill("player-nell")
    await page.get_by_label("Wheel").select_option(label=wheel["wheel_name"])
    row = page.locator("#spins tbody tr")
    await expect(row).to_have_count(1)
    await row.get_by_role("link").first.click()
    await page.wait_for_url("**/console/spins/*-*")
    story = page.locator("#story")
    await expect(story).to_contain_text("player-nell")
    # What the wheel will show is nobody's to know while it turns; then the page tells it by itself.
    await expect(page.locator("#standing .status")).to_have_text("stopped", timeout=SPIN_MS)
    play = done(server.get("/api/v1/spins?user_id=player-nell", operator))["items"][0]
    parts = {
        "Who and when": f"{wheel['wheel_name']}, version 1",
        "Outcome": f"{play['reward']['label']} ({play['reward']['slug']})",
        "Chance": "welcome to the demo",
        "Fairness": play["server_seed_hash"],
        "Audit trail": "spin.committed",
    }
    for title, words in parts.items():
        part = story.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True))
        await expect(part).to_contain_text(words)

    await page.get_by_role("button", name="Void").click()
    await expect(page.locator("#confirm-words")).to_contain_text("player-nell gets the chance back")
    await page.locator("#confirm-reason").fill("The page showed another prize")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#standing .status")).to_have_text("voided")
    await expect(story).to_contain_text("The page showed another prize")

    await at(page, server, "/console/spins?user_id=player-nell&spin_status=voided")
    await expect(row).to_have_count(1)
    await page.get_by_label("Outcome").select_option("win")
    await expect(page.locator("#spins .empty")).to_be_visible()
    await page.get_by_label("Outcome").select_option("no_win")
    await expect(row).to_have_count(1)
    await page.get_by_label("Until").fill("2020-01-01T00:00")
    await expect(page.locator("#spins .empty")).to_be_visible()


async def test_chances_are_given_and_taken_back_and_the_player_sees_it_at_once(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    desk, player = await desktop(), await phone()
    wheel = make(server, operator, {"a": 1})
    done(server.call("POST", f"/api/v1/wheels/{wheel['id']}/status", token=operator, body={"to": "active"}))
    await enter(player, server, f"/play/wheel/{wheel['wheel_slug']}", user="player-rosa")
    await live(player)
    before = int(await player.locator("#chances").inner_text())
    await at(desk, server, "/console/chances")
    await desk.get_by_role("button", name="Give chances").click()
    await desk.locator("#give").get_by_label("To the player").fill("player-rosa")
    await desk.locator("#give").get_by_label("How many").fill("3")
    await desk.locator("#give").get_by_label("Why").fill("A long queue")
    await desk.locator("#give").get_by_label("On the wheel").select_option(label=wheel["wheel_name"])
    await desk.get_by_role("button", name="Give", exact=True).click()
    await expect(desk.locator("#confirm-words")).to_contain_text(f"3 chances to spin on {wheel['wheel_name']}")
    await desk.locator("#confirm-yes").click()
    await expect(player.locator("#chances")).to_have_text(str(before + 3))
    await desk.locator("#filter").get_by_label("Player").fill("player-rosa")
    row = desk.locator("#chances tbody tr").filter(has_text="A long queue")
    await expect(row).to_contain_text("3 of 3")
    await expect(row).to_contain_text(wheel["wheel_name"])
    path = f"/api/v1/wheels/{wheel['id']}/spins"
    done(server.call("POST", path, token=server.sign_in("player-rosa"), body={"request_id": "rosa"}))
    await desk.locator("#filter").get_by_label("Over before").fill("2090-01-01T00:00")
    await expect(desk.locator("#chances .empty")).to_be_visible()
    await desk.locator("#filter").get_by_label("Over before").fill("")
    await desk.locator("#filter").get_by_label("Kind").select_option("bonus")
    given = desk.locator("#chances tbody tr").filter(has_text="welcome to the demo")
    await given.get_by_role("button", name="Its spins").click()
    await expect(desk.locator("#uses-list li")).to_have_count(1)
    await expect(desk.locator("#uses-list")).to_contain_text(wheel["wheel_name"])
    await desk.locator("#uses").get_by_role("button", name="Close").click()
    await desk.locator("#filter").get_by_label("Kind").select_option("")
    await row.get_by_role("button", name="Take back").click()
    await expect(desk.locator("#confirm-words")).to_contain_text("player-rosa loses 3 chances")
    await desk.locator("#confirm-reason").fill("Given by mistake")
    await desk.locator("#confirm-yes").click()
    await expect(row.locator(".status")).to_have_text("taken back")
    await expect(player.locator("#chances")).to_have_text(str(before - 1))


async def test_chances_are_given_to_a_pasted_list_each_line_once(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    desk = await desktop()
    wheel = make(server, operator, {"a": 1})
    done(server.call("POST", f"/api/v1/wheels/{wheel['id']}/status", token=operator, body={"to": "active"}))
    await at(desk, server, "/console/chances")
    await desk.get_by_role("button", name="Give to many").click()
    sheet = desk.locator("#give-many")
    await sheet.get_by_label("Players").fill("player-m1, 2\nplayer-m2, none\n")
    await expect(sheet.locator("#give-many-told")).to_contain_text("Line 2: “none” is no number")
    rows = ["player,chances,id", "player-m1,2", "", '"many,2";3;raid-2', "player-m3"]
    await sheet.get_by_label("CSV file").set_input_files(
        {"name": "raid.csv", "mimeType": "text/csv", "buffer": "\r\n".join(rows).encode()}
    )
    await expect(sheet.locator("#give-many-counted")).to_have_text("6 chances for 3 players")
    await sheet.get_by_label("Why").fill("A raid")
    await sheet.get_by_label("On the wheel").select_option(label=wheel["wheel_name"])
    await sheet.get_by_role("button", name="Give to all").click()
    await expect(desk.locator("#confirm-words")).to_contain_text(
        f"6 chances for 3 players, to spin on {wheel['wheel_name']}"
    )
    await desk.locator("#confirm-yes").click()
    await expect(sheet.locator("#give-many-summary")).to_have_text("3 given.")
    await sheet.get_by_label("Players").fill("many-4,1,raid-4\nmany,1,raid-2")
    await sheet.get_by_label("Why").fill("A raid")
    await sheet.get_by_role("button", name="Give to all").click()
    await desk.locator("#confirm-yes").click()
    await expect(sheet.locator("#give-many-summary")).to_have_text("1 given, 1 refused.")
    await expect(sheet.locator("#give-many-told")).to_contain_text("Line 2, many: This grant_id was already used")
    await desk.keyboard.press("Escape")
    await desk.locator("#filter").get_by_label("Player").fill("player-m1")
    row = desk.locator("#chances tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("2 of 2")
