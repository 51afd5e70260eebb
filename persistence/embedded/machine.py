"""The machine's size, as far as a database is concerned."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024

#: Where Linux says how much memory the container may use: version 2, then version 1 of control groups.
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the system's own place
#: What parallel queries may ask of shared memory. Docker gives 64 MiB unless told otherwise.
SHARED_MEMORY_WANTED = 256 * MIB


@dataclass(frozen=True)
class Machine:
    """What there is to share out."""

    #: Bytes of memory, the container's limit where there is one.
    memory: int
    #: Bytes free on the disk of the data folder.
    disk_free: int
    cores: int
    #: Whether POSIX shared memory is roomy enough to build on.
    roomy_shared_memory: bool


def measure(folder: Path) -> Machine:
    """Measure this machine and the disk that holds `folder`."""
    return Machine(
        memory=_memory(),
        disk_free=shutil.disk_usage(folder).free,
        cores=os.cpu_count() or 1,
        roomy_shared_memory=SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).total >= SHARED_MEMORY_WANTED,
    )


def _memory() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [int(text) for text in map(_read, CGROUP_LIMITS) if text.isdigit()]
    return min([physical, *limits])


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
