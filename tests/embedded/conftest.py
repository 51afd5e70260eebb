"""Real services in a folder of the test's own, held by this process or by one that can be killed."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from persistence.embedded import leftovers
from persistence.embedded.services import EmbeddedServices, ServiceUrls

HOLDER = Path(__file__).with_name("holder.py")
ROOM = Path(__file__).parents[2]
#: How a process of root's becomes an ordinary user's that can still read the interpreter, wherever that is.
AS_NOBODY = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
    "--securebits=+no_setuid_fixup",
]


@dataclass
class Holder:
    """A process that holds the services of a folder."""

    process: subprocess.Popen[str]
    answer: dict[str, str]

    @property
    def urls(self) -> ServiceUrls:
        return ServiceUrls(**self.answer)

    def end(self) -> None:
        """End it as a server ends: in order."""
        self.process.communicate(timeout=30)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose services have been started and stopped, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "data"
    with EmbeddedServices(folder) as services:
        services.start()
    return folder


@pytest.fixture
def new_folder(tmp_path: Path) -> Path:
    """A data folder that is still to be made, below one that is closed to everyone else."""
    tmp_path.chmod(0o700)
    return tmp_path / "data"


@pytest.fixture
def data_folder(made_once: Path, new_folder: Path) -> Iterator[Path]:
    """A data folder that has been served before, below one that is closed to everyone else."""
    folder = new_folder
    subprocess.run(["cp", "-a", made_once, folder], check=True)
    yield folder
    for service in ("postgres", "valkey"):
        if (folder / service).exists():
            leftovers.clear(folder / service, ())


@pytest.fixture
def services(data_folder: Path) -> Iterator[EmbeddedServices]:
    with EmbeddedServices(data_folder) as services:
        yield services


@pytest.fixture
def hold(data_folder: Path) -> Iterator[Callable[..., Holder]]:
    """Have the services of the data folder held by another process: `hold(ordinary_user=False, path=…)`."""
    processes: list[subprocess.Popen[str]] = []

    def hold(*, ordinary_user: bool = False, path: str = os.defpath) -> Holder:
        become = AS_NOBODY if ordinary_user and os.geteuid() == 0 else []
        if become:
            subprocess.run(["chown", "-R", "65534:65534", data_folder], check=True)
        process = subprocess.Popen(
            [*become, "env", f"PATH={path}", sys.executable, str(HOLDER), str(data_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOM)},
        )
        processes.append(process)
        assert process.stdout is not None
        return Holder(process, json.loads(process.stdout.readline()))

    yield hold
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def query() -> Callable[..., list[tuple[object, ...]]]:
    """Run one statement on a connection of its own: `query(url, statement)`."""

    async def ask(url: str, statement: str) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return lambda url, statement: asyncio.run(ask(url, statement))


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds, for at most 15 seconds; connections that fail meanwhile count as no."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 15
        while True:
            try:
                if condition():
                    return
            except (OSError, asyncpg.PostgresError) as fault:
                if time.monotonic() > deadline:
                    raise AssertionError("it did not come true") from fault
            assert time.monotonic() < deadline, "it did not come true"
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
def main_process() -> Callable[[Path], int]:
    """The process that all others of a service descend from."""

    def find(folder: Path) -> int:
        pids = leftovers.running_in(folder)
        parents = {pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in pids}
        return next(pid for pid, parent in parents.items() if parent not in parents)

    return find
