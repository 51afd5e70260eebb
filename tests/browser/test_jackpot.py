"""A jackpot as players of two houses see it while an operator of one is at work; and what an operator does there."""

import re

from playwright.async_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live, sign_in
from tests.processes import ServerProcess

#: Watches the pool's figure at every frame of the next second and a half, in cents, as its digits are drawn.
WATCH = """() => { window.seen = new Promise((done) => {
  const seen = [], until = performance.now() + 1500;
  const down = (strip) => -new DOMMatrix(getComputedStyle(strip).transform).f;
  const digit = (strip) => down(strip) / strip.getBoundingClientRect().height * 11;
  const look = () => {
    const digits = [...document.querySelectorAll('#pool .odometer-strip')].map(digit);
    seen.push(digits.reduce((sum, each) => sum * 10 + Math.floor(each + 0.01) % 10, 0));
    performance.now() < until ? requestAnimationFrame(look) : done(seen);
  };
  look();
}); }"""


def jackpot_of(server: ServerProcess, token: str) -> str:
    return str(done(server.get("/api/v1/jackpots?jackpot_status=open", token))["items"][-1]["id"])


async def test_a_pool_grows_and_a_message_arrives_in_one_house_and_nothing_of_it_in_the_other(
    server: ServerProcess, operator: str, phone: OpenPage, desktop: OpenPage
) -> None:
    here, there = await phone(), await desktop()
    jackpot = jackpot_of(server, operator)
    other = jackpot_of(server, sign_in(server, "operator", tenant="demo-b")["token"])
    await enter(here, server, f"/play/jackpot/{jackpot}")
    await enter(there, server, f"/play/jackpot/{other}", tenant="demo-b")
    for page in (here, there):
        await live(page)
    heard: list[str] = []
    there.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    await there.reload()
    await live(there)
    before = await there.locator("#pool").inner_text()

    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"pool_amount": "77777.77"}))
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/broadcast", token=operator, body={"message": "Only here"}))
    await expect(here.locator("#pool .for-readers")).to_have_text(re.compile(r"77,777\.77"))
    await expect(here.locator(".banner", has_text="Only here")).to_be_visible()

    # What is told to the other house afterwards arrives, so what was told to the first would have arrived before it.
    theirs = sign_in(server, "operator", tenant="demo-b")["token"]
    done(server.call("POST", f"/api/v1/jackpots/{other}/broadcast", token=theirs, body={"message": "Only there"}))
    await expect(there.locator(".banner", has_text="Only there")).to_be_visible()
    await expect(there.locator(".banner")).to_have_count(1)
    assert await there.locator("#pool").inner_text() == before
    assert not any("Only here" in frame or "77777.77" in frame or jackpot in frame for frame in heard)
    await there.goto(f"{server.url}/play/jackpot/{jackpot}")
    await expect(there.locator("#main")).to_contain_text("There is no such jackpot")


async def test_the_figure_rolls_to_the_truth_and_never_ahead_of_it(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    jackpot = jackpot_of(server, operator)
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"pool_amount": "19990.00"}))
    await enter(page, server, f"/play/jackpot/{jackpot}")
    await expect(page.locator("#pool .for-readers")).to_have_text(re.compile(r"19,990\.00"))
    await page.evaluate(WATCH)
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"add": "20.50"}))
    seen = await page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (1_999_000, 2_001_050)
    assert len(set(seen)) > 3

    await page.evaluate(WATCH)
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"add": "-10.50"}))
    assert set(await page.evaluate("window.seen")) == {2_001_050, 2_000_000}


