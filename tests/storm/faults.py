"""What befalls the nodes, Redis and the wires, all of it drawn from the seed before the storm begins."""

import asyncio
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.delivery.valkey import ValkeyProcess
from tests.processes import ServerProcess
from tests.storm.proxy import Pipe, Proxy


@dataclass(frozen=True, slots=True)
class Fault:
    """One blow. `node` is the number of the node it hits; `share` of its connections; for `lasts_s`."""

    after_s: float
    kind: str
    node: int
    share: float
    lasts_s: float


#: Kinds, and how often each comes.
KINDS = {
    "cut clients": 5,
    "stall clients": 4,
    "delay clients": 2,
    "cut redis": 2,
    "stall redis": 1,
    "freeze redis": 1,
    "kill redis": 2,
    "kill and empty redis": 2,
    "kill node": 2,
    "drain node": 2,
}


def draw(seed: int, seconds: float, nodes: int) -> list[Fault]:
    """The blows of a storm. Each kind that a storm of some length must have comes at least once."""
    rng = random.Random(f"faults {seed}")
    kinds = list(KINDS)
    count = max(4, int(seconds * 1.2))
    drawn = rng.sample(kinds, min(count, len(kinds)))
    drawn += rng.choices(kinds, weights=list(KINDS.values()), k=max(0, count - len(drawn)))
    rng.shuffle(drawn)
    times = sorted(rng.uniform(1.0, seconds) for _ in drawn)
    return [
        Fault(at, kind, rng.randrange(nodes), rng.uniform(0.1, 0.9), rng.uniform(0.2, 2.8))
        for at, kind in zip(times, drawn, strict=True)
    ]


class Sky:
    """Lets the blows fall. Nodes fall one at a time, and so do the blows on Redis."""

    def __init__(
        self, nodes: list[ServerProcess], fronts: list[Proxy], links: list[Proxy], redis: ValkeyProcess, store: Path
    ) -> None:
        self.fallen: list[tuple[float, Fault]] = []
        self._nodes = nodes
        self._fronts = fronts
        self._links = links
        self._redis = redis
        self._store = store
        self._node_turn = asyncio.Lock()
        self._redis_turn = asyncio.Lock()

    async def rage(self, faults: list[Fault], say: Callable[[str], None]) -> None:
        """Let all of them fall; returns when everything is whole again."""
        begun = asyncio.get_running_loop().time()
        rng = random.Random(f"sky {faults}")
        async with asyncio.TaskGroup() as falling:
            for fault in faults:
                await asyncio.sleep(max(0.0, begun + fault.after_s - asyncio.get_running_loop().time()))
                falling.create_task(self._fall(fault, rng, say))
        self._calm()

    def _calm(self) -> None:
        for proxy in (*self._fronts, *self._links):
            proxy.delay_s, proxy.refuses, proxy.stalls = 0.0, False, False
            for pipe in proxy.pipes:
                if pipe.stalled:
                    pipe.resume()

    async def _fall(self, fault: Fault, rng: random.Random, say: Callable[[str], None]) -> None:
        if "node" in fault.kind:
            async with self._node_turn:
                self._note(fault, say)
                await self._node_falls(fault)
        elif "redis" in fault.kind:
            async with self._redis_turn:
                self._note(fault, say)
                await self._redis_falls(fault)
        else:
            self._note(fault, say)
            await self._wires_fall(fault, rng)

    def _note(self, fault: Fault, say: Callable[[str], None]) -> None:
        self.fallen.append((time.time(), fault))
        say(f"{fault.kind}, node {fault.node}, {fault.share:.0%}, {fault.lasts_s:.1f} s")

    async def _wires_fall(self, fault: Fault, rng: random.Random) -> None:
        front = self._fronts[fault.node]
        hit: list[Pipe] = [pipe for pipe in list(front.pipes) if rng.random() < fault.share]
        if fault.kind == "cut clients":
            for pipe in hit:
                pipe.cut()
        elif fault.kind == "delay clients":
            front.delay_s = fault.lasts_s / 20
            await asyncio.sleep(fault.lasts_s)
            front.delay_s = 0.0
        else:
            for pipe in hit:
                pipe.stall()
            await asyncio.sleep(fault.lasts_s)
            for pipe in hit:
                pipe.resume()

    async def _redis_falls(self, fault: Fault) -> None:
        link = self._links[fault.node]
        if fault.kind == "cut redis":
            link.refuses = True
            link.cut_all()
            await asyncio.sleep(fault.lasts_s)
            link.refuses = False
        elif fault.kind == "stall redis":
            link.stalls = True
            for pipe in list(link.pipes):
                pipe.stall()
            await asyncio.sleep(fault.lasts_s)
            link.stalls = False
            for pipe in list(link.pipes):
                pipe.resume()
        elif fault.kind == "freeze redis":
            self._redis.freeze()
            await asyncio.sleep(fault.lasts_s)
            self._redis.thaw()
        else:
            await asyncio.to_thread(self._redis.kill)
            if fault.kind == "kill and empty redis":
                shutil.rmtree(self._store / "appendonlydir", ignore_errors=True)
            await asyncio.sleep(fault.lasts_s / 2)
            await asyncio.to_thread(self._redis.start)

    async def _node_falls(self, fault: Fault) -> None:
        node = self._nodes[fault.node]
        await asyncio.to_thread(node.kill if fault.kind == "kill node" else node.stop)
        await asyncio.sleep(fault.lasts_s / 2)
        await asyncio.to_thread(node.start)
