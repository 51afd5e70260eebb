"""One connection to Redis, for commands and pub/sub alike (RESP3).

redis-py connects it (addresses, TLS, authentication, database); then it is ours, and hiredis reads it: commands of all
tasks go out in one stream without waiting for each other, and answers are handed on in the turn in which they come in.
Answers and messages are in the order in which Redis made them, and the callbacks keep it. Whoever subscribes and
then reads a history therefore knows that every message before the answer is in it, and none after.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Self

import hiredis
from redis.asyncio.connection import Connection, parse_url
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

#: An answer: what Redis said, or a `RedisRefused` or `LinkLost`.
Answered = Callable[[Any], None]
#: A message: the channel's name in Redis, and its bytes.
Pushed = Callable[[bytes, bytes], None]
Word = bytes | str | int

_NOTHING: Final = object()
#: Answers that may be owed before more is refused.
_MOST_OWED: Final = 100_000


class LinkLost(Exception):
    """The connection to Redis is gone; whether a command was carried out is not known."""


class RedisRefused(Exception):
    """Redis answered a command with an error."""


class Link(asyncio.Protocol):
    """A connection in use. `silence_s`: how long an answer may be owed with nothing coming in."""

    def __init__(self, on_push: Pushed, silence_s: float) -> None:
        self._on_push = on_push
        self._silence_s = silence_s
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(replyError=RedisRefused, notEnoughData=_NOTHING)
        #: who is told of each answer owed, in order; a pair (word, channel) stands for a subscription's
        self._owed: deque[Answered | tuple[bytes, bytes]] = deque()
        self._heard_at = self._loop.time()
        self._watch = self._loop.call_later(silence_s / 4, self._look)
        self._transport: asyncio.Transport
        self._opened_by: Any = None
        #: of the server at the other end, once it has been asked
        self.run_id = ""
        #: whether it is a cluster's, where pub/sub goes to the server that has the channel's slot
        self.is_sharded = False
        #: told of a subscribed channel that the server has no longer, or never had
        self.on_moved: Callable[[bytes], None] = _stay
        #: the first that is owed, an unsubscription's, may have been answered, or the server let the channel go itself
        self._in_doubt = False
        #: by how much its clock is ahead of this machine's, in microseconds
        self.ahead_us = 0.0
        self.lost: asyncio.Future[None] = self._loop.create_future()

    @classmethod
    async def open(cls, url: str, on_push: Pushed, silence_s: float) -> Self:
        """Connect; raises `LinkLost` when that fails or takes longer than `silence_s`."""
        options: dict[str, Any] = dict(parse_url(url))
        # Timeouts of redis-py's own are built on `asyncio.wait_for`, which may swallow a cancellation (Python 3.11).
        options |= {"protocol": 3, "socket_timeout": None, "socket_connect_timeout": None}
        connection: Connection = options.pop("connection_class", Connection)(
            **options, maint_notifications_config=MaintNotificationsConfig(enabled=False)
        )
        try:
            async with asyncio.timeout(silence_s):
                await connection.connect()  # type: ignore[no-untyped-call]
        except (OSError, RedisError) as error:
            await connection.disconnect(nowait=True)
            raise LinkLost(str(error)) from error
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        link = cls(on_push, silence_s)
        link._take(connection)
        return link

    def _take(self, connection: Any) -> None:
        writer = connection._writer  # noqa: SLF001 - redis-py has no way to give a connection away
        connection._reader = connection._writer = None  # noqa: SLF001
        # A writer that is collected closes its transport.
        self._opened_by = writer
        self._transport = writer.transport
        self._transport.set_protocol(self)

    # -- commands

    def call(self, *words: Word, answered: Answered) -> None:
        """Send a command; `answered` is called with its answer or error as soon as it is in."""
        if self.lost.done() or len(self._owed) >= _MOST_OWED:
            self._loop.call_soon(answered, LinkLost("the connection to Redis is gone or does not keep up"))
            return
        self._send(answered, words)

    async def ask(self, *words: Word) -> Any:
        """Send a command and wait for its answer; raises `RedisRefused` and `LinkLost`."""
        future: asyncio.Future[Any] = self._loop.create_future()

        def answered(answer: Any) -> None:
            if future.done():
                return
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        self.call(*words, answered=answered)
        return await future

    def subscribe(self, channel: bytes) -> None:
        """Have a channel's messages pushed from here on."""
        self._send((self._word(b"subscribe"), channel), (self._word(b"SUBSCRIBE"), channel))

    def unsubscribe(self, channel: bytes) -> None:
        """Have them pushed no longer."""
        self._send((self._word(b"unsubscribe"), channel), (self._word(b"UNSUBSCRIBE"), channel))
        if self.is_sharded:
            # Its answer is never an error, so that one tells what became of the unsubscription.
            self._send(_ignore, (b"PING",))

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    @property
    def publish_word(self) -> str:
        """The command that sends a message to all who are subscribed."""
        return "SPUBLISH" if self.is_sharded else "PUBLISH"

    def _word(self, command: bytes) -> bytes:
        if not self.is_sharded:
            return command
        return (b"S" if command.isupper() else b"s") + command

    def _send(self, owed: Answered | tuple[bytes, bytes], words: tuple[Word, ...]) -> None:
        if self.lost.done():
            return
        if not self._owed:
            self._heard_at = self._loop.time()
        self._owed.append(owed)
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]

    def _look(self) -> None:
        """Notice a Redis that has fallen silent: it owes an answer, or is asked for one."""
        quiet_s = self._loop.time() - self._heard_at
        if self._owed and quiet_s >= self._silence_s:
            self.abort()
            return
        if not self._owed and quiet_s >= self._silence_s / 2:
            self._send(_ignore, (b"PING",))
        self._watch = self._loop.call_later(self._silence_s / 4, self._look)

    # -- what the transport calls

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        reader = self._reader
        try:
            reader.feed(data)
            while (answer := reader.gets()) is not _NOTHING:
                if type(answer) is hiredis.PushNotification:
                    self._pushed(answer)
                else:
                    self._answer(answer)
        except hiredis.ProtocolError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        if not self.lost.done():
            self.lost.set_result(None)
        lost = LinkLost(str(exc) if exc else "Redis closed the connection")
        while self._owed:
            owed = self._owed.popleft()
            if not isinstance(owed, tuple):
                owed(lost)

    def _pushed(self, push: list[Any]) -> None:
        kind = push[0]
        if kind in (b"message", b"smessage"):
            self._on_push(push[1], push[2])
        elif self._owed and self._owed[0] == (kind, push[1]):
            if kind == b"sunsubscribe":
                self._in_doubt = True
            else:
                self._owed.popleft()
        elif kind == b"sunsubscribe":
            # A cluster has moved the channel away.
            self.on_moved(push[1])

    def _answer(self, answer: Any) -> None:
        owed = self._owed.popleft()
        if self._in_doubt:
            self._in_doubt = False
            if isinstance(answer, RedisRefused):
                return
            owed = self._owed.popleft()
        if isinstance(owed, tuple):
            # Only a refusal comes in this way: pub/sub is not here, or not allowed.
            if str(answer).startswith("MOVED"):
                self.on_moved(owed[1])
            else:
                self.abort()
        else:
            owed(answer)


def _stay(channel: bytes) -> None:
    """For those who know of one server alone."""


def _ignore(answer: Any) -> None:
    """For answers that are awaited only as a sign of life."""
