"""One service's life: started, watched, started again when it dies, stopped."""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from persistence.embedded import leftovers
from persistence.embedded.errors import EmbeddedError, ServiceFailed
from persistence.embedded.launch import Launcher

log = logging.getLogger("wheelhouse.embedded")

POLL_S = 0.02
PROGRESS_EVERY_S = 5.0
#: Failed starts in a row before `start` gives up; later, with a server depending on it, a keeper never gives up.
ATTEMPTS = 4
PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
#: A log is cut to its last part when it has grown beyond this.
LOG_BYTES = 8 * 1024 * 1024
LOG_CHECK_S = 30.0
STOP_PATIENCE_S = 20.0


class Service(Protocol):
    """A program that a keeper keeps alive."""

    @property
    def name(self) -> str:
        """What to call it in a log."""

    @property
    def folder(self) -> Path:
        """The folder that all its processes work in."""

    @property
    def stop_signals(self) -> Sequence[signal.Signals]:
        """What ends it, the gentlest first."""

    def prepare(self) -> None:
        """Make its files ready; called before every start, when none of its processes is alive."""

    def program(self) -> list[str]:
        """The command line."""

    def answers(self) -> bool:
        """Whether it takes requests now."""

    def settle(self) -> None:
        """Called when it answers, before anyone is told of it."""


class Keeper:
    """Keeps one service alive from a thread of its own.

    The thread starts every process of the service and lives until the service has been stopped, because Linux ties
    a child's life to the thread that started it.
    """

    def __init__(self, service: Service, launcher: Launcher, log_file: Path) -> None:
        self._service = service
        self._launcher = launcher
        self._log_file = log_file
        self._thread = threading.Thread(target=self._keep, name=f"keeper-{service.name}", daemon=True)
        self._stopping = threading.Event()
        #: Set while the service answers.
        self._up = threading.Event()
        #: Set when the first start has succeeded or was given up, for the reason in `_fault`.
        self._decided = threading.Event()
        self._fault: Exception | None = None
        self._child: subprocess.Popen[bytes] | None = None
        #: How often the service has come up; more than one means that it died in between.
        self.starts = 0

    @property
    def is_up(self) -> bool:
        """Whether the service answered when it was last started and has not ended since."""
        return self._up.is_set()

    def start(self) -> None:
        """Start the service and return when it answers, however long its recovery takes.

        Raises EmbeddedError when it does not come up.
        """
        self._thread.start()
        while not self._decided.wait(PROGRESS_EVERY_S):
            log.info("%s is still starting", self._service.name)
        if self._fault is not None:
            self._thread.join()
            raise self._fault

    def stop(self) -> None:
        """Stop the service, gently first, and return when it is gone."""
        self._stopping.set()
        for number in (*self._service.stop_signals, signal.SIGKILL):
            child = self._child
            if child is not None and child.poll() is None:
                child.send_signal(number)
            self._thread.join(STOP_PATIENCE_S)
            if not self._thread.is_alive():
                break
        leftovers.clear(self._service.folder, self._service.stop_signals)

    def _keep(self) -> None:
        """The thread: it ends when the service has been stopped, or when the first start was given up."""
        try:
            self._keep_alive()
        finally:
            self._up.clear()
            if self.starts == 0 and self._fault is None:
                self._fault = ServiceFailed(f"{self._service.name} was stopped before it answered.")
            self._decided.set()

    def _keep_alive(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                child = self._launch()
            except (EmbeddedError, OSError, subprocess.SubprocessError) as fault:
                failures += 1
                passing = isinstance(fault, ServiceFailed) and failures < ATTEMPTS
                if self.starts == 0 and not passing:
                    self._fault = fault
                    return
                if not self._stopping.is_set():
                    log.warning("%s does not start: %s", self._service.name, fault)
                self._stopping.wait(min(PAUSE_S * 2**failures, LONGEST_PAUSE_S))
            else:
                failures = 0
                self._await_end(child)

    def _launch(self) -> subprocess.Popen[bytes]:
        service = self._service
        leftovers.clear(service.folder, service.stop_signals)
        service.prepare()
        with self._log_file.open("ab") as output:
            child = self._launcher.spawn(
                service.program(), at_our_end=service.stop_signals[0], folder=service.folder, log=output
            )
        self._child = child
        try:
            self._await_answer(child)
            service.settle()
            self.starts += 1
            self._up.set()
        finally:
            if not self._up.is_set():
                self._end(child)
        self._decided.set()
        return child

    def _await_answer(self, child: subprocess.Popen[bytes]) -> None:
        """Return when the service answers; a recovery may take as long as it takes."""
        while not self._service.answers():
            if child.poll() is not None:
                ended = f"{self._service.name} ended with {child.returncode} before it answered."
                raise ServiceFailed(f"{ended} {self._last_words()}")
            if self._stopping.is_set():
                raise ServiceFailed(f"{self._service.name} was stopped before it answered.")
            time.sleep(POLL_S)

    def _await_end(self, child: subprocess.Popen[bytes]) -> None:
        if self._stopping.is_set():
            self._end(child)
        while not _ended_within(child, LOG_CHECK_S):
            self._cut_log()
        self._up.clear()
        if not self._stopping.is_set():
            log.warning("%s ended with %s and is started again", self._service.name, child.returncode)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        for number in (*self._service.stop_signals, signal.SIGKILL):
            if child.poll() is None:
                child.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                child.wait(STOP_PATIENCE_S)
                return

    def _cut_log(self) -> None:
        """Keep the last quarter. The service appends, so what it writes meanwhile lands after that."""
        try:
            if self._log_file.stat().st_size <= LOG_BYTES:
                return
            with self._log_file.open("r+b") as file:
                file.seek(-LOG_BYTES // 4, os.SEEK_END)
                rest = file.read()
                file.seek(0)
                file.truncate()
                file.write(rest)
        except OSError as fault:
            log.warning("the log %s cannot be cut: %s", self._log_file, fault)

    def _last_words(self) -> str:
        lines = self._log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-6:]
        return "Its log ends: " + " / ".join(lines) if lines else "It logged nothing."


def _ended_within(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end of `child`, through a descriptor where the system has one, so that waiting costs nothing."""
    try:
        descriptor = os.pidfd_open(child.pid)  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError):
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        poller.poll(seconds * 1000)
    finally:
        os.close(descriptor)
    return child.poll() is not None
