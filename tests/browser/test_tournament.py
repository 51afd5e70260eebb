"""A tournament as a player sees it, with ranks that move by themselves; and what an operator does there."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo tenants, for a module's pages."""
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data") as running:
        yield running


@pytest.fixture
async def operator(server: ServerProcess) -> str:
    return await asyncio.to_thread(lambda: server.token(role="operator", user="operator-1"))


async def call(server: ServerProcess, token: str, method: str, path: str, body: object = None) -> Any:
    status, answer = await asyncio.to_thread(lambda: server.call(method, path, token=token, body=body))
    assert status < 300, answer
    return answer


async def give(server: ServerProcess, token: str, tournament_id: str, points: dict[str, int]) -> None:
    entries = [
        {"user_id": user, "points_earned": str(one), "points_source": "bet", "source_event_id": uuid4().hex}
        for user, one in points.items()
    ]
    await call(server, token, "POST", f"/api/v1/tournaments/{tournament_id}/points", {"entries": entries})


async def ranks(page: Page) -> list[str | None]:
    return [await row.get_attribute("data-user") for row in await page.locator("#board [data-user]").all()]


async def test_ranks_move_on_the_players_page_as_points_come(
    server: ServerProcess, operator: str, phone: OpenPage
) -> None:
    page = await phone()
    await page.goto(server.url)
    await page.get_by_role("button", name="Play as a guest").click()
    await page.wait_for_url("**/play")
    await page.get_by_role("link", name="Deep Sea Cup").click()
    await page.wait_for_url("**/play/tournament/*")
    tournament_id = page.url.rsplit("/", 1)[1]
    await expect(page.locator("#board")).to_contain_text("Nobody has scored yet")
    own = await page.evaluate("JSON.parse(sessionStorage.getItem('wheelhouse.session')).user")

    await give(server, operator, tournament_id, {"player-x": 30, own: 20, "player-y": 10})
    await expect(page.locator(f'#board [data-user="{own}"]')).to_have_attribute("data-rank", "2")
    assert await ranks(page) == ["player-x", own, "player-y"]
    await expect(page.locator("#own")).to_have_attribute("data-rank", "2")

    await give(server, operator, tournament_id, {own: 15})
    await expect(page.locator(f'#board [data-user="{own}"]')).to_have_attribute("data-rank", "1")
    assert await ranks(page) == [own, "player-x", "player-y"]
    await expect(page.locator("#own")).to_contain_text("You")
    await expect(page.locator("#board")).not_to_contain_text("player-x")


async def test_an_operator_makes_opens_scores_and_reverses(server: ServerProcess, desktop: OpenPage) -> None:
    page = await desktop()
    await page.goto(f"{server.url}/console/tournaments")
    await page.get_by_role("button", name="New tournament").click()
    await page.get_by_label("Name", exact=True).fill("Evening Cup")
    await page.get_by_label("Starts").fill("2020-01-01T10:00")
    await page.get_by_label("Ends").fill("2090-01-01T10:00")
    await page.get_by_label("Cash prizes").fill("50.00\n20.00")
    await page.get_by_role("button", name="Make a draft").click()
    await page.wait_for_url("**/console/tournaments/*")
    for step, status in (("Open", "registration"), ("Start now", "running")):
        await page.locator("#moves").get_by_role("button", name=step).click()
        await page.locator("#confirm-yes").click()
        await expect(page.locator("#standing .status")).to_have_attribute("data-status", status)

    await page.get_by_label("Player").fill("player-z")
    await page.get_by_label("Points", exact=True).fill("12.5")
    await page.get_by_label("Reason").first.fill("a gift")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator('#board [data-user="player-z"] .board-points')).to_have_text("12.5")

    await page.locator("#ledger").get_by_role("button", name="Reverse").click()
    await page.locator("#confirm-reason").fill("given twice")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#board")).to_contain_text("Nobody has scored yet")
    await expect(page.locator("#ledger .is-reversed")).to_have_count(1)
