"""The channels that a node follows in Redis: subscribed where they are, caught up from their history, let go.

Live events are delivered only while they follow what was delivered before without a hole. Whenever they may not, the
connection being a new one, an event missing, the channel gone to another server, the history is read from where
delivery stands; what cannot be had any more is told as a gap.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from channels import scripts
from channels.channel import Channel
from channels.envelope import Broadcast
from channels.feed import Feed, OnRecall, Renewed, Signal, read, read_recall
from channels.hub import Hub
from channels.link import Link, RedisRefused
from channels.policy import HistoryLimits, Policy
from channels.recovery import Position, Recall, missed, newer
from channels.servers import RedisServers, is_elsewhere
from channels.socket import Socket

log = logging.getLogger(__name__)

#: Channels resubscribed before the loop has its turn again.
_SLICE: Final = 100

OnSignal = Callable[[Channel, bytes], None]
OnGap = Callable[[Channel, Sequence[Socket]], None]
#: An event has been sent to these sockets.
OnSent = Callable[[Channel, Broadcast, Sequence[Socket]], None]


class Following:
    """The feeds of a node.

    Arguments: `limits` of history; `on_sent`, told by event of what has been sent to whom; `on_signal` and `on_gap` as
    of the broker; `is_uncounted`, whether a channel's sockets were told what Redis has not counted; `linger_s`, how
    long a channel stays subscribed after the last socket has left.
    """

    def __init__(
        self,
        hub: Hub,
        servers: RedisServers,
        limits: HistoryLimits,
        on_sent: dict[str, OnSent],
        on_signal: OnSignal | None,
        on_gap: OnGap,
        is_uncounted: Callable[[Channel], bool],
        linger_s: float,
    ) -> None:
        self._hub = hub
        self._servers = servers
        self._limits = limits
        self._on_sent = on_sent
        self._on_signal = on_signal
        self._on_gap = on_gap
        self._is_uncounted = is_uncounted
        self._linger_s = linger_s
        self._counters = hub.counters
        self._feeds: dict[bytes, Feed] = {}
        #: feeds that nobody heard when last looked at, and since when
        self._idle: dict[Feed, float] = {}
        self._sweep: asyncio.TimerHandle | None = None
        hub.on_empty = self._emptied
        servers.on_push = self._pushed
        servers.on_moved = self._moved
        servers.on_change = self._attach_all

    def __len__(self) -> int:
        return len(self._feeds)

    def close(self) -> None:
        """Look after nothing any more."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

    def find(self, channel: Channel) -> Feed | None:
        """The feed of a channel that is followed."""
        return self._feeds.get(channel.redis_channel)

    def of(self, channel: Channel) -> Feed:
        """The feed of a channel, followed from here on until `look_whether_idle` finds that nobody wants it."""
        feed = self._feeds.get(channel.redis_channel)
        if feed is None:
            feed = self._feeds[channel.redis_channel] = Feed(channel)
        return feed

    # -- where channels are

    def attached(self, feed: Feed) -> Link | None:
        """The connection that the channel's server has, on which it is subscribed; None while that is away."""
        link = self._servers.link(feed.name)
        if link is not None and feed.link is not link:
            feed.link = link
            link.subscribe(feed.name)
            self._catch_up(feed, link)
        return link

    async def _attach_all(self) -> None:
        """Follow every channel where it is now."""
        for count, feed in enumerate(list(self._feeds.values()), 1):
            if self._feeds.get(feed.name) is feed:
                self.attached(feed)
            if count % _SLICE == 0:
                await asyncio.sleep(0)

    def _moved(self, link: Link, name: bytes) -> None:
        """A server has a channel no longer."""
        feed = self._feeds.get(name)
        if feed is not None and feed.link is link:
            feed.link = None

    # -- catching up

    def recall(self, feed: Feed, link: Link, since: Position | None, answered: OnRecall) -> None:
        """Ask where a channel stands, and for what was kept after a position; `answered` in the turn of the answer.

        Whoever asks the same before the answer is in shares it: what is published meanwhile comes after it. So a crowd
        that was cut off together reads the history a few times, not once each.
        """
        under_way = feed.recalls.get((link, since))
        if under_way is not None:
            under_way.append(answered)
            return
        waiting = feed.recalls[link, since] = [answered]

        def told(answer: Any) -> None:
            del feed.recalls[link, since]
            found = answer if isinstance(answer, Exception) else read_recall(feed.channel.wire_name, answer)
            for one in waiting:
                one(found)

        channel = feed.channel
        epoch, offset = since or ("", 0)
        link.call(
            "EVALSHA", scripts.RECALL.sha, 3, channel.position_key, channel.history_key, channel.latest_key,
            link.run_id, epoch, offset, self._limits.of(channel.kind).events,
            int(self._limits.position_s * 1000), answered=told,
        )  # fmt: skip

    def _catch_up(self, feed: Feed, link: Link) -> None:
        """Ask for what came after what was delivered. Until the answer is in, live events are in it too."""
        feed.in_step = False
        self.recall(feed, link, feed.position, partial(self._caught_up, feed, link))

    def _caught_up(self, feed: Feed, link: Link, recall: Recall | Exception) -> None:
        if feed.link is not link or self._feeds.get(feed.name) is not feed:
            return
        if isinstance(recall, Exception):
            self._not_caught_up(feed, link, recall)
            return
        before, feed.position, feed.in_step = feed.position, recall.position, True
        if before is None or before.epoch != recall.position.epoch:
            # What was told in another epoch is not what the versions of this one build upon.
            feed.versions.clear()
        events = missed(before, recall)
        fresh = newer(recall.latest, feed.versions)
        feed.versions.update((event.event, event.version) for event in fresh if event.version is not None)
        if events is None:
            self._lose_step(feed, recall.position, fresh)
            return
        if events or fresh:
            self._counters.of(feed.channel.tenant).gaps_filled += 1
        for event in (*events, *fresh):
            self._deliver(feed, event)

    def _not_caught_up(self, feed: Feed, link: Link, error: Exception) -> None:
        if is_elsewhere(error):
            feed.link = None
            self._servers.look_again(error)
        elif isinstance(error, RedisRefused):
            log.error("a channel's history cannot be read: %s", error)
            link.abort()

    def _lose_step(self, feed: Feed, position: Position, latest: Sequence[Broadcast]) -> None:
        """Events are lost to those who already hear the channel; what they are told next is somebody else's to say."""
        for subscription in feed.joining.values():
            if not subscription.waiting.follows(position, subscription.epoch):
                subscription.waiting.break_off()
            for event in latest:
                subscription.waiting.take(event)
        self._lose(feed.channel)

    def _lose(self, channel: Channel) -> None:
        # What was delivered before counts as sent, and its reader may be asked whether it came.
        self._hub.finish(channel)
        sockets = self._hub.sockets(channel)
        if sockets:
            self._counters.of(channel.tenant).gaps_lost += 1
            self._on_gap(channel, sockets)

    # -- live events

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
        event = feed.delivered(told)
        takes = feed.takes(told)
        if takes:
            if told.traceparent and self._hub.tracing is not None:
                self._hub.tracing.received(feed.channel, event, told.traceparent)
            self._deliver(feed, event)
        elif takes is None and feed.link is not None:
            self._catch_up(feed, feed.link)

    def _deliver(self, feed: Feed, event: Broadcast) -> None:
        if event.policy is not Policy.PASSING and self._is_uncounted(feed.channel):
            # What these sockets were told uncounted may be this very event.
            self._lose(feed.channel)
        else:
            self._hub.deliver(feed.channel, event)
        if event.event in self._on_sent:
            self._on_sent[event.event](feed.channel, event, self._hub.sockets(feed.channel))
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
        feed = self.find(channel)
        if feed is not None:
            self.look_whether_idle(feed)

    def _is_idle(self, feed: Feed) -> bool:
        return not feed.asking and not feed.joining and not self._hub.subscribers(feed.channel)

    def look_whether_idle(self, feed: Feed) -> None:
        """Let a channel go in a while, should nobody want it any more."""
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
