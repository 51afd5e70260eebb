"""The turntable of a node: every spin that somebody here watches, shown by one clock, and revealed when it stops.

A spin's plan is known to every node that has a listener of its player or its wheel; each computes the frames for its
own listeners, so frames cross no network between nodes. The node that committed a spin reveals it. Nothing is sent
ahead of the clock: a frame tells where the wheel is now, and the result follows when it rests.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any
from uuid import UUID

import structlog

from channels.broker import Broker
from channels.channel import Channel
from channels.hub import Hub
from games.engines import Frames
from games.messages.events import SpinFrame
from persistence.plays import Play

log = structlog.get_logger(__name__)

#: A node that does not reveal a spin forgets it this long after it has stopped.
_LINGER_MS = 500.0
#: Whether somebody listens to a spin that nobody has listened to is looked at again after this long.
_UNHEARD_MS = 250.0


@dataclass(slots=True, eq=False)
class Turning:
    """A spin on the turntable. `featured` says that the wheel's watchers see it; `play`, that this node reveals it."""

    tenant_id: UUID
    session_id: UUID
    wheel_id: UUID
    user_id: str
    shown_as: str
    started_at: datetime
    duration_ms: int
    server_seed_hash: str
    frames: Frames
    frames_per_second: int
    featured: bool
    play: Play | None
    #: in unix milliseconds, like the next two: when the wheel rests, and when its next frame is due
    started_ms: float = field(init=False)
    stops_ms: float = field(init=False)
    due_ms: float = field(init=False)
    #: when the turntable looks at it next
    looked_at_ms: float = field(init=False)
    #: the channels of the spin's player and of its wheel
    user_channel: Channel = field(init=False)
    wheel_channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.started_ms = self.started_at.timestamp() * 1000
        self.stops_ms = self.started_ms + self.duration_ms
        self.due_ms = self.looked_at_ms = 0.0
        tenant = str(self.tenant_id)
        self.user_channel = Channel(tenant, f"user:{self.user_id}")
        self.wheel_channel = Channel(tenant, f"wheel:{self.wheel_id}")

    def at(self, now_ms: float) -> tuple[UUID, float, float]:
        """Where the spin is: the session, and the two numbers of its engine's frame."""
        t_ms = min(max(now_ms - self.started_ms, 0.0), float(self.duration_ms))
        first, second = self.frames(t_ms)
        return self.session_id, round(first, 2), round(second, 1)


Reveal = Callable[[list[Turning]], Coroutine[Any, Any, None]]


