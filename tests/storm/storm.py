"""A storm from its seed to its findings."""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.delivery.valkey import ValkeyProcess
from tests.processes import ServerProcess
from tests.storm import faults
from tests.storm.checker import Finding, check
from tests.storm.clients import Part, StormClient
from tests.storm.lines import ClientLog, Received
from tests.storm.proxy import Proxy
from tests.storm.publishers import Publisher
from tests.storm.truth import read_truth, unsound
from tests.storm.world import Ground, World

NODES = 2
#: of each tenant; some are there on two devices
PLAYERS = 80
TWICE = 15
#: of each tenant, operators, auditors and services
STAFF = 4
#: everybody is back, and has been told everything, this long after the last blow
CALM_S = 20.0
#: nothing has come for anybody for so long: there is nothing more to come
SILENCE_S = 2.5
#: What may still be mended by itself: a dead node's work is taken over by another.
IN_THE_END = {"stale end", "untold", "away"}
MENDED_S = 6.0

ENVIRONMENT = {
    "WHEELHOUSE_DRAIN_S": "1",
    "WHEELHOUSE_PING_INTERVAL_S": "4",
    "WHEELHOUSE_PING_TIMEOUT_S": "2",
    "WHEELHOUSE_QUEUED_BYTES": str(48 * 1024),
    "WHEELHOUSE_SEND_BUFFER_BYTES": str(8 * 1024),
    "WHEELHOUSE_HISTORY_EVENTS": "100",
}


@dataclass(slots=True)
class Outcome:
    """What a storm has shown."""

    seed: int
    seconds: float
    findings: list[Finding]
    logs: list[ClientLog]
    fallen: list[tuple[float, faults.Fault]]
    node_lines: list[str]

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return sum(len(log.lines) for log in self.logs)

    def report(self, most: int = 20) -> Iterator[str]:
        """The seed, each finding, and the lines around it."""
        yield f"storm SEED={self.seed} SECONDS={self.seconds:g}: {len(self.findings)} findings in {self.lines} lines"
        yield from (f"   {times} × {fault}" for fault, times in Counter(one.fault for one in self.findings).items())
        logs = {log.name: log for log in self.logs}
        for finding in self.findings[:most]:
            yield f"\n{finding.fault}: {finding.client}: {finding.detail}"
            log = logs.get(finding.client)
            if log is not None:
                start = max(0, finding.line - 6)
                # What was to come and did not is seen only in what came instead.
                after = 60 if finding.fault == "untold" else 3
                for number, line in enumerate(log.lines[start : finding.line + after], start):
                    mark = ">" if number == finding.line else " "
                    shown = str(log.message(line)) if isinstance(line, Received) else str(line)
                    yield f" {mark} {number} {line.at:.3f} {shown[:300]}"
        if self.findings:
            yield "\nblows:"
            yield from (f"   {at:.3f} {fault}" for at, fault in self.fallen)
            yield "\nwhat nodes logged of faults:"
            yield from (f"   {line}" for line in self.node_lines[-40:])


