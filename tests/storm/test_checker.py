"""The checker finds each kind of fault in what clients wrote down, and none where there is none."""

from typing import Any

import msgspec
import pytest

from tests.storm.checker import check
from tests.storm.lines import ClientLog, Closed, Line, Opened, Received, Sent, Spoiled, Unanswered
from tests.storm.truth import Truth

EPOCH = "e1"
FOREIGN = {"ours": [b"their-wheel"]}
CUP = "tournament:cup"


def came(**message: Any) -> Received:
    return Received(0.0, msgspec.json.encode(message))


def replied(command_id: int, **result: Any) -> Received:
    return came(type="reply", id=command_id, result=result)


def connected(command_id: int = 1, tenant: str = "ours") -> list[Line]:
    return [
        Opened(0.0, "node"),
        Sent(0.0, {"type": "connect", "id": command_id}),
        replied(command_id, tenant=tenant, user="player-1", role="player", spins=[]),
    ]


def told(offset: int, n: int | None = None, channel: str = "tenant") -> dict[str, Any]:
    return {"type": "event", "channel": channel, "offset": offset, "event": "announcement", "data": {"n": n or offset}}


def event(offset: int, n: int | None = None, channel: str = "tenant") -> Received:
    return came(**told(offset, n, channel))


def result(offset: int, session: str) -> Received:
    return came(type="event", channel="user", offset=offset, event="spin.result", data={"session_id": session})


def rank(version: int) -> Received:
    return came(type="event", channel="tenant", version=version, event="metric", data={})


def subscribed(
    command_id: int,
    offset: int,
    *,
    channel: str = "tenant",
    since: int | None = None,
    events: list[dict[str, Any]] | None = None,
    recovered: bool = False,
    snapshot: dict[str, Any] | None = None,
    epoch: str = EPOCH,
) -> list[Line]:
    command: dict[str, Any] = {"type": "subscribe", "id": command_id, "channel": channel}
    if since is not None:
        command["since"] = {"epoch": EPOCH, "offset": since}
    answer: dict[str, Any] = {
        "channel": channel,
        "epoch": epoch,
        "offset": offset,
        "recovered": recovered,
        "events": events or [],
        "latest": {},
    }
    if snapshot is not None or not recovered:
        answer["snapshot"] = snapshot or {}
    return [Sent(0.0, command), replied(command_id, **answer)]


def spun(command_id: int, request_id: str, session: str) -> list[Line]:
    return [
        Sent(0.0, {"type": "spin", "id": command_id, "wheel_id": "w", "request_id": request_id}),
        replied(command_id, request_id=request_id, session_id=session, server_seed_hash=""),
    ]


def log(*lines: Line | list[Line], name: str = "one") -> ClientLog:
    flat = [line for part in lines for line in (part if isinstance(part, list) else [part])]
    return ClientLog(name, "ours", "player-1", "player", "json", flat)


def faults(*logs: ClientLog, truth: Truth | None = None) -> list[str]:
    return [finding.fault for finding in check(logs, truth or Truth(), FOREIGN)]


LISTENING = [*connected(), *subscribed(2, 5)]


