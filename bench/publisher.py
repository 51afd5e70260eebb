"""A process that publishes through Redis, as another node would: one message for each byte that comes in.

`python -m bench.publisher FD wheelhouse|litestar REDIS_URL CHANNEL`. Wheelhouse's messages go through its own
broker, kept and counted like any event of a game; Litestar's through its own backend.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count

import msgspec
from litestar.channels.backends.redis import RedisChannelsPubSubBackend
from redis.asyncio import Redis

from channels.broker import Broker
from channels.channel import Channel
from channels.envelope import Broadcast, Encoding, encode_body
from channels.hub import Hub
from channels.policy import Policy
from games.messages.events import EVENT_KINDS

#: Bytes of text that a client gets of one message, whoever sends it.
MESSAGE_BYTES = 200
EVENT = "jackpot.message"

Publish = Callable[[int], Awaitable[object]]


def padded(number: int, size: int) -> dict[str, object]:
    """A message of which each is different."""
    return {"seq": number, "pad": "".join(chr(97 + (number + i) % 26) for i in range(max(0, size)))}


async def wheelhouse(redis_url: str, name: str) -> Publish:
    """The way of a node: `name` is the tenant's id and the channel, with a slash between."""
    broker = Broker(redis_url, Hub(), {event: Policy(kind) for event, kind in EVENT_KINDS.items()})
    await broker.start()
    await broker.became(healthy=True)
    tenant, _, wire_name = name.partition("/")
    channel = Channel(tenant, wire_name)

    def publish(number: int) -> Awaitable[object]:
        at = datetime.now(UTC)
        bare = encode_body(EVENT, padded(number, 0), at)
        frame = Broadcast(wire_name, EVENT, Policy.KEPT, bare, number, None).payload(Encoding.JSON)
        return broker.publish(channel, EVENT, padded(number, MESSAGE_BYTES - len(frame)), at=at)

    return publish


async def litestar(redis_url: str, name: str) -> Publish:
    """The way of an application on another node with the same backend."""
    backend = RedisChannelsPubSubBackend(redis=Redis.from_url(redis_url))

    def publish(number: int) -> Awaitable[object]:
        bare = msgspec.json.encode(padded(number, 0))
        return backend.publish(msgspec.json.encode(padded(number, MESSAGE_BYTES - len(bare))), [name])

    return publish


async def main(fd: int, server: str, redis_url: str, name: str) -> None:
    """Publish until the other end is closed, in order, what has come together at once."""
    publish = await {"wheelhouse": wheelhouse, "litestar": litestar}[server](redis_url, name)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), open(fd, "rb", buffering=0))  # noqa: ASYNC230, SIM115
    print("ready", flush=True)
    numbers = count()
    while asked := await reader.read(4096):
        if server == "wheelhouse":
            # Its broker keeps the order of what is under way at once.
            await asyncio.gather(*(publish(next(numbers)) for _ in asked))
        else:
            for _ in asked:
                await publish(next(numbers))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), *sys.argv[2:]))
