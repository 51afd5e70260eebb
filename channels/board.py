"""A ranked board in Redis: a projection that may be lost whole, of whatever its owner ranks.

Members stand in one sorted set, all with the score 0, under a key of fixed width followed by their name: Redis then
orders them by bytes, which is exact where scores, being floats, are not. Beside it a hash tells each member's key, and
a third key the version. All share the channel's hash tag, so that one script may touch them, on a cluster too.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from channels import scripts
from channels.broker import Told
from channels.channel import Channel
from channels.link import Link, Word
from channels.servers import BrokerUnavailable, RedisServers

_APPLY: Final = scripts.load("board_apply.lua")
_READ: Final = scripts.load("board_read.lua")
_INSTALL: Final = scripts.load("board_install.lua")

#: A board that nobody has touched for so long is let go, and built again when it is wanted.
_LIVES_MS: Final = 7 * 24 * 3_600_000
#: How long the parts of a board under construction outlive their builder.
_BUILDING_S: Final = 600
#: Members written at once while a board is built.
_CHUNK: Final = 1_000


class Change(NamedTuple):
    """A member's key from now on; empty: the member is gone."""

    name: str
    key: bytes


class Member(NamedTuple):
    """A member and its key."""

    name: str
    key: bytes


class Place(NamedTuple):
    """Where a member stands: how many are before it, and its rank, which level members share."""

    key: bytes
    position: int
    rank: int


class Page(NamedTuple):
    """A part of a board at one version."""

    version: int
    #: what its owner keeps with a version
    note: str
    #: members of the whole board
    size: int
    #: where the first member of this page stands, and that one's rank
    offset: int
    first_rank: int
    members: list[Member]
    #: for each name asked for, in order
    places: list[Place | None]


class RankedBoards:
    """The boards of one Redis, on connections of their own, so that no live event waits behind a page of a board.

    Arguments: `redis_url`; `key_bytes`, the width of every key; `silence_s`, how long an answer may be owed.
    """

    def __init__(self, redis_url: str, key_bytes: int, *, silence_s: float = 2.0) -> None:
        self._width = key_bytes
        self._servers = RedisServers(redis_url, (_APPLY, _READ, _INSTALL), silence_s=silence_s)

    async def start(self) -> None:
        """Connect, and keep connected."""
        await self._servers.start()

    async def close(self) -> None:
        """Leave Redis."""
        await self._servers.close()

    async def version(self, board: Channel) -> int | None:
        """The version that a board is at; None when it is not built. Raises `BrokerUnavailable`."""
        key = _key(board, "state")
        found = await self._servers.ask(key, "HGET", key, "version")
        return None if found is None else int(found)

    async def apply(self, board: Channel, since: int, version: int, note: str, changes: Sequence[Change]) -> bool:
        """Bring a board from `since` to `version`; false when it is not at `since`. Raises `BrokerUnavailable`."""
        words: list[Word] = [since, version, note, _LIVES_MS]
        for change in changes:
            words += change
        return bool(await self._servers.run(_APPLY, _keys(board), words))

    async def read(
        self,
        board: Channel,
        offset: int,
        limit: int,
        *,
        tie_bytes: int,
        around: str | None = None,
        places_of: Sequence[str] = (),
    ) -> Page | None:
        """A page, and the places of those named; None when the board is not built. Raises `BrokerUnavailable`.

        `around` puts that member in the middle; the page is empty when there is no such member. `tie_bytes`: how much
        of their keys members of one rank share.
        """
        words: list[Word] = [offset, limit, around or "", tie_bytes, *places_of]
        answer = await self._servers.run(_READ, _keys(board), words)
        if answer is None:
            return None
        version, note, size, start, first_rank, members, places = answer
        return Page(
            int(version),
            note.decode(),
            size,
            start,
            first_rank,
            [Member(member[self._width :].decode(), member[: self._width]) for member in members],
            [Place(*place) if place else None for place in places],
        )

    async def build(self, board: Channel, version: int, note: str, members: AsyncIterator[Sequence[Change]]) -> bool:
        """Build a board beside and put it in place; false when another was quicker. Raises `BrokerUnavailable`."""
        token = secrets.token_hex(8)
        built = [_key(board, f"members:{token}"), _key(board, f"rows:{token}")]
        async for part in members:
            for start in range(0, len(part), _CHUNK):
                chunk = part[start : start + _CHUNK]
                scored: list[Word] = []
                rows: list[Word] = []
                for change in chunk:
                    scored += (0, change.key + change.name.encode())
                    rows += (change.name, change.key)
                await asyncio.gather(
                    self._servers.ask(built[0], "ZADD", built[0], *scored),
                    self._servers.ask(built[1], "HSET", built[1], *rows),
                    *(self._servers.ask(key, "EXPIRE", key, _BUILDING_S) for key in built),
                )
        return bool(await self._servers.run(_INSTALL, [*_keys(board), *built], [version, note, _LIVES_MS]))

    async def told(self, board: Channel) -> Told:
        """What listeners were last told, if anything. Raises `BrokerUnavailable`."""
        key = _key(board, "told")
        version, shown = await self._servers.ask(key, "HMGET", key, "version", "shown")
        return Told(key, None if version is None else int(version), shown or b"", _LIVES_MS)

    async def may(self, board: Channel, what: str, for_ms: int) -> bool:
        """Whether this node is the one that may do `what` for the next while. Raises `BrokerUnavailable`."""
        key = _key(board, what)
        return bool(await self._servers.ask(key, "SET", key, "1", "NX", "PX", for_ms))

    async def goes_on(self, board: Channel, what: str, for_ms: int) -> None:
        """Whoever may do `what` is still at it. Raises `BrokerUnavailable`."""
        key = _key(board, what)
        await self._servers.ask(key, "SET", key, "1", "PX", for_ms)

    async def done(self, board: Channel, what: str) -> None:
        """Let another do it at once. Raises `BrokerUnavailable`."""
        key = _key(board, what)
        await self._servers.ask(key, "DEL", key)

    async def forget(self, board: Channel) -> None:
        """Let a board go; it is built again when it is wanted. Raises `BrokerUnavailable`."""
        keys = _keys(board)
        await self._servers.ask(keys[0], "UNLINK", *keys)

    async def heard(self, channels: Sequence[Channel]) -> set[Channel]:
        """Those channels that somebody listens to, on any node. Raises `BrokerUnavailable`."""
        asked: dict[Link, dict[bytes, Channel]] = {}
        for channel in channels:
            link = self._servers.link(channel.redis_channel)
            if link is None:
                raise BrokerUnavailable("Redis is away")
            asked.setdefault(link, {})[channel.redis_channel] = channel
        heard: set[Channel] = set()
        for link, names in asked.items():
            counts = await self._servers.ask_link(
                link, "PUBSUB", "SHARDNUMSUB" if link.is_sharded else "NUMSUB", *names
            )
            pairs = counts.items() if isinstance(counts, dict) else zip(counts[::2], counts[1::2], strict=True)
            heard |= {names[bytes(name)] for name, count in pairs if count}
        return heard


def _key(board: Channel, part: str) -> bytes:
    return board.board_key(part)


def _keys(board: Channel) -> list[bytes]:
    return [board.board_key(part) for part in ("members", "rows", "state")]
