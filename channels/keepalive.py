"""Pings for all sockets of a node, by one timer: a peer that has vanished is noticed though nothing is sent to it."""

import asyncio
from collections import deque
from typing import Final

from channels.socket import MISSED_PING, Socket

#: Looks at its sockets this often in one interval, a part of them each time.
_PARTS: Final = 32
#: Sockets pinged before the loop has its turn again.
_SLICE: Final = 200


class Keepalive:
    """Pings sockets that have been quiet and closes those that owe an answer and stay so (4510).

    `interval_s`: each socket is looked at this often, and pinged when nothing came from it for half as long.
    `timeout_s`: how long it may then take to send anything at all. Sockets that are gone are forgotten by themselves.
    """

    def __init__(self, interval_s: float, timeout_s: float) -> None:
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._parts: list[list[Socket]] = [[] for _ in range(_PARTS)]
        self._next = 0
        #: sockets pinged, and when; the oldest first
        self._asked: deque[tuple[float, Socket]] = deque()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(1 for part in self._parts for socket in part if not socket.is_gone)

    def add(self, socket: Socket) -> None:
        """Watch a socket until it is gone."""
        # The part that has just been looked at: its turn comes in a whole interval.
        self._parts[self._next - 1].append(socket)

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="keepalive")

    async def close(self) -> None:
        """Stop looking; sockets stay as they are."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s / _PARTS)
            await self._look_at_next()
            await self._close_silent()

    async def _look_at_next(self) -> None:
        loop = asyncio.get_running_loop()
        part = [socket for socket in self._parts[self._next] if not socket.is_gone]
        self._parts[self._next] = part
        self._next = (self._next + 1) % _PARTS
        quiet_since = loop.time() - self._interval_s / 2
        for start in range(0, len(part), _SLICE):
            for socket in part[start : start + _SLICE]:
                if socket.last_received_at <= quiet_since and not socket.is_closing and socket.ping():
                    self._asked.append((loop.time(), socket))
            await asyncio.sleep(0)

    async def _close_silent(self) -> None:
        late = asyncio.get_running_loop().time() - self._timeout_s
        closed = 0
        while self._asked and self._asked[0][0] <= late:
            asked_at, socket = self._asked.popleft()
            if socket.last_received_at < asked_at:
                socket.close(MISSED_PING, "missed_ping")
                closed += 1
                if closed % _SLICE == 0:
                    await asyncio.sleep(0)
