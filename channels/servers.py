"""The connections to Redis: one to every server that takes writes, kept up, and found by the key that is asked for."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from redis.crc import key_slot

from channels import scripts
from channels.addresses import SLOTS, Master, directory_of
from channels.link import Link, LinkLost, Pushed, RedisRefused, Word

log = logging.getLogger(__name__)

#: Waits between attempts to reach Redis double from the one to the other, with jitter.
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 2.0
#: After all is back, how long other nodes may take to have noticed and listen again.
_SETTLES_IN_S: Final = _LONGEST_WAIT_S + 1.0
#: Redis' words for "ask another server".
_NOT_HERE: Final = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "MOVED")

#: Told of a connection before it is used: which keys it is for.
OnOpen = Callable[[Link, Callable[[bytes], bool]], Awaitable[None]]


class BrokerUnavailable(Exception):
    """Redis is away, or refuses. Whether the event was published is not known; with its idempotency key try again."""


class RedisServers:
    """The servers that a URL names (`channels.addresses`).

    Arguments: `scripts`, loaded into each; `on_push`, told of messages; `on_open`, awaited before a new connection is
    used; `on_change`, awaited when keys have another connection than before; `on_lost`, told of each connection
    lost; `silence_s`, how long an answer may be owed.
    """

    def __init__(
        self,
        url: str,
        known_scripts: Sequence[scripts.Script],
        *,
        on_push: Pushed | None = None,
        on_open: OnOpen | None = None,
        on_change: Callable[[], Awaitable[None]] | None = None,
        on_lost: Callable[[], None] | None = None,
        silence_s: float = 2.0,
    ) -> None:
        self._directory = directory_of(url)
        self._scripts = known_scripts
        self._on_push = on_push or _ignore
        self._on_open = on_open
        self._on_change = on_change
        self._on_lost = on_lost
        self._silence_s = silence_s
        self._links: dict[str, Link] = {}
        #: the one connection that all keys have, where there is but one
        self._only: Link | None = None
        self._by_slot: list[Link | None] = []
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
        self._only, self._by_slot = None, []

    @property
    def healthy(self) -> bool:
        """Whether every key has a server that can be asked for it."""
        if self._only is not None:
            return not self._only.lost.done()
        return (
            bool(self._links)
            and not any(link.lost.done() for link in self._links.values())
            and None not in self._by_slot
        )

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
        link = self.link(key)
        if link is None:
            raise BrokerUnavailable("Redis is away")
        return await self.ask_link(link, *words)

    async def ask_link(self, link: Link, *words: Word) -> Any:
        """Ask one server; raises `BrokerUnavailable`."""
        try:
            return await link.ask(*words)
        except LinkLost as error:
            raise BrokerUnavailable(f"Redis went away: {error}") from error
        except RedisRefused as error:
            if str(error).startswith(_NOT_HERE):
                link.abort()
            raise BrokerUnavailable(str(error)) from error

    async def run(self, script: scripts.Script, keys: Sequence[Word], arguments: Sequence[Word]) -> Any:
        """Run a script where its keys are; raises `BrokerUnavailable`."""
        key = keys[0]
        assert isinstance(key, bytes)
        try:
            return await self.ask(key, "EVALSHA", script.sha, len(keys), *keys, *arguments)
        except BrokerUnavailable as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            return await self.ask(key, "EVAL", script.text, len(keys), *keys, *arguments)

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
            self._links.pop(url).abort()
        whole, fresh = True, dict[str, Link]()
        for master in masters:
            known = self._links.get(master.url)
            if known is not None and not known.lost.done():
                continue
            try:
                fresh[master.url] = await self._open(master)
            except (LinkLost, RedisRefused, TimeoutError) as error:
                log.warning("Redis cannot be reached: %s", error)
                whole = False
        self._links |= fresh
        self._lay_out(masters)
        if self._missing and self.healthy:
            self._missing, self._back_at = False, asyncio.get_running_loop().time()
        self._turned.set()
        if self._on_change is not None:
            await self._on_change()
        return whole and self.healthy

    async def _open(self, master: Master) -> Link:
        link = await Link.open(master.url, self._on_push, self._silence_s)
        try:
            link.run_id = _run_id(await link.ask("INFO", "server"))
            for script in self._scripts:
                await link.ask("SCRIPT", "LOAD", script.text)
            if self._on_open is not None:
                await self._on_open(
                    link, lambda key: any(first <= key_slot(key) <= last for first, last in master.slots)
                )
        except BaseException:
            link.abort()
            raise
        link.lost.add_done_callback(self._link_lost)
        return link

    def _lay_out(self, masters: Sequence[Master]) -> None:
        if len(masters) == 1 and sum(last - first + 1 for first, last in masters[0].slots) == SLOTS:
            self._only, self._by_slot = self._links.get(masters[0].url), []
            return
        by_slot: list[Link | None] = [None] * SLOTS
        for master in masters:
            for first, last in master.slots:
                by_slot[first : last + 1] = [self._links.get(master.url)] * (last - first + 1)
        self._only, self._by_slot = None, by_slot

    def _link_lost(self, _: object) -> None:
        if self._on_lost is not None:
            self._on_lost()
        self._missing = True
        log.warning("a connection to Redis was lost")
        self._turned.set()
        self._stale.set()


def _owns(master: Master, key: bytes) -> bool:
    slot = key_slot(key)
    return any(first <= slot <= last for first, last in master.slots)


def _run_id(info: Any) -> str:
    text = getattr(info, "data", info)
    for line in bytes(text).decode().splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:").strip()
    raise RedisRefused("Redis does not tell its run id (INFO server)")


def _ignore(channel: bytes, message: bytes) -> None:
    """For those who subscribe to nothing."""
