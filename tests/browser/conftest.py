"""A real Chromium, and pages in it as large as a phone and a desk."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

import pytest
from playwright.async_api import Browser, Error, Page, ViewportSize, async_playwright, expect

from tests.browser import chromium
from tests.browser.visitors import sign_in
from tests.processes import ServerProcess

# A busy machine is no fault of a page's.
expect.set_options(timeout=20_000)

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1440, height=900)

#: Nothing in the background, nothing over the network but what a page asks for.
ARGUMENTS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class OpenPage(Protocol):
    """Opens a page in a context of its own (own cookies and storage)."""

    async def __call__(self, **context: Any) -> Page:
        """`context` is Playwright's `new_context`: color_scheme="dark", reduced_motion="reduce", locale="ar" …"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo tenants, for tests that do not mind what others have done there."""
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data") as running:
        yield running


@pytest.fixture
def operator(server: ServerProcess) -> str:
    """A token of an operator of the demo house."""
    return sign_in(server, "operator")["token"]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Fails, and never skips, where no Chromium can be had."""
    return chromium.find_or_install()


@pytest.fixture(scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Chromium's sandbox refuses root, and many containers refuse the sandbox; the only pages here are our own.
        running = await playwright.chromium.launch(
            executable_path=chromium_path, args=ARGUMENTS, chromium_sandbox=False
        )
        yield running
        await running.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[OpenPage]:
    async with _pages(browser, viewport=PHONE, device_scale_factor=3, is_mobile=True, has_touch=True) as open_page:
        yield open_page


@pytest.fixture
async def desktop(browser: Browser) -> AsyncIterator[OpenPage]:
    async with _pages(browser, viewport=DESKTOP) as open_page:
        yield open_page


@asynccontextmanager
async def _pages(browser: Browser, **defaults: Any) -> AsyncIterator[OpenPage]:
    """Closes what was opened, and fails the test when a page threw something that nobody caught."""
    thrown: list[Error] = []

    def note(error: Error) -> None:
        thrown.append(error)

    async with AsyncExitStack() as opened:

        async def open_page(**context: Any) -> Page:
            made = await browser.new_context(**(defaults | context))
            opened.push_async_callback(made.close)
            page = await made.new_page()
            page.on("pageerror", note)
            return page

        yield open_page
    assert not thrown, f"uncaught in the page: {[str(error) for error in thrown]}"
