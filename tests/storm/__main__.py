"""A storm by hand: `make storm SEED=7 SECONDS=60`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from persistence import migrate
from persistence.embedded.services import EmbeddedServices
from tests.storm.storm import Field
from tests.storm.world import World

#: A longer storm is several of these, each of the next seed, so that one that shows something is soon repeated.
LONGEST_S = 20.0


async def rage(database_url: str, folder: Path, seed: int, seconds: float) -> int:
    """Storm until the time is over or something was found; the number of findings."""
    world = await World(database_url).start(duration_ms=800)
    try:
        async with Field(world, folder) as field:
            while seconds > 0:
                outcome = await field.storm(seed, min(seconds, LONGEST_S), aloud=True)
                print("\n".join(outcome.report()))
                if outcome.findings:
                    return len(outcome.findings)
                seed, seconds = seed + 1, seconds - LONGEST_S
    finally:
        await world.close()
    return 0


def main(seed: int, seconds: float) -> int:
    with tempfile.TemporaryDirectory(prefix="storm-") as folder, EmbeddedServices(Path(folder) / "data") as services:
        urls = services.start(valkey=False)
        assert urls.database_url is not None
        assert urls.migration_url is not None
        migrate.upgrade(urls.migration_url)
        return asyncio.run(rage(urls.database_url, Path(folder), seed, seconds))


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]), float(sys.argv[2])) else 0)
