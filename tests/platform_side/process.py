"""Starts, kills and asks the platform's process."""

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Self

from tests.platform_side.books import Books
from tests.processes import ROOT


class PlatformProcess:
    """A platform with books of its own in `folder`; after a kill it comes back at the same address."""

    def __init__(
        self, folder: Path, *, seed: int = 1, share: float = 0.0, wrongs: str = "", late_s: float = 1.0
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._words = [str(seed), str(share), str(late_s), wrongs]
        self._folder = folder
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        words = [str(self._folder), str(self._port), *self._words]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.platform_side", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline().split()[1])
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def wallet_url(self) -> str:
        return f"{self.url}/wallet"

    def control(self, what: str, body: str = "") -> str:
        """Ask for something out of band: keep/<name>, hold, held, calls, release, share/<share>."""
        request = urllib.request.Request(f"{self.url}/control/{what}", data=body.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def books(self) -> Books:
        return Books(self._folder / "books.sqlite")

    def kill(self) -> None:
        """Kill -9."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._ended()

    def _ended(self) -> None:
        assert self._process is not None
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
