"""Who runs the services: ourselves, or, since Postgres refuses root, an account without rights."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from persistence.embedded.errors import AccountUnavailable

#: Accounts to drop to, the first that exists. All are made for programs that own nothing.
UNPRIVILEGED = ("nobody", "_nobody", "daemon")
#: CAP_DAC_READ_SEARCH of Linux: walk through folders and read files whatever their permissions, write nothing.
READ_SEARCH_BIT = 2


@dataclass(frozen=True)
class Account:
    """The system account that runs the services."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether the services run as whoever we are, so that nothing has to be dropped."""
        return self.uid == os.geteuid()

    def reaches(self, path: Path) -> bool:
        """Whether permissions let this account walk to `path` and read it."""
        path = path.resolve()
        return all(self._may(folder, 1) for folder in path.parents) and self._may(path, 5 if path.is_dir() else 4)

    def _may(self, path: Path, wanted: int) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            granted = stat.S_IMODE(status.st_mode) >> 6
        elif status.st_gid == self.gid:
            granted = stat.S_IMODE(status.st_mode) >> 3
        else:
            granted = stat.S_IMODE(status.st_mode)
        return granted & wanted == wanted


def choose_account(cluster: Path) -> Account:
    """The account for the services whose Postgres cluster is, or will be, in `cluster`.

    As an ordinary user: that user. As root: whoever owns the cluster already, else the first unprivileged account.
    Raises AccountUnavailable, saying what to do.
    """
    owner = cluster.stat().st_uid if cluster.is_dir() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise AccountUnavailable(
                f"{cluster} belongs to the user id {owner}: run the server as that user or as root, "
                "or set WHEELHOUSE_DATA to a folder of your own."
            )
        return _account(os.geteuid())
    if owner:
        return _account(owner)
    for name in UNPRIVILEGED:
        try:
            return _account(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise AccountUnavailable(
        f"Postgres refuses to run as root, and none of the accounts {', '.join(UNPRIVILEGED)} exists: "
        "run the server as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def may_grant_read_search() -> bool:
    """Whether we hold the Linux capability to read past permissions, and so can hand it down."""
    if sys.platform != "linux":
        return False
    lines = Path("/proc/self/status").read_text().splitlines()
    masks = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return all(int(masks.get(key, "0"), 16) >> READ_SEARCH_BIT & 1 for key in ("CapPrm", "CapBnd"))


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise AccountUnavailable(
            f"The user id {uid} has no name on this system, which Postgres insists on: "
            "run the server as a named user, or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
