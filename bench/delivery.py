"""`make bench-delivery`: live delivery beside its peers, in one run, on one machine.

Server by server and round by round, so that whatever else the machine does falls on all alike. A server has one core,
the client, Redis and Postgres have the other. Quote the ratios.
"""

import argparse
import json

from bench import report
from bench.goals import Results
from bench.machine import CACHE, cores, node_packages, raise_file_limit
from bench.rounds import measured
from bench.servers import NODE_SERVERS, SERVERS
from bench.sessions import PARTS, QUICK, Sizes, sessions
from bench.world import PLAYERS, world


def main() -> None:
    """Measure, print the tables, and write them to docs/benchmarks.md unless the run was a try."""
    wanted = _arguments()
    skipped: list[str] = []
    servers = set(SERVERS)
    if wanted.servers:
        servers &= set(wanted.servers.split(","))
    if servers & NODE_SERVERS and isinstance(packages := node_packages(), str):
        skipped.append(f"Node ws and Socket.IO, since {packages}")
        servers -= NODE_SERVERS
    parts = frozenset(wanted.only.split(",")) if wanted.only else frozenset(PARTS)
    sizes = QUICK if wanted.quick else Sizes()
    files = raise_file_limit()
    if files < PLAYERS + 200 and "growth" in parts and not wanted.quick:
        skipped.append(f"10,000 subscribers, since a process may have only {files} files here (`ulimit -Hn`)")
        parts -= {"growth"}
    if len(set(cores())) == 1:
        skipped.append("anything undisturbed, since this machine has one core for servers and client")
    for reason in skipped:
        print(f"Not measured: {reason}.")
    results: Results = {}
    with world() as shared:
        listed = sessions(parts, sizes, frozenset(servers))
        rounds = measured(listed, shared, wanted.rounds, wanted.minutes, results)
    print(f"\n{report.table_of_goals(results)}\n\n{report.tables(results)}")
    CACHE.joinpath("delivery.json").write_text(json.dumps([[*key, values] for key, values in results.items()]))
    if parts == frozenset(PARTS) and not wanted.quick:
        report.write("delivery", results, rounds, skipped)
        print(f"\nWritten to {report.PAGE}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-delivery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all variants (5)")
    parser.add_argument("--only", help=f"parts, comma-separated: {', '.join(PARTS)}")
    parser.add_argument("--servers", help=f"servers, comma-separated: {', '.join(SERVERS)}")
    parser.add_argument("--quick", action="store_true", help="few connections and short phases: a try, no result")
    parser.add_argument("--minutes", type=float, default=13.5, help="no session begins later than this (13.5)")
    wanted = parser.parse_args()
    unknown = set((wanted.only or "").split(",")) - {"", *PARTS}
    unknown |= set((wanted.servers or "").split(",")) - {"", *SERVERS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return wanted


if __name__ == "__main__":
    main()
