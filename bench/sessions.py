"""What is measured: one server started anew, one client, figures by name."""

import re
import time
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path

from bench.load import Load
from bench.rounds import Figures, Session
from bench.servers import SERVERS, Running, started
from bench.world import World

FAN_SERVERS = ("wheelhouse", "litestar", "ws", "socketio", "limit-join", "limit-each")
#: The limit shows what more sockets cost whoever writes to them.
GROWTH_SERVERS = ("wheelhouse", "limit-each")
STORM_SERVERS = ("wheelhouse", "socketio-recovery")


@dataclass(frozen=True)
class Sizes:
    """How many connections, and for how long."""

    few: int = 1_000
    many: int = 5_000
    most: int = 10_000
    storm: int = 5_000
    warm_s: float = 0.5
    pace_s: float = 3.0
    burst_s: float = 2.0
    #: messages that fill the kernel's buffers of a stalled reader, and those that end its patience
    fill: int = 1_100
    overfill: int = 2_500


QUICK = Sizes(200, 500, 1_000, 200, 0.2, 1.0, 0.5)

#: What may be asked for with --only.
FAN_PARTS = ("burst", "single", "latency", "memory", "growth")
PARTS = (*FAN_PARTS, "deflate", "stall", "storm")


def fan(world: World, name: str, sizes: Sizes, parts: frozenset[str]) -> Figures:
    """Goals 1 to 4 and 9: many idle connections, then all served, then fewer, then (ours) more."""
    figures: Figures = {}
    with started(SERVERS[name], world) as server, _client(world, server) as client:
        if parts & {"burst", "memory"}:
            # What is loaded and cached with the first connections is no connection's memory.
            client.ask("open", 50)
            client.ask("open", 0)
            before_kb = _resident_kb(server.pid)
            opened = client.ask("open", sizes.many)
            figures["open_ms"] = opened["cpu_s"] / sizes.many * 1e3
            time.sleep(1.0)
            figures["connection_kb"] = (_resident_kb(server.pid) - before_kb) / sizes.many
        if "burst" in parts:
            figures["burst_many_per_s"] = _burst(client, 8, sizes)["per_s"]
        client.ask("open", sizes.few)
        if "latency" in parts:
            pace = client.ask("pace", 20, sizes.pace_s)
            figures |= {"p50_ms": pace["p50_ms"], "p99_ms": pace["p99_ms"], "pace_us": pace["cpu_us"]}
        if parts & {"single", "growth"}:
            figures["single_us"], figures["single_kernel"] = _single(client, server, sizes)
        if "burst" in parts:
            burst = _burst(client, 8, sizes)
            figures |= {"burst_per_s": burst["per_s"], "burst_us": burst["cpu_us"]}
        if "growth" in parts and name in GROWTH_SERVERS:
            client.ask("open", sizes.most)
            figures["single_most_us"], figures["single_most_kernel"] = _single(client, server, sizes)
    return figures


def deflate(world: World, name: str, sizes: Sizes) -> Figures:
    """Goal 5: the same with a client that offers compression; `name` says who is told so."""
    figures: Figures = {}
    with started(SERVERS["wheelhouse"], world) as server:
        offered = replace(server, client={**server.client, "deflate": int(name == "offered")})
        with _client(world, offered) as client:
            client.ask("open", 50)
            client.ask("open", 0)
            before_kb = _resident_kb(server.pid)
            client.ask("open", sizes.few)
            time.sleep(0.5)
            figures["connection_kb"] = (_resident_kb(server.pid) - before_kb) / sizes.few
            figures["single_us"] = _burst(client, 1, sizes)["cpu_us"]
            figures["burst_us"] = _burst(client, 8, sizes)["cpu_us"]
    return figures