class Turntable:
    """Turns while there is something to turn, and sleeps otherwise.

    Arguments: `now`, the clock; `reveal`, called with spins of this node that have stopped.
    """

    def __init__(self, hub: Hub, broker: Broker, now: Callable[[], datetime], reveal: Reveal) -> None:
        self._hub = hub
        self._broker = broker
        self._now = now
        self._reveal = reveal
        self._spins: dict[UUID, Turning] = {}
        #: when each spin on the table is to be looked at, the soonest first, with a number that tells equals apart
        self._upcoming: list[tuple[float, int, Turning]] = []
        self._numbers = count()
        self._of_wheel: dict[Channel, dict[UUID, Turning]] = {}
        self._of_user: dict[Channel, dict[UUID, Turning]] = {}
        self._filled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._reveals: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to turn."""
        self._task = asyncio.create_task(self._turn(), name="turntable")

    async def rest(self, within_s: float) -> None:
        """Return when no spin that this node reveals turns any more, or when this time is over."""
        end_ms = self._now().timestamp() * 1000 + within_s * 1000
        while own := [spin.stops_ms for spin in self._spins.values() if spin.play is not None]:
            now_ms = self._now().timestamp() * 1000
            if now_ms >= end_ms:
                return
            await asyncio.sleep(max(0.01, (min(max(own), end_ms) - now_ms) / 1000))
        if self._reveals:
            await asyncio.gather(*self._reveals, return_exceptions=True)

    async def close(self) -> None:
        """Stop turning and finish the reveals under way; spins still turning are completed by another node."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._reveals:
            await asyncio.gather(*self._reveals, return_exceptions=True)

    def add(self, turning: Turning) -> None:
        """Put a spin on the table; one that is there stays, and is revealed here when either says so."""
        there = self._spins.get(turning.session_id)
        if there is not None:
            if there.play is None and turning.play is not None:
                there.play = turning.play
                self._look_at(there, there.started_ms)
            return
        self._spins[turning.session_id] = turning
        self._of_user.setdefault(turning.user_channel, {})[turning.session_id] = turning
        if turning.featured:
            self._of_wheel.setdefault(turning.wheel_channel, {})[turning.session_id] = turning
        self._look_at(turning, turning.due_ms)
        self._filled.set()

    def on_wheel(self, channel: Channel) -> list[Turning]:
        """The featured spins of a wheel's channel that turn now."""
        return list(self._of_wheel.get(channel, {}).values())

    async def _turn(self) -> None:
        while True:
            if not self._spins:
                self._filled.clear()
                await self._filled.wait()
            now_ms = self._now().timestamp() * 1000
            due = self._due(now_ms)
            try:
                self._send_frames([spin for spin in due if now_ms < spin.stops_ms], now_ms)
            except Exception:
                log.exception("a frame could not be sent; the wheels turn on")
            self._stop([spin for spin in due if now_ms >= spin.stops_ms], now_ms)
            for spin in due:
                if spin.session_id in self._spins:
                    self._look_at(spin, spin.due_ms)
            await asyncio.sleep(max(0.002, (self._upcoming[0][0] - now_ms) / 1000) if self._upcoming else 0)

    def _look_at(self, spin: Turning, at_ms: float) -> None:
        spin.looked_at_ms = at_ms
        heappush(self._upcoming, (at_ms, next(self._numbers), spin))

    def _due(self, now_ms: float) -> list[Turning]:
        """The spins to be looked at now; those shown meanwhile, with others of their wheel, are put off."""
        due = []
        while self._upcoming and self._upcoming[0][0] <= now_ms:
            at_ms, _, spin = heappop(self._upcoming)
            if at_ms != spin.looked_at_ms:
                continue
            if spin.due_ms > now_ms and (spin.play is None or now_ms < spin.stops_ms):
                self._look_at(spin, spin.due_ms)
            else:
                due.append(spin)
        return due

    def _send_frames(self, due: list[Turning], now_ms: float) -> None:
        at_ms = int(now_ms)
        wheels: dict[Channel, None] = {}
        for spin in due:
            player_listens = self._hub.subscribers(spin.user_channel) > 0
            if spin.featured and self._hub.subscribers(spin.wheel_channel):
                wheels[spin.wheel_channel] = None
            is_heard = player_listens or spin.wheel_channel in wheels
            spin.due_ms = min(spin.stops_ms, now_ms + (1000 / spin.frames_per_second if is_heard else _UNHEARD_MS))
            if player_listens:
                self._send(spin.user_channel, SpinFrame(spin.wheel_id, at_ms, [spin.at(now_ms)]))
        for channel in wheels:
            spins = [spin for spin in self._of_wheel[channel].values() if now_ms < spin.stops_ms]
            for spin in spins:
                spin.due_ms = min(spin.stops_ms, now_ms + 1000 / spin.frames_per_second)
            self._send(channel, SpinFrame(spins[0].wheel_id, at_ms, [spin.at(now_ms) for spin in spins]))

    def _send(self, channel: Channel, frame: SpinFrame) -> None:
        self._broker.publish_local(channel, "spin.frame", frame, at=self._now())

    def _stop(self, stopped: list[Turning], now_ms: float) -> None:
        mine = [spin for spin in stopped if spin.play is not None]
        for spin in stopped:
            if spin.play is not None or now_ms >= spin.stops_ms + _LINGER_MS:
                self._take_off(spin)
            else:
                spin.due_ms = spin.stops_ms + _LINGER_MS
        if mine:
            task = asyncio.create_task(self._reveal(mine), name="reveal")
            self._reveals.add(task)
            task.add_done_callback(self._revealed)

    def _revealed(self, task: asyncio.Task[None]) -> None:
        self._reveals.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a reveal failed; the sweeper will complete its spins", error=repr(error))

    def _take_off(self, spin: Turning) -> None:
        del self._spins[spin.session_id]
        for index, channel in ((self._of_user, spin.user_channel), (self._of_wheel, spin.wheel_channel)):
            spins = index.get(channel)
            if spins is not None:
                spins.pop(spin.session_id, None)
                if not spins:
                    del index[channel]
