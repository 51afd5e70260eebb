"""The engines that this server has the code of, by type and version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from games.columns import parse_column
from games.errors import BadRequest, Fault


class WheelEngineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The turning wheel needs no settings."""


@dataclass(frozen=True, slots=True)
class Installed:
    """An engine's code: what it is called, what it can, and the type of its configuration."""

    engine_type: str
    engine_version: str
    title: str
    capabilities: Mapping[str, Any]
    config: type[msgspec.Struct]

    def checked(self, config: dict[str, Any]) -> msgspec.Struct:
        """The configuration, typed; raises `BadRequest` with every fault."""
        return parse_column(self.config, config, "$.engine_config")


ENGINES = (Installed("wheel", "1", "Turning wheel", {"games": ["wheel"], "reveal": "turning"}, WheelEngineConfig),)


def engine(engine_type: str, version: str | None) -> Installed:
    """The engine of a type, in one version or the newest. Raises `BadRequest` when it is not installed."""
    of_type = [one for one in ENGINES if one.engine_type == engine_type]
    if not of_type:
        known = ", ".join(sorted({one.engine_type for one in ENGINES}))
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


def columns(engine_type: str) -> dict[str, Any]:
    """An engine's row as it begins, with the newest code of its type and nothing configured."""
    found = engine(engine_type, None)
    return {
        "engine_name": found.title,
        "engine_type": found.engine_type,
        "engine_version": found.engine_version,
        "engine_config": msgspec.to_builtins(found.checked({})),
        "engine_capabilities": dict(found.capabilities),
    }
