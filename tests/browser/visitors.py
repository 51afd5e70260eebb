"""Those who visit the pages: signed in as the demo signs them in."""

import json
from typing import Any

from playwright.async_api import Page, expect

from tests.processes import ServerProcess


def sign_in(server: ServerProcess, role: str, *, tenant: str = "demo", user: str | None = None) -> dict[str, str]:
    """Sign in to a house; what the server answers, `token` in it."""
    body = {"tenant": tenant, "role": role, **({"user": user} if user else {})}
    answer: dict[str, str] = done(server.call("POST", "/api/v1/demo/sign-in", body=body))
    return answer


async def enter(
    page: Page,
    server: ServerProcess,
    address: str,
    *,
    role: str = "player",
    tenant: str = "demo",
    user: str | None = None,
) -> None:
    """Open an address as somebody who has just signed in."""
    session = {**sign_in(server, role, tenant=tenant, user=user), "signedInAs": role, "demo": True}
    await page.add_init_script(f"sessionStorage['wheelhouse.session'] ??= {json.dumps(json.dumps(session))}")
    await page.goto(server.url + address)


async def live(page: Page) -> None:
    """Return when the page says that it is live."""
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def done(answer: tuple[int, Any]) -> Any:
    """The body of a call that has succeeded."""
    status, body = answer
    assert status < 300, body
    return body