class Field:
    """Where storms rage: two nodes behind proxies, each with a link of its own to one Redis."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self._folder = folder
        self._store = folder / "redis"
        self._store.mkdir()
        self.redis = ValkeyProcess(self._store, "--appendonly", "yes", "--appendfsync", "everysec")
        self.links: list[Proxy] = []
        self.fronts: list[Proxy] = []
        self.nodes: list[ServerProcess] = []
        self._left = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.redis.start)
        self._left.push_async_callback(asyncio.to_thread, self.redis.__exit__)
        for number in range(NODES):
            link = Proxy(str(self.redis.socket))
            await link.start()
            self._left.push_async_callback(link.close)
            node = self.world.node(self._folder / f"node-{number}", f"redis://127.0.0.1:{link.port}", ENVIRONMENT)
            await asyncio.to_thread(node.start)
            self._left.push_async_callback(asyncio.to_thread, node.stop)
            host, port = node.url.removeprefix("http://").split(":")
            front = Proxy((host, int(port)))
            await front.start()
            self._left.push_async_callback(front.close)
            self.links.append(link)
            self.fronts.append(front)
            self.nodes.append(node)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._left.aclose()

    async def storm(self, seed: int, seconds: float, *, aloud: bool = False) -> Outcome:
        """Let one storm rage, wait until all is calm, and check."""
        begun = time.time()

        def say(text: str) -> None:
            if aloud:
                print(f"{time.time() - begun:7.2f} {text}", file=sys.stderr, flush=True)

        publishers = {
            code: Publisher(
                ground, _players(ground, seed)[:40], [node.url for node in self.nodes], f"publisher {seed} {code}"
            )
            for code, ground in self.world.grounds.items()
        }
        for publisher in publishers.values():
            await publisher.prepare(3)
        clients = [
            client
            for code, ground in self.world.grounds.items()
            for client in self._crowd(seed, ground, publishers[code].tournaments)
        ]
        lives = [asyncio.create_task(client.run()) for client in clients]
        publishing = [asyncio.create_task(publisher.run()) for publisher in publishers.values()]
        sky = faults.Sky(self.nodes, self.fronts, self.links, self.redis, self._store)
        say(f"storm {seed}: {len(clients)} clients")
        await sky.rage(faults.draw(seed, seconds, NODES), say)
        failed = [task for task in publishing if task.done()]
        for task in publishing:
            task.cancel()
        await asyncio.gather(*publishing, return_exceptions=True)
        for client in clients:
            client.calm = True
        await self._calm(clients)
        say("calm")
        logs = [client.log for client in clients]
        foreign = {code: self._words_of_others(code, publishers) for code in self.world.grounds}
        findings = check(logs, await read_truth(self.world), foreign)
        if findings and {finding.fault for finding in findings} <= IN_THE_END:
            say("not all is told yet")
            await asyncio.sleep(MENDED_S)
            findings = check(logs, await read_truth(self.world), foreign)
        findings += [Finding("unsound", "Postgres", 0, text) for text in await unsound(self.world)]
        findings += [Finding("publisher", "publisher", 0, repr(task.exception())) for task in failed]
        for task in lives:
            task.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        for publisher in publishers.values():
            await publisher.close()
        say(f"checked: {len(findings)} findings")
        return Outcome(seed, seconds, findings, logs, sky.fallen, self._faults_logged())

    async def _calm(self, clients: list[StormClient]) -> None:
        """Wait until everybody is back and nothing comes any more."""
        end = time.time() + CALM_S
        while time.time() < end:
            await asyncio.sleep(0.2)
            newest = max(client.last_news_at for client in clients)
            if all(client.is_settled for client in clients) and time.time() - newest > SILENCE_S:
                return

    def _crowd(self, seed: int, ground: Ground, tournaments: list[str]) -> Iterator[StormClient]:
        code = ground.tenant.code
        rng = random.Random(f"crowd {seed} {code}")
        ways = [f"ws://127.0.0.1:{front.port}/ws" for front in self.fronts]
        games = [f"wheel:{ground.wheel_id}", f"jackpot:{ground.jackpot_id}"]
        games += [f"tournament:{tournament_id}" for tournament_id in tournaments]
        staff = [f"{role}-{ground.mark}-{n}" for role in ("operator", "auditor", "service") for n in range(STAFF)]
        players = _players(ground, seed)
        for number, user in enumerate([*players, *players[:TWICE], *staff]):
            role = user.partition("-")[0]
            own = {"player": ("user",), "operator": ("operator",), "auditor": ("operator",)}.get(role, ())
            channels = (*own, "tenant", *rng.sample(games, 2))
            log = ClientLog(f"{user}/{number}", code, user, role, rng.choice(["json", "msgpack"]))
            part = Part(channels, str(ground.wheel_id) if role == "player" else None, 3.0)
            yield StormClient(
                log, ground.token(role, user), part, ways, f"client {seed} {user} {number}", self._is_stalled
            )

    def _is_stalled(self, port: int) -> bool:
        for front in self.fronts:
            for pipe in front.pipes:
                transport = pipe.client.transport
                if transport is not None and transport.get_extra_info("peername")[1] == port:
                    return pipe.stalled
        return False

    def _words_of_others(self, code: str, publishers: dict[str, Publisher]) -> list[bytes]:
        words: list[str] = []
        for other, ground in self.world.grounds.items():
            if other != code:
                words += [
                    str(ground.tenant.id),
                    str(ground.wheel_id),
                    str(ground.tournament_id),
                    str(ground.jackpot_id),
                ]
                words += [str(ground.jackpot_id), *publishers[other].tournaments, ground.mark]
        return [word.encode() for word in words]

    def _faults_logged(self) -> list[str]:
        return [
            line.rstrip()[:600]
            for node in self.nodes
            for line in node._drain.lines
            if "error" in line or "Traceback" in line or "exception" in line
        ]


def _players(ground: Ground, seed: int) -> list[str]:
    return [f"player-{ground.mark}-{seed}-{n}" for n in range(PLAYERS)]
