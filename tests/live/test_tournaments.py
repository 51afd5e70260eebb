"""Tournaments from outside: two tenants at once, boards that follow their deltas, and a Redis that loses everything."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from games.messages.tournaments import BoardRow, LeaderboardDelta, LeaderboardSnapshot
from games.tournament import apply_delta
from tests.processes import Client, ServerProcess, await_true


class Organiser:
    """A tenant's operator, who makes a tournament and gives points in it."""

    def __init__(self, server: ServerProcess, tenant: str) -> None:
        self.server = server
        self.tenant = tenant
        self.token = server.token(tenant=tenant, role="operator", user="operator-1")
        self.id = ""

    async def call(self, method: str, path: str, body: object = None, token: str | None = None) -> tuple[int, Any]:
        return await asyncio.to_thread(lambda: self.server.call(method, path, token=token or self.token, body=body))

    async def make(self, **fields: object) -> str:
        now = datetime.now(UTC)
        body = {
            "tournament_name": "Cup",
            "start_time": (now - timedelta(minutes=5)).isoformat(),
            "end_time": (now + timedelta(hours=1)).isoformat(),
            "prizes": [{"prize_name": "Gold", "prize_rank": 1, "prize_amount": "50"}],
            **fields,
        }
        status, made = await self.call("POST", "/api/v1/tournaments", body)
        assert status == 201, made
        self.id = made["id"]
        for to in ("registration", "running"):
            status, moved = await self.move(to)
            assert (status, moved["tournament_status"]) == (200, to)
        return self.id

    async def move(self, to: str) -> tuple[int, Any]:
        return await self.call("POST", f"{self.path}/status", {"to": to})

    @property
    def path(self) -> str:
        return f"/api/v1/tournaments/{self.id}"

    async def give(self, **points: str | int) -> list[str]:
        """Points by user, with underscores for hyphens."""
        entries = [entry(user.replace("_", "-"), amount) for user, amount in points.items()]
        _, answer = await self.call("POST", f"{self.path}/points", {"entries": entries})
        return [one["status"] for one in answer["items"]]

    async def board(self, query: str = "limit=50", token: str | None = None) -> dict[str, Any]:
        status, page = await self.call("GET", f"{self.path}/leaderboard?{query}", token=token)
        assert status == 200, page
        return page

    async def player(self, user: str) -> str:
        return await asyncio.to_thread(lambda: self.server.sign_in(user, tenant=self.tenant))


def entry(user: str, amount: str | int, event: str | None = None) -> dict[str, object]:
    return {
        "user_id": user,
        "points_earned": str(amount),
        "points_source": "bet",
        "source_event_id": event or uuid4().hex,
    }


class Follower:
    """Keeps a board by the snapshot and the deltas alone."""

    def __init__(self, client: Client, channel: str, snapshot: dict[str, Any]) -> None:
        self.client = client
        self.channel = channel
        self.version = snapshot["version"]
        self.participants = snapshot["participants"]
        self.rows = [msgspec.convert(row, BoardRow) for row in snapshot["rows"]]
        self._read = 0

    @classmethod
    async def open(cls, server: ServerProcess, token: str, tournament_id: str) -> "Follower":
        client = await Client.open(server.ws_url, token)
        answer = await client.ask("subscribe", channel=f"tournament:{tournament_id}")
        return cls(client, f"tournament:{tournament_id}", answer["snapshot"])

    async def reach(self, version: int) -> None:
        """Apply what is told, in order, until the board is at `version`."""
        while self.version < version:
            await self.client.event(self._is_next)
            for event in [e for e in self.client.events if self._is_next(e)]:
                self._apply(event)

    def _apply(self, event: dict[str, Any]) -> None:
        if event["event"] == "leaderboard.snapshot":
            # Told when no board was told before: the first time, and when Redis had lost it.
            whole = msgspec.convert(event["data"], LeaderboardSnapshot)
            self.rows, self.version, self.participants = list(whole.rows), whole.version, whole.participants
            return
        change = msgspec.convert(event["data"], LeaderboardDelta)
        assert change.from_version == self.version
        self.rows = apply_delta(self.rows, change)
        self.version, self.participants = change.version, change.participants

    def _is_next(self, event: dict[str, Any]) -> bool:
        return (
            event["channel"] == self.channel
            and event["event"] in ("leaderboard.delta", "leaderboard.snapshot")
            and event["data"]["version"] > self.version
        )


