"""Finds the Chromium that the browser tests drive, and gets one where there is none.

The order: `$CHROMIUM`, then the names below on PATH, then Playwright's own. A candidate counts only when it
starts: Ubuntu's `chromium-browser` may be a note that asks for a snap.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowserError(Exception):
    """No Chromium was found, nor could one be installed; the message says what to do."""


def find() -> str | None:
    """The path of a Chromium that starts, or None. A `$CHROMIUM` that does not start is an error, never passed over."""
    if named := os.environ.get("CHROMIUM"):
        if not _starts(named):
            raise NoBrowserError(f"CHROMIUM names {named}, which does not start. Correct or unset it.")
        return named
    return next((path for path in _candidates() if _starts(path)), None)


def find_or_install() -> str:
    """The path of a Chromium that starts, installed if need be."""
    if path := find():
        return path
    for command in _installers():
        print("No Chromium here. Installing one:", " ".join(command), file=sys.stderr)
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if path := find():
            return path
    raise NoBrowserError("No Chromium was found or could be installed. Install one and put its path into CHROMIUM.")


def _candidates() -> Iterator[str]:
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        yield own


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _installers() -> Iterator[list[str]]:
    playwright = [sys.executable, "-m", "playwright", "install"]
    if os.geteuid() != 0:
        yield [*playwright, "chromium"]
        return
    if _distribution() == "debian":
        yield ["apt-get", "update", "-qq"]
        yield ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    yield [*playwright, "--with-deps", "chromium"]


def _distribution() -> str | None:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return None


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoBrowserError as error:
        sys.exit(str(error))
