"""A storm of rewards through a platform that fails three calls of ten: each is paid once, to the cent."""

import os
from pathlib import Path

from tests.platform_side import storm

#: `make reward-storm` rages ten thousand; a run of the tests has less time.
REWARDS = int(os.environ.get("REWARDS", "250"))


async def test_a_storm_of_rewards_loses_and_doubles_none(tmp_path: Path) -> None:
    report = await storm.rage(tmp_path, seed=7, count=REWARDS, timeout_s=100)
    assert not report.faults, str(report)
    assert report.calls > REWARDS * 1.2, "the platform behaved too well"
