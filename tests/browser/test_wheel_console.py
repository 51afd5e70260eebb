"""An operator at the console's wheels: one is made from nothing, edited by hand and by key, opened and played."""

import re
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, Route, expect

from games.wheel.angles import segments
from games.wheel.ranges import largest_remainder
from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, enter, live
from tests.processes import ServerProcess

SIZE = 1_000_000
#: A spin takes five seconds; the page is given some more.
SPIN_MS = 15_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo tenants, for a module's pages."""
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def operator(server: ServerProcess) -> str:
    """A token of an operator of the demo."""
    return server.token(role="operator", user="olga")


async def at(page: Page, server: ServerProcess, address: str) -> None:
    """Open a page of the console as an operator, and wait until it is there."""
    await enter(page, server, address, role="operator")
    await expect(page.locator("main[aria-busy]")).to_have_count(0)


def make(server: ServerProcess, operator: str, weights: dict[str, int], **fields: object) -> dict[str, Any]:
    """A draft whose rewards pay nothing, by their codes."""
    rewards = [
        {"reward_slug": slug, "reward_label": slug.title(), "reward_type": "none", "weight": weight}
        for slug, weight in weights.items()
    ]
    name = f"Reef {uuid4().hex[:6]}"
    body = {"wheel_name": name, "wheel_slug": name.lower().replace(" ", "-"), "rewards": rewards, **fields}
    status, made = server.call("POST", "/api/v1/wheels", token=operator, body=body)
    assert status == 201, made
    return dict(made)


def stored(server: ServerProcess, operator: str, wheel_id: str) -> dict[str, Any]:
    return dict(server.get(f"/api/v1/wheels/{wheel_id}", operator)[1])


def widths(wheel: dict[str, Any]) -> list[int]:
    """The positions of each reward, which must share all there are."""
    start = 1
    found = []
    for one in wheel["rewards"]:
        assert one["range_start"] == start
        found.append(one["range_end"] - start + 1)
        start = one["range_end"] + 1
    assert start == SIZE + 1
    return found


def segment(page: Page, name: str) -> Locator:
    """The fields of the segment of this name."""
    return page.locator("#segments > li", has=page.get_by_role("group", name=re.compile(rf"^Segment \d+: {name}$")))


async def save(page: Page) -> None:
    await page.locator("#save").click()
    await expect(page.locator("#save-note")).to_have_text("All is saved.")


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


async def drag(page: Page, border: int, by: tuple[int, int]) -> None:
    """Drag a border's handle by so many pixels, in steps as a hand does."""
    box = await page.locator(".border-handle").nth(border).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + by[0], y + by[1], steps=5)
    await page.mouse.up()


async def shares(page: Page) -> list[str]:
    """What the fields of the shares say."""
    return [await one.input_value() for one in await page.locator('#segments [name="share"]').all()]


async def test_dragged_and_typed_segments_always_sum_and_every_step_can_be_undone(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 25, "b": 25, "c": 25, "d": 25})
    await at(page, server, f"/console/wheels/{made['id']}")
    together = page.locator("#sum")
    await drag(page, 1, (-60, 0))
    dragged = await shares(page)
    assert dragged[:1] + dragged[3:] == ["25", "25"]
    assert float(dragged[1]) > 25
    assert float(dragged[1]) + float(dragged[2]) == 50
    await expect(together).to_have_text("Together 1,000,000 of 1,000,000")

    await segment(page, "D").get_by_label("Share").fill("33.3333")
    await page.keyboard.press("Enter")
    # A set of nothing but misses gives way at its widest, the one that the page has chosen.
    assert (await shares(page))[3] == "33.3333"
    await expect(together).to_have_text("Together 1,000,000 of 1,000,000")
    await page.locator("#rest").select_option("")
    await segment(page, "A").get_by_label("Share").fill("10")
    await page.keyboard.press("Enter")
    proportional = await shares(page)
    assert proportional[0] == "10"
    assert sum(round(float(one) * 10_000) for one in proportional) == SIZE
    await page.locator("#unit").select_option("weight")
    for name, weight in {"A": "1", "B": "1", "C": "1", "D": "4"}.items():
        await segment(page, name).get_by_label("Share").fill(weight)
        await page.keyboard.press("Enter")
    assert await shares(page) == ["1", "1", "1", "4"]
    await save(page)
    assert widths(stored(server, operator, made["id"])) == [142_857, 142_857, 142_857, 571_429]

    for _ in ("border", "D", "rest", "A", "unit", *"ABCD"):
        await page.locator("#undo").click()
    await expect(page.locator("#undo")).to_be_disabled()
    assert await shares(page) == ["25", "25", "25", "25"]
    await page.locator("#redo").click()
    assert await shares(page) == dragged
    await save(page)
    assert widths(stored(server, operator, made["id"])) == [round(float(one) * 10_000) for one in dragged]