def stall(world: World, name: str, sizes: Sizes) -> Figures:
    """Goal 8: one in a hundred stops reading; what that does to the others, and what it costs."""
    stalled = max(1, sizes.few // 100)
    with (
        started(SERVERS[name], world) as server,
        _client(world, replace(server, client={**server.client, "small_readers": stalled})) as client,
    ):
        client.ask("open", sizes.few)
        _burst(client, 8, sizes)
        before = client.ask("pace", 20, sizes.pace_s)
        client.ask("stall", stalled)
        client.ask("fill", sizes.fill)
        queued = _measure(server, "queued_bytes")
        during = client.ask("pace", 20, sizes.pace_s)
        most = max(queued, _measure(server, "queued_bytes"))
        client.ask("fill", sizes.overfill)
        closed = _measure(server, "slow_consumers_total")
    return {
        "p99_before_ms": before["p99_ms"],
        "p99_during_ms": during["p99_ms"],
        "queued_kib": most / stalled / 1024,
        "slow_consumers": closed / stalled,
    }


def storm(world: World, name: str, sizes: Sizes) -> Figures:
    """Goal 10: all are cut at once and come back to what they missed, while more is published."""
    with started(SERVERS[name], world) as server, _client(world, server) as client:
        client.ask("open", sizes.storm)
        before = _ticks(server.pid)
        back = client.ask("storm", 20, 10)
        kernel = _kernel_share(before, _ticks(server.pid))
    return {
        "back_s": back["seconds"],
        "half_back_s": back["half_s"],
        "back_cpu_ms": back["cpu_s"] / sizes.storm * 1e3,
        "back_kernel": kernel,
        "unrecovered": back["unrecovered"],
        "gaps": back["gaps"],
        "twice": back["twice"],
        "not_whole": sizes.storm - back["whole"],
    }


def sessions(parts: frozenset[str], sizes: Sizes, servers: frozenset[str]) -> list[Session]:
    """All that one round measures, in order."""
    listed: list[Session] = []
    if parts & set(FAN_PARTS):
        wanted = FAN_SERVERS if parts & set(FAN_PARTS) != {"growth"} else GROWTH_SERVERS
        listed += [("fan", name, lambda world, name=name: fan(world, name, sizes, parts)) for name in wanted]  # type: ignore[misc]
    if "deflate" in parts:
        listed += [
            ("deflate", name, lambda world, name=name: deflate(world, name, sizes))  # type: ignore[misc]
            for name in ("declined", "offered")
        ]
    if "stall" in parts:
        listed.append(("stall", "wheelhouse", lambda world: stall(world, "wheelhouse", sizes)))
    if "storm" in parts:
        listed += [("storm", name, lambda world, name=name: storm(world, name, sizes)) for name in STORM_SERVERS]  # type: ignore[misc]
    return [session for session in listed if session[0] == "deflate" or session[1] in servers]


def _client(world: World, server: Running) -> Load:
    return Load(world.load, server.client, server.publishes)


def _burst(client: Load, waiting: int, sizes: Sizes) -> dict[str, float]:
    return client.ask("burst", waiting, sizes.warm_s, sizes.burst_s)


def _single(client: Load, server: Running, sizes: Sizes) -> tuple[float, float]:
    """CPU of a delivery when one is published at a time, in us, and how much of it is the kernel's (0 to 1)."""
    before = _ticks(server.pid)
    cpu_us = _burst(client, 1, sizes)["cpu_us"]
    return cpu_us, _kernel_share(before, _ticks(server.pid))


def _ticks(pid: int) -> tuple[int, int]:
    """A process's CPU time by now in itself and in the kernel, in the system's ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]), int(fields[12])


def _kernel_share(before: tuple[int, int], after: tuple[int, int]) -> float:
    user, kernel = after[0] - before[0], after[1] - before[1]
    return kernel / max(1, user + kernel)


def _resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def _measure(server: Running, name: str) -> float:
    """One of our server's own measures, over all tenants."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as response:
        text = response.read().decode()
    return sum(float(value) for value in re.findall(rf"^wheelhouse_{name}{{.*}} (\S+)$", text, re.MULTILINE))
