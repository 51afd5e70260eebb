"""The example of docs/write-an-engine.md, built and installed as a package, and played on a real server."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests import engine_package
from tests.live.test_engines_and_templates import Desk
from tests.processes import Client, ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    environment = engine_package.install(tmp_path_factory.mktemp("package"))
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", environment=environment) as running:
        yield running


async def flipping(server: ServerProcess) -> tuple[Desk, dict[str, object]]:
    """An open wheel that the package's engine reveals: half of it a prize."""
    desk = Desk(server)
    engine = await desk.engine("active", engine_type="coin_flip", engine_config={"half_turns_a_second": 12})
    template = await desk.template(game_engine_id=engine["id"], **engine_package.TEMPLATE)
    wheel = await desk.wheel(template)
    await desk.done("POST", f"/wheels/{wheel['id']}/status", {"to": "active"})
    return desk, wheel


async def test_a_spin_is_shown_by_the_engine_of_an_installed_package(server: ServerProcess) -> None:
    _, wheel = await flipping(server)
    player = await Client.open(server.ws_url, server.token())
    await player.ask("subscribe", channel="user")
    played = await player.ask("spin", wheel_id=wheel["id"], request_id=str(uuid4()))
    frame = await player.event(
        lambda event: event.get("event") == "spin.frame" and event["data"]["spins"][0][2] > 0.2  # on its way up
    )
    ((session_id, half_turns, height),) = frame["data"]["spins"]
    assert session_id == played["session_id"]
    assert 0 < half_turns <= 12 * 1.5 * 1.2
    assert height <= 1
    result = (await player.event(lambda event: event.get("event") == "spin.result"))["data"]
    assert result["reveal"] == {"side": "heads" if result["reward"]["slug"] == "prize" else "tails"}
    await player.close()


async def test_its_drawing_is_served_beside_it_and_the_wheel_says_where(server: ServerProcess) -> None:
    desk, wheel = await flipping(server)
    shown = await desk.done("GET", f"/wheels/{wheel['id']}")
    assert shown["drawing"] == "/engines/coin_flip/1.js"
    assert shown["engine_config"] == {"half_turns_a_second": 12}
    status, body = server.get(shown["drawing"])
    assert status == 200
    assert "class CoinFlip extends Drawing" in str(body)
    for nothing in ("/engines/coin_flip/2.js", "/engines/wheel/1.js", "/engines/coin_flip/1.py"):
        assert server.get(nothing)[0] == 404
