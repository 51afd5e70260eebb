"""Reads what clients wrote down, and says what was not as it is promised.

Of a channel's kept events none is missing, doubled or out of order; an answer is recovered only with all that was
missed; of the latest ones none is older than what was had; nobody sees anything of another tenant; and in the end
everybody sees what is true.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from games.messages.events import EVENT_KINDS
from tests.storm.lines import ClientLog, Closed, Opened, Received, Sent, Spoiled, Unanswered
from tests.storm.truth import Truth
from tests.storm.views import View

#: How a connection may end in a storm: cut, left, drained, too slow, silent.
_ENDS = {1000, 1001, 1005, 1006, 4503, 4508, 4509, 4510}
#: What a command may be refused with in a storm.
_REFUSALS = {"no_chance_left", "spin_in_progress", "unavailable", "rate_limited"}
#: Events that happen once, and so have one place in a channel's epoch.
_ONCE = {"spin.started", "spin.result", "tournament.winners", "jackpot.message", "announcement"}

#: (tenant, channel, epoch, offset) → (event, data)
Told = dict[tuple[str, str, str, int], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that was broken. `line` is an index into the client's log."""

    fault: str
    client: str
    line: int
    detail: str


@dataclass(slots=True)
class Listening:
    """Where a subscription stands."""

    epoch: str
    offset: int
    versions: dict[str, int] = field(default_factory=dict)


