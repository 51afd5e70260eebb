"""A wheel as a state machine: moved, changed and spun in whatever order, it is what `games.lifecycles` says it is, its
versions rise by one with each change of terms that players may meet, and nobody plays it but while it is active."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from games.errors import Conflict, WheelhouseError
from games.lifecycles import WHEEL
from games.wheel.config import SpinConfig
from persistence.spin_states import Committed, SpinRequest
from server.play.lobby import Lobby, ShownWheel
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House, open_house
from tests.plays.test_wheel_changes import draft, now, reward, wheels

#: Statuses in which new terms become a version of their own.
OPENED = ("scheduled", "active", "paused")


@dataclass
class Hall:
    """The house, and the loop that it lives in."""

    runner: asyncio.Runner
    house: House
    numbers: Iterator[int]


@pytest.fixture
def hall(database_urls: DatabaseUrls) -> Iterator[Hall]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(open_house(database_urls)))
        yield Hall(runner, house, count(1))
        runner.run(stack.aclose())


class Machine(RuleBasedStateMachine):
    """One wheel, whose model is its status, its versions and who has played them."""

    def __init__(self, hall: Hall) -> None:
        super().__init__()
        self.house, self.run, self.number = hall.house, hall.runner.run, next(hall.numbers)
        self.operator = wheels(self.house)
        self.user = f"player-{self.number}"
        self.status, self.versions, self.weights, self.played = "draft", 0, count(4), 0

    @initialize()
    def make(self) -> None:
        async def build() -> ShownWheel:
            await self.house.give(self.user, 100)
            free = SpinConfig(duration_ms=100, turning_per_player=1000, spins_per_minute=1000)
            soon = await now(self.house) + timedelta(hours=1)
            return await draft(self.house, wheel_slug=f"wheel-{self.number}", spin_config=free, opens_at=soon)

        made = self.run(build())
        self.wheel_id, self.row_version = made.id, made.view.row_version

    @rule(to=st.sampled_from(list(WHEEL.statuses)))
    def move(self, to: str) -> None:
        moving = self.operator.move(self.house.tenant_id, self.wheel_id, to, "olga")
        if not WHEEL.may(self.status, to):
            with pytest.raises(Conflict):
                self.run(moving)
            return
        if self.status == "draft":
            self.versions = 1
        self.status = to
        self.went_on(self.run(moving))

    @rule()
    def rename(self) -> None:
        self.went_on(self.run(self.change({"wheel_name": "Another reef"}, self.row_version)))

    @rule()
    def offer_other_odds(self) -> None:
        changing = self.change({}, self.row_version, [reward("coin"), reward("nothing", next(self.weights))])
        if self.status in ("ended", "archived"):
            with pytest.raises(Conflict):
                self.run(changing)
            return
        self.versions += self.status in OPENED
        self.went_on(self.run(changing))

    @rule()
    def change_what_others_changed_before(self) -> None:
        with pytest.raises(Conflict):
            self.run(self.change({"wheel_name": "Lost"}, self.row_version + 1))

    @rule()
    def spin(self) -> None:
        request = SpinRequest(self.user, self.wheel_id, f"spin-{self.played}")
        (answer,) = self.run(self.house.commit([request]))
        if self.status == "active":
            assert isinstance(answer, Committed)
            assert self.house.versions[answer.play.version_id].number == self.versions
            self.played += 1
        else:
            assert isinstance(answer, WheelhouseError)

    @invariant()
    def the_row_is_what_the_machine_says(self) -> None:
        async def shown() -> ShownWheel:
            async with self.house.database.tenant(self.house.tenant_id) as connection:
                lobby = Lobby(self.house.database, self.house.versions)
                return await lobby.shown(connection, self.house.tenant_id, self.wheel_id)

        view = self.run(shown()).view
        assert (view.wheel_status, view.version_number, view.row_version) == (
            self.status,
            self.versions or None,
            self.row_version,
        )

    @invariant()
    def a_play_has_spent_a_chance_and_a_refusal_none(self) -> None:
        left = "SELECT sum(remaining_chances) FROM spin_chances WHERE tenant_id = $1 AND user_id = $2"
        assert self.run(self.house.number(left, self.house.tenant_id, self.user)) == 100 - self.played

    def change(self, values: dict[str, Any], row_version: int, rewards: Any = None) -> Any:
        return self.operator.change(self.house.tenant_id, self.wheel_id, values, rewards, row_version, "olga")

    def went_on(self, shown: ShownWheel) -> None:
        assert shown.view.row_version > self.row_version
        self.row_version = shown.view.row_version


def test_a_wheel_is_what_its_machine_says_whatever_is_done_to_it(hall: Hall) -> None:
    run_state_machine_as_test(
        lambda: Machine(hall),
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
        ),
    )
