"""The registry of engines: the server's own, and those that packages bring under an entry point."""

import pytest

from games.engines.wheel import Wheel
from games.errors import BadRequest
from server.play import installed

MODULE = """
from games.engines.wheel import Wheel

class Slow(Wheel):
    engine_type = {type!r}
    engine_version = {version!r}
    title = "Slow wheel"

ENGINE = Slow()
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Lay a package that brings an engine onto the path, and forget it afterwards."""

    def bring(name, **engine):
        (tmp_path / f"{name}.py").write_text(MODULE.format(**engine))
        metadata = tmp_path / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[wheelhouse.engines]\n{name} = {name}:ENGINE\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    installed.engines.cache_clear()
    yield bring
    monkeypatch.undo()
    installed.engines.cache_clear()


def test_an_installed_package_adds_its_engine(package):
    package("slow_wheel_engine", type="slow", version="1")
    assert [one.engine_type for one in installed.engines()] == ["wheel", "plinko", "scratch_card", "slow"]
    assert installed.columns("slow")["engine_name"] == "Slow wheel"
    assert installed.find("slow", "1") is not None
    assert installed.find("slow", "2") is None


def test_a_newer_version_is_what_new_engines_get_and_the_older_one_still_shows_its_spins(package):
    package("newer_wheel_engine", type="wheel", version="2")
    assert installed.columns("wheel")["engine_version"] == "2"
    assert installed.engine("wheel", "1").title == "Turning wheel"


def test_the_same_engine_twice_is_refused_by_name(package):
    package("other_wheel_engine", type="wheel", version="1")
    with pytest.raises(RuntimeError, match=r"wheel 1 is there twice.*other_wheel_engine"):
        installed.engines()


def test_an_engine_that_is_not_installed_is_refused_with_those_that_are():
    with pytest.raises(BadRequest) as refused:
        installed.engine("mirror", None)
    assert [(one.path, one.message) for one in refused.value.faults] == [
        ("$.engine_type", "is not installed; there are plinko, scratch_card, wheel")
    ]


def test_a_reveal_of_an_engine_that_is_gone_stands_still():
    assert installed.frames("mirror", "1", b"unread")(100.0) == (0.0, 0.0)


def test_a_package_whose_engine_cannot_be_used_is_refused_by_name_and_in_words(package, tmp_path):
    package("hasty_engine", type="hasty", version="1")
    with (tmp_path / "hasty_engine.py").open("a") as module:
        module.write("Slow.frames = lambda self, plan: lambda t_ms: (float(len(plan)) + plan[-3], 0.0)\n")
    with pytest.raises(
        RuntimeError, match=r"hasty 1 of hasty_engine:ENGINE cannot be used: its frames tell the outcome"
    ):
        installed.engines()


def test_frames_that_fail_stand_still(monkeypatch):
    class Failing(Wheel):
        def frames(self, plan):
            if not plan:
                raise ValueError(plan)
            return lambda t_ms: (1 / t_ms, 0.0)

    monkeypatch.setattr(installed, "engines", lambda: (Failing(),))
    assert installed.frames("wheel", "1", b"")(5.0) == (0.0, 0.0)
    assert installed.frames("wheel", "1", b"plan")(0.0) == (0.0, 0.0)
    assert installed.frames("wheel", "1", b"plan")(2.0) == (0.5, 0.0)
