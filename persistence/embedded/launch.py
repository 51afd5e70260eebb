"""Starting programs that run as another account and end when we do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import IO

from persistence.embedded.account import Account, may_grant_read_search
from persistence.embedded.errors import AccountUnavailable

#: Run by `sh` after the kernel was asked for the signal: a parent that died before that is noticed here.
WITH_LIVING_PARENT = '[ "$PPID" = "$0" ] && exec "$@"'
GUARD = Path(__file__).with_name("guard.py")
#: A fixed surrounding: messages in English, no PG* variable of the operator's shell.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Launcher:
    """How programs of one account are started.

    On Linux the kernel signals the program when the *thread* that started it ends, so only a thread that lives as
    long as the program may call `spawn`. Elsewhere, or without util-linux, a watchman (`guard.py`) does the same.
    """

    account: Account
    #: Whether the account needs the right to walk through folders that are closed to it.
    reads_past_permissions: bool
    #: The path of util-linux' setpriv, None to use the watchman.
    setpriv: str | None

    def spawn(
        self, program: Sequence[str], *, at_our_end: Signals, folder: Path, log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start `program` in `folder` with its output appended to `log`; it gets `at_our_end` when we die.

        It has a session of its own: Ctrl-C in the server's terminal does not reach it.
        """
        return subprocess.Popen(  # noqa: S603 - programs of the wheels, no shell
            self.command(program, at_our_end),
            stdin=subprocess.DEVNULL if self.setpriv else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=ENVIRONMENT,
            start_new_session=True,
        )

    def command(self, program: Sequence[str], at_our_end: Signals) -> list[str]:
        """The command line that drops rights, binds the program's life to ours, and becomes `program`."""
        if self.setpriv is None:
            uid, gid = (-1, -1) if self.account.is_ours else (self.account.uid, self.account.gid)
            return [sys.executable, "-I", "-S", str(GUARD), *map(str, (at_our_end.value, uid, gid)), *program]
        bound = ["--pdeathsig", at_our_end.name, "/bin/sh", "-c", WITH_LIVING_PARENT, str(os.getpid())]
        return [self.setpriv, *self._drop(), *bound, *program]

    def _drop(self) -> list[str]:
        if self.account.is_ours:
            return []
        drop = [f"--reuid={self.account.uid}", f"--regid={self.account.gid}", "--clear-groups"]
        if self.reads_past_permissions:
            # Without the secure bit access(2) ignores capabilities, and Postgres looks for its own program with it.
            capability = "+dac_read_search"
            drop += [f"--inh-caps={capability}", f"--ambient-caps={capability}", "--securebits=+no_setuid_fixup"]
        return drop


def launcher_for(account: Account, needed: Sequence[Path]) -> Launcher:
    """The launcher for `account`, which has to reach all the paths of `needed`.

    Raises AccountUnavailable where permissions are in the way and the kernel does not let us step over them.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if account.is_ours:
        return Launcher(account, reads_past_permissions=False, setpriv=setpriv)
    closed = next((path for path in needed if not account.reaches(path)), None)
    who = f"the account {account.name}, which would run it"
    if closed is not None and (setpriv is None or not may_grant_read_search()):
        raise AccountUnavailable(
            f"Postgres refuses to run as root, and {who}, cannot reach {closed}: "
            "run the server as an ordinary user, or set WHEELHOUSE_DATA (and install wheelhouse) where everyone may "
            "pass through, such as /var/lib/wheelhouse, or set DATABASE_URL and REDIS_URL."
        )
    return Launcher(account, reads_past_permissions=closed is not None, setpriv=setpriv)
