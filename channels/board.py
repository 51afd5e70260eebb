"""A ranked board in Redis: a projection that may be lost whole, of whatever its owner ranks.

Members stand in one sorted set, all with the score 0, under a key of fixed width followed by their name: Redis then
orders them by bytes, which is exact where scores, being floats, are not. Beside it a hash tells each member's key, and
a third key the version. All share the channel's hash tag, so that one script may touch them, on a cluster too.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from channels import scripts
from channels.broker import BrokerUnavailable
from channels.channel import Channel

_APPLY: Final = scripts.load("board_apply.lua").text
_READ: Final = scripts.load("board_read.lua").text
_INSTALL: Final = scripts.load("board_install.lua").text
_TOLD: Final = scripts.load("board_told.lua").text

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


class Told(NamedTuple):
    """What listeners were last told."""

    version: int
    shown: bytes


class RankedBoards:
    """The boards of one Redis. `key_bytes`: the width of every key."""

    def __init__(self, redis_url: str, key_bytes: int, *, timeout_s: float = 2.0) -> None:
        self._width = key_bytes
        self._redis: Redis = Redis.from_url(
            redis_url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, max_connections=16
        )
        self._apply = self._redis.register_script(_APPLY)
        self._read = self._redis.register_script(_READ)
        self._install = self._redis.register_script(_INSTALL)
        self._tell = self._redis.register_script(_TOLD)

    async def close(self) -> None:
        """Leave Redis."""
        await self._redis.aclose()

    async def version(self, board: Channel) -> int | None:
        """The version that a board is at; None when it is not built. Raises `BrokerUnavailable`."""
        found = await self._call(self._redis.hget(_key(board, "state"), "version"))
        return None if found is None else int(found)

    async def apply(self, board: Channel, since: int, version: int, note: str, changes: Sequence[Change]) -> bool:
        """Bring a board from `since` to `version`; false when it is not at `since`. Raises `BrokerUnavailable`."""
        words: list[Any] = [since, version, note, _LIVES_MS]
        for change in changes:
            words += change
        return bool(await self._call(self._apply(keys=_keys(board), args=words)))

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
        answer = await self._call(
            self._read(keys=_keys(board), args=[offset, limit, around or "", tie_bytes, *places_of])
        )
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
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.zadd(built[0], {change.key + change.name.encode(): 0 for change in chunk})
                    pipe.hset(built[1], mapping={change.name: change.key for change in chunk})
                    pipe.expire(built[0], _BUILDING_S)
                    pipe.expire(built[1], _BUILDING_S)
                    await self._call(pipe.execute())
        return bool(await self._call(self._install(keys=[*_keys(board), *built], args=[version, note, _LIVES_MS])))

    async def told(self, board: Channel) -> Told | None:
        """What listeners were last told, if anything. Raises `BrokerUnavailable`."""
        version, shown = await self._call(self._redis.hmget(_key(board, "told"), "version", "shown"))
        return None if version is None else Told(int(version), shown)

    async def remember_told(self, board: Channel, before: int | None, version: int, shown: bytes) -> bool:
        """Note what was told; false when somebody else has told something since. Raises `BrokerUnavailable`."""
        words = ["" if before is None else before, version, shown, _LIVES_MS]
        return bool(await self._call(self._tell(keys=[_key(board, "told")], args=words)))

    async def may(self, board: Channel, what: str, for_ms: int) -> bool:
        """Whether this node is the one that may do `what` for the next while. Raises `BrokerUnavailable`."""
        return bool(await self._call(self._redis.set(_key(board, what), "1", nx=True, px=for_ms)))

    async def goes_on(self, board: Channel, what: str, for_ms: int) -> None:
        """Whoever may do `what` is still at it. Raises `BrokerUnavailable`."""
        await self._call(self._redis.set(_key(board, what), "1", px=for_ms))

    async def done(self, board: Channel, what: str) -> None:
        """Let another do it at once. Raises `BrokerUnavailable`."""
        await self._call(self._redis.delete(_key(board, what)))

    async def forget(self, board: Channel) -> None:
        """Let a board go; it is built again when it is wanted. Raises `BrokerUnavailable`."""
        await self._call(self._redis.unlink(*_keys(board)))

    async def heard(self, channels: Sequence[Channel]) -> set[Channel]:
        """Those channels that somebody listens to, on any node. Raises `BrokerUnavailable`."""
        names = {channel.redis_channel: channel for channel in channels}
        counts = await self._call(self._redis.execute_command("PUBSUB", "SHARDNUMSUB", *names))  # type: ignore[no-untyped-call]
        pairs = zip(counts[::2], counts[1::2], strict=True) if isinstance(counts, list) else counts.items()
        return {names[bytes(name)] for name, count in pairs if count}

    async def _call(self, answer: Any) -> Any:
        try:
            return await answer
        except (RedisError, OSError) as error:
            raise BrokerUnavailable(str(error)) from error


def _key(board: Channel, part: str) -> bytes:
    return board.board_key(part)


def _keys(board: Channel) -> list[bytes]:
    return [board.board_key(part) for part in ("members", "rows", "state")]