def plain(rows: list[BoardRow]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(row) for row in rows]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two workers behind one address, which meet only in Postgres and Redis."""
    with ServerProcess(tmp_path_factory.mktemp("workers") / "data", workers=2) as running:
        yield running


async def test_two_workers_tell_one_board(two_workers: ServerProcess) -> None:
    await follow_two_tenants(two_workers)


async def test_deltas_keep_two_tenants_boards_as_rest_gives_them(server: ServerProcess) -> None:
    await follow_two_tenants(server)


async def follow_two_tenants(server: ServerProcess) -> None:
    houses = [await asyncio.to_thread(Organiser, server, tenant) for tenant in ("demo", "demo-b")]
    followers = []
    for house in houses:
        await house.make()
        followers.append(await Follower.open(server, await house.player("player-watching"), house.id))

    async def play(house: Organiser, factor: int) -> None:
        for turn in range(6):
            scores = {f"u{(turn * 7 + i) % 70}": factor * (i + 1) for i in range(30)}
            assert set(await house.give(**scores)) == {"accepted"}

    await asyncio.gather(play(houses[0], 1), play(houses[1], 3))
    boards = []
    for house, follower in zip(houses, followers, strict=True):
        board = await house.board()
        await follower.reach(board["version"])
        assert plain(follower.rows) == board["items"]
        assert follower.participants == board["participants"] == 65
        boards.append(board["items"])
        await follower.client.close()
    assert boards[0] != boards[1]


async def test_a_player_is_told_their_rank_and_sees_their_own_name_only(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    await house.make()
    token = await house.player("player-ranked")
    client = await Client.open(server.ws_url, token)
    await client.ask("subscribe", channel="user")
    await house.give(player_ranked=5, player_other=9)
    told = await client.event(lambda e: e["event"] == "tournament.rank" and e["data"]["tournament_id"] == house.id)
    assert (told["data"]["rank"], told["data"]["points"]) == (2, "5")
    board = await house.board("around=me&limit=3", token)
    assert board["me"] == {"rank": 2, "points": "5", "name": "player-ranked"}
    assert [row["name"] for row in board["items"]] == ["pl***r", "player-ranked"]
    answer = await client.ask("subscribe", channel=f"tournament:{house.id}")
    assert answer["snapshot"]["me"]["rank"] == 2
    await client.close()


async def test_pages_and_the_neighbourhood_of_a_player(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    await house.make()
    await house.give(**{f"u{i:03}": 1000 - i for i in range(120)})
    page = await house.board("offset=60&limit=10")
    assert [(row["user"], row["rank"]) for row in page["items"]] == [(f"u{i:03}", i + 1) for i in range(60, 70)]
    around = await house.board("around=u100&limit=5")
    assert [row["user"] for row in around["items"]] == ["u098", "u099", "u100", "u101", "u102"]
    assert (await house.board("around=nobody"))["items"] == []
    assert (await house.board("offset=500"))["items"] == []


async def test_whoever_may_not_is_refused_and_another_tenants_is_not_found(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    await house.make()
    player = await house.player("player-curious")
    stranger = await asyncio.to_thread(Organiser, server, "demo-b")
    points = {"entries": [entry("u1", 5)]}
    for method, path, body in (
        ("POST", "/api/v1/tournaments", {"tournament_name": "x", "start_time": NOON, "end_time": NIGHT}),
        ("PATCH", house.path, {"tournament_name": "x", "row_version": 1}),
        ("PUT", f"{house.path}/prizes", {"prizes": []}),
        ("POST", f"{house.path}/status", {"to": "finalizing"}),
        ("POST", f"{house.path}/points", points),
        ("POST", f"{house.path}/points/{uuid4()}/reverse", {"reason": "x"}),
        ("GET", f"{house.path}/points", None),
    ):
        status, problem = await house.call(method, path, body, token=player)
        assert (status, problem["code"]) == (403, "forbidden"), path
        if path.startswith(house.path):
            status, problem = await stranger.call(method, path, body)
            assert (status, problem["code"]) == (404, "not_found"), path
    status, _ = await stranger.call("GET", f"{house.path}/leaderboard")
    assert status == 404
    client = await Client.open(server.ws_url, await stranger.player("player-elsewhere"))
    assert (await client.refused("subscribe", channel=f"tournament:{house.id}"))["code"] == "not_found"
    await client.close()


NOON, NIGHT = "2026-01-01T12:00:00Z", "2026-01-01T22:00:00Z"


async def test_a_body_that_does_not_fit_names_every_fault(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    body = {
        "tournament_name": "",
        "start_time": NOON,
        "end_time": NIGHT,
        "tournament_config": {"tie_policy": "coin", "colour": 1},
    }
    status, problem = await house.call("POST", "/api/v1/tournaments", body)
    assert (status, problem["code"]) == (422, "bad_request")
    paths = {fault["path"] for fault in problem["faults"]}
    assert {"$.tournament_name", "$.tournament_config.tie_policy", "$.tournament_config.colour"} <= paths


async def test_a_stale_change_is_a_conflict(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    await house.make()
    _, row = await house.call("GET", house.path)
    change = {"tournament_name": "Later", "row_version": row["row_version"]}
    assert (await house.call("PATCH", house.path, change))[0] == 200
    assert (await house.call("PATCH", house.path, change))[0] == 409
    assert (await house.call("PATCH", house.path, {"tournament_name": "x"}))[0] == 422


async def test_a_tournament_ends_by_itself_and_names_its_winners(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    end = datetime.now(UTC) + timedelta(seconds=3)
    await house.make(end_time=end.isoformat(), tournament_config={"grace_s": 0})
    follower = await Follower.open(server, await house.player("player-watching"), house.id)
    await house.give(ann=3, bob=8)
    winners = await follower.client.event(lambda e: e["event"] == "tournament.winners")
    (gold,) = winners["data"]["winners"]
    assert (gold["user"], gold["rank"], gold["points"], gold["prize_name"]) == ("bob", 1, "8", "Gold")
    statuses = [e["data"]["tournament_status"] for e in follower.client.events if e["event"] == "tournament.status"]
    assert statuses in (["finalizing"], ["finalizing", "settled"])
    assert await house.give(ann=30) == ["closed"]
    _, listed = await house.call("GET", f"{house.path}/winners")
    assert [one["user"] for one in listed["items"]] == ["bob"]
    await follower.client.close()


async def test_a_redis_that_lost_everything_has_the_board_again(server: ServerProcess) -> None:
    house = await asyncio.to_thread(Organiser, server, "demo")
    await house.make()
    await house.give(**{f"u{i:03}": (i * 37) % 90 for i in range(1, 90)})
    before = await house.board("limit=200")
    follower = await Follower.open(server, await house.player("player-watching"), house.id)
    await follower.reach(before["version"])
    redis = Redis(unix_socket_path=redis_socket(server))
    (state,) = [key async for key in redis.scan_iter(match=f"wh:*{house.id}*:board:state")]
    await redis.flushall()
    assert await house.board("limit=200") == before
    await asyncio.to_thread(await_true, lambda: asyncio.run(exists(server, state)))
    assert await house.board("limit=200") == before
    await house.give(u001=5000)
    after = await house.board("limit=200")
    assert after["items"][0]["user"] == "u001"
    assert len(after["items"]) == 89
    await redis.aclose()
    await follower.client.close()


async def exists(server: ServerProcess, key: bytes) -> bool:
    async with Redis(unix_socket_path=redis_socket(server)) as redis:
        return bool(await redis.exists(key))


def redis_socket(server: ServerProcess) -> str:
    (socket,) = [path for path in server.data.rglob("*.sock") if path.is_socket()]
    return str(socket)
