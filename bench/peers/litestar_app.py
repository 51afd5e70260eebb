"""What one would write first with Litestar: its ChannelsPlugin over Redis, and the routes it makes by itself."""

import os

from litestar import Litestar
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.redis import RedisChannelsPubSubBackend
from redis.asyncio import Redis

channels = ChannelsPlugin(
    RedisChannelsPubSubBackend(redis=Redis.from_url(os.environ["REDIS_URL"])),
    channels=["jackpot"],
    create_ws_route_handlers=True,
)
app = Litestar(plugins=[channels])
