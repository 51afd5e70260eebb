"""The engines that this server has the code of: its own, and those of packages installed beside it."""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

import msgspec

from games.columns import parse_column
from games.engines import ENTRY_POINTS, Engine, Frames, Wheel
from games.errors import BadRequest, Fault

#: The server's own are named here, not by entry points, so that they are there when it runs out of its folder.
_OWN: tuple[Engine, ...] = (Wheel(),)


@cache
def engines() -> tuple[Engine, ...]:
    """Every engine, the newest of a type last. Packages are looked for once in a process.

    Raises `RuntimeError` when two packages bring the same version of an engine, or one of the server's own.
    """
    named = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    found = {(one.engine_type, one.engine_version): one for one in _OWN}
    for point in named:
        one: Engine = point.load()
        key = (one.engine_type, one.engine_version)
        if key in found:
            raise RuntimeError(f"Engine {key[0]} {key[1]} is there twice; uninstall the package of {point.value}.")
        found[key] = one
    return tuple(found.values())


def find(engine_type: str, version: str) -> Engine | None:
    """The engine of exactly this type and version, if its code is installed."""
    return next((one for one in engines() if (one.engine_type, one.engine_version) == (engine_type, version)), None)


def engine(engine_type: str, version: str | None) -> Engine:
    """The engine of a type, in one version or the newest. Raises `BadRequest` when it is not installed."""
    of_type = [one for one in engines() if one.engine_type == engine_type]
    if not of_type:
        known = ", ".join(sorted({one.engine_type for one in engines()}))
        raise BadRequest(
            "There is no such engine here.", faults=[Fault("$.engine_type", f"is not installed; there are {known}")]
        )
    found = next((one for one in reversed(of_type) if version in (None, one.engine_version)), None)
    if found is None:
        known = ", ".join(one.engine_version for one in of_type)
        raise BadRequest(
            "There is no such engine here.", faults=[Fault("$.engine_version", f"is not installed; there is {known}")]
        )
    return found


def frames(engine_type: str, version: str, plan: bytes) -> Frames:
    """A planned reveal, to be watched; still where its engine is not installed, for the result comes all the same."""
    engine = find(engine_type, version)
    return _still if engine is None else engine.frames(plan)


def _still(_t_ms: float) -> tuple[float, float]:
    return 0.0, 0.0


def checked(of: Engine, config: dict[str, Any]) -> msgspec.Struct:
    """An engine's configuration, typed; raises `BadRequest` with every fault."""
    return parse_column(of.config, config, "$.engine_config")


def columns(engine_type: str) -> dict[str, Any]:
    """An engine's row as it begins, with the newest code of its type and nothing configured."""
    found = engine(engine_type, None)
    return {
        "engine_name": found.title,
        "engine_type": found.engine_type,
        "engine_version": found.engine_version,
        "engine_config": msgspec.to_builtins(checked(found, {})),
        "engine_capabilities": dict(found.capabilities),
    }