def test_a_log_in_which_all_is_well_has_no_finding() -> None:
    truth = Truth(sessions={("ours", "player-1"): {"r": "s"}})
    well = log(
        LISTENING, event(6), event(7), rank(3), rank(9), Closed(0.0, 1006),
        connected(3), subscribed(4, 9, since=7, events=[told(8), told(9)], recovered=True), event(10),
        subscribed(5, 0, channel="user"), spun(6, "r", "s"), result(1, "s"),
        Spoiled(0.0, "nonsense"), Closed(0.0, 4400),
        connected(7), subscribed(8, 3, epoch="e2"), event(4),
    )  # fmt: skip
    assert faults(well, truth=truth) == []


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([LISTENING, event(7)], "gap"),
        ([LISTENING, event(6), event(6)], "duplicate"),
        ([LISTENING, event(6), event(7), event(6)], "reordered"),
        ([LISTENING, subscribed(3, 9, since=5, events=[told(6), told(9)], recovered=True)], "gap"),
        ([LISTENING, subscribed(3, 9, since=5, recovered=True)], "gap"),
        ([LISTENING, subscribed(3, 5, recovered=True)], "not honest"),
        ([LISTENING, subscribed(3, 5, since=5, recovered=True, epoch="e2")], "not honest"),
        ([LISTENING, subscribed(3, 6, since=5, events=[told(6)], recovered=True, snapshot={"a": 1})], "not honest"),
        ([LISTENING, event(6), subscribed(3, 4)], "rewound"),
        ([LISTENING, rank(4), rank(4)], "stale"),
        ([LISTENING, rank(4), rank(3)], "stale"),
        ([connected(), event(1)], "uninvited"),
        ([LISTENING, came(type="unsubscribed", channel="tenant", code="unavailable", message=""),
          event(6)], "uninvited"),
        ([LISTENING, came(type="unsubscribed", channel="tenant", code="forbidden", message="")], "refused"),
        ([connected(tenant="theirs")], "foreign"),
        ([LISTENING, came(**{**told(6), "data": {"wheel": "their-wheel"}})], "foreign"),
        ([LISTENING, Unanswered(0.0, 2)], "unanswered"),
        ([connected(), replied(1, tenant="ours", user="player-1", role="player", spins=[])], "answered twice"),
        ([connected(), came(type="error", id=9, error={"code": "unavailable", "message": ""})], "unasked"),
        ([LISTENING, Sent(0.0, {"type": "ping", "id": 3}),
          came(type="error", id=3, error={"code": "internal", "message": ""})], "refused"),
        ([LISTENING, Closed(0.0, 4500), connected(3)], "closed"),
        ([LISTENING, Closed(0.0, 4400), connected(3)], "closed"),
        ([connected(), Closed(0.0, 1006)], "away"),
        ([connected(), subscribed(2, 0, channel="user"), result(1, "s"), result(2, "s")], "duplicate"),
        ([connected(), spun(2, "r", "s")], "lost spin"),
    ],
)  # fmt: skip
def test_a_fault_is_found(lines: list[Line | list[Line]], fault: str) -> None:
    assert fault in faults(log(*lines))


def test_two_clients_that_were_told_different_things_at_one_place_disagree() -> None:
    assert faults(log(LISTENING, event(6, 1)), log(LISTENING, event(6, 2), name="two")) == ["disagree"]


def test_one_event_at_two_places_of_an_epoch_is_a_duplicate_though_nobody_saw_both() -> None:
    first = log(connected(), subscribed(2, 0, channel="wheel:w"))
    second = log(connected(), subscribed(2, 1, channel="wheel:w"), name="two")
    for one, offset in ((first, 1), (second, 2)):
        data = {"session_id": "s", "user": "a"}
        one.lines.append(came(type="event", channel="wheel:w", offset=offset, event="spin.result", data=data))
    assert faults(first, second) == ["duplicate"]


def test_a_spin_on_disk_whose_player_was_not_told_is_found() -> None:
    truth = Truth(sessions={("ours", "player-1"): {"r": "s"}})
    assert faults(log(connected(), spun(2, "r", "s")), truth=truth) == ["untold"]
    other = log(connected(), spun(2, "r", "another"), Closed(0.0, 1006), connected(3), spun(4, "r", "s"))
    assert {"played twice", "lost spin", "untold"} <= set(faults(other, truth=truth))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([came(type="event", channel="user", version=2, event="chance.changed", data={"remaining": 3})], []),
        ([], ["stale end"]),
        ([Closed(0.0, 1006)], ["away"]),
    ],
)
def test_chances_that_are_not_what_they_are_in_truth_are_a_stale_end(lines: list[Line], found: list[str]) -> None:
    start = subscribed(2, 0, channel="user", snapshot={"chances": {"remaining": 4}, "results": []})
    truth = Truth(chances={("ours", "player-1"): 3})
    assert faults(log(connected(), start, lines), truth=truth) == found


def board(version: int, **points: str) -> dict[str, Any]:
    rows = [{"user": user, "points": amount} for user, amount in points.items()]
    return {"tournament": {"tournament_status": "running"}, "rows": rows, "version": version}


def delta(from_version: int, version: int, **points: str) -> Received:
    rows = [{"user": user, "points": amount} for user, amount in points.items()]
    data = {"from_version": from_version, "version": version, "rows": rows, "gone": []}
    return came(type="event", channel=CUP, version=version, event="leaderboard.delta", data=data)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([delta(1, 2, ann="7"), delta(2, 3, bob="4")], []),
        ([delta(1, 2, ann="7")], ["stale end"]),
        ([delta(2, 3, ann="7", bob="4")], ["unusable", "stale end"]),
    ],
    ids=["whole", "a delta missing", "upon another board"],
)
def test_a_board_that_is_not_the_ledgers_is_a_stale_end(lines: list[Line], found: list[str]) -> None:
    truth = Truth(tournaments={("ours", "cup"): ("Cup", "running")}, boards={("ours", "cup"): {"ann": "7", "bob": "4"}})
    start = subscribed(2, 0, channel=CUP, snapshot=board(1, ann="5"))
    assert faults(log(connected(), start, lines), truth=truth) == found
