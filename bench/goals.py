"""The goals, each a bound on a ratio of two figures of one run."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

#: By session, server and figure: what each round found.
Results = dict[tuple[str, str, str], list[float]]


@dataclass(frozen=True)
class Goal:
    """One bound: `figure` of ours over that of `other`, or alone where there is no other."""

    number: int
    what: str
    session: str
    ours: tuple[str, str]
    bound: float
    #: server and figure that it is held against
    other: tuple[str, str] | None = None
    at_least: bool = False
    unit: str = "×"

    def judge(self, results: Results) -> tuple[float, bool] | None:
        """The ratio of the medians and whether the goal is met; None where a figure was not measured."""
        mine = results.get((self.session, *self.ours))
        theirs = results.get((self.session, *self.other)) if self.other else [1.0]
        if not mine or not theirs or not median(theirs):
            return None
        ratio = median(mine) / median(theirs)
        return ratio, ratio >= self.bound if self.at_least else ratio <= self.bound

    @property
    def bound_text(self) -> str:
        """The bound in words."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{self.unit}"


def _fan(number: int, what: str, figure: str, *, at_least: bool = False) -> Callable[[str, float], Goal]:
    def against(server: str, bound: float) -> Goal:
        return Goal(
            number,
            f"{what}, against {SHORT[server]}",
            "fan",
            ("wheelhouse", figure),
            bound,
            (server, figure),
            at_least=at_least,
        )

    return against


SHORT = {
    "litestar": "Litestar",
    "ws": "Node ws",
    "socketio": "Socket.IO",
    "limit-join": "C joining writes",
    "limit-each": "C, a write a message",
}

_BURST = _fan(1, "burst to 1,000", "burst_per_s", at_least=True)
_BURST_MANY = _fan(1, "burst to 5,000", "burst_many_per_s", at_least=True)
_SINGLE = _fan(2, "one publish at a time, CPU a delivery", "single_us")
_P50 = _fan(3, "p50 from publish to receipt", "p50_ms")
_P99 = _fan(3, "p99 from publish to receipt", "p99_ms")
_MEMORY = _fan(4, "memory of an idle connection", "connection_kb")

#: Whom spins are held against: a handler with a transaction a spin, and Postgres' own tool without any server.
HANDLER = "Litestar and asyncpg, a transaction a spin"
PGBENCH = "pgbench, a transaction a spin"

_DEFLATE = "compression offered"
_ALL_BACK = "all back and gap-free, Socket.IO's time over ours"


def _own(number: int, what: str, session: str, ours: tuple[str, str], other: tuple[str, str], bound: float) -> Goal:
    return Goal(number, what, session, ours, bound, other)


def _play(what: str, figure: str, bound: float) -> Goal:
    return Goal(
        6,
        what,
        "spins",
        ("wheelhouse", figure),
        bound,
        (HANDLER, figure),
        at_least=figure.endswith("per_s"),
    )


GOALS = [
    *(
        burst(server, bound)
        for burst in (_BURST, _BURST_MANY)
        for server, bound in (("litestar", 20), ("ws", 6), ("socketio", 6), ("limit-join", 0.6))
    ),
    _SINGLE("litestar", 0.2),
    _SINGLE("ws", 0.65),
    _SINGLE("socketio", 0.5),
    _SINGLE("limit-each", 1.15),
    _P50("litestar", 0.35),
    _P99("litestar", 0.35),
    _P50("ws", 1.0),
    _MEMORY("litestar", 0.167),
    _MEMORY("ws", 0.6),
    *(
        _own(5, f"{_DEFLATE}, {what}", "deflate", ("offered", figure), ("declined", figure), 1.1)
        for what, figure in (
            ("CPU a delivery one at a time", "single_us"),
            ("CPU a delivery in bursts", "burst_us"),
            ("memory of a connection", "connection_kb"),
        )
    ),
    _own(
        8,
        "1 % stalled, p99 of the others over that before",
        "stall",
        ("wheelhouse", "p99_during_ms"),
        ("wheelhouse", "p99_before_ms"),
        1.2,
    ),
    Goal(8, "1 % stalled, waiting for each", "stall", ("wheelhouse", "queued_kib"), 256, unit=" KiB"),
    _own(
        9,
        "CPU a delivery, 10,000 subscribers over 1,000",
        "fan",
        ("wheelhouse", "single_most_us"),
        ("wheelhouse", "single_us"),
        1.2,
    ),
    _play("50 players, spins a second, over a transaction a spin", "few_per_s", 5),
    _play("1,000 players, spins a second, over a transaction a spin", "many_per_s", 10),
    _play("50 players, p99, over a transaction a spin", "few_p99_ms", 0.25),
    _play("1,000 players, p99, over a transaction a spin", "many_p99_ms", 0.25),
    _play("one player, p50, over a transaction a spin", "one_p50_ms", 1.1),
    Goal(
        6,
        "1,000 players, spins a second, over pgbench's best transaction a spin",
        "spins",
        ("wheelhouse", "many_per_s"),
        1,
        (PGBENCH, "many_per_s"),
        at_least=True,
    ),
    Goal(10, _ALL_BACK, "storm", ("socketio-recovery", "back_s"), 3, ("wheelhouse", "back_s"), at_least=True),
]
