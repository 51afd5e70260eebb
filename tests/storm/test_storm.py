"""Storms of a few seeds: what clients saw through them is whole (`make storm` lets others rage, for longer)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import DatabaseUrls
from tests.storm import faults
from tests.storm.storm import NODES, Field
from tests.storm.world import World

SEEDS = (1, 5)
SECONDS = 6.0


@pytest.fixture
async def field(database_urls: DatabaseUrls, tmp_path: Path) -> AsyncIterator[Field]:
    world = await World(database_urls.database_url).start(duration_ms=800)
    async with Field(world, tmp_path) as field:
        yield field
    await world.close()


def test_a_storm_is_drawn_from_its_seed() -> None:
    assert faults.draw(7, 30, NODES) == faults.draw(7, 30, NODES) != faults.draw(8, 30, NODES)
    assert {fault.kind for fault in faults.draw(7, 30, NODES)} == set(faults.KINDS)


@pytest.mark.timeout(300)
async def test_nothing_is_lost_doubled_or_mixed_up_in_a_storm(field: Field) -> None:
    for seed in SEEDS:
        outcome = await field.storm(seed, SECONDS)
        assert not outcome.findings, "\n".join(outcome.report())
        assert outcome.lines > 5_000