async def test_the_shares_are_the_servers_own_to_the_last_position(server: ServerProcess, desktop: OpenPage) -> None:
    page = await desktop()
    await at(page, server, "/console/wheels")
    chance = Random(7)
    cases = [([1, 1, 1], 1000), ([5, 1, 1, 5], SIZE - 1)]
    for _ in range(60):
        count = chance.randint(1, 12)
        size = chance.choice([count, 1000, SIZE, 2**32])
        cases.append(([chance.randint(1, 10 ** chance.randint(1, 9)) for _ in range(count)], size))
    made = await page.evaluate(
        """async (cases) => {
          const { byWeights, drawn } = await import("/static/js/wheel-editor/shares.js");
          return cases.map(([weights, size]) => {
            const widths = byWeights(weights, size);
            return [widths, drawn(widths).map(({ start, sweep }) => [start, sweep])];
          });
        }""",
        cases,
    )
    for (weights, size), (found, angles) in zip(cases, made, strict=True):
        assert sum(found) == size
        assert min(found) >= 1
        exact = largest_remainder([Decimal(weight) for weight in weights], size)
        if 0 not in exact:
            assert found == exact
        for drawn, (start, sweep) in zip(segments(found), angles, strict=True):
            assert (start, sweep) == pytest.approx((drawn.start_deg, drawn.sweep_deg), abs=1e-5)


async def test_what_the_server_refuses_is_said_beside_each_field_that_it_names(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 1, "b": 1})
    await at(page, server, f"/console/wheels/{made['id']}")
    await page.locator("#facts").get_by_label("Code").fill("not a code")
    first, second = segment(page, "A"), segment(page, "B")
    await first.get_by_label("Pays").select_option("cash")
    await first.get_by_label("Amount").fill("1.005")
    await second.locator("summary").click()
    await second.get_by_label("Code").fill("a")
    await second.get_by_label("Stock in all").fill("many")
    await page.locator("#save").click()
    await expect(second.locator('[data-field="reward_detail.stock.total"] .fault')).to_have_text(
        "must be a whole number"
    )
    await second.get_by_label("Stock in all").fill("5")
    await page.locator("#save").click()
    await expect(page.locator('[data-field="wheel_slug"] .fault')).to_contain_text("regex")
    await page.locator("#facts").get_by_label("Code").fill(made["wheel_slug"])
    await expect(page.locator('[data-field="wheel_slug"] .fault')).to_be_empty()
    await page.locator("#save").click()
    await expect(first.locator('[data-field="reward_detail.amount"] .fault')).to_contain_text("more decimals than EUR")
    await expect(second.locator('[data-field="reward_slug"] .fault')).to_contain_text("already the slug")
    await expect(page.locator("#refusal")).to_contain_text("2 are marked where they are")
    await first.get_by_label("Amount").fill("1.50")
    await second.get_by_label("Code").fill("b")
    await page.locator("#save").click()
    await expect(second.locator('[data-field="reward_detail.fallback"] .fault')).to_contain_text("when it has run out")
    assert stored(server, operator, made["id"])["row_version"] == made["row_version"]


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


