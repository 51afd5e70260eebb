"""Processes that outlived the server which started them.

A server killed by `kill -9` leaves services that are still shutting down, and a killed postmaster leaves backends.
Nothing new may be started on their files until the last of them is gone.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from persistence.embedded.errors import ServiceFailed

log = logging.getLogger("wheelhouse.embedded")

PATIENCE_S = 10.0
POLL_S = 0.02
#: What the services' processes are called; whoever else works in the folder, a shell say, is left alone.
PROGRAMS = ("postgres", "valkey-server")
#: Where Linux shows its processes. Elsewhere the main ones are known by the folder in their command line.
PROCESSES = Path("/proc")
LISTING = ("/bin/ps", "-axwwo", "pid=,command=")


def running_in(folder: Path) -> list[int]:
    """The ids of our services' processes that work in `folder`."""
    if PROCESSES.is_dir():
        return [int(entry.name) for entry in PROCESSES.iterdir() if entry.name.isdigit() and _works_in(entry, folder)]
    listing = subprocess.run(LISTING, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a constant
    rows = (line.strip().partition(" ") for line in listing.splitlines())
    options = (f" -D {folder} ", f" --dir {folder} ")
    return [int(pid) for pid, _, command in rows if any(option in command for option in options)]


def clear(folder: Path, signals: Sequence[signal.Signals]) -> None:
    """End what still works in `folder`, gently first, and return when nothing does.

    Raises ServiceFailed when something withstands even SIGKILL.
    """
    for number in (*signals, signal.SIGKILL):
        pids = running_in(folder)
        if not pids:
            return
        log.info("waiting for the end of %d processes left over in %s", len(pids), folder)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + PATIENCE_S
        while running_in(folder) and time.monotonic() < deadline:
            time.sleep(POLL_S)
    if pids := running_in(folder):
        raise ServiceFailed(f"The processes {pids} still work in {folder} and do not end: end them by hand.")


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "comm").read_text().strip() in PROGRAMS and (process / "cwd").samefile(folder)
    except OSError:
        return False
