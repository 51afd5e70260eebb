"""What is won as a state machine: claimed, sent, lost, refused, handled by hand and voided in whatever order, the rows
are what the rules say, money moves once at most, and a claim ends when its own time says so, not when a job runs."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
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

from games.errors import Closed, Conflict, NotFound
from games.messages.events import VoidView
from persistence import plays, rewards
from persistence.jobs import RetryLater
from persistence.ledger import Account
from persistence.plays import Play
from persistence.rewards import Delivery
from persistence.spin_states import Committed, SpinRequest
from server.rewards.claims import ClaimAnswer
from server.rewards.delivery import Deliveries, WalletPayer
from server.rewards.ledger_wallet import LedgerWallet
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House, open_house
from tests.plays.reward_model import ATTEMPTS, CLAIM_HOURS, PAYING, SETTINGS, WAYS, WON, FickleWallet, NodeDied, Win
from tests.plays.test_claims import NobodyListens, claims
from tests.plays.test_reward_deliveries import balance, balanced
from tests.plays.test_voids import voids
from tests.plays.test_wheel_changes import draft, reward, wheels

#: What the player comes with, who spends all of these before those that are won.
CHANCES = 12
OPERATORS = st.sampled_from(["olga", "otto"])


@dataclass
class Desk:
    """The house with a wheel for each thing that may be won, and the loop that it lives in."""

    runner: asyncio.Runner
    house: House
    wheels: dict[str, UUID]
    players: Iterator[int]


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def build() -> Desk:
            house = await stack.enter_async_context(open_house(database_urls))
            ids = {}
            for name, (kind, detail) in WON.items():
                made = await draft(house, [reward("only", reward_type=kind, reward_detail=detail)], wheel_slug=name)
                await wheels(house).move(house.tenant_id, made.id, "active", "olga")
                ids[name] = made.id
            return Desk(runner, house, ids, count())

        yield runner.run(build())
        runner.run(stack.aclose())


async def until_it_stops(delivering: Awaitable[None]) -> None:
    with suppress(RetryLater, NodeDied):
        await delivering


class Machine(RuleBasedStateMachine):
    """One player's rewards, the nodes that deliver them, and two operators."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.house, self.run = desk, desk.house, desk.runner.run
        self.user = f"player-{next(desk.players)}"
        self.wallet = FickleWallet(LedgerWallet(self.house.database))
        payer = WalletPayer(self.house.database, self.wallet)  # type: ignore[arg-type]
        self.deliveries = Deliveries(SETTINGS, self.house.database, {"ledger": payer}, NobodyListens())  # type: ignore[arg-type]
        self.hours = 0
        self.wins: list[Win] = []
        self.trail: Counter[tuple[str, UUID]] = Counter()

    @initialize()
    def come(self) -> None:
        self.run(self.house.give(self.user, CHANCES))
        for kind in ("asked", "asked", *WON):
            self.win(kind)

    @precondition(lambda self: len(self.wins) < CHANCES)
    @rule(kind=st.sampled_from(list(WON)))
    def win(self, kind: str) -> None:
        async def play() -> UUID:
            request = SpinRequest(self.user, self.desk.wheels[kind], f"spin-{len(self.wins)}")
            (outcome,) = await self.house.commit([request])
            assert isinstance(outcome, Committed)
            await self.house.complete([outcome])
            return outcome.play.session_id

        self.wins.append(Win(self.run(play()), kind, self.hours))

    @rule(pick=st.data())
    def see(self, pick: st.DataObject) -> None:
        win = self.pick(pick, self.wins)
        self.run(plays.mark_shown(self.house.database, self.house.tenant_id, [win.session_id]))
        win.is_shown = win.is_shown or not win.is_void

    @precondition(lambda self: self.open)
    @rule(pick=st.data())
    def claim(self, pick: st.DataObject) -> None:
        win = self.pick(pick, self.open)
        with pytest.raises(NotFound):
            self.run(claims(self.house).claim(self.house.tenant_id, "mallory", win.session_id))
        win.move_claim("claiming")
        if win.kind == "asked":
            win.delivery = "pending"
        else:
            win.move_claim("claimed")
        assert self.run(self.claiming(win)).claim_status == win.claim

    @precondition(lambda self: len(self.wins) > len(self.open))
    @rule(pick=st.data())
    def claim_what_is_not_open(self, pick: st.DataObject) -> None:
        win = self.pick(pick, [win for win in self.wins if win not in self.open])
        if win.claim in ("claiming", "claimed"):
            assert self.run(self.claiming(win)).claim_status == win.claim
        else:
            with pytest.raises(Closed if win.claim in ("unclaimed", "expired") else Conflict):
                self.run(self.claiming(win))

    @precondition(lambda self: self.due)
    @rule(pick=st.data(), way=st.sampled_from(("arrives", *WAYS)))
    def attempt(self, pick: st.DataObject, way: str) -> None:
        win = self.pick(pick, self.due)
        win.move("sending")
        win.attempts += 1
        win.has_moved = win.has_moved or way in PAYING
        win.taken_at = self.hours
        assert self.calls_of_the_wallet(win, way) == 1
        if way == "arrives":
            win.arrive()
        elif not way.startswith("dies"):
            win.move("manual" if way == "is refused" or win.attempts >= ATTEMPTS else "failed")

    @precondition(lambda self: len(self.owed) > len(self.due))
    @rule(pick=st.data())
    def attempt_what_is_not_due(self, pick: st.DataObject) -> None:
        win = self.pick(pick, [win for win in self.owed if win not in self.due])
        assert self.calls_of_the_wallet(win, "arrives") == 0

    @rule(pick=st.data(), operator=OPERATORS)
    def send_again(self, pick: st.DataObject, operator: str) -> None:
        win = self.pick(pick, self.owed)
        sending = self.deliveries.send_again(self.house.tenant_id, self.id_of(win), operator)
        if win.delivery not in ("failed", "manual") or win.kind == "thing":
            with pytest.raises(Conflict):
                self.run(sending)
        else:
            assert self.run(sending).delivery_status == "failed"
            win.move("failed")
            win.attempts = 0
            self.trail["reward.sent_again", self.id_of(win)] += 1

    @rule(pick=st.data(), operator=OPERATORS)
    def handle(self, pick: st.DataObject, operator: str) -> None:
        win = self.pick(pick, self.owed)
        handling = self.deliveries.handle(self.house.tenant_id, self.id_of(win), operator, "by post")
        if win.delivery != "manual":
            with pytest.raises(Conflict):
                self.run(handling)
        else:
            assert self.run(handling).delivery_status == "confirmed"
            win.arrive()
            self.trail["reward.handled", self.id_of(win)] += 1

    @precondition(lambda self: self.counting)
    @rule(pick=st.data(), operator=OPERATORS)
    def void(self, pick: st.DataObject, operator: str) -> None:
        win = self.pick(pick, self.counting)
        if win.delivery in (None, "pending", "manual"):
            self.run(self.voiding(win, operator))
            win.is_void = True
            if win.delivery is not None:
                win.move("stopped")
            if win.claim in ("unclaimed", "claiming", "claimed"):
                win.move_claim("reversed")
            self.trail["spin.voided", win.session_id] += 1
        with pytest.raises(Conflict):
            self.run(self.voiding(win, operator))

    @rule()
    def pass_an_hour(self) -> None:
        self.hours += 1
        self.house.database.clock_offset += timedelta(hours=1)

    @rule()
    def run_the_jobs_that_end_claims(self) -> None:
        for win in self.wins:
            if self.is_late(win):
                self.run(claims(self.house).expire(self.house.tenant_id, win.session_id))
                if win.claim == "unclaimed":
                    win.move_claim("expired")

    @invariant()
    def the_rows_are_what_the_rules_say(self) -> None:
        found = self.run(self.rows())
        for win in self.wins:
            play, made = found[win.session_id]
            stands = (play.spin_status, play.result_status, play.claim_status, Decimal(play.paid_amount))
            assert stands == ("voided" if win.is_void else "completed", win.result, win.claim, win.paid)
            way = None if made is None else (made.delivery_status, made.attempts)
            assert way == (None if win.delivery is None else (win.delivery, win.attempts))

    @invariant()
    def money_has_moved_once_for_each_reward_that_was_paid(self) -> None:
        moved = sum(win.has_moved for win in self.wins)
        assert self.run(balance(self.house, Account("player", self.user, "EUR"))) == 5 * moved

    @invariant()
    def chances_are_those_left_given_back_and_won(self) -> None:
        left = "SELECT coalesce(sum(remaining_chances), 0) FROM spin_chances WHERE tenant_id = $1 AND user_id = $2"
        back = sum(win.is_void for win in self.wins)
        won = sum(3 for win in self.wins if win.kind == "chances" and win.claim == "claimed")
        held = self.run(self.house.number(f"{left} AND chance_status = 'active'", self.house.tenant_id, self.user))
        assert held == CHANCES - len(self.wins) + back + won

    def teardown(self) -> None:
        """Books and trail are only ever added to: at the end they tell all."""
        assert self.run(balanced(self.house))
        assert self.run(self.kept()) == self.trail

    async def kept(self) -> Counter[tuple[str, UUID]]:
        query = (
            "SELECT action, entity_id FROM audit_logs"
            " WHERE tenant_id = $1 AND entity_id = ANY ($2::uuid[]) AND action <> 'spin.committed'"
        )
        ids = [one for win in self.wins for one in (win.session_id, win.delivery_id)]
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            rows = await connection.fetch(query, self.house.tenant_id, ids)
        return Counter((row["action"], row["entity_id"]) for row in rows)

    async def rows(self) -> dict[UUID, tuple[Play, Delivery | None]]:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            found = await plays.read(connection, self.house.tenant_id, [win.session_id for win in self.wins])
            made = await rewards.page(connection, self.house.tenant_id, user_id=self.user, limit=100)
        of = {one.source_id: one for one in made}
        return {play.session_id: (play, of.get(play.session_id)) for play in found}

    def id_of(self, win: Win) -> UUID:
        if win.delivery_id is None:
            _, made = self.run(self.rows())[win.session_id]
            assert made is not None
            win.delivery_id = made.id
        return win.delivery_id

    def is_late(self, win: Win) -> bool:
        """Whether the time to claim what was won is over."""
        return self.hours >= win.won_at + CLAIM_HOURS

    def claiming(self, win: Win) -> Awaitable[ClaimAnswer]:
        return claims(self.house).claim(self.house.tenant_id, self.user, win.session_id)

    def voiding(self, win: Win, operator: str) -> Awaitable[VoidView]:
        return voids(self.house).void(self.house.tenant_id, win.session_id, operator, "a test")

    def calls_of_the_wallet(self, win: Win, way: str) -> int:
        self.wallet.way, before = way, self.wallet.asked
        self.run(until_it_stops(self.deliveries.deliver(self.house.tenant_id, self.id_of(win))))
        return self.wallet.asked - before

    @property
    def open(self) -> list[Win]:
        """What may be claimed now."""
        return [win for win in self.wins if win.claim == "unclaimed" and not self.is_late(win)]

    @property
    def counting(self) -> list[Win]:
        return [win for win in self.wins if not win.is_void]

    @property
    def owed(self) -> list[Win]:
        return [win for win in self.wins if win.delivery is not None]

    @property
    def due(self) -> list[Win]:
        """What an attempt may be made of now: nobody is at it, or whoever was is long gone."""
        gone = [win for win in self.wins if win.delivery == "sending" and self.hours > win.taken_at]
        return [win for win in self.wins if win.delivery in ("pending", "failed") or win in gone]

    def pick(self, pick: st.DataObject, wins: list[Win]) -> Win:
        return wins[pick.draw(st.integers(0, len(wins) - 1))]


def test_rewards_are_what_their_rules_say_whatever_is_done_to_them(desk: Desk) -> None:
    run_state_machine_as_test(
        lambda: Machine(desk),
        settings=settings(
            max_examples=55,
            stateful_step_count=40,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
        ),
    )
    assert desk.runner.run(desk.house.audit_verdict())
