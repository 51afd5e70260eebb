"""The figures of a run as tables, and their place in docs/benchmarks.md."""

from datetime import UTC, datetime
from statistics import median

from bench.goals import GOALS, Results
from bench.machine import ROOT, facts
from bench.servers import SERVERS

PAGE = ROOT / "docs" / "benchmarks.md"

#: Figures by session: the name, its column, and its format.
COLUMNS = {
    "fan": (
        ("burst_per_s", "burst, 1,000: msgs/s", ",.0f"),
        ("burst_us", "CPU µs", ".2f"),
        ("burst_many_per_s", "burst, 5,000: msgs/s", ",.0f"),
        ("single_us", "one at a time: CPU µs", ".2f"),
        ("single_kernel", "the kernel's", ".0%"),
        ("p50_ms", "p50 ms", ".2f"),
        ("p99_ms", "p99 ms", ".2f"),
        ("connection_kb", "KB a connection", ".1f"),
        ("open_ms", "CPU ms to connect", ".2f"),
        ("single_most_us", "10,000: CPU µs", ".2f"),
        ("single_most_kernel", "the kernel's", ".0%"),
    ),
    "deflate": (
        ("single_us", "one at a time: CPU µs", ".2f"),
        ("burst_us", "burst: CPU µs", ".2f"),
        ("connection_kb", "KB a connection", ".1f"),
    ),
    "stall": (
        ("p99_before_ms", "p99 ms before", ".2f"),
        ("p99_during_ms", "p99 ms of the others", ".2f"),
        ("queued_kib", "KiB waiting for each", ".0f"),
        ("slow_consumers", "closed as slow in the end", ".0%"),
    ),
    "storm": (
        ("back_s", "all back, s", ".2f"),
        ("half_back_s", "half back, s", ".2f"),
        ("back_cpu_ms", "CPU ms each", ".2f"),
        ("back_kernel", "the kernel's", ".0%"),
        ("unrecovered", "not recovered", ".0f"),
        ("gaps", "gaps", ".0f"),
        ("twice", "doubled", ".0f"),
        ("not_whole", "not whole", ".0f"),
    ),
    "spins": (
        ("one_p50_ms", "one player: p50 ms", ".2f"),
        ("few_per_s", "50 players: spins/s", ",.0f"),
        ("few_p50_ms", "p50 ms", ".1f"),
        ("few_p99_ms", "p99 ms", ".1f"),
        ("many_per_s", "1,000 players: spins/s", ",.0f"),
        ("many_p50_ms", "p50 ms", ".0f"),
        ("many_p99_ms", "p99 ms", ".0f"),
        ("many_us", "CPU µs of the server", ".0f"),
    ),
}
TITLES = {
    "fan": "Fan-out",
    "deflate": "A client that offers compression",
    "stall": "Stalled readers",
    "storm": "Everybody comes back at once",
    "spins": "Spins, from the command to the answer after the commit",
}


def table_of_goals(results: Results) -> str:
    """Each goal of the sessions that were run, with what was found."""
    lines = ["| goal | what | bound | found | |", "| --- | --- | --- | --- | --- |"]
    run = {session for session, _, _ in results}
    for goal in GOALS:
        if goal.session not in run:
            continue
        judged = goal.judge(results)
        found, word = ("–", "not measured") if judged is None else (_found(judged[0], goal.unit), _word(judged[1]))
        lines.append(f"| {goal.number} | {goal.what} | {goal.bound_text} | {found} | {word} |")
    return "\n".join(lines)


def tables(results: Results) -> str:
    """The medians by server, with the least and the most of the rounds."""
    parts = []
    for session, columns in COLUMNS.items():
        names = list(dict.fromkeys(name for kind, name, _ in results if kind == session))
        shown = [column for column in columns if any((session, name, column[0]) in results for name in names)]
        if not shown:
            continue
        lines = [
            f"### {TITLES[session]}",
            "",
            "| | " + " | ".join(title for _, title, _ in shown) + " |",
            "| --- " * (len(shown) + 1) + "|",
        ]
        for name in names:
            cells = [_cell(results.get((session, name, figure), []), how) for figure, _, how in shown]
            lines.append(f"| {SERVERS[name].label if name in SERVERS else name} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def write(kind: str, results: Results, rounds: int, skipped: list[str]) -> None:
    """Put the figures of a run of `make bench-<kind>` into the page, in place of those before."""
    begin, end = f"<!-- {kind}: written by make bench-{kind} -->", f"<!-- end of {kind} -->"
    machine = "; ".join(f"{name} {value}" if name != "machine" else value for name, value in facts().items())
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    left_out = "".join(f"\nNot measured: {reason}.\n" for reason in skipped)
    text = f"""{begin}

Run on {when}, {rounds} rounds. {machine}.
{left_out}
{table_of_goals(results)}

Medians of the rounds, with the least and the most.

{tables(results)}

"""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    PAGE.write_text(before + text + end + rest.partition(end)[2], encoding="utf-8")


def _found(ratio: float, unit: str) -> str:
    return f"{ratio:.0f}{unit}" if ratio >= 20 else f"{ratio:.2f}{unit}"


def _word(is_met: bool) -> str:
    return "met" if is_met else "**not met**"


def _cell(values: list[float], how: str) -> str:
    if not values:
        return ""
    low, high = format(min(values), how), format(max(values), how)
    spread = "" if len(values) == 1 or low == high else f" ({low}–{high})"
    return format(median(values), how) + spread
