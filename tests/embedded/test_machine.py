"""Settings for the machine's size, and machines that no wheel is made for."""

import subprocess
import sys
from pathlib import Path

import pytest

from persistence.embedded.folder import fits
from persistence.embedded.machine import MIB, Machine, measure
from persistence.embedded.postgres import settings

ROOM = Path(__file__).parents[2]


def chosen(machine: Machine) -> dict[str, str]:
    lines = (line for line in settings(machine).splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}


def test_a_small_machine_is_left_room():
    small = chosen(Machine(memory=512 * MIB, disk_free=3000 * MIB, cores=1, roomy_shared_memory=False))
    assert small["shared_buffers"] == "64MB"
    assert small["max_wal_size"] == "300MB"
    assert small["dynamic_shared_memory_type"] == "mmap"
    assert small["max_parallel_workers_per_gather"] == "0"


def test_a_large_machine_is_used_within_bounds():
    large = chosen(Machine(memory=512 * 1024 * MIB, disk_free=10**13, cores=64, roomy_shared_memory=True))
    assert large["shared_buffers"] == "4096MB"
    assert large["max_wal_size"] == "2048MB"
    assert large["work_mem"] == "16MB"
    assert large["max_parallel_workers_per_gather"] == "2"


def test_this_machine_is_measured(tmp_path):
    machine = measure(tmp_path)
    assert 64 * MIB < machine.memory < 2**50
    assert machine.disk_free > 0
    assert machine.cores >= 1


@pytest.mark.parametrize("find", ["postgres_programs", "valkey_server"])
def test_a_platform_without_the_wheel_is_told_what_to_set(find):
    # An interpreter that sees this project and no installed package.
    program = (
        f"import sys; sys.path.append({str(ROOM)!r}); from persistence.embedded import binaries; binaries.{find}()"
    )
    refused = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert "PlatformUnsupported" in refused.stderr
    assert "set DATABASE_URL" in refused.stderr
    assert "REDIS_URL" in refused.stderr


def test_the_longest_path_that_every_system_takes():
    room = 103 - len("/.s.PGSQL.5432")
    longest = "/" + "x" * (room - 1)
    assert fits(Path(longest))
    assert not fits(Path(longest + "x"))
