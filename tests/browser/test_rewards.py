"""A player's purse, and an operator at the rewards and webhooks of the house."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import enter, live, sign_in
from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that may call this machine."""
    data = tmp_path_factory.mktemp("browser") / "data"
    with ServerProcess(data, environment={"WHEELHOUSE_WEBHOOK_PRIVATE": "1"}) as running:
        yield running


def win(server: ServerProcess, token: str, kinds: tuple[str, ...], spins: range) -> str | None:
    """Spin until something of these kinds is won; its label."""
    wheel_id = server.get("/api/v1/wheels?wheel_slug=lucky", token)[1]["items"][0]["id"]
    for number in spins:
        path = f"/api/v1/wheels/{wheel_id}/spins?wait=result"
        status, answer = server.call("POST", path, token=token, body={"request_id": f"spin-{number}"})
        assert status == 201, answer
        if answer["result"]["reward"]["type"] in kinds:
            return str(answer["result"]["reward"]["label"])
    return None


async def test_what_is_won_comes_into_an_open_purse_and_the_operators_list(
    server: ServerProcess, phone: OpenPage, desktop: OpenPage
) -> None:
    player, operator = await phone(), await desktop()
    await enter(player, server, "/play", user="player-21")
    await live(player)
    await expect(player.locator("#purse .empty")).to_be_visible()
    token = server.sign_in("player-21")
    assert win(server, token, ("cash", "free_bet", "balance_boost"), range(20)) is not None
    await expect(player.locator("#purse .purse-standing").first).to_have_text("Yours")
    await enter(operator, server, "/console/rewards", role="operator")
    await live(operator)
    await expect(operator.locator("#rewards tbody tr").first).to_contain_text("player-21")
    await operator.get_by_label("Player").fill("nobody-of-that-name")
    await expect(operator.locator("#rewards .empty")).to_be_visible()
    # A thing may have been won on the way, which waits to be shipped.
    await expect(operator.locator("#stuck .empty, #stuck tbody tr").first).to_be_visible()


async def test_an_operator_makes_an_endpoint_keeps_its_secret_and_tests_it(
    server: ServerProcess, desktop: OpenPage
) -> None:
    page = await desktop()
    await enter(page, server, "/console/webhooks", role="operator")
    await live(page)
    await expect(page.locator("#endpoints .empty")).to_be_visible()
    await page.get_by_role("button", name="New endpoint").click()
    await page.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    await page.get_by_label("rewards to pay").uncheck()
    await page.get_by_role("button", name="Make it").click()
    await expect(page.locator("#make-problem")).to_contain_text("event_types")
    await page.get_by_label("games that open").check()
    await page.get_by_role("button", name="Make it").click()
    await expect(page.locator("#secret-text")).to_contain_text("whsec_")
    await page.get_by_role("button", name="I have kept it").click()
    await page.get_by_role("button", name="Test").click()
    await expect(page.locator("#notes")).to_contain_text("did not arrive")
    await expect(page.locator("#log tbody tr").first).to_contain_text("ping")
    await page.get_by_role("button", name="Switch off").click()
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#endpoints .status")).to_have_text("disabled")


async def test_an_operator_reads_the_ledger_down_to_what_moved_on_an_account(
    server: ServerProcess, desktop: OpenPage
) -> None:
    sign_in(server, "player", user="player-in-the-books")
    page = await desktop()
    await enter(page, server, "/console/ledger", role="operator")
    await live(page)
    await expect(page.locator("#verdict")).to_contain_text("Everything balances")
    await expect(page.locator("#trial")).to_contain_text("house")
    await page.get_by_label("Holder").fill("player-in-the-books")
    row = page.locator("#accounts tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("25.00")
    await row.get_by_role("button", name="Entries").click()
    await expect(page.locator("#entries")).to_contain_text("demo:player-in-the-books")
    await page.keyboard.press("Escape")
    await expect(page.locator("#entries")).to_be_hidden()
    await page.get_by_label("Holder").fill("nobody-at-all")
    await expect(page.locator("#accounts")).to_contain_text("No such account")