async def test_with_motion_reduced_the_figure_is_there_at_once(
    server: ServerProcess, operator: str, phone: OpenPage
) -> None:
    page = await phone(reduced_motion="reduce", color_scheme="dark")
    jackpot = jackpot_of(server, operator)
    await enter(page, server, f"/play/jackpot/{jackpot}")
    await live(page)
    told = done(server.get(f"/api/v1/jackpots/{jackpot}", operator))["pool_amount"]
    await page.evaluate(WATCH)
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"add": "5.25"}))
    cents = round(float(told) * 100)
    assert set(await page.evaluate("window.seen")) == {cents, cents + 525}
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_message_stays_until_it_is_read_over_reloads_and_other_pages(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    jackpot = jackpot_of(server, operator)
    await enter(page, server, f"/play/jackpot/{jackpot}")
    await live(page)
    message = f"/api/v1/jackpots/{jackpot}/broadcast"
    told = done(server.call("POST", message, token=operator, body={"message": "<b>Stay</b> until read"}))
    banner = page.locator(f'[data-notice="{told["id"]}"]')
    await expect(banner).to_contain_text("<b>Stay</b> until read")
    await expect(page.locator("#messages")).to_contain_text("<b>Stay</b> until read")
    await page.goto(f"{server.url}/play")
    await expect(banner).to_be_visible()
    await page.goto(f"{server.url}/play/jackpot/{jackpot}")
    await banner.get_by_role("button", name="Dismiss").click()
    await expect(banner).to_have_count(0)
    await page.reload()
    await live(page)
    await expect(page.locator("#messages")).to_contain_text("<b>Stay</b> until read")
    await expect(banner).to_have_count(0)


async def test_the_lobbys_pool_moves_and_leads_to_its_page(
    server: ServerProcess, operator: str, phone: OpenPage
) -> None:
    page = await phone()
    jackpot = jackpot_of(server, operator)
    await enter(page, server, "/play")
    await live(page)
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"pool_amount": "88888.88"}))
    await expect(page.locator("#games")).to_contain_text("88,888.88")
    await page.locator(f'#games a[href="/play/jackpot/{jackpot}"]').click()
    await expect(page.locator("#pool .for-readers")).to_have_text(re.compile(r"88,888\.88"))


async def test_an_operator_makes_opens_fills_tells_and_closes_and_the_player_sees_each(
    server: ServerProcess, desktop: OpenPage, phone: OpenPage
) -> None:
    desk, player = await desktop(), await phone()
    await enter(desk, server, "/console/jackpots", role="operator")
    await desk.get_by_role("button", name="New jackpot").click()
    await desk.get_by_label("Title").fill("Sunday Two")
    await desk.get_by_label("Code").fill("sunday-two")
    await desk.get_by_label("Starts").fill("2020-01-01T10:00")
    await desk.get_by_label("Ends").fill("2090-01-01T10:00")
    await desk.get_by_label("What is to be called").fill("Leeds v Everton: 1,X,2\nRain at noon: YES,NO")
    await desk.get_by_label("Prizes").fill("2: 80%\nmany: all")
    await desk.get_by_role("button", name="Make a draft").click()
    await expect(desk.locator("#make-problem")).to_contain_text("“many: all” cannot be read")
    await desk.get_by_label("Prizes").fill("2: 80%\n1: 50.00")
    await desk.get_by_role("button", name="Make a draft").click()
    await desk.wait_for_url("**/console/jackpots/*")
    await expect(desk.locator("#standing .status")).to_have_attribute("data-status", "draft")
    address = "/play/jackpot/" + desk.url.rsplit("/", 1)[1]

    await enter(player, server, address)
    await expect(player.locator("#main")).to_contain_text("There is no such jackpot")
    await desk.locator("#moves").get_by_role("button", name="Open").click()
    await desk.locator("#confirm-yes").click()
    await expect(desk.locator("#standing .status")).to_have_attribute("data-status", "open")
    await player.get_by_role("button", name="Try again").click()
    await expect(player.locator("#events")).to_contain_text("Rain at noon")
    await expect(player.locator("#pool .for-readers")).to_have_text(re.compile(r"1,000\.00"))

    await desk.get_by_label("Amount").fill("234.56")
    await desk.locator("#move-pool").get_by_role("button", name="Add").click()
    await expect(desk.locator("#confirm-words")).to_contain_text("234.56")
    await expect(desk.locator("#confirm-words")).to_contain_text("one other connection")
    await desk.locator("#confirm-yes").click()
    await expect(player.locator("#pool .for-readers")).to_have_text(re.compile(r"1,234\.56"))
    await expect(player.locator("#prizes")).to_contain_text("987.64")

    await desk.get_by_label("Message").fill("The rain is coming")
    await desk.locator("#broadcast").get_by_role("button", name="Broadcast").click()
    await expect(desk.locator("#confirm blockquote")).to_have_text("The rain is coming")
    await desk.locator("#confirm-yes").click()
    await expect(player.locator(".banner", has_text="The rain is coming")).to_be_visible()
    await expect(desk.locator("#messages")).to_contain_text("The rain is coming")

    await desk.locator("#moves").get_by_role("button", name="Close picks").click()
    await desk.locator("#confirm-yes").click()
    await expect(player.locator("#standing .status")).to_have_text("Picks closed")


