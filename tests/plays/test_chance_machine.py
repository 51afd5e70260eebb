"""Chances as a state machine: whatever is given, spent, revoked and expired, in whatever order, the rows are what
`games.chances` says they are, and the counters what counting the plays gives (domain.md, Chances)."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from games.chances import Chance, Counts, spending_order, to_spend
from games.errors import Conflict, NoChanceLeft
from persistence import chances as chance_rows
from persistence.chances import ChanceRow, Grant, Usable
from persistence.spin_states import Committed, SpinRequest
from server.play.chances import GRANT_ID, Chances
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House, open_house
from tests.plays.test_chance_endings import Told
from tests.plays.test_spin_limits import FREE
from tests.plays.test_wheel_changes import draft, wheels

#: A grant's life in hours from the machine's start, none for ever; and the place of the wheel it is bound to, if any.
LIVES = st.one_of(st.none(), st.integers(1, 6))
BOUND = st.sampled_from([None, (0,), (1,), (0, 1)])


@dataclass
class Model:
    """A grant as it ought to stand."""

    wanted: Grant
    chance: Chance
    counts: Counts
    status: str = "active"


@dataclass
class Tables:
    """The house with two wheels, and the loop that it lives in."""

    runner: asyncio.Runner
    house: House
    chances: Chances
    wheels: list[UUID]
    players: Iterator[int]


@pytest.fixture
def tables(database_urls: DatabaseUrls) -> Iterator[Tables]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def build() -> Tables:
            house = await stack.enter_async_context(open_house(database_urls))
            await house.offer(FREE, turning_per_player=1000)
            other = await draft(house)
            await wheels(house).move(house.tenant_id, other.id, "active", "olga")
            chances = Chances(house.database, Told(), batch=3)  # type: ignore[arg-type]
            return Tables(runner, house, chances, [house.wheel_id, other.id], count())

        yield runner.run(build())
        runner.run(stack.aclose())


class Machine(RuleBasedStateMachine):
    """One player's chances."""

    def __init__(self, tables: Tables) -> None:
        super().__init__()
        self.tables, self.house = tables, tables.house
        self.user = f"player-{next(tables.players)}"
        self.start = self.run(self.now())
        self.hours = 0
        self.spins = count()
        self.models: dict[UUID, Model] = {}

    def run(self, work: Any) -> Any:
        return self.tables.runner.run(work)

    async def now(self) -> datetime:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            moment: datetime = await connection.fetchval(
                "SELECT clock_timestamp() + $1::interval", self.house.database.clock_offset
            )
        return moment

    async def rows(self) -> list[ChanceRow]:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            return await chance_rows.page(connection, self.house.tenant_id, user_id=self.user, limit=1000)

    def is_over(self, model: Model) -> bool:
        return model.wanted.expires_at is not None and model.wanted.expires_at <= self.start + timedelta(
            hours=self.hours
        )

    @rule(grants=st.lists(st.tuples(st.integers(1, 3), LIVES, BOUND), min_size=1, max_size=3))
    def give(self, grants: list[tuple[int, int | None, tuple[int, ...] | None]]) -> None:
        wanted = [
            Grant(
                user_id=self.user,
                chance_type="bonus",
                chance_count=chances,
                award_reason="a test",
                source=GRANT_ID,
                source_key=uuid4().hex,
                expires_at=None if life is None else self.start + timedelta(hours=self.hours + life),
                wheels=None if bound is None else [self.tables.wheels[place] for place in bound],
            )
            for chances, life, bound in grants
        ]
        self.run(self.tables.chances.give_all(self.house.tenant_id, wanted, "olga"))
        by_id = {row.id: row for row in self.run(self.rows())}
        new = sorted(by_id.keys() - self.models.keys())
        assert len(new) == len(wanted)
        for chance_id, one in zip(new, wanted, strict=True):
            bound = None if one.wheels is None else frozenset(one.wheels)
            row = by_id[chance_id]
            chance = Chance(chance_id, "active", one.chance_count, row.awarded_at, one.expires_at, bound)
            self.models[chance_id] = Model(one, chance, Counts(0, one.chance_count))

    @precondition(lambda self: self.models)
    @rule(pick=st.data())
    def give_again(self, pick: st.DataObject) -> None:
        model = self.pick(pick)
        (answer,) = self.run(self.tables.chances.give_all(self.house.tenant_id, [model.wanted], "olga"))
        assert (answer.status, answer.chance_id) == ("duplicate", model.chance.id)

    @rule(place=st.integers(0, 1), times=st.integers(1, 3))
    def spin(self, place: int, times: int) -> None:
        """So many spins at once, each in a transaction of its own."""
        requests = [f"spin-{next(self.spins)}" for _ in range(times)]
        wheel = self.tables.wheels[place]

        async def spin() -> list[Any]:
            asked = [SpinRequest(self.user, wheel, request) for request in requests]
            return [answer for (answer,) in await asyncio.gather(*(self.house.commit([one]) for one in asked))]

        answers = self.run(spin())
        moment = self.start + timedelta(hours=self.hours)
        paid = 0
        for _ in range(times):
            chance = to_spend([model.chance for model in self.models.values()], wheel, moment)
            if chance is None:
                break
            model = self.models[chance.id]
            model.counts = model.counts.spend()
            model.status = str(model.counts.status)
            self.refresh(model)
            paid += 1
        assert sum(isinstance(answer, Committed) for answer in answers) == paid
        assert sum(isinstance(answer, NoChanceLeft) for answer in answers) == times - paid

    @precondition(lambda self: self.models)
    @rule(pick=st.data())
    def revoke(self, pick: st.DataObject) -> None:
        model = self.pick(pick)
        revoking = self.tables.chances.revoke(self.house.tenant_id, model.chance.id, "olga", "a test")
        if model.status != "active" or self.is_over(model):
            with pytest.raises(Conflict):
                self.run(revoking)
            return
        self.run(revoking)
        model.status = "revoked"
        self.refresh(model)

    @rule(hours=st.integers(1, 3))
    def pass_time(self, hours: int) -> None:
        self.hours += hours
        self.house.database.clock_offset += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        self.run(self.tables.chances.expire_due())
        for model in self.models.values():
            if model.status == "active" and self.is_over(model):
                model.status = "expired"
                self.refresh(model)

    @invariant()
    def the_rows_are_what_the_rules_say(self) -> None:
        rows = {row.id: (row.chance_status, row.used_chances, row.remaining_chances) for row in self.run(self.rows())}
        assert rows == {
            chance_id: (model.status, model.counts.used, model.counts.remaining)
            for chance_id, model in self.models.items()
        }

    @invariant()
    def the_counters_are_what_counting_gives(self) -> None:
        async def spent() -> list[tuple[UUID, int]]:
            async with self.house.database.tenant(self.house.tenant_id) as connection:
                rows = await chance_rows.page(connection, self.house.tenant_id, user_id=self.user, limit=1000)
                return [
                    (row.id, len(await chance_rows.uses(connection, self.house.tenant_id, row, limit=100)))
                    for row in rows
                ]

        assert dict(self.run(spent())) == {chance_id: model.counts.used for chance_id, model in self.models.items()}

    @invariant()
    def what_is_left_is_shown_in_the_order_of_spending_until_its_time_is_over(self) -> None:
        async def shown() -> Usable:
            async with self.house.database.tenant(self.house.tenant_id) as connection:
                offset = self.house.database.clock_offset
                return await chance_rows.usable(connection, self.house.tenant_id, self.user, offset)

        standing = [
            model.chance
            for model in self.models.values()
            if model.status == "active" and model.counts.remaining and not self.is_over(model)
        ]
        left = self.run(shown())
        assert [row.id for row in left.grants] == [chance.id for chance in spending_order(standing)]
        assert left.remaining == sum(chance.remaining for chance in standing)

    def pick(self, pick: st.DataObject) -> Model:
        models = list(self.models.values())
        return models[pick.draw(st.integers(0, len(models) - 1))]

    def refresh(self, model: Model) -> None:
        one = model.chance
        model.chance = Chance(one.id, model.status, model.counts.remaining, one.awarded_at, one.expires_at, one.wheels)


def test_chances_are_what_their_rules_say_whatever_is_done_to_them(tables: Tables) -> None:
    run_state_machine_as_test(
        lambda: Machine(tables),
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
        ),
    )
