"""A Valkey process that a test may treat as badly as it likes."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from persistence.embedded.binaries import valkey_server


class ValkeyProcess:
    """A Valkey on a unix socket in `folder`, which keeps nothing unless told to."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers."""
        self._process = subprocess.Popen(
            [
                valkey_server(),
                "--port",
                "0",
                "--unixsocket",
                self.socket,
                "--dir",
                self._folder,
                "--save",
                "",
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < end, "Valkey did not come up"
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill -9; whoever is connected sees it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.socket.unlink(missing_ok=True)

    def freeze(self) -> None:
        """Let it be silent, its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes:
        """The beginning of what it answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(1024)

    def _answers(self) -> bool:
        try:
            return self.command("PING").startswith(b"+PONG")
        except OSError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.kill()
