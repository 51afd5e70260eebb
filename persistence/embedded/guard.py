"""A watchman for systems whose kernel does not tell children of their parent's death.

Run as a program, `guard.py <signal> <uid> <gid> <program> …`, with a pipe for its input whose other end only the
server holds. It starts the program, passes on the signals that end it, and sends `signal` when the pipe breaks,
which happens however the server ends. A negative uid leaves the account as it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def main(arguments: list[str]) -> int:
    """Run the program of `arguments` (see above) and return its exit status."""
    number, uid, gid = map(int, arguments[:3])
    if uid < 0:
        child = subprocess.Popen(arguments[3:], stdin=subprocess.DEVNULL)  # noqa: S603 - what the launcher gave us
    else:
        child = subprocess.Popen(  # noqa: S603 - what the launcher gave us
            arguments[3:], stdin=subprocess.DEVNULL, user=uid, group=gid, extra_groups=[]
        )
    for passed in PASSED_ON:
        signal.signal(passed, lambda caught, _: child.send_signal(caught))
    threading.Thread(target=_end_with_parent, args=(child, number), daemon=True).start()
    return child.wait()


def _end_with_parent(child: subprocess.Popen[bytes], number: int) -> None:
    # Not through sys.stdin, whose lock would be held when the program ends first.
    while os.read(0, 1):
        pass
    child.send_signal(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