class Reading:
    """Reads one client's log; `told` is shared by all, and says what stands at each place of each channel."""

    def __init__(self, log: ClientLog, foreign: Iterable[bytes], told: Told) -> None:
        self.log = log
        self.findings: list[Finding] = []
        #: results of spins that this client has been told, in whatever way
        self.results: set[str] = set()
        #: what the client's answers to `spin` named: request id and session
        self.acknowledged: dict[str, str] = {}
        #: the line on which each spin was first asked for
        self.asked: dict[str, int] = {}
        self.views: dict[str, View] = {}
        self.connected = False
        self._foreign = [word for word in foreign if word]
        self._told = told
        self._line = 0
        self._begin()

    def _begin(self) -> None:
        self._commands: dict[int, dict[str, Any]] = {}
        self._answered: set[int] = set()
        self.listening: dict[str, Listening] = {}
        self._spoiled = False
        self._once: set[tuple[str, str, str]] = set()
        self.connected = False

    def read(self) -> None:
        for number, line in enumerate(self.log.lines):
            self._line = number
            match line:
                case Opened():
                    self._begin()
                case Sent():
                    self._commands[line.command["id"]] = line.command
                    if line.command["type"] == "spin":
                        self.asked.setdefault(line.command["request_id"], number)
                case Spoiled():
                    self._spoiled = True
                case Received():
                    self._look_for_foreign(line.raw)
                    self._message(self.log.message(line))
                case Unanswered():
                    self._find("unanswered", f"command {self._commands.get(line.command_id)}")
                case Closed():
                    self._closed(line.code)

    def _find(self, fault: str, detail: str) -> None:
        self.findings.append(Finding(fault, self.log.name, self._line, detail))

    def _look_for_foreign(self, raw: bytes) -> None:
        for word in self._foreign:
            if word in raw:
                self._find("foreign", f"{word.decode()} is another tenant's")

    def _closed(self, code: int) -> None:
        if code not in _ENDS and not (self._spoiled and code in (4400, 4413)):
            self._find("closed", f"with {code}")
        self._begin()

    def _message(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "reply":
                if (command := self._answers(message["id"])) is not None:
                    self._reply(command, message["result"])
            case "error":
                command = self._answers(message["id"])
                code = message["error"]["code"]
                if command is not None and code not in _REFUSALS:
                    self._find("refused", f"{command} with {code}: {message['error']['message']}")
            case "event":
                self._event(message)
            case "unsubscribed":
                self.listening.pop(message["channel"], None)
                if message["code"] != "unavailable":
                    self._find("refused", f"{message['channel']} with {message['code']}")

    def _answers(self, command_id: int) -> dict[str, Any] | None:
        command = self._commands.get(command_id)
        if command is None:
            self._find("unasked", f"an answer to {command_id}")
        elif command_id in self._answered:
            self._find("answered twice", str(command))
        self._answered.add(command_id)
        return command

    def _reply(self, command: dict[str, Any], result: dict[str, Any]) -> None:
        match command["type"]:
            case "connect":
                self.connected = True
                if (result["tenant"], result["user"], result["role"]) != (
                    self.log.tenant,
                    self.log.user,
                    self.log.role,
                ):
                    self._find("foreign", f"taken for {result['user']} of {result['tenant']}")
                self.results.update(spin["session_id"] for spin in result["spins"] if spin.get("result"))
            case "subscribe":
                self._subscribed(command, result)
            case "unsubscribe":
                self.listening.pop(result["channel"], None)
            case "spin":
                before = self.acknowledged.setdefault(result["request_id"], result["session_id"])
                if before != result["session_id"]:
                    self._find("played twice", f"{result['request_id']} is {before} and {result['session_id']}")

    def _subscribed(self, command: dict[str, Any], answer: dict[str, Any]) -> None:
        channel, since = answer["channel"], command.get("since")
        offsets = [event.get("offset") for event in answer["events"]]
        if answer["recovered"]:
            if since is None or since["epoch"] != answer["epoch"] or "snapshot" in answer:
                self._find("not honest", f"{channel} recovered from {since} at epoch {answer['epoch']}")
            elif offsets != list(range(since["offset"] + 1, answer["offset"] + 1)):
                self._find("gap", f"{channel} recovered {offsets} after {since} up to {answer['offset']}")
        elif "snapshot" not in answer or offsets:
            self._find("not honest", f"{channel} not recovered, with {offsets} and no snapshot")
        if not answer["recovered"]:
            # Begun anew: what is told from here on is told once from here on.
            self._once = {once for once in self._once if once[0] != channel}
        view = self.views.setdefault(channel, View(channel))
        if view.epoch == answer["epoch"] and answer["offset"] < view.offset:
            self._find("rewound", f"{channel} from {view.offset} to {answer['offset']}")
        self.listening[channel] = Listening(
            answer["epoch"], answer["offset"], {name: event["version"] for name, event in answer["latest"].items()}
        )
        view.begin(answer)
        for event in answer["events"]:
            self._same_for_all(channel, answer["epoch"], event)
            self._took(channel, event)
        for session in view.snapshot_results:
            self.results.add(session)

    def _event(self, event: dict[str, Any]) -> None:
        channel, name = event["channel"], event["event"]
        listening = self.listening.get(channel)
        kind = EVENT_KINDS.get(name)
        if listening is None:
            self._find("uninvited", f"{name} on {channel}")
            return
        if kind == "latest":
            had = listening.versions.get(name, -1)
            if "version" in event:
                if event["version"] <= had:
                    self._find("stale", f"{name} on {channel}: {event['version']} after {had}")
                listening.versions[name] = max(had, event["version"])
        elif kind == "kept" and "offset" in event:
            self._in_order(listening, event)
            self._same_for_all(channel, listening.epoch, event)
            listening.offset = max(listening.offset, event["offset"])
        self._took(channel, event)

    def _in_order(self, listening: Listening, event: dict[str, Any]) -> None:
        offset, channel = event["offset"], event["channel"]
        if offset == listening.offset:
            self._find("duplicate", f"{channel} {offset} ({event['event']})")
        elif offset < listening.offset:
            self._find("reordered", f"{channel} {offset} after {listening.offset}")
        elif offset > listening.offset + 1:
            self._find("gap", f"{channel} {offset} after {listening.offset}")

    def _same_for_all(self, channel: str, epoch: str, event: dict[str, Any]) -> None:
        whose = f"user:{self.log.user}" if channel == "user" else channel
        place = (self.log.tenant, whose, epoch, event["offset"])
        said = (event["event"], repr(event["data"]))
        if self._told.setdefault(place, said) != said:
            self._find("disagree", f"{whose} {epoch}:{event['offset']} was {self._told[place]}")

    def _took(self, channel: str, event: dict[str, Any]) -> None:
        """An event is part of what the client knows."""
        name, data = event["event"], event["data"]
        if name in ("spin.started", "spin.result"):
            once = (channel, name, data["session_id"])
            if once in self._once:
                self._find("duplicate", f"{channel}: {name} of {data['session_id']} for a second time")
            self._once.add(once)
        if name == "spin.result" and channel == "user":
            self.results.add(data["session_id"])
        view = self.views[channel]
        unusable = view.unusable
        view.take(event)
        if view.unusable > unusable:
            self._find("unusable", f"{channel}: a delta from {data['from_version']} upon another board")


def check(logs: Iterable[ClientLog], truth: Truth, foreign: Mapping[str, Iterable[bytes]]) -> list[Finding]:
    """All that was not as promised. `foreign`: for each tenant, words that only other tenants may see."""
    told: Told = {}
    readings = [Reading(log, foreign[log.tenant], told) for log in logs]
    for reading in readings:
        reading.read()
    findings = [finding for reading in readings for finding in reading.findings]
    findings += _played_truly(readings, truth)
    findings += _twice_in_a_channel(told)
    for reading in readings:
        findings += _ends_true(reading, truth)
    return findings


def _played_truly(readings: list[Reading], truth: Truth) -> Iterator[Finding]:
    """Every answered spin is on disk, once; every spin on disk has been told to its player."""
    told: dict[tuple[str, str], set[str]] = {}
    asked: dict[tuple[str, str], tuple[str, int]] = {}
    for reading in readings:
        log = reading.log
        told.setdefault((log.tenant, log.user), set()).update(reading.results)
        asked.update(((log.tenant, request_id), (log.name, line)) for request_id, line in reading.asked.items())
        for request_id, session_id in reading.acknowledged.items():
            if truth.sessions.get((log.tenant, log.user), {}).get(request_id) != session_id:
                yield Finding("lost spin", log.name, 0, f"{request_id} was answered with {session_id}")
    for (tenant, user), sessions in truth.sessions.items():
        for request_id, session_id in sessions.items():
            if (tenant, user) in told and session_id not in told[tenant, user]:
                name, line = asked[tenant, request_id]
                yield Finding("untold", name, line, f"the result of {request_id} ({session_id})")


def _twice_in_a_channel(told: Told) -> Iterator[Finding]:
    """One event has one place in a channel's epoch."""
    places = Counter(
        (tenant, channel, epoch, said) for (tenant, channel, epoch, _), said in told.items() if said[0] in _ONCE
    )
    for (tenant, channel, epoch, said), times in places.items():
        if times > 1:
            yield Finding("duplicate", f"{tenant} {channel}", 0, f"{times} places in epoch {epoch} for {said}")


def _ends_true(reading: Reading, truth: Truth) -> Iterator[Finding]:
    """What the client knows of the channels that it listens to is what Postgres says."""
    log = reading.log
    if not reading.connected:
        yield Finding("away", log.name, len(log.lines), "not connected when the storm was over")
    for channel in reading.listening:
        view = reading.views[channel]
        for what, known, true in view.against(truth, log.tenant, log.user):
            if known != true:
                yield Finding("stale end", log.name, len(log.lines) - 1, f"{channel} {what}: {known}, in truth {true}")
