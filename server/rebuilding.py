"""`wheelhouse rebuild`: forget the live boards in Redis, and build them again from Postgres."""

from channels.board import RankedBoards
from channels.broker import Broker
from channels.hub import Hub
from channels.servers import BrokerUnavailable
from games.errors import Unavailable
from games.tournament import BOARD_KEY_BYTES
from persistence import tournaments
from persistence.database import Database
from server.play.leaderboard import Leaderboards


async def rebuild_boards(database: Database, redis_url: str) -> int:
    """Rebuild the board of every tournament that is open; answers how many. Raises `Unavailable` when Redis is away."""
    boards = RankedBoards(redis_url, BOARD_KEY_BYTES)
    leaderboards = Leaderboards(database, boards, Broker(redis_url, Hub(), {}))
    await boards.start()
    try:
        watched = await tournaments.watched(database)
        for one in watched:
            await leaderboards.rebuild(one.tenant_id, one.id)
    except BrokerUnavailable as error:
        raise Unavailable(f"Redis cannot be reached: {error}. Start it and try again.") from error
    finally:
        await boards.close()
    return len(watched)
