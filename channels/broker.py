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
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from channels import scripts
from channels.channel import Channel
from channels.envelope import Broadcast, Unsubscribed, encode_body
from channels.feed import Feed, Renewed, Signal, Subscription, read, read_recall
from channels.hub import Hub
from channels.link import Link, RedisRefused, Word
from channels.policy import HistoryLimits, Policy
from channels.recovery import Position, Recall, missed, newer
from channels.servers import RedisServers
from channels.socket import Socket

log = logging.getLogger(__name__)

#: The epoch of a channel whose place in Redis is not known, Redis being away.
NO_EPOCH: Final = "none"

#: Channels resubscribed before the loop has its turn again.
_SLICE: Final = 100
#: Idempotency keys remembered of what was sent while Redis was away.
_MOST_REMEMBERED: Final = 50_000

OnSignal = Callable[[Channel, bytes], None]
OnGap = Callable[[Channel, Sequence[Socket]], None]
#: An event has been sent to these sockets.
OnSent = Callable[[Channel, Broadcast, Sequence[Socket]], None]


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
        self._on_signal = on_signal
        self._on_gap = on_gap or self._end_subscriptions
        #: told, by event, of what has been sent to whom
        self.on_sent: dict[str, OnSent] = {}
        self._silence_s = silence_s
        self._linger_s = linger_s
        self._counters = hub.counters
        self._servers = RedisServers(
            redis_url,
            scripts.ALL,
            on_push=self._pushed,
            on_open=self._opened,
            on_change=self._attach_all,
            on_lost=self._lost,
            silence_s=silence_s,
        )
        self._feeds: dict[bytes, Feed] = {}
        #: channels on which this node told its own sockets what Redis has not counted
        self._uncounted: dict[Channel, None] = {}
        self._renewing: asyncio.TimerHandle | None = None
        #: idempotency keys of what was sent to this node's sockets alone, the oldest first
        self._sent_here: dict[tuple[Channel, str], None] = {}
        #: feeds that nobody heard when last looked at, and since when
        self._idle: dict[Feed, float] = {}
        self._sweep: asyncio.TimerHandle | None = None
        hub.on_empty = self._emptied

    # -- life

    async def start(self) -> None:
        """Connect, and keep connected. Returns when connected, or when the first attempt has failed."""
        await self._servers.start()

    async def close(self) -> None:
        """Leave Redis. Sockets stay as they are."""
        await self._servers.close()
        for timer in (self._sweep, self._renewing):
            if timer is not None:
                timer.cancel()
        self._sweep = self._renewing = None

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
        return len(self._feeds)

    def _lost(self) -> None:
        self._counters.redis_reconnects += 1

    async def _attach_all(self) -> None:
        """Follow every channel where it is now."""
        for count, feed in enumerate(list(self._feeds.values()), 1):
            link = self._servers.link(feed.name)
            if link is not None and feed.link is not link and self._feeds.get(feed.name) is feed:
                self._attach(feed, link)
            if count % _SLICE == 0:
                await asyncio.sleep(0)

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
        cause: str = "",
    ) -> Published:
        """Publish an event to all nodes; once for an idempotency key, by whichever node it is tried.

        `version` of a latest event must rise; without one it is given one that does. Raises `BrokerUnavailable`, at
        once when Redis is known to be away, else within `silence_s`. `cause`: the traceparent of what led to it, where
        that is not the span under way.
        """
        if self.hub.tracing is None:
            return await self._publish(channel, event, encode_body(event, data, at), idempotency_key, version, "")
        with self.hub.tracing.publishing(channel, event, cause) as traceparent:
            return await self._publish(
                channel, event, encode_body(event, data, at), idempotency_key, version, traceparent
            )

    async def _publish(
        self,
        channel: Channel,
        event: str,
        body: bytes,
        idempotency_key: str | None,
        version: int | None,
        traceparent: str,
    ) -> Published:
        policy = self._policies[event]
        history = self._limits.of(channel.kind)
        keys: list[Word] = [
            channel.position_key, channel.history_key, channel.latest_key, channel.redis_channel
        ]  # fmt: skip
        if idempotency_key is not None:
            keys.append(channel.idempotency_key(idempotency_key))
        link = self._servers.link(channel.position_key)
        epoch, offset, new_version, receivers, duplicate = await self._servers.run(
            scripts.PUBLISH,
            keys,
            (
                "" if link is None else link.run_id,
                policy.value,
                event,
                body,
                "" if version is None else version,
                history.events,
                _ms(history.age_s),
                _ms(self._limits.position_s),
                _ms(self._limits.idempotency_s),
                traceparent,
            ),
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
            channel.redis_channel, link.run_id, _ms(self._limits.position_s),
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
        name = channel.redis_channel
        return int(await self._servers.ask(name, "SPUBLISH", name, b"S " + payload))

    def follow(self, channel: Channel) -> None:
        """Be told of a channel's signals from here on, though no socket hears it."""
        feed = self._feeds.get(channel.redis_channel)
        if feed is None:
            feed = self._feeds[channel.redis_channel] = Feed(channel)
        # Somebody who asks for as long as the node lives.
        feed.asking += 1
        link = self._servers.link(feed.name)
        if link is not None and feed.link is not link:
            self._attach(feed, link)

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
        feed = self._feeds.get(channel.redis_channel)
        if feed is None:
            feed = self._feeds[channel.redis_channel] = Feed(channel)
        feed.asking += 1
        try:
            return await self._join(feed, socket, since)
        finally:
            feed.asking -= 1
            self._look_whether_idle(feed)

    async def _join(self, feed: Feed, socket: Socket, since: Position | None) -> Subscription:
        link = self._servers.link(feed.name)
        if link is None:
            return self._join_without_redis(feed, socket, since)
        if feed.link is not link:
            self._attach(feed, link)
        joined: asyncio.Future[Subscription] = asyncio.get_running_loop().create_future()

        def answered(answer: Any) -> None:
            # In the turn in which the answer came: no live event can slip in between.
            if joined.done():
                return
            if isinstance(answer, Exception):
                joined.set_result(self._join_without_redis(feed, socket, since))
            else:
                joined.set_result(self._joined(feed, socket, since, read_recall(feed.channel.wire_name, answer)))

        self._recall(feed, link, since, answered)
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
        feed = self._feeds.get(channel.redis_channel)
        if feed is None or feed.joining.get(socket) is not subscription:
            return
        del feed.joining[socket]
        if socket.is_gone:
            self._look_whether_idle(feed)
            return
        self.hub.add(channel, socket)
        frames = [event.frame(socket.encoding) for event in subscription.waiting.release()]
        if frames:
            socket.send(b"".join(frames))
        if not subscription.waiting.complete:
            self._on_gap(channel, [socket])

    def unsubscribe(self, channel: Channel, socket: Socket) -> None:
        """Let a socket hear no more of a channel, wherever it stands. Does nothing when it does not hear it."""
        self.hub.remove(channel, socket)
        feed = self._feeds.get(channel.redis_channel)
        if feed is not None:
            feed.joining.pop(socket, None)
            self._look_whether_idle(feed)

    def _end_subscriptions(self, channel: Channel, sockets: Sequence[Socket]) -> None:
        told = Unsubscribed(channel.wire_name, "unavailable", "Events were missed. Subscribe again.")
        for socket in sockets:
            self.unsubscribe(channel, socket)
            socket.tell(told)

    # -- following channels in Redis

    def _attach(self, feed: Feed, link: Link) -> None:
        feed.link = link
        link.subscribe(feed.name)
        self._catch_up(feed, link)

    def _catch_up(self, feed: Feed, link: Link) -> None:
        """Ask for what came after what was delivered. Until the answer is in, live events are in it too."""
        feed.in_step = False
        self._recall(feed, link, feed.position, partial(self._caught_up, feed, link))

    def _recall(self, feed: Feed, link: Link, since: Position | None, answered: Callable[[Any], None]) -> None:
        channel = feed.channel
        epoch, offset = since or ("", 0)
        link.call(
            "EVALSHA", scripts.RECALL.sha, 3, channel.position_key, channel.history_key, channel.latest_key,
            link.run_id, epoch, offset, self._limits.of(channel.kind).events, _ms(self._limits.position_s),
            answered=answered,
        )  # fmt: skip

    def _caught_up(self, feed: Feed, link: Link, answer: Any) -> None:
        if feed.link is not link or self._feeds.get(feed.name) is not feed:
            return
        if isinstance(answer, Exception):
            if isinstance(answer, RedisRefused):
                log.error("a channel's history cannot be read: %s", answer)
                link.abort()
            return
        recall = read_recall(feed.channel.wire_name, answer)
        before, feed.position, feed.in_step = feed.position, recall.position, True
        events = missed(before, recall)
        fresh = newer(recall.latest, feed.versions)
        feed.versions.update((event.event, event.version) for event in fresh if event.version is not None)
        if events is None:
            self._lose_step(feed, recall.position)
            return
        if events or fresh:
            self._counters.of(feed.channel.tenant).gaps_filled += 1
        for event in (*events, *fresh):
            self._deliver(feed, event)

    def _lose_step(self, feed: Feed, position: Position) -> None:
        """Events are lost to those who already hear the channel; what they are told next is somebody else's to say."""
        for subscription in feed.joining.values():
            if not subscription.waiting.follows(position, subscription.epoch):
                subscription.waiting.break_off()
        self._lose(feed.channel)

    def _lose(self, channel: Channel) -> None:
        sockets = self.hub.sockets(channel)
        if sockets:
            self._counters.of(channel.tenant).gaps_lost += 1
            self._on_gap(channel, sockets)

    def _pushed(self, name: bytes, message: bytes) -> None:
        feed = self._feeds.get(name)
        if feed is None:
            return
        told = read(feed.channel.wire_name, message)
        if isinstance(told, Signal):
            self._signalled(feed.channel, told.payload)
            return
        if isinstance(told, Renewed):
            if feed.link is not None and (feed.position is None or feed.position.epoch != told.epoch):
                self._catch_up(feed, feed.link)
            return
        if feed.link is not None:
            self._counters.lag.observe(max(0.0, time.time() + (feed.link.ahead_us - told.sent_us) / 1e6))
        takes = feed.takes(told)
        if takes:
            if told.traceparent and self.hub.tracing is not None:
                self.hub.tracing.received(feed.channel, told.broadcast, told.traceparent)
            self._deliver(feed, told.broadcast)
        elif takes is None and feed.link is not None:
            self._catch_up(feed, feed.link)

    def _deliver(self, feed: Feed, event: Broadcast) -> None:
        if event.policy is not Policy.PASSING and feed.channel in self._uncounted:
            # What these sockets were told uncounted may be this very event.
            self._lose(feed.channel)
        else:
            self.hub.deliver(feed.channel, event)
        if event.event in self.on_sent:
            self.on_sent[event.event](feed.channel, event, [*self.hub.sockets(feed.channel), *feed.joining])
        for subscription in feed.joining.values():
            subscription.waiting.take(event)

    def _signalled(self, channel: Channel, payload: bytes) -> None:
        if self._on_signal is None:
            return
        try:
            self._on_signal(channel, payload)
        except Exception:
            log.exception("a signal of another node could not be taken in")

    # -- letting go

    def _emptied(self, channel: Channel) -> None:
        feed = self._feeds.get(channel.redis_channel)
        if feed is not None:
            self._look_whether_idle(feed)

    def _is_idle(self, feed: Feed) -> bool:
        return not feed.asking and not feed.joining and not self.hub.subscribers(feed.channel)

    def _look_whether_idle(self, feed: Feed) -> None:
        if not self._is_idle(feed):
            return
        loop = asyncio.get_running_loop()
        self._idle.setdefault(feed, loop.time())
        if self._sweep is None:
            self._sweep = loop.call_later(self._linger_s, self._let_go)

    def _let_go(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = None
        late = loop.time() - self._linger_s
        for feed, since in list(self._idle.items()):
            if not self._is_idle(feed):
                del self._idle[feed]
            elif since <= late:
                del self._idle[feed]
                del self._feeds[feed.name]
                if feed.link is not None:
                    feed.link.unsubscribe(feed.name)
        if self._idle:
            self._sweep = loop.call_later(max(0.001, self._linger_s / 2), self._let_go)


async def _ahead_us(link: Link) -> float:
    before = time.time()
    seconds, microseconds = await link.ask("TIME")
    return int(seconds) * 1e6 + int(microseconds) - (before + time.time()) / 2 * 1e6


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
