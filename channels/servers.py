"""The connections to Redis: one to every server that takes writes, kept up, and found by the key that is asked for."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

from redis.crc import key_slot

from channels import scripts
from channels.addresses import SLOTS, Master, address_of, cluster_of, directory_of
from channels.link import Link, LinkLost, Pushed, RedisRefused, Word

log = logging.getLogger(__name__)

#: Waits between attempts to reach Redis double from the one to the other, with jitter.
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 2.0
#: After all is back, how long other nodes may take to have noticed and listen again.
_SETTLES_IN_S: Final = _LONGEST_WAIT_S + 1.0
#: How long until it is looked at again what became of a slot that moves.
_MOMENT_S: Final = 0.05
#: What a server says that can do nothing for us as it is.
_UNFIT: Final = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN")
#: What a cluster's server says of a slot that is another's, or is just being moved.
_ELSEWHERE: Final = ("MOVED ", "ASK ", "TRYAGAIN")

#: Told of a connection before it is used: which keys it is for.
OnOpen = Callable[[Link, Callable[[bytes], bool]], Awaitable[None]]


class BrokerUnavailable(Exception):
    """Redis is away, or refuses. Whether the event was published is not known; with its idempotency key try again."""


def is_elsewhere(error: Exception) -> bool:
    """Whether this says that a key is, or is about to be, at another server of the cluster."""
    return str(error).startswith(_ELSEWHERE)


class RedisServers:
    """The servers that a URL names (`channels.addresses`).

    Arguments: `known_scripts`, loaded into each; `on_open`, awaited before a new connection is used; `on_lost`, told of
    each connection lost; `silence_s`, how long an answer may be owed.
    """

    def __init__(
        self,
        url: str,
        known_scripts: Sequence[scripts.Script],
        *,
        on_open: OnOpen | None = None,
        on_lost: Callable[[], None] | None = None,
        silence_s: float = 2.0,
    ) -> None:
        self._directory = directory_of(url)
        self._scripts = known_scripts
        self._on_open = on_open
        self._on_lost = on_lost
        #: told of messages of channels that are subscribed
        self.on_push: Pushed = _ignore
        #: told of such a channel that a server has no longer
        self.on_moved: Callable[[Link, bytes], None] = _ignore
        #: awaited when keys may have other connections than before
        self.on_change: Callable[[], Awaitable[None]] | None = None
        self._silence_s = silence_s
        self._links: dict[str, Link] = {}
        #: the one connection that all keys have, where there is but one
        self._only: Link | None = None
        self._by_slot: list[Link | None] = []
        self._by_address: dict[str, Link] = {}
        #: every key had a connection when that was last laid out
        self._is_whole = False
        #: set, and another, when keys may have other connections than before
        self._laid_out = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        #: something has changed: a connection was lost, or a server has sent us elsewhere
        self._stale = asyncio.Event()
        #: changes whenever Redis comes or goes
        self._turned = asyncio.Event()
        #: when all was back after a loss, by the loop's clock
        self._back_at = -_SETTLES_IN_S
        self._missing = False

    # -- life

    async def start(self) -> None:
        """Connect, and keep connected. Returns when connected, or when the first attempt has failed."""
        first_attempt = asyncio.Event()
        self._supervisor = asyncio.create_task(self._keep_connected(first_attempt), name="redis")
        await first_attempt.wait()

    async def close(self) -> None:
        """Leave Redis."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None
        for link in self._links.values():
            link.lost.remove_done_callback(self._link_lost)
            link.abort()
        self._links.clear()
        self._only, self._by_slot, self._is_whole = None, [], False

    @property
    def healthy(self) -> bool:
        """Whether every key has a server that can be asked for it."""
        return self._is_whole and not any(link.lost.done() for link in self._links.values())

    async def became(self, *, healthy: bool) -> None:
        """Return when `healthy` is as asked."""
        while self.healthy is not healthy:
            self._turned.clear()
            await self._turned.wait()

    async def settled(self) -> None:
        """Return when other nodes, too, have had the time to listen again after an outage; at once while it lasts."""
        if self.healthy:
            await asyncio.sleep(self._back_at + _SETTLES_IN_S - asyncio.get_running_loop().time())

    # -- asking

    def link(self, key: bytes) -> Link | None:
        """The connection to the server that has a key; None while it is away."""
        found = self._only
        if found is None:
            if not self._by_slot:
                return None
            found = self._by_slot[key_slot(key)]
        return None if found is None or found.lost.done() else found

    async def ask(self, key: bytes, *words: Word) -> Any:
        """Ask the server that has `key`. Raises `BrokerUnavailable`, at once when it is known to be away."""
        return await self._ask(key, lambda _: words)

    async def ask_link(self, link: Link, *words: Word) -> Any:
        """Ask one server; raises `BrokerUnavailable`."""
        try:
            return await link.ask(*words)
        except LinkLost as error:
            raise BrokerUnavailable(f"Redis went away: {error}") from error
        except RedisRefused as error:
            raise self._refused(link, error) from error

    async def run(
        self, script: scripts.Script, keys: Sequence[Word], arguments: Sequence[Word], *, counts: bool = False
    ) -> Any:
        """Run a script where its keys are; raises `BrokerUnavailable`.

        `counts`: it begins with `position.lua`, and is told of the server before its own arguments.
        """
        key = keys[0]
        assert isinstance(key, bytes)

        def words(link: Link, command: str, text: str) -> Sequence[Word]:
            told = (link.run_id, link.publish_word) if counts else ()
            return (command, text, len(keys), *keys, *told, *arguments)

        try:
            return await self._ask(key, lambda link: words(link, "EVALSHA", script.sha))
        except BrokerUnavailable as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            return await self._ask(key, lambda link: words(link, "EVAL", script.text))

    async def publish(self, channel: bytes, message: bytes) -> int:
        """Send a message to all who are subscribed; how many they are. Raises `BrokerUnavailable`."""
        return int(await self._ask(channel, lambda link: (link.publish_word, channel, message)))

    async def _ask(self, key: bytes, words: Callable[[Link], Sequence[Word]]) -> Any:
        """Ask the server that has `key`, wherever it goes meanwhile, for as long as an answer may be owed."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._silence_s
        while True:
            link = self.link(key)
            if link is None:
                raise BrokerUnavailable("Redis is away")
            try:
                return await self.ask_link(link, *words(link))
            except BrokerUnavailable as error:
                if not is_elsewhere(error) or loop.time() >= give_up_at:
                    raise
                if (there := self._asked_to(error)) is not None:
                    try:
                        there.call("ASKING", answered=_ignore_answer)
                        return await self.ask_link(there, *words(there))
                    except BrokerUnavailable as still:
                        if not is_elsewhere(still):
                            raise
                await self.next_layout(error)

    def _refused(self, link: Link, error: RedisRefused) -> "BrokerUnavailable":
        if str(error).startswith(_UNFIT):
            link.abort()
        return BrokerUnavailable(str(error))

    def _asked_to(self, error: Exception) -> Link | None:
        """Where one question is to be put while a slot moves ("ASK slot host:port")."""
        word, *_, address = str(error).split(" ")
        return self._by_address.get(address) if word == "ASK" else None

    async def next_layout(self, error: Exception) -> None:
        """Wait a moment for what a slot that moves will have become."""
        self.look_again(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT_S):
                await self._laid_out.wait()

    def look_again(self, error: Exception) -> None:
        """A key is not where it was asked for: find out where everything is."""
        word, *_, address = str(error).split(" ")
        if word == "MOVED":
            self._directory.moved_to(address)
            self._stale.set()
        else:
            asyncio.get_running_loop().call_later(_MOMENT_S, self._stale.set)

    # -- keeping connected

    async def _keep_connected(self, first_attempt: asyncio.Event) -> None:
        wait_s = _FIRST_WAIT_S
        while True:
            self._stale.clear()
            whole = await self._connect_all()
            first_attempt.set()
            if whole:
                wait_s = _FIRST_WAIT_S
                await self._stale.wait()
            else:
                await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _connect_all(self) -> bool:
        """Have a connection to every server there is; whether that has come about."""
        try:
            masters = await self._directory.masters(self._silence_s)
        except (LinkLost, RedisRefused, TimeoutError, OSError) as error:
            log.warning("Redis cannot be reached: %s", error)
            return False
        for url in self._links.keys() - {master.url for master in masters}:
            self._is_whole = False
            self._links.pop(url).abort()
        missing = [one for one in masters if (known := self._links.get(one.url)) is None or known.lost.done()]
        await asyncio.gather(*(self._open_or_not(master) for master in missing))
        self._lay_out(masters)
        if self._missing and self.healthy:
            self._missing, self._back_at = False, asyncio.get_running_loop().time()
        self._turned.set()
        if self.on_change is not None:
            await self.on_change()
        return self.healthy

    async def _open_or_not(self, master: Master) -> None:
        try:
            self._links[master.url] = await self._open(master)
        except (LinkLost, RedisRefused, TimeoutError) as error:
            log.warning("Redis cannot be reached: %s", error)

    async def _open(self, master: Master) -> Link:
        link = await Link.open(master.url, self.on_push, self._silence_s)
        try:
            facts = _facts(await link.ask("INFO", "server")) | _facts(await link.ask("INFO", "replication"))
            link.run_id = facts["run_id"]
            link.is_sharded = "cluster" in (facts.get("redis_mode"), facts.get("server_mode"))
            self._must_serve(master, facts, is_sharded=link.is_sharded)
            for script in self._scripts:
                await link.ask("SCRIPT", "LOAD", script.text)
            if self._on_open is not None:
                await self._on_open(link, partial(_owns, master))
        except BaseException:
            link.abort()
            raise
        link.on_moved = partial(self._channel_moved, link)
        link.lost.add_done_callback(self._link_lost)
        return link

    def _must_serve(self, master: Master, facts: dict[str, str], *, is_sharded: bool) -> None:
        if is_sharded and not self._directory.is_cluster:
            self._directory = cluster_of(master.url)
            raise LinkLost("it is part of a cluster, whose other servers are looked for now")
        if facts.get("role") == "slave":
            raise LinkLost("it is a replica, and takes no writes")

    def _channel_moved(self, link: Link, channel: bytes) -> None:
        self.on_moved(link, channel)
        self._stale.set()

    def _lay_out(self, masters: Sequence[Master]) -> None:
        self._by_address = {address_of(url): link for url, link in self._links.items()}
        self._only, self._by_slot = None, []
        if not self._directory.is_cluster:
            self._only = self._links.get(masters[0].url)
        else:
            self._by_slot = [None] * SLOTS
            for master in masters:
                for first, last in master.slots:
                    self._by_slot[first : last + 1] = [self._links.get(master.url)] * (last - first + 1)
        self._is_whole = (self._only is not None) or (bool(self._by_slot) and None not in self._by_slot)
        self._laid_out.set()
        self._laid_out = asyncio.Event()

    def _link_lost(self, _: object) -> None:
        if self._on_lost is not None:
            self._on_lost()
        self._missing, self._is_whole = True, False
        log.warning("a connection to Redis was lost")
        self._turned.set()
        self._stale.set()


def _owns(master: Master, key: bytes) -> bool:
    slot = key_slot(key)
    return any(first <= slot <= last for first, last in master.slots)


def _facts(info: Any) -> dict[str, str]:
    """The answer to INFO."""
    lines = bytes(getattr(info, "data", info)).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _ignore(_: object, what: object) -> None:
    """For those who subscribe to nothing."""


def _ignore_answer(answer: Any) -> None:
    """For what is only said."""
