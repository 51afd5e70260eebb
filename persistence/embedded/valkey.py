"""The embedded Valkey, which stands in for Redis.

It keeps nothing on disk: what the server puts there (leaderboards, presence, history, caches) is a projection that
is rebuilt from Postgres, and an old copy read back after a crash would be worse than none, being noticed by nobody.
"""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from persistence.embedded.machine import MIB, measure

SOCKET_NAME = "valkey.sock"
ANSWER_WITHIN_S = 1.0
LEAST_MEMORY, MOST_MEMORY = 64 * MIB, 4096 * MIB


@dataclass(frozen=True)
class Valkey:
    """The Valkey of one data folder (see `keeper.Service`)."""

    server: Path
    #: Where its processes work; nothing is kept there.
    folder: Path
    socket_folder: Path

    name = "Valkey"
    stop_signals = (signal.SIGTERM,)

    @property
    def socket(self) -> Path:
        """The path that it listens on."""
        return self.socket_folder / SOCKET_NAME

    def url(self) -> str:
        """A URL that redis-py reads."""
        return f"unix://{quote(str(self.socket))}"

    def prepare(self) -> None:
        """Nothing is kept, so nothing has to be made ready."""

    def program(self) -> list[str]:
        memory = min(max(measure(self.folder).memory // 8, LEAST_MEMORY), MOST_MEMORY)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory": str(memory),
            # Better a refused write, which is seen, than a leaderboard that has lost players.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            # Its command line stays as it is, where the folder can be read.
            "set-proc-title": "no",
            "loglevel": "notice",
        }
        return [str(self.server), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_WITHIN_S)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def settle(self) -> None:
        """It is ready as soon as it answers."""
