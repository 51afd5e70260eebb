"""Voids as a state machine: asked for, consented to and withdrawn by whomever in whatever order, a play is void once,
and by two operators where it takes two; its chance is there again once, and its nonce and its outcome stay."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from games.errors import Conflict, Forbidden
from persistence import voids as void_rows
from persistence.spin_states import Committed
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House, open_house
from tests.plays.test_voids import PLAIN, read, voids

OPERATORS = st.sampled_from(["olga", "otto"])
#: What the player comes with: few, so that most is done to the same plays.
CHANCES = 3


@dataclass
class Desk:
    """The house with a wheel that always pays 5.00, and the loop that it lives in."""

    runner: asyncio.Runner
    house: House
    players: Iterator[int]


@dataclass
class Spin:
    """A play as it ought to stand."""

    session_id: UUID
    drawn: tuple[int, int, UUID]
    asked_by: str | None = None
    is_void: bool = False


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def build() -> Desk:
            house = await stack.enter_async_context(open_house(database_urls))
            await house.offer({"only": PLAIN}, turning_per_player=1000, spins_per_minute=1000)
            return Desk(runner, house, count())

        yield runner.run(build())
        runner.run(stack.aclose())


class Machine(RuleBasedStateMachine):
    """One player's plays, and two operators."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.house, self.run = desk.house, desk.runner.run
        self.user = f"player-{next(desk.players)}"
        self.alone, self.together = voids(self.house, "5"), voids(self.house, "4.99")
        self.spins: list[Spin] = []

    @initialize()
    def come(self) -> None:
        self.run(self.house.give(self.user, CHANCES))

    @precondition(lambda self: len(self.spins) < CHANCES)
    @rule()
    def play(self) -> None:
        async def play() -> Committed:
            (outcome,) = await self.house.commit([self.house.spin(self.user, f"spin-{len(self.spins)}")])
            assert isinstance(outcome, Committed)
            await self.house.complete([outcome])
            return outcome

        made = self.run(play()).play
        self.spins.append(Spin(made.session_id, (made.nonce, made.position, made.reward_id)))

    @precondition(lambda self: self.spins)
    @rule(pick=st.data(), operator=OPERATORS, takes_two=st.booleans())
    def ask(self, pick: st.DataObject, operator: str, takes_two: bool) -> None:
        spin = self.pick(pick)
        service = self.together if takes_two else self.alone
        asking = service.void(self.house.tenant_id, spin.session_id, operator, "a test")
        if spin.is_void or spin.asked_by is not None:
            with pytest.raises(Conflict):
                self.run(asking)
        elif takes_two:
            assert self.run(asking).void_status == "requested"
            spin.asked_by = operator
        else:
            assert self.run(asking).void_status == "voided"
            spin.is_void = True

    @precondition(lambda self: self.spins)
    @rule(pick=st.data(), operator=OPERATORS)
    def consent(self, pick: st.DataObject, operator: str) -> None:
        spin = self.pick(pick)
        consenting = self.together.consent(self.house.tenant_id, spin.session_id, operator)
        if spin.is_void or spin.asked_by is None:
            with pytest.raises(Conflict):
                self.run(consenting)
        elif spin.asked_by == operator:
            with pytest.raises(Forbidden):
                self.run(consenting)
        else:
            assert self.run(consenting).void_status == "voided"
            spin.asked_by, spin.is_void = None, True

    @precondition(lambda self: self.spins)
    @rule(pick=st.data(), operator=OPERATORS)
    def withdraw(self, pick: st.DataObject, operator: str) -> None:
        spin = self.pick(pick)
        withdrawing = self.together.withdraw(self.house.tenant_id, spin.session_id, operator)
        if spin.is_void or spin.asked_by is None:
            with pytest.raises(Conflict):
                self.run(withdrawing)
        else:
            assert self.run(withdrawing).void_status == "withdrawn"
            spin.asked_by = None

    @invariant()
    def a_play_is_void_or_not_and_what_was_drawn_stays(self) -> None:
        for spin in self.spins:
            play = self.run(read(self.house, spin.session_id))
            assert play.spin_status == ("voided" if spin.is_void else "completed")
            assert (play.nonce, play.position, play.reward_id) == spin.drawn

    @invariant()
    def one_void_of_a_play_waits_at_most_and_one_was_made_at_most(self) -> None:
        async def statuses(session_id: UUID) -> list[str]:
            async with self.house.database.tenant(self.house.tenant_id) as connection:
                rows = await void_rows.of_play(connection, self.house.tenant_id, session_id)
            return [row.void_status for row in rows]

        for spin in self.spins:
            found = self.run(statuses(spin.session_id))
            assert found.count("requested") == (spin.asked_by is not None)
            assert found.count("voided") == spin.is_void

    @invariant()
    def a_void_has_given_one_chance_back(self) -> None:
        left = "SELECT sum(remaining_chances) FROM spin_chances WHERE tenant_id = $1 AND user_id = $2"
        expected = CHANCES - len(self.spins) + sum(spin.is_void for spin in self.spins)
        assert self.run(self.house.number(left, self.house.tenant_id, self.user)) == expected

    def pick(self, pick: st.DataObject) -> Spin:
        return self.spins[pick.draw(st.integers(0, len(self.spins) - 1))]


def test_voids_are_what_their_rules_say_whatever_is_done_to_them(desk: Desk) -> None:
    run_state_machine_as_test(
        lambda: Machine(desk),
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
        ),
    )
