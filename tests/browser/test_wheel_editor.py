"""The wheel editor: dragged, typed and moved by keys, shares always sum; faults stand at their fields; simulation."""

from decimal import Decimal
from random import Random

import pytest
from playwright.async_api import Page, Route, expect

from games.wheel.angles import segments
from games.wheel.ranges import largest_remainder
from tests.browser.conftest import OpenPage
from tests.browser.wheel_desk import SIZE, at, make, save, segment, shares, stored, widths
from tests.processes import ServerProcess


async def drag(page: Page, border: int, by: tuple[int, int]) -> None:
    """Drag a border's handle by so many pixels, in steps as a hand does."""
    box = await page.locator(".border-handle").nth(border).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + by[0], y + by[1], steps=5)
    await page.mouse.up()


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
