"""The benchmark runs: its client speaks the protocol, its limit passes frames on. Its figures are not judged here."""

import shutil
import subprocess
import sys

import pytest

from bench.goals import GOALS
from bench.load import Load, LoadFailed
from bench.machine import compiled, free_port
from bench.report import COLUMNS
from tests.docs.tree import ROOT

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="the benchmark needs Linux and a C compiler"
)


@pytest.fixture
def limit():
    port = free_port()
    with subprocess.Popen([compiled("limit"), str(port), "join"]) as process:
        while True:
            try:
                with Load(compiled("load"), {"port": port, "pid": process.pid}) as client:
                    client.ask("open", 1)
                break
            except LoadFailed:
                assert process.poll() is None
        yield {"port": port, "pid": process.pid}
        process.kill()


def test_the_limit_passes_every_message_on_and_the_client_counts_it(limit):
    with Load(compiled("load"), limit) as client:
        assert client.ask("open", 20)["connections"] == 20
        assert client.ask("pace", 50, 0.2).items() >= {"deliveries": 200, "whole": True}.items()
        assert client.ask("fill", 30) == {"whole": True, "closed": 0}
        assert client.ask("open", 5)["connections"] == 5


def test_clients_of_a_real_server_come_back_to_what_they_missed():
    words = ["--quick", "--rounds", "1", "--only", "storm", "--servers", "wheelhouse"]
    run = subprocess.run(
        [sys.executable, "-m", "bench.delivery", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "unrecovered 0.00, gaps 0.00, twice 0.00, not_whole 0.00" in run.stdout


def test_every_goal_is_about_figures_that_are_shown():
    shown = {(session, figure) for session, columns in COLUMNS.items() for figure, _, _ in columns}
    for goal in GOALS:
        assert (goal.session, goal.ours[1]) in shown
        assert goal.other is None or (goal.session, goal.other[1]) in shown
