"""The example of docs/write-an-engine.md, built and installed as the package that it is."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.processes import ROOT

EXAMPLE = ROOT / "docs" / "samples" / "coin-flip-engine"

#: A wheel's template, but for its engine: half of it a prize.
TEMPLATE: dict[str, Any] = {
    "template_config": {"wheel_config": {"size": 1000}},
    "game_rules": {"spin_config": {"duration_ms": 1500}},
    "reward_config": {
        "rewards": [
            {
                "reward_slug": "prize",
                "reward_label": "A coin",
                "reward_type": "cash",
                "reward_detail": {"amount": "1.00", "currency": "EUR"},
                "probability": "0.5",
            },
            {"reward_slug": "nothing", "reward_label": "Next time", "reward_type": "none", "probability": "0.5"},
        ]
    },
}


def install(into: Path) -> dict[str, str]:
    """Build the package and install it in a folder; the environment of a server that has it beside it."""
    source, target = into / "source", into / "installed"
    shutil.copytree(EXAMPLE, source)
    _uv("build", "--wheel", "--out-dir", into, source)
    (package,) = into.glob("*.whl")
    _uv("pip", "install", "--no-deps", "--target", target, package)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(target), os.environ.get("PYTHONPATH")]))}


def _uv(*words: str | Path) -> None:
    """Run uv, which this project brings, without the network: its own build backend needs none."""
    found = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    done = subprocess.run(
        [found, *map(str, words), "--offline", "--no-config"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
