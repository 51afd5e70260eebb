"""A result counts as seen when its player's connection has been heard from after it was sent."""

import asyncio
from uuid import UUID, uuid4

from channels.channel import Channel
from server.live.seeing import RESULT, Seen
from tests.delivery.node import now


async def test_a_result_is_seen_by_who_answers_after_it_and_unseen_by_who_is_silent_or_gone(valkey, make_node):
    marked: list[tuple[UUID, UUID]] = []
    some = asyncio.Event()

    async def mark(tenant_id: UUID, session_ids: list[UUID]) -> None:
        marked.extend((tenant_id, session_id) for session_id in session_ids)
        some.set()

    seen = Seen(mark)
    node = await make_node(valkey.url)
    node.broker._policies = {**node.broker._policies, RESULT: node.broker._policies["told"]}
    node.broker.on_sent[RESULT] = seen.delivered
    following = asyncio.create_task(seen.follow_forever())
    tenant_id = uuid4()
    sessions = {}
    for name in ("awake", "silent", "gone"):
        channel = Channel(str(tenant_id), f"user:{name}")
        socket, peer = await node.listen(channel)
        peer.answers_pings = name == "awake"
        sessions[name] = uuid4()
        await node.broker.publish(channel, RESULT, {"session_id": sessions[name]}, at=now())
        await peer.until(1)
        if name == "gone":
            socket.abort()
        elif name == "awake":
            awake = peer
    wheel = Channel(str(tenant_id), "wheel:1")
    await node.listen(wheel)
    await node.broker.publish(wheel, RESULT, {"session_id": uuid4()}, at=now())

    async def keep_reading() -> None:
        while await awake.read():
            await awake.flush()

    reading = asyncio.create_task(keep_reading())
    async with asyncio.timeout(5):
        await some.wait()
    await asyncio.sleep(1.1)
    assert marked == [(tenant_id, sessions["awake"])]
    for task in (following, reading):
        task.cancel()
    await asyncio.gather(following, reading, return_exceptions=True)
