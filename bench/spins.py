"""`make bench-spins`: spins beside a handler with a transaction a spin, and beside pgbench, in one run on one machine.

A server has one core; the client, Redis and Postgres have the other. Quote the ratios.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
from functools import partial

from bench import report
from bench.goals import HANDLER, PGBENCH, Results
from bench.load import Load
from bench.machine import CACHE, HERE, raise_file_limit
from bench.playing import PLAYERS, Play, prepare
from bench.rounds import Figures, Session, measured
from bench.servers import SERVERS, Server, started
from bench.world import World, world
from persistence.embedded.binaries import postgres_programs

#: Nobody is to be held back by a limit: limits are counted, as ever, and never reached.
_UNLIMITED = 1_000_000
_LIMITS = {
    f"WHEELHOUSE_{name.upper()}": str(_UNLIMITED)
    for name in (
        "commands_per_second",
        "user_commands_per_second",
        "user_spins_per_second",
        "address_commands_per_second",
        "tenant_commands_per_second",
        "spins_waiting",
    )
}
#: of clients that pgbench may have, whichever does best
_CLIENTS = (8, 16, 32)
_SCRIPTS = ("statements", "one_statement")


def main() -> None:
    """Measure, print the tables, and write them to docs/benchmarks.md unless the run was a try."""
    wanted = _arguments()
    raise_file_limit()
    results: Results = {}
    with world() as shared:
        play = asyncio.run(prepare(shared))
        rounds = measured(_sessions(play, wanted.seconds), shared, wanted.rounds, wanted.minutes, results)
    print(f"\n{report.table_of_goals(results)}\n\n{report.tables(results)}")
    CACHE.joinpath("spins.json").write_text(json.dumps([[*key, values] for key, values in results.items()]))
    if not wanted.quick:
        report.write("spins", results, rounds, [])
        print(f"\nWritten to {report.PAGE}.")


def _sessions(play: Play, seconds: float) -> list[Session]:
    ours = SERVERS["wheelhouse"]
    servers = (
        Server(
            "wheelhouse",
            ours.label,
            ours.command,
            lambda world: {"protocol": "wheelhouse", "path": "/ws", "tokens": world.tokens, "wheel": play.wheel},
            environment=lambda world: {**ours.environment(world), **_LIMITS},
        ),
        Server(
            HANDLER,
            HANDLER,
            lambda _, port: [
                *(sys.executable, "-m", "uvicorn", "bench.peers.litestar_spins:app", "--port", str(port)),
                *("--loop", "uvloop", "--log-level", "warning", "--no-access-log"),
            ],
            lambda _: {"protocol": "plain", "path": "/play/", "wheel": play.wheel},
            environment=lambda world: {
                "DATABASE_URL": world.urls.database_url or "",
                "BENCH_TENANT": play.tenant,
                "BENCH_WHEEL": play.wheel,
            },
        ),
    )
    return [
        *(("spins", server.name, partial(_played, server, seconds)) for server in servers),
        ("spins", PGBENCH, partial(_pgbench, play, seconds)),
    ]


def _played(server: Server, seconds: float, world: World) -> Figures:
    """Goal 6: one player, fifty, a thousand; each spins again when the last spin is answered."""
    figures: Figures = {}
    with started(server, world) as running, Load(world.load, running.client) as client:
        for name, players in (("one", 1), ("few", 50), ("many", PLAYERS)):
            client.ask("open", players)
            found = client.ask("spin", seconds / 3, seconds)
            figures |= {f"{name}_{figure}": found[figure] for figure in ("per_s", "p50_ms", "p99_ms")}
            figures[f"{name}_us"] = found["cpu_us"]
    return figures


def _pgbench(play: Play, seconds: float, world: World) -> Figures:
    """The most plays a second that Postgres' own tool makes of the same rows, one transaction each."""
    best = max(_transactions(play, seconds, world, script, clients) for script in _SCRIPTS for clients in _CLIENTS)
    return {"many_per_s": best}


def _transactions(play: Play, seconds: float, world: World, script: str, clients: int) -> float:
    named = [f"--define={name}={value}" for name, value in (*_rows(play), ("players", str(PLAYERS - 1)))]
    options = {"role": "wheelhouse_server", "wheelhouse.tenant_id": play.tenant, "jit": "off", "enable_seqscan": "off"}
    done = subprocess.run(
        [
            str(postgres_programs() / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--time={max(1, round(seconds))}"),
            f"--file={HERE / 'peers' / 'pgbench' / script}.sql",
            *named,
            (world.urls.database_url or "").replace("+asyncpg", ""),
        ],
        env={
            **os.environ,
            "PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in (*options.items(), _GENERIC)),
        },
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {world.server_core}),
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    return float(found[1])


_GENERIC = ("plan_cache_mode", "force_generic_plan")


def _rows(play: Play) -> list[tuple[str, str]]:
    return [("tenant", play.tenant), ("wheel", play.wheel), ("version", play.version), ("reward", play.reward)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-spins", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all variants (5)")
    parser.add_argument("--seconds", type=float, default=4, help="how long each number of players is measured (4)")
    parser.add_argument("--quick", action="store_true", help="a try, which writes nothing")
    parser.add_argument("--minutes", type=float, default=10, help="no session begins later than this (10)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