async def test_the_keyboard_alone_moves_a_border_saves_and_undoes(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    made = make(server, operator, {"a": 1, "b": 1, "c": 2})
    await at(page, server, f"/console/wheels/{made['id']}")
    border = page.get_by_role("slider", name="Border of A and B")
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await border.evaluate("(one) => one === document.activeElement"):
            break
    await expect(border).to_be_focused()
    for key in ("PageUp", "ArrowRight", "ArrowRight", "Shift+ArrowLeft"):
        await page.keyboard.press(key)
    await expect(border).to_have_attribute("aria-valuetext", "26.1999 % and 23.8001 %")
    await page.keyboard.press("Control+s")
    await expect(page.locator("#save-note")).to_have_text("All is saved.")
    assert widths(stored(server, operator, made["id"])) == [261_999, 238_001, 500_000]
    await page.keyboard.press("End")
    await expect(border).to_have_attribute("aria-valuenow", "499999")
    await page.keyboard.press("Control+z")
    await expect(border).to_have_attribute("aria-valuenow", "261999")
    await page.keyboard.press("Control+z")
    await expect(border).to_have_attribute("aria-valuenow", "250000")
    await page.keyboard.press("Control+Shift+z")
    await expect(border).to_have_attribute("aria-valuenow", "261999")


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
    done(server.call("POST", f"{path}/status", token=operator, body={"to": "paused", "reason": "elsewhere"}))
    await expect(page.locator("#standing .status")).to_have_attribute("data-status", "paused")


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


async def test_a_simulation_shows_figures_and_a_picture_can_be_stopped_and_asks_for_costs_that_it_does_not_know(
    server: ServerProcess, operator: str, desktop: OpenPage
) -> None:
    page = await desktop()
    cap = {"reward_slug": "cap", "reward_label": "Cap", "reward_type": "in_kind", "reward_detail": {"item": "A cap"}}
    none = {"reward_slug": "none", "reward_label": "None", "reward_type": "none"}
    made = make(server, operator, {}, rewards=[{**cap, "weight": 1}, {**none, "weight": 3}])
    await at(page, server, f"/console/wheels/{made['id']}")
    await page.get_by_role("button", name="Simulate").click()
    await expect(page.locator('[data-field="costs.cap"] .fault')).not_to_be_empty()
    await page.get_by_label("What cap costs you").fill("8")
    await page.locator("#simulate").get_by_label("A chance costs the player").fill("4")
    await page.locator("#simulate").get_by_label("Spins", exact=True).fill("1000")
    await page.get_by_role("button", name="Simulate").click()
    figure = page.locator("#simulation .figure-card")
    await expect(figure.filter(has_text="Hit rate")).to_contain_text("25%")
    await expect(figure.filter(has_text="A spin costs")).to_contain_text("€2.00")
    await expect(figure.filter(has_text="Return to player")).to_contain_text("50%")
    await expect(figure.filter(has_text="1,000 spins cost")).to_contain_text("€2,000.00")
    await expect(figure.filter(has_text="Not exceeded in 95%")).to_contain_text("€2,1")
    await expect(page.locator("#simulation canvas")).to_be_visible()
    await expect(page.locator('#simulation [data-reward="cap"]')).to_contain_text("250.0")

    # With stock that can run out, many spins are played over and over, and the page says how far it is.
    await segment(page, "Cap").locator("summary").click()
    await segment(page, "Cap").get_by_label("Stock in all").fill("200")
    await segment(page, "Cap").get_by_label("Once run out").select_option(label="None (none)")
    await save(page)
    await page.evaluate(
        """() => { window.shares = []; const progress = document.getElementById("simulation-progress");
        new MutationObserver(() => shares.push(progress.value)).observe(progress, { attributeFilter: ["value"] }); }"""
    )
    await page.get_by_role("button", name="Simulate").click()
    await expect(page.locator('#simulation [data-reward="cap"]')).to_contain_text("100%")
    told = await page.evaluate("shares")
    assert any(0 < share < 1 for share in told)
    assert told[:-1] == sorted(told[:-1])

    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/simulate", hold)
    await page.get_by_role("button", name="Simulate").click()
    await expect(page.locator("#simulation-progress")).to_be_visible()
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("button", name="Simulate")).to_be_enabled()
    await expect(page.locator("#simulation-problem")).to_be_empty()
    await expect(figure.filter(has_text="1,000 spins cost")).to_be_visible()
    assert len(held) == 1


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
    await expect(story).to_contain_text(f"{play['reward']['label']} ({play['reward']['slug']})")
    await expect(story).to_contain_text(play["server_seed_hash"])
    await at(page, server, "/console")
    await expect(page.locator('[data-figure="hits"] dt')).to_contain_text("hit rate of the newest")


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
    await desk.get_by_label("To the player").fill("player-rosa")
    await desk.get_by_label("How many").fill("3")
    await desk.get_by_label("Why").fill("A long queue")
    await desk.get_by_label("On the wheel").select_option(label=wheel["wheel_name"])
    await desk.get_by_role("button", name="Give", exact=True).click()
    await expect(desk.locator("#confirm-words")).to_contain_text(f"3 chances to spin on {wheel['wheel_name']}")
    await desk.locator("#confirm-yes").click()
    await expect(player.locator("#chances")).to_have_text(str(before + 3))
    await desk.locator("#filter").get_by_label("Player").fill("player-rosa")
    row = desk.locator("#chances tbody tr").filter(has_text="A long queue")
    await expect(row).to_contain_text("3 of 3")
    await expect(row).to_contain_text(wheel["wheel_name"])
    await row.get_by_role("button", name="Take back").click()
    await expect(desk.locator("#confirm-words")).to_contain_text("player-rosa loses 3 chances")
    await desk.locator("#confirm-reason").fill("Given by mistake")
    await desk.locator("#confirm-yes").click()
    await expect(row.locator(".status")).to_have_text("taken back")
    await expect(player.locator("#chances")).to_have_text(str(before))
