"""An operator sees an alert come, sees to it, blocks the player, and ends it with a reason, or for a time."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.visitors import done, live, sign_in
from tests.browser.wheel_desk import at, make
from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that looks at plays at once, and holds everybody who spins within ten seconds for software."""
    settings = {
        "PLAY_WATCH_BEHIND_S": "0.05",
        "PLAY_WATCH_EVERY_S": "0.2",
        "RHYTHM_REACTIONS": "10",
        "RHYTHM_INSTANT_MS": "10001",
        "RHYTHM_INSTANT_SHARE": "0.5",
    }
    environment = {f"WHEELHOUSE_{name}": value for name, value in settings.items()}
    with ServerProcess(tmp_path_factory.mktemp("alerts") / "data", environment=environment) as running:
        yield running


def play(server: ServerProcess, user: str) -> None:
    """Twelve spins, one after another."""
    operator = sign_in(server, "operator")["token"]
    wheel = make(server, operator, {"sand": 1}, spin_config={"duration_ms": 100})
    done(server.call("POST", f"/api/v1/wheels/{wheel['id']}/status", token=operator, body={"to": "active"}))
    token = sign_in(server, "player", user=user)["token"]
    for number in range(12):
        path = f"/api/v1/wheels/{wheel['id']}/spins?wait=result"
        done(server.call("POST", path, token=token, body={"request_id": f"spin-{number}"}))


async def test_an_alert_comes_live_is_acknowledged_and_resolved_and_its_player_blocked(
    watched: ServerProcess, desktop: OpenPage
) -> None:
    page = await desktop()
    await at(page, watched, "/console/alerts")
    await live(page)
    standing = page.get_by_role("region", name="Waiting for you")
    await expect(standing).to_contain_text("All is quiet.")
    await asyncio.to_thread(play, watched, "player-quick")
    alert = standing.get_by_role("listitem").filter(has_text="Spins like software")
    await expect(alert).to_contain_text("player-quick spins")
    link = page.get_by_role("navigation", name="Console").get_by_role("link", name="Alerts")
    await expect(link).to_contain_text("1")
    await alert.get_by_role("button", name="Acknowledge").click()
    await expect(alert).to_contain_text("sees to it")
    await expect(link).to_have_text("Alerts")

    await alert.get_by_role("button", name="Block player").click()
    await page.get_by_label("Reason").fill("software")
    await page.locator("#confirm-yes").click()
    await expect(page.locator("#notes")).to_contain_text("player-quick is blocked.")

    await alert.get_by_role("button", name="Resolve").click()
    await page.get_by_label("Reason").fill("blocked the player")
    await page.locator("#confirm-yes").click()
    await expect(standing).to_contain_text("All is quiet.")
    ended = page.get_by_role("region", name="All alerts").get_by_role("listitem")
    await expect(ended).to_contain_text("blocked the player")
    await ended.get_by_role("link", name="The player's spins").click()
    await page.wait_for_url("**/console/spins?user_id=player-quick")
    await page.locator("#spins tbody th a").first.click()
    await expect(page.get_by_role("button", name="Block player")).to_be_visible()


async def test_an_alert_is_suppressed_for_as_long_as_the_operator_says(
    watched: ServerProcess, desktop: OpenPage
) -> None:
    page = await desktop()
    await at(page, watched, "/console/alerts")
    await live(page)
    standing, ended = (page.get_by_role("region", name=name) for name in ("Waiting for you", "All alerts"))
    for player, choice, days in (("player-week", "a week", 7), ("player-ever", "good", None)):
        await asyncio.to_thread(play, watched, player)
        alert = standing.get_by_role("listitem").filter(has_text=player)
        await alert.get_by_role("button", name="Suppress").click()
        span = page.get_by_role("combobox", name="For")
        await expect(span).to_have_value("30")
        await span.select_option(label=choice)
        await page.get_by_label("Reason").fill("a tester of ours")
        await page.locator("#confirm-yes").click()
        await expect(alert).to_have_count(0)
        shown = ended.get_by_role("listitem").filter(has_text=player)
        await expect(shown).to_contain_text("suppressed")
        await expect(shown).to_contain_text("Until" if days else "For good.")
        token = sign_in(watched, "operator")["token"]
        found = watched.get("/api/v1/alerts?alert_status=suppressed", token)[1]["items"]
        (one,) = (one for one in found if one["alert_metadata"]["user_id"] == player)
        if days is None:
            assert one["suppressed_until"] is None
        else:
            lasts = datetime.fromisoformat(one["suppressed_until"]) - datetime.fromisoformat(one["ended_at"])
            assert abs(lasts - timedelta(days=days)) < timedelta(minutes=1)
