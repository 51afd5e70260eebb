"""What an operator sees of the play that goes on: its pace, its hits, and nothing that a turning wheel hides."""

import pytest

from persistence import play_figures
from persistence.play_figures import PlayFigures
from tests.plays.conftest import House

SPINS = 20


async def figures(house: House) -> list[PlayFigures]:
    async with house.database.tenant(house.tenant_id) as connection:
        return await play_figures.read(connection, house.database, house.tenant_id)


async def test_pace_and_hits_count_the_newest_plays_and_hits_only_where_the_wheel_has_stopped(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await figures(house) == []
    await house.give("anna", 2 * SPINS)
    await house.let_many_turn()
    euro = {"amount": "1.00", "currency": "EUR"}
    await house.offer({"coin": (999_999, "cash", euro), "nothing": (1, "none", {})}, duration_ms=20_000)
    outcomes = await house.commit([house.spin("anna", f"r{number}") for number in range(SPINS)])
    [turning] = await figures(house)
    assert turning.wheel_id == house.wheel_id
    assert turning.spins_per_second == SPINS / play_figures.PACE_S
    assert (turning.spins, turning.hits) == (0, 0)
    await house.complete(outcomes)
    [stopped] = await figures(house)
    assert stopped.spins == SPINS
    assert stopped.hits >= SPINS - 1
    assert stopped.spins_per_second == 0
    # Where the newest plays are all younger than the window, the pace is taken over what they span.
    await house.commit([house.spin("anna", f"s{number}") for number in range(SPINS)])
    monkeypatch.setattr(play_figures, "NEWEST_PLAYS", SPINS)
    [fast] = await figures(house)
    assert fast.spins_per_second > SPINS / play_figures.PACE_S