async def test_a_player_picks_sees_the_cost_and_buys_a_ticket_by_keyboard_too(
    server: ServerProcess, operator: str, phone: OpenPage
) -> None:
    jackpot = jackpot_of(server, operator)
    page = await phone()
    await enter(page, server, f"/play/jackpot/{jackpot}", user="player-buying")
    form = page.locator("#ticket")
    await expect(page.locator("#tickets")).to_contain_text("Your tickets will stand here")
    buy = form.get_by_role("button", name="Buy the ticket")
    await expect(buy).to_be_disabled()
    events = form.locator("fieldset")
    count = await events.count()
    for at in range(count):
        await expect(form.locator(".ticket-cost")).to_contain_text("Pick an outcome")
        await events.nth(at).locator("label").first.click()
    await expect(form.locator(".ticket-cost")).to_contain_text("One line")
    await events.nth(0).locator("input").nth(1).focus()
    await page.keyboard.press("Space")
    await expect(form.locator(".ticket-cost")).to_contain_text("2 lines")
    before = await page.locator("#pool .for-readers").text_content()
    await buy.click()
    await expect(page.locator("#tickets [data-status=accepted]").first).to_contain_text("2 lines")
    await expect(page.locator("#pool .for-readers")).not_to_have_text(before or "")
    await expect(form.locator("input:checked")).to_have_count(0)
    for _ in range(count):
        await events.nth(_).locator("label").first.click()
    for nth in range(1, count):
        await events.nth(nth).locator("label").nth(1).click()
    await buy.click()
    await expect(form.get_by_role("alert")).to_contain_text("not enough")
    await expect(page.locator("#tickets li")).to_have_count(1)


async def test_who_was_slower_is_told_what_has_changed_and_loses_nothing(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    desk = await desktop()
    jackpot = jackpot_of(server, operator)
    path = f"/api/v1/jackpots/{jackpot}"
    await enter(desk, server, f"/console/jackpots/{jackpot}", role="operator")
    await desk.get_by_role("button", name="Change").click()
    await desk.locator("#edit").get_by_label("Title").fill("Mine")
    row = done(server.get(path, operator))
    done(
        server.call("PATCH", path, token=operator, body={"jackpot_title": "Theirs", "row_version": row["row_version"]})
    )
    await desk.locator("#edit-save").click()
    await expect(desk.locator("#edit-problem")).to_contain_text("the title is now “Theirs”")
    await expect(desk.locator("#edit").get_by_label("Title")).to_have_value("Mine")
    await desk.locator("#edit-save").click()
    await expect(desk.locator("#jackpot-title")).to_have_text("Mine")
    assert done(server.get(path, operator))["jackpot_title"] == "Mine"


async def test_an_announcement_reaches_every_page_of_the_house(
    server: ServerProcess, operator: str, desktop: OpenPage, phone: OpenPage
) -> None:
    desk = await desktop()
    await enter(desk, server, "/console", role="operator")
    wheel = done(server.get("/api/v1/wheels?wheel_slug=lucky", operator))["items"][0]["id"]
    tournament = done(server.get("/api/v1/tournaments", operator))["items"][0]["id"]
    pages = []
    for address in ("/play", "/play/wheel/lucky", f"/play/tournament/{tournament}", f"/screen/wheel/{wheel}"):
        page = await phone()
        await enter(page, server, address)
        await live(page)
        pages.append(page)
    await desk.get_by_label("Message").fill("Doors close at ten")
    await desk.get_by_role("button", name="Announce", exact=True).click()
    await expect(desk.locator("#confirm-words")).to_contain_text(re.compile(r"Everybody in the house \(now \d+ other"))
    await desk.locator("#confirm-yes").click()
    for page in pages:
        await expect(page.locator(".banner", has_text="Doors close at ten")).to_be_visible()
    await expect(desk.locator("#announced")).to_contain_text("Doors close at ten")
    late = await phone()
    await enter(late, server, "/play", user="player-late")
    await expect(late.locator(".banner", has_text="Doors close at ten")).to_be_visible()


async def test_a_press_whose_answer_is_lost_moves_the_pool_once(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    desk = await desktop()
    jackpot = jackpot_of(server, operator)
    done(server.call("POST", f"/api/v1/jackpots/{jackpot}/pool", token=operator, body={"pool_amount": "500.00"}))
    await enter(desk, server, f"/console/jackpots/{jackpot}", role="operator")
    await live(desk)
    keys = []

    async def lose_the_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await desk.route("**/pool", lose_the_answer)
    await desk.get_by_label("Amount").fill("11.00")
    for _ in range(2):
        await desk.locator("#move-pool").get_by_role("button", name="Add").click()
        await desk.locator("#confirm-yes").click()
        await expect(desk.locator("#confirm")).to_have_count(0)
        if len(keys) < 2:
            await expect(desk.locator("#pool-problem")).to_contain_text("will not happen twice")
    await expect(desk.get_by_label("Amount")).to_have_value("")
    assert keys[0] == keys[1]
    assert done(server.get(f"/api/v1/jackpots/{jackpot}", operator))["pool_amount"] == "511.00"
