"""What every engine is held to before a server runs it: tried out with many outcomes, its frames watched."""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from games.engines import Engine, Frames, Random, Reveal
from games.wheel.angles import Segment, segments, stops_within
from games.wheel.terms import RewardTerms
from games.wheel.timeline import REVEALING_MS

_WIDTHS = (1, 40, 9, 50)
_DURATIONS_MS = (1_000, 5_000)
_STREAMS = 4
_MOMENTS = 40


def faults(engine: Engine, stream: Callable[[int], Random]) -> list[str]:
    """What is wrong with an engine, in words; empty when it may be used. `stream` gives random numbers by a seed."""
    try:
        config = msgspec.convert({}, engine.config)
    except msgspec.ValidationError as error:
        return [f"its config needs a default for every field: {error}"]
    try:
        return _tried(engine, config, stream)
    except Exception as error:  # noqa: BLE001 - whatever a package's code raises is its fault, and said as one
        return [f"it fails: {type(error).__name__}: {error}"]


def _tried(engine: Engine, config: msgspec.Struct, stream: Callable[[int], Random]) -> list[str]:
    drawn = segments(_WIDTHS)
    found: list[str] = []
    for duration_ms in _DURATIONS_MS:
        for seed in range(_STREAMS):
            reveals = [engine.reveal(config, segment, duration_ms, stream(seed)) for segment in drawn]
            found += _angle_faults(drawn, reveals)
            found += _frame_faults([engine.frames(reveal.plan) for reveal in reveals], duration_ms)
    rewards = [_reward(at, segment) for at, segment in enumerate(drawn)]
    for won in rewards:
        msgspec.json.encode(engine.picture(config, rewards, won, stream(0)))
    return list(dict.fromkeys(found))


def _angle_faults(drawn: Sequence[Segment], reveals: Sequence[Reveal]) -> list[str]:
    return [
        "its angle_deg does not lie in the outcome's segment"
        for segment, reveal in zip(drawn, reveals, strict=True)
        if not stops_within(segment, reveal.angle_deg)
    ]


def _frame_faults(watched: Sequence[Frames], duration_ms: int) -> list[str]:
    until_ms = duration_ms - REVEALING_MS
    for step in range(_MOMENTS + 1):
        t_ms = until_ms * step / _MOMENTS
        if len({frames(t_ms) for frames in watched}) > 1:
            return [
                f"its frames tell the outcome {duration_ms - t_ms:.0f} ms before the end; {REVEALING_MS} are allowed"
            ]
    return []


def _reward(at: int, segment: Segment) -> RewardTerms:
    return RewardTerms(
        id=UUID(int=at),
        slug=f"reward-{at}",
        label=f"Reward {at}",
        type="none" if at == 0 else "cash",
        color=None,
        description=None,
        detail=msgspec.Raw(b"{}"),
        range_start=at + 1,
        range_end=at + 1,
        probability="0.25",
        start_deg=segment.start_deg,
        sweep_deg=segment.sweep_deg,
    )
