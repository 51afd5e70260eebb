"""How a wheel turns: it gathers speed, cruises, slows, and settles where it must.

The outcome is decided before the wheel moves, and its frames must not tell it. So the whole turning up to the settling
is drawn from randomness of its own, with no regard to where the wheel has to stop: until the last 700 ms the frames of
a spin are the same, to the bit, whatever it has won, and who has seen them all knows what was known before the first.
Only the settling is fitted to the stop angle: the wheel enters it so fast that between the softest and the firmest
braking lies more than a full turn, and every angle can be reached from every entry.

    velocity
      |      ________
      |     /        `--.           gather: smooth step up to the cruise
      |    /             `.         slow:   down to the settling's entry, more and more
      |   /               |`.       settle: a mix of a soft braking, v·(1-u)^4, and a firm one, v·(1-u^3)
      |__/________________|__`.__
        gather  cruise slow settle
"""

from collections.abc import Callable

import msgspec

#: The last stretch of a spin, the only one in which a frame may depend on the outcome.
REVEALING_MS = 700
#: The settling is a little shorter, so that a frame whose moment was rounded is on the right side.
SETTLE_MS = REVEALING_MS - 20
#: Of a spin shorter than three times the settling, the part that settles.
_LARGEST_SETTLE_PART = 1 / 3

#: What a settling from velocity v in t seconds travels, in parts of v·t: softest, firmest.
_SOFT, _FIRM = 1 / 5, 3 / 4
#: Degrees between the softest and the firmest settling: a full turn and a little, so that rounding never matters.
_LEAST_SPREAD_DEG, _LARGEST_SPREAD_DEG = 362.0, 415.0


class Plan(msgspec.Struct, frozen=True, array_like=True):
    """A spin's turning, whole; secret until the wheel has stopped. Times in ms, velocities in degrees a second."""

    duration_ms: int
    start_deg: float
    gather_ms: float
    cruise_ms: float
    slow_ms: float
    settle_ms: float
    cruise_deg_s: float
    #: the velocity with which the settling is entered
    entry_deg_s: float
    #: how late the slowing sets in; 1 is a constant brake
    slow_shape: float
    #: 0..1: how much of the settling is the soft braking
    softness: float
    #: where the wheel comes to rest, 0..360
    final_deg: float


def make_plan(final_deg: float, duration_ms: int, random: Callable[[], float], *, start_deg: float = 0.0) -> Plan:
    """A turning that takes `duration_ms` from `start_deg` to rest at `final_deg`.

    `random` gives numbers of [0, 1) that nobody can foresee; every one of them is used before `final_deg` is looked at.
    """
    settle_ms = min(float(SETTLE_MS), duration_ms * _LARGEST_SETTLE_PART)
    before_ms = duration_ms - settle_ms
    gather_ms = before_ms * _between(0.12, 0.22, random())
    slow_ms = before_ms * _between(0.30, 0.55, random())
    spread_deg = _between(_LEAST_SPREAD_DEG, _LARGEST_SPREAD_DEG, random())
    entry_deg_s = spread_deg / ((_FIRM - _SOFT) * settle_ms / 1000)
    plan = Plan(
        duration_ms=duration_ms,
        start_deg=start_deg % 360.0,
        gather_ms=gather_ms,
        cruise_ms=before_ms - gather_ms - slow_ms,
        slow_ms=slow_ms,
        settle_ms=settle_ms,
        cruise_deg_s=entry_deg_s * _between(1.15, 1.4, random()),
        entry_deg_s=entry_deg_s,
        slow_shape=_between(1.2, 2.4, random()),
        softness=0.0,
        final_deg=final_deg % 360.0,
    )
    full_deg = entry_deg_s * settle_ms / 1000
    # The window of one full turn in the middle of what can be reached; in it lies exactly one way to the stop angle.
    least_deg = _SOFT * full_deg + (spread_deg - 360.0) / 2
    travel_deg = least_deg + (plan.final_deg - _before_settling(plan) - least_deg) % 360.0
    softness = (_FIRM - travel_deg / full_deg) / (_FIRM - _SOFT)
    return msgspec.structs.replace(plan, softness=softness)


def angle_at(plan: Plan, t_ms: float) -> float:
    """The wheel's angle, 0..360, at a moment of the spin; before its start and after its end it rests."""
    return plan.final_deg if t_ms >= plan.duration_ms else turned_at(plan, t_ms) % 360.0


def turned_at(plan: Plan, t_ms: float) -> float:
    """The wheel's angle at a moment of the spin, counted on over 360: the start's plus all that was travelled."""
    if t_ms >= plan.duration_ms - plan.settle_ms:
        u = min(1.0, 1.0 - (plan.duration_ms - t_ms) / plan.settle_ms)
        part = plan.softness * (1 - (1 - u) ** 5) / 5 + (1 - plan.softness) * (u - u**4 / 4)
        return _before_settling(plan) + plan.entry_deg_s * plan.settle_ms / 1000 * part
    gathered = max(0.0, min(1.0, t_ms / plan.gather_ms))
    turned = plan.start_deg + plan.cruise_deg_s * plan.gather_ms / 1000 * (gathered**3 - gathered**4 / 2)
    turned += plan.cruise_deg_s * max(0.0, min(plan.cruise_ms, t_ms - plan.gather_ms)) / 1000
    slowed = max(0.0, (t_ms - plan.gather_ms - plan.cruise_ms) / plan.slow_ms)
    return turned + _slowing_deg(plan, slowed)


def velocity_at(plan: Plan, t_ms: float) -> float:
    """The wheel's velocity at a moment of the spin; it never turns back."""
    if t_ms <= 0 or t_ms >= plan.duration_ms:
        return 0.0
    if t_ms >= plan.duration_ms - plan.settle_ms:
        u = 1.0 - (plan.duration_ms - t_ms) / plan.settle_ms
        part: float = plan.softness * (1 - u) ** 4 + (1 - plan.softness) * (1 - u**3)
        return plan.entry_deg_s * part
    if t_ms < plan.gather_ms:
        u = t_ms / plan.gather_ms
        return plan.cruise_deg_s * u * u * (3 - 2 * u)
    slowed = max(0.0, (t_ms - plan.gather_ms - plan.cruise_ms) / plan.slow_ms)
    lost: float = (plan.cruise_deg_s - plan.entry_deg_s) * slowed**plan.slow_shape
    return plan.cruise_deg_s - lost


def _before_settling(plan: Plan) -> float:
    gathering = plan.cruise_deg_s * plan.gather_ms / 2000
    cruising = plan.cruise_deg_s * plan.cruise_ms / 1000
    return plan.start_deg + gathering + cruising + _slowing_deg(plan, 1.0)


def _slowing_deg(plan: Plan, u: float) -> float:
    lost: float = (plan.cruise_deg_s - plan.entry_deg_s) * u ** (plan.slow_shape + 1) / (plan.slow_shape + 1)
    return plan.slow_ms / 1000 * (plan.cruise_deg_s * u - lost)


def _between(least: float, most: float, random: float) -> float:
    return least + (most - least) * random
