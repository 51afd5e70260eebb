"""The worked vectors that fairness.json holds, and its wheel's rewards."""

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "fairness.json").read_text())
WHEEL = {vector["name"].split()[0]: vector for vector in VECTORS["wheel"]}
RAFFLE = {vector["name"].split()[0]: vector for vector in VECTORS["raffle"]}
CONFIG_TEXT: str = VECTORS["wheel_config_text"]
