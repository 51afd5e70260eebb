"""The engines that this server has the code of: its own, and those of packages installed beside it."""

import random
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import msgspec
import structlog

from games.columns import parse_column
from games.engines import ENTRY_POINTS, Engine, Frames, trial
from games.engines.plinko import Plinko
from games.engines.scratch_card import ScratchCard
from games.engines.wheel import Wheel
from games.errors import BadRequest, Fault

log = structlog.get_logger(__name__)

#: The server's own are named here, not by entry points, so that they are there when it runs out of its folder.
_OWN: tuple[Engine, ...] = (Wheel(), Plinko(), ScratchCard())


@cache
def engines() -> tuple[Engine, ...]:
    """Every engine, the newest of a type last. Packages are looked for, and tried, once in a process.

    Raises `RuntimeError` when two packages bring the same version of an engine, or one of the server's own, and when
    one does not do what an engine must.
    """
    named = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    found = {(one.engine_type, one.engine_version): one for one in _OWN}
    for point in named:
        one: Engine = point.load()
        key = (one.engine_type, one.engine_version)
        if key in found:
            raise RuntimeError(f"Engine {key[0]} {key[1]} is there twice; uninstall the package of {point.value}.")
        if faults := trial.faults(one, lambda seed: random.Random(seed).random):  # noqa: S311 - a trial, not a play
            raise RuntimeError(f"Engine {key[0]} {key[1]} of {point.value} cannot be used: {'; '.join(faults)}.")
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
    """A planned reveal, to be watched. Still where its engine is not installed, or fails: the result comes anyhow."""
    engine = find(engine_type, version)
    if engine is None:
        return _still
    try:
        watched = engine.frames(plan)
    except Exception:
        log.exception("an engine cannot read its plan", engine=engine_type, version=version)
        return _still

    def at(t_ms: float) -> tuple[float, float]:
        try:
            return watched(t_ms)
        except Exception:
            log.exception("an engine has no frame", engine=engine_type, version=version, t_ms=t_ms)
            return _still(t_ms)

    return at


def _still(_t_ms: float) -> tuple[float, float]:
    return 0.0, 0.0


def drawing(engine_type: str, version: str) -> str:
    """Where the ES module is that draws an engine; the wheel's for one that brings none, or is not installed."""
    engine = find(engine_type, version)
    if engine in _OWN:
        return f"/static/js/engines/{engine_type.replace('_', '-')}.js"
    if engine is None or engine.drawing is None:
        return "/static/js/engines/wheel.js"
    return f"/engines/{engine_type}/{version}.js"


def drawing_file(engine_type: str, version: str) -> Path | None:
    """The file of a package's ES module."""
    engine = find(engine_type, version)
    return None if engine is None else engine.drawing


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
