"""The ledger of points under races: every source event once, places never over, totals that are the ledger's sum."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest

from channels.board import RankedBoards
from channels.broker import Broker
from channels.hub import Hub
from channels.policy import Policy
from games.errors import BadRequest, Closed, Conflict, NotFound, SoldOut, WheelhouseError
from games.messages.events import EVENT_KINDS
from games.tournament import BOARD_KEY_BYTES, LedgerEntry, Ranked, TiePolicy, format_points, ranked, replay
from persistence import audit, rewards, standings
from persistence.database import Database
from persistence.points import Call, Entry
from persistence.tournaments import Prize
from server.play.leaderboard import Leaderboards, channel_of
from server.play.outbox import Relay
from server.play.tournament import Tournaments
from server.settings import Settings
from tests.conftest import DatabaseUrls
from tests.plays.conftest import House


@dataclass
class Node:
    """What one node knows of tournaments."""

    tournaments: Tournaments
    boards: Leaderboards
    redis: RankedBoards
    broker: Broker
    relay: Relay

    async def close(self) -> None:
        await self.tournaments.drain()
        await self.relay.drain()
        await self.redis.close()
        await self.broker.close()


@dataclass
class Race:
    """A running tournament of the house, and two nodes that serve it."""

    house: House
    nodes: list[Node]
    id: UUID

    async def add(self, *entries: Entry | WheelhouseError, node: int = 0) -> list[str]:
        call = Call(self.id, "platform", list(entries))
        return [one.status for one in await self.nodes[node].tournaments.add_points(self.house.tenant_id, call)]

    async def ledger(self) -> list[LedgerEntry]:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            rows = await connection.fetch("SELECT * FROM tournament_points WHERE tournament_id = $1", self.id)
        return [LedgerEntry(row["id"], row["user_id"], row["points_earned"], row["reverses_id"]) for row in rows]

    async def by_sql(self, policy: TiePolicy) -> list[Ranked]:
        async with self.house.database.tenant(self.house.tenant_id) as connection:
            return await standings.page(connection, self.house.tenant_id, self.id, 0, 100_000, policy)

    async def by_redis(self, node: int = 0) -> list[tuple[str, int, str]]:
        """The whole board as pages of seven from Redis."""
        board = channel_of(self.house.tenant_id, self.id)
        await self.nodes[node].boards.rebuild(self.house.tenant_id, self.id)
        return await self.pages(node, await self.nodes[node].redis.version(board))

    async def pages(self, node: int, version: int | None) -> list[tuple[str, int, str]]:
        found = await self.nodes[node].tournaments.read(self.house.tenant_id, self.id, drafts=True)
        rows: list[tuple[str, int, str]] = []
        while True:
            page = await self.nodes[node].boards.page(self.house.tenant_id, found.row, offset=len(rows), limit=7)
            assert page.version == version
            rows += [(row.user, row.rank, row.points) for row in page.items]
            if len(page.items) < 7:
                return rows


async def a_node(database: Database, redis_url: str) -> Node:
    broker = Broker(redis_url, Hub(), {event: Policy(kind) for event, kind in EVENT_KINDS.items()})
    await broker.start()
    redis = RankedBoards(redis_url, BOARD_KEY_BYTES)
    await redis.start()
    boards, relay = Leaderboards(database, redis, broker), Relay(database, broker)
    return Node(Tournaments(Settings(), database, boards, relay), boards, redis, broker, relay)


@pytest.fixture
async def nodes(house: House, database_urls: DatabaseUrls) -> AsyncIterator[list[Node]]:
    made = [await a_node(house.database, database_urls.redis_url) for _ in range(2)]
    yield made
    for node in made:
        await node.close()


async def a_race(house: House, nodes: list[Node], config: str = "{}", *, places: int | None = None) -> Race:
    now = datetime.now(UTC)
    made = await nodes[0].tournaments.make(
        house.tenant_id,
        {
            "tournament_name": "Race",
            "tournament_description": None,
            "tournament_type": "points",
            "start_time": now - timedelta(hours=1),
            "end_time": now + timedelta(hours=1),
            "max_participants": places,
            "tournament_config": config,
        },
        [Prize("First", "cash", Decimal(100), 1, "{}"), Prize("Next", "cash", Decimal(10), 2, '{"rank_to": 3}')],
        "operator-1",
    )
    for status in ("registration", "running"):
        await nodes[0].tournaments.move(house.tenant_id, made.id, status, "operator-1")
    return Race(house, nodes, made.id)


@pytest.fixture
async def race(house: House, nodes: list[Node]) -> Race:
    return await a_race(house, nodes)


def points(user: str, amount: int | str, event: str | None = None, **fields: datetime) -> Entry:
    earned_at = fields.get("earned_at")
    return Entry(user, Decimal(amount), "bet", event or uuid4().hex, earned_at)


async def test_the_same_source_event_fifty_times_at_once_counts_once(race: Race) -> None:
    answers = await asyncio.gather(*(race.add(points("a", 7, "one"), node=i % 2) for i in range(50)))
    assert sorted(status for (status,) in answers) == ["accepted"] + ["duplicate"] * 49
    assert [entry.points for entry in await race.ledger()] == [Decimal(7)]
    assert await race.by_sql("earliest") == [Ranked("a", 1, Decimal(7))]


async def test_a_thousand_entries_are_answered_one_by_one(race: Race) -> None:
    late = datetime.now(UTC) - timedelta(hours=2)
    entries: list[Entry | WheelhouseError] = []
    expected = []
    for i in range(1000):
        match i % 4:
            case 0:
                entries.append(points(f"u{i % 50}", 1 + i, f"e{i}"))
                expected.append("accepted")
            case 1:
                entries.append(points("u0", 5, f"e{i - 1}"))
                expected.append("duplicate")
            case 2:
                entries.append(points("u1", 5, f"e{i}", earned_at=late))
                expected.append("closed")
            case _:
                entries.append(BadRequest("no entry"))
                expected.append("bad_request")
    assert await race.add(*entries) == expected
    assert await race.add(*entries) == ["duplicate" if one == "accepted" else one for one in expected]
    assert len(await race.ledger()) == 250


async def test_a_call_is_audited_once(race: Race) -> None:
    await race.add(*(points(f"u{i}", 1) for i in range(30)))
    assert await race.house.number("SELECT count(*) FROM audit_logs WHERE action = 'points.added'") == 1
    async with race.house.database.tenant(race.house.tenant_id) as connection:
        assert (await audit.verify(connection, race.house.tenant_id)).whole


async def test_places_are_never_over_the_most_under_a_hundred_joins_at_once(house: House, nodes: list[Node]) -> None:
    race = await a_race(house, nodes, '{"join": "required"}', places=10)

    async def join(number: int) -> bool:
        node = nodes[number % 2]
        try:
            _, taken = await node.tournaments.join(house.tenant_id, race.id, f"u{number}", None)
        except SoldOut:
            return False
        return taken

    assert sum(await asyncio.gather(*(join(i) for i in range(100)))) == 10
    counted = await house.number("SELECT count(*) FROM tournament_participants WHERE tournament_id = $1", race.id)
    told = await house.number("SELECT current_participants FROM tournaments WHERE id = $1", race.id)
    assert counted == told == 10
    assert await race.add(points("stranger", 5)) == ["conflict"]


async def test_first_points_take_places_and_the_last_one_only_once(house: House, nodes: list[Node]) -> None:
    race = await a_race(house, nodes, places=3)
    answers = await asyncio.gather(*(race.add(*(points(f"u{i}", 1) for _ in range(3)), node=i % 2) for i in range(20)))
    assert sorted(tuple(one) for one in answers) == [("accepted",) * 3] * 3 + [("sold_out",) * 3] * 17
    assert await house.number("SELECT current_participants FROM tournaments WHERE id = $1", race.id) == 3


@pytest.mark.parametrize("policy", ["earliest", "split"])
async def test_boards_equal_the_ledger_under_concurrency_and_reversal(
    house: House, nodes: list[Node], policy: TiePolicy
) -> None:
    race = await a_race(house, nodes, f'{{"tie_policy": "{policy}"}}')
    chance = random.Random(7)

    async def play(number: int) -> None:
        for _ in range(4):
            amounts = [chance.choice(["1", "2", "2.5", "-1", "0.0001"]) for _ in range(10)]
            await race.add(*(points(f"u{chance.randrange(25)}", one) for one in amounts), node=number % 2)
            for entry in chance.sample(await race.ledger(), 2):
                try:
                    await nodes[number % 2].tournaments.reverse_points(
                        house.tenant_id, race.id, entry.id, "wrong", "operator-1"
                    )
                except Conflict:
                    assert entry.reverses_id is not None or any(
                        other.reverses_id == entry.id for other in await race.ledger()
                    )

    await asyncio.gather(*(play(i) for i in range(8)))
    expected = ranked(replay(await race.ledger()), policy)
    assert await race.by_sql(policy) == expected
    shown = [(one.user, one.rank, format_points(one.total)) for one in expected]
    version = await house.number("SELECT board_version FROM tournaments WHERE id = $1", race.id)
    assert await race.pages(0, version) == shown
    assert await race.by_redis(1) == shown


async def test_totals_of_fifteen_digits_are_exact(race: Race) -> None:
    big = "999999999999999"
    assert await race.add(points("a", big), points("b", f"{big}.0001")) == ["accepted", "accepted"]
    assert await race.add(points("a", "1"), points("b", "0.9999")) == ["limit_reached", "limit_reached"]
    await race.add(points("b", "-0.0002"))
    assert await race.by_redis() == [("a", 1, big), ("b", 2, "999999999999998.9999")]


async def test_postgres_answers_alike_while_redis_is_away(house: House, nodes: list[Node]) -> None:
    for policy in ("earliest", "split"):
        race = await a_race(house, nodes, f'{{"tie_policy": "{policy}"}}')
        await race.add(*(points(f"u{i:02}", i % 6 + 1) for i in range(30)))
        away = RankedBoards("redis://127.0.0.1:1", BOARD_KEY_BYTES)
        await away.start()
        alone = Leaderboards(house.database, away, nodes[0].broker)
        await nodes[0].boards.rebuild(house.tenant_id, race.id)
        found = await nodes[0].tournaments.read(house.tenant_id, race.id, drafts=True)
        for window in ({"offset": 0}, {"offset": 8}, {"offset": 28}, {"offset": 0, "around": "u17"}):
            asked = {"limit": 7, "own": "u20", **window}
            assert await alone.page(house.tenant_id, found.row, **asked) == await nodes[0].boards.page(
                house.tenant_id, found.row, **asked
            )
        await alone.drain()
        await away.close()


async def test_what_is_shown_has_the_number_that_was_told_and_none_before(
    race: Race, house: House, nodes: list[Node]
) -> None:
    await race.add(points("a", 5))
    await nodes[0].boards.drain()
    found = await nodes[0].tournaments.read(house.tenant_id, race.id, drafts=True)
    told = await nodes[0].boards.shown(house.tenant_id, found.row)
    assert told.version == await nodes[0].redis.version(channel_of(house.tenant_id, race.id)) > 0
    away = RankedBoards("redis://127.0.0.1:1", BOARD_KEY_BYTES)
    await away.start()
    alone = Leaderboards(house.database, away, nodes[0].broker)
    untold = await alone.shown(house.tenant_id, found.row)
    assert (untold.version, untold.rows) == (0, told.rows)
    await alone.drain()
    await away.close()


async def test_an_entry_is_reversed_once_and_only_in_its_tournament(race: Race, house: House) -> None:
    await race.add(points("a", 5))
    (entry,) = await race.ledger()
    reverse = race.nodes[0].tournaments.reverse_points

    async def again() -> str:
        try:
            await reverse(house.tenant_id, race.id, entry.id, "wrong", "operator-1")
        except Conflict:
            return "conflict"
        return "reversed"

    assert sorted(await asyncio.gather(*(again() for _ in range(10)))) == ["conflict"] * 9 + ["reversed"]
    assert await race.by_sql("earliest") == []
    with pytest.raises(NotFound):
        await reverse(house.tenant_id, uuid4(), entry.id, "wrong", "operator-1")


async def test_settling_writes_the_winners_and_closes_the_ledger(race: Race, house: House) -> None:
    await race.add(points("a", 5), points("b", 9), points("c", 9), points("d", 1))
    for status in ("finalizing", "settled"):
        await race.nodes[0].tournaments.move(house.tenant_id, race.id, status, "operator-1")
    won = await race.nodes[0].tournaments.winners(house.tenant_id, race.id)
    assert [(one.user, one.rank, one.points, one.prize_name) for one in won] == [
        ("b", 1, "9", "First"),
        ("c", 2, "9", "Next"),
        ("a", 3, "5", "Next"),
    ]
    assert await race.add(points("a", 5)) == ["closed"]
    with pytest.raises(Conflict):
        await race.nodes[0].tournaments.move(house.tenant_id, race.id, "running", "operator-1")
    entry = (await race.ledger())[0]
    with pytest.raises(Closed):
        await race.nodes[0].tournaments.reverse_points(house.tenant_id, race.id, entry.id, "late", "operator-1")


@pytest.mark.parametrize(
    ("policy", "owed"),
    [("earliest", {"b": "100.00", "c": "10.00", "a": "10.00"}), ("split", {"b": "55.00", "c": "55.00", "a": "10.00"})],
)
async def test_settling_owes_the_winners_their_cash(
    house: House, nodes: list[Node], policy: TiePolicy, owed: dict[str, str]
) -> None:
    race = await a_race(house, nodes, f'{{"tie_policy": "{policy}"}}')
    await race.add(points("a", 5), points("b", 9), points("c", 9), points("d", 1))
    for status in ("finalizing", "settled"):
        await nodes[0].tournaments.move(house.tenant_id, race.id, status, "operator-1")
    async with house.database.tenant(house.tenant_id) as connection:
        made = await rewards.page(connection, house.tenant_id, limit=10)
        winners = await connection.fetch("SELECT id, user_id FROM tournament_winners")
    assert {one.user_id: msgspec.json.decode(one.reward_detail)["amount"] for one in made} == owed
    assert {one.user_id: one.source_id for one in made} == {row["user_id"]: row["id"] for row in winners}
    assert {(one.source, one.currency, one.delivery_status) for one in made} == {("tournament", "EUR", "pending")}


async def test_a_stranger_of_a_tournament_is_not_found(race: Race, house: House) -> None:
    with pytest.raises(NotFound):
        await race.nodes[0].tournaments.add_points(house.tenant_id, Call(uuid4(), "platform", [points("a", 1)]))
