"""An engine that comes as a package of its own is run by a real server: its frames are what players see."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.live.test_engines_and_templates import Desk
from tests.processes import Client, ServerProcess

MODULE = """
from games.engines import Reveal, Wheel

class Curtain(Wheel):
    engine_type = "curtain"
    title = "Curtain"

    def reveal(self, segment, duration_ms, random):
        return Reveal(b"curtain", 123.5)

    def frames(self, plan):
        assert plan == b"curtain"
        return lambda t_ms: (77.25, 4.0)

ENGINE = Curtain()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    packages: Path = tmp_path_factory.mktemp("packages")
    (packages / "curtain_engine.py").write_text(MODULE)
    metadata = packages / "curtain_engine-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: curtain-engine\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[wheelhouse.engines]\ncurtain = curtain_engine:ENGINE\n")
    path = os.pathsep.join(filter(None, [str(packages), os.environ.get("PYTHONPATH")]))
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", environment={"PYTHONPATH": path}) as running:
        yield running


async def test_a_spin_is_shown_by_the_engine_of_an_installed_package(server: ServerProcess) -> None:
    desk = Desk(server)
    engine = await desk.engine("active", engine_type="curtain")
    template = await desk.template(
        game_engine_id=engine["id"],
        template_config={"wheel_config": {"size": 1000}},
        game_rules={"spin_config": {"duration_ms": 1500}},
        reward_config={
            "rewards": [
                {"reward_slug": "a", "reward_label": "A", "reward_type": "none", "probability": "0.5"},
                {"reward_slug": "b", "reward_label": "B", "reward_type": "none", "probability": "0.5"},
            ]
        },
    )
    wheel = await desk.wheel(template)
    await desk.done("POST", f"/wheels/{wheel['id']}/status", {"to": "active"})
    player = await Client.open(server.ws_url, server.token())
    await player.ask("subscribe", channel="user")
    played = await player.ask("spin", wheel_id=wheel["id"], request_id=str(uuid4()))
    frame = await player.event(lambda event: event.get("event") == "spin.frame")
    assert frame["data"]["spins"] == [[played["session_id"], 77.25, 4.0]]
    result = await player.event(lambda event: event.get("event") == "spin.result")
    assert result["data"]["angle_deg"] == 123.5
    await player.close()
