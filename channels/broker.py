"""How nodes meet: events are published through Redis, counted and kept there, and reach every node's hub.

Redis may go away. Then publishing fails at once and subscribing still works for what this node sends itself. When it is
back, every channel that is heard here is caught up from its history before anything newer is delivered; sockets whose
events are not all in hand any more are told to start anew (`on_gap`).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from channels import scripts
from channels.channel import Channel
from channels.envelope import Broadcast, Unsubscribed, encode_body
from channels.feed import Feed, Subscription
from channels.following import Following, OnGap, OnSent, OnSignal
from channels.hub import Hub
from channels.link import Link, RedisRefused, Word
from channels.policy import HistoryLimits, Policy
from channels.recovery import Position, Recall, missed
from channels.servers import BrokerUnavailable, RedisServers, is_elsewhere
from channels.socket import Socket

log = logging.getLogger(__name__)

#: The epoch of a channel whose place in Redis is not known, Redis being away.
NO_EPOCH: Final = "none"

#: Channels begun anew at a time.
_SLICE: Final = 100
#: Idempotency keys remembered of what was sent while Redis was away.
_MOST_REMEMBERED: Final = 50_000


class Step(NamedTuple):
    """A shorter event, which makes a latest one out of the version of it that listeners were told last."""

    event: str
    data: object


class Told(NamedTuple):
    """What listeners of a channel have been told, written together with the event that tells them more, or not at all.

    `version`: the last one they were told of, if any. `shown`: what they know, kept under `key` for `lives_ms`. `step`
    is sent in the event's place to each who has had that version; whoever has not, for whatever reason, gets it whole.
    """

    key: bytes
    version: int | None
    shown: bytes
    lives_ms: int
    step: Step | None = None


class Published(NamedTuple):
    """Where an event went."""

    epoch: str
    #: of a kept event
    offset: int | None
    #: of a latest event; of the one that is newer, when this one came too late
    version: int | None
    #: nodes that it reached
    receivers: int
    #: nothing was sent: it had been published before, or a newer version had
    duplicate: bool


class Broker:
    """Publishes and subscribes for one node.

    Arguments: `policies`, how each event is delivered; `limits` of history; `on_signal`, told of other nodes' signals
    (and this one's own); `on_gap`, told of sockets that have missed events for good, which are still subscribed (when
    not given, they are unsubscribed and told so); `silence_s`, how long Redis may owe an answer; `linger_s`, how long a
    channel stays subscribed in Redis after the last socket has left.
    """

    def __init__(
        self,
        redis_url: str,
        hub: Hub,
        policies: Mapping[str, Policy],
        limits: HistoryLimits | None = None,
        *,
        on_signal: OnSignal | None = None,
        on_gap: OnGap | None = None,
        silence_s: float = 2.0,
        linger_s: float = 5.0,
    ) -> None:
        self.hub = hub
        self._policies = policies
        self._limits = limits or HistoryLimits()
        self._on_gap = on_gap or self._end_subscriptions
        #: told, by event, of what has been sent to whom
        self.on_sent: dict[str, OnSent] = {}
        self._silence_s = silence_s
        self._counters = hub.counters
        self._servers = RedisServers(
            redis_url,
            scripts.ALL,
            on_open=self._opened,
            on_lost=self._lost,
            silence_s=silence_s,
        )
        #: channels on which this node told its own sockets what Redis has not counted
        self._uncounted: dict[Channel, None] = {}
        self._renewing: asyncio.TimerHandle | None = None
        #: idempotency keys of what was sent to this node's sockets alone, the oldest first
        self._sent_here: dict[tuple[Channel, str], None] = {}
        self._following = Following(
            hub,
            self._servers,
            self._limits,
            self.on_sent,
            on_signal,
            self._on_gap,
            lambda channel: channel in self._uncounted,
            linger_s,
        )

    # -- life

    async def start(self) -> None:
        """Connect, and keep connected. Returns when connected, or when the first attempt has failed."""
        await self._servers.start()

    async def close(self) -> None:
        """Leave Redis. Sockets stay as they are."""
        await self._servers.close()
        self._following.close()
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None

    @property
    def healthy(self) -> bool:
        """Whether Redis answers: on a cluster, every shard of it."""
        return self._servers.healthy

    async def became(self, *, healthy: bool) -> None:
        """Return when `healthy` is as asked."""
        await self._servers.became(healthy=healthy)

    async def settled(self) -> None:
        """Return when other nodes, too, have had the time to listen again after an outage; at once while it lasts."""
        await self._servers.settled()

    @property
    def channels(self) -> int:
        """How many channels this node follows in Redis."""
        return len(self._following)

    def _lost(self) -> None:
        self._counters.redis_reconnects += 1

    # -- publishing

    async def publish(
        self,
        channel: Channel,
        event: str,
        data: object,
        *,
        at: datetime,
        idempotency_key: str | None = None,
        version: int | None = None,
        told: Told | None = None,
        cause: str = "",
    ) -> Published:
        """Publish an event to all nodes; once for an idempotency key, by whichever node it is tried.

        `version` of a latest event must rise; without one it is given one that does. With `told` instead of a key the
        event goes out only while listeners stand at its version, and they then know `shown`. Raises
        `BrokerUnavailable`, at once when Redis is known to be away, else within `silence_s`. `cause`: the traceparent
        of what led to it, where that is not the span under way.
        """
        keys: list[Word] = [
            channel.position_key, channel.history_key, channel.latest_key, channel.redis_channel
        ]  # fmt: skip
        # What is short is told beside the whole, and never kept.
        more: tuple[Word, ...] = (b"",)
        if told is not None:
            keys.append(told.key)
            more = (_step(told, at), "" if told.version is None else told.version, told.shown, told.lives_ms)
        elif idempotency_key is not None:
            keys.append(channel.idempotency_key(idempotency_key))
        body = encode_body(event, data, at)
        if self.hub.tracing is None:
            return await self._publish(channel, event, body, keys, version, "", more)
        with self.hub.tracing.publishing(channel, event, cause) as traceparent:
            return await self._publish(channel, event, body, keys, version, traceparent, more)

    async def _publish(
        self,
        channel: Channel,
        event: str,
        body: bytes,
        keys: Sequence[Word],
        version: int | None,
        traceparent: str,
        more: Sequence[Word],
    ) -> Published:
        policy = self._policies[event]
        history = self._limits.of(channel.kind)
        epoch, offset, new_version, receivers, duplicate = await self._servers.run(
            scripts.PUBLISH,
            keys,
            (
                policy.value,
                event,
                body,
                "" if version is None else version,
                history.events,
                _ms(history.age_s),
                _ms(self._limits.position_s),
                _ms(self._limits.idempotency_s),
                traceparent,
                *more,
            ),
            counts=True,
        )
        return Published(
            epoch.decode(),
            int(offset) if offset else None,
            int(new_version) if new_version else None,
            receivers,
            bool(duplicate),
        )

    def publish_local(
        self, channel: Channel, event: str, data: object, at: datetime, idempotency_key: str | None = None
    ) -> int:
        """Send an event to this node's sockets alone, uncounted and not kept; how many they are.

        For what could not be published: unless it is a passing event, the channel begins anew when Redis is back. Sent
        once for an idempotency key.
        """
        policy = self._policies[event]
        if idempotency_key is not None:
            once = (channel, idempotency_key)
            if once in self._sent_here:
                return 0
            self._sent_here[once] = None
            if len(self._sent_here) > _MOST_REMEMBERED:
                del self._sent_here[next(iter(self._sent_here))]
        if policy is not Policy.PASSING:
            self.begin_anew(channel)
        sockets = self.hub.sockets(channel)
        if not sockets:
            return 0
        broadcast = Broadcast(channel.wire_name, event, policy, encode_body(event, data, at), None, None)
        if event in self.on_sent:
            self.on_sent[event](channel, broadcast, sockets)
        return self.hub.deliver(channel, broadcast)

    async def _opened(self, link: Link, owns: Callable[[bytes], bool]) -> None:
        """Before anything is caught up on a new connection."""
        link.ahead_us = await _ahead_us(link)
        await self._renew_all(link, owns)

    async def _renew_all(self, link: Link, owns: Callable[[bytes], bool]) -> None:
        """So that nobody is told a second time what they were told uncounted."""
        while some := list(islice((one for one in self._uncounted if owns(one.position_key)), _SLICE)):
            done = await asyncio.gather(*(self._renew(link, channel) for channel in some), return_exceptions=True)
            for error in done:
                if isinstance(error, RedisRefused):
                    self._renew_soon()
                    return
                if error is not None:
                    raise error

    def begin_anew(self, channel: Channel) -> None:
        """Something of a channel could not be published: everybody starts from its present state when Redis is back."""
        self._uncounted[channel] = None
        if self.healthy:
            self._renew_soon()

    async def _renew(self, link: Link, channel: Channel) -> None:
        await link.ask(
            "EVALSHA", scripts.RENEW.sha, 4, channel.position_key, channel.history_key, channel.latest_key,
            channel.redis_channel, link.run_id, link.publish_word, _ms(self._limits.position_s),
        )  # fmt: skip
        self._uncounted.pop(channel, None)

    def _renew_soon(self) -> None:
        """Redis refused an event and is still there: try it with what it has room for."""
        if self._renewing is None:
            self._renewing = asyncio.get_running_loop().call_later(self._silence_s / 2, self._renew_now)

    def _renew_now(self) -> None:
        self._renewing = None
        for channel in list(islice(self._uncounted, _SLICE)):
            link = self._servers.link(channel.position_key)
            if link is not None:
                asyncio.ensure_future(self._renew(link, channel)).add_done_callback(self._renewed)

    def _renewed(self, task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and task.exception() is not None and self.healthy:
            self._renew_soon()

    async def keep_once(self, key: bytes, value: bytes, life_s: float) -> None:
        """Keep a value that `take_once` hands out, by whichever node. Raises `BrokerUnavailable`."""
        await self._servers.ask(key, "SET", key, value, "PX", _ms(life_s))

    async def take_once(self, key: bytes) -> bytes | None:
        """What is kept under a key, to the first who asks; None to all others. Raises `BrokerUnavailable`."""
        value: bytes | None = await self._servers.ask(key, "GETDEL", key)
        return value

    async def signal(self, channel: Channel, payload: bytes) -> int:
        """Tell every node on which somebody hears the channel; how many they are. Raises `BrokerUnavailable`."""
        return await self._servers.publish(channel.redis_channel, b"S " + payload)

    def follow(self, channel: Channel) -> None:
        """Be told of a channel's signals from here on, though no socket hears it."""
        feed = self._following.of(channel)
        # Somebody who asks for as long as the node lives.
        feed.asking += 1
        self._following.attached(feed)

    async def run(self, script: scripts.Script, keys: Sequence[Word], arguments: Sequence[Word]) -> Any:
        """Run a script whose keys share a hash tag; its answer. Raises `BrokerUnavailable`."""
        return await self._servers.run(script, keys, arguments)

    # -- subscribing

    async def subscribe(self, channel: Channel, socket: Socket, since: Position | None = None) -> Subscription:
        """Find out where a channel stands and what was missed since a position; from that moment live events wait.

        Answer the client, then `release` what waits. `recovered` is true only with every missed event in hand.
        Never fails: while Redis is away the socket hears what this node sends, and is caught up, or told of the gap,
        when it is back.
        """
        feed = self._following.of(channel)
        feed.asking += 1
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._silence_s
        try:
            while isinstance(joined := await self._join(feed, socket, since), Exception):
                if not is_elsewhere(joined) or loop.time() >= give_up_at:
                    return self._join_without_redis(feed, socket, since)
                await self._servers.next_layout(joined)
            return joined
        finally:
            feed.asking -= 1
            self._following.look_whether_idle(feed)

    async def _join(self, feed: Feed, socket: Socket, since: Position | None) -> Subscription | Exception:
        link = self._following.attached(feed)
        if link is None:
            return BrokerUnavailable("Redis is away")
        joined: asyncio.Future[Subscription | Exception] = asyncio.get_running_loop().create_future()

        def answered(recall: Recall | Exception) -> None:
            # In the turn in which the answer came: no live event can slip in between.
            if joined.done():
                return
            if isinstance(recall, Exception):
                joined.set_result(recall)
            else:
                joined.set_result(self._joined(feed, socket, since, recall))

        self._following.recall(feed, link, since, answered)
        return await joined

    def _joined(self, feed: Feed, socket: Socket, since: Position | None, recall: Recall) -> Subscription:
        events = missed(since, recall)
        if since is not None:
            if events is None:
                self._counters.of(feed.channel.tenant).unrecovered += 1
            else:
                self._counters.of(feed.channel.tenant).recovered += 1
        for event in events or ():
            if event.event in self.on_sent:
                self.on_sent[event.event](feed.channel, event, [socket])
        subscription = Subscription(feed.channel, socket, recall, events)
        feed.joining[socket] = subscription
        return subscription

    def _join_without_redis(self, feed: Feed, socket: Socket, since: Position | None) -> Subscription:
        if (
            since is not None
            and feed.position is not None
            and since.epoch == feed.position.epoch
            and since.offset > feed.position.offset
        ):
            # Elsewhere the reader has had more than this node: caught up from here, it would have that twice.
            feed.position = None
        return self._joined(feed, socket, None, Recall(feed.position or Position(NO_EPOCH, 0), (), ()))

    def release(self, subscription: Subscription) -> None:
        """The client has been answered: send what has come since, and let the socket hear the channel."""
        channel, socket = subscription.channel, subscription.socket
        feed = self._following.find(channel)
        if feed is None or feed.joining.get(socket) is not subscription:
            return
        del feed.joining[socket]
        if socket.is_gone:
            self._following.look_whether_idle(feed)
            return
        self.hub.add(channel, socket)
        waited = subscription.waiting.release()
        if waited:
            socket.send(b"".join([event.frame(socket.encoding) for event in waited]))
        for event in waited:
            if event.event in self.on_sent:
                self.on_sent[event.event](channel, event, [socket])
        if not subscription.waiting.complete:
            self._on_gap(channel, [socket])

    def unsubscribe(self, channel: Channel, socket: Socket) -> None:
        """Let a socket hear no more of a channel, wherever it stands. Does nothing when it does not hear it."""
        self.hub.remove(channel, socket)
        feed = self._following.find(channel)
        if feed is not None:
            feed.joining.pop(socket, None)
            self._following.look_whether_idle(feed)

    def _end_subscriptions(self, channel: Channel, sockets: Sequence[Socket]) -> None:
        told = Unsubscribed(channel.wire_name, "unavailable", "Events were missed. Subscribe again.")
        for socket in sockets:
            self.unsubscribe(channel, socket)
            socket.tell(told)


async def _ahead_us(link: Link) -> float:
    before = time.time()
    seconds, microseconds = await link.ask("TIME")
    return int(seconds) * 1e6 + int(microseconds) - (before + time.time()) / 2 * 1e6


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _step(told: Told, at: datetime) -> bytes:
    """How a step is written behind the event that it stands for: no JSON holds the byte that begins it."""
    if told.step is None or told.version is None:
        return b""
    return b"\0%b %d %b" % (told.step.event.encode(), told.version, encode_body(told.step.event, told.step.data, at))
