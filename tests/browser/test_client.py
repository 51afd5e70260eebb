"""The browser client against a server that misbehaves: nothing is lost, doubled or stale, and the page is told."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.stage import Stage, Visit, event_of, stage

#: A client with all that it says in a log. Chance is none, so that every wait is as short as it may be.
BEGIN = """async (options) => {
  const { WheelhouseClient } = await import('/static/js/client.js');
  const chance = options.chance ?? 0;
  Math.random = () => chance;
  window.log = [];
  window.tokens = [];
  const token = options.plain ?? (async (fresh) => { tokens.push(fresh); return 'token-' + tokens.length; });
  window.client = new WheelhouseClient({ url: location.origin.replace('http', 'ws') + '/ws', token });
  window.waits = [];
  client.addEventListener('state', () => {
    log.push('state ' + client.state.name);
    if (client.state.name === 'offline') waits.push(Math.round((client.state.retryAt - Date.now()) / 10) * 10);
  });
  window.listen = (channel) => client.subscribe(channel, {
    snapshot: (snapshot) => log.push(['snapshot', snapshot]),
    event: (name, data) => log.push([name, data]),
    end: (code) => log.push(['end', code]),
  });
  for (const channel of options.channels ?? []) window.leave = listen(channel);
  client.connect().catch((error) => log.push(['ended', error.closeCode]));
}"""


class Watched:
    """The client in a page, and the server that it is on."""

    def __init__(self, page: Page, server: Stage) -> None:
        self.page = page
        self.server = server
        #: what the page threw and nobody caught
        self.thrown: list[str] = []

    async def begin(self, *channels: str, **options: Any) -> Visit:
        """Start a client that listens to these channels; its first connection, welcomed."""
        await self.page.evaluate(BEGIN, {"channels": channels, **options})
        return await self.back()

    async def back(self) -> Visit:
        """The client's next connection, welcomed."""
        visit = await self.server.visit()
        await visit.welcome()
        return visit

    async def told(self, *expected: object) -> None:
        """The channel's handlers have been told just this, in this order, since the last time."""
        await self.page.wait_for_function(
            "(count) => log.filter(Array.isArray).length >= count", arg=len(expected), timeout=20_000
        )
        log = await self.page.evaluate("log.splice(0).filter(Array.isArray)")
        assert log == [list(one) if isinstance(one, tuple) else one for one in expected]

    async def until_state(self, name: str) -> None:
        await self.page.wait_for_function("(name) => client.state.name === name", arg=name, timeout=20_000)


@pytest.fixture(scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context()
    yield made
    await made.close()


@pytest.fixture
async def watched(context: BrowserContext) -> AsyncIterator[Watched]:
    async with _watched(context) as one:
        yield one


@pytest.fixture
async def in_our_time(browser: Browser) -> AsyncIterator[Watched]:
    """A page whose clock the test moves."""
    context = await browser.new_context()
    async with _watched(context) as one:
        await one.page.clock.install()
        yield one
    await context.close()


@asynccontextmanager
async def _watched(context: BrowserContext) -> AsyncIterator[Watched]:
    async with stage() as server:
        page = await context.new_page()
        one = Watched(page, server)
        page.on("pageerror", lambda error: one.thrown.append(str(error)))
        await page.goto(server.url)
        yield one
        await page.close()
    assert not one.thrown


async def test_each_kept_event_arrives_once_and_in_order_over_a_cut(watched: Watched) -> None:
    visit = await watched.begin("user")
    assert "since" not in await visit.subscribed(snapshot={"n": 0}, offset=5)
    await visit.event("user", "kept", 6, offset=6)
    await visit.event("user", "kept", 6, offset=6)  # twice
    await visit.event("user", "kept", 4, offset=4)  # long known
    await watched.told(("snapshot", {"n": 0}), ("kept", 6))
    await visit.socket.close(4500, "internal")

    visit = await watched.back()
    missed = [event_of("user", "kept", n, offset=n) for n in (6, 7, 8)]
    asked = await visit.subscribed(offset=8, recovered=True, events=missed)
    assert asked["since"] == {"epoch": "e1", "offset": 6}
    await visit.event("user", "kept", 9, offset=9)
    await watched.told(("kept", 7), ("kept", 8), ("kept", 9))


async def test_what_comes_before_the_answer_is_kept_and_counted(watched: Watched) -> None:
    visit = await watched.begin("user")
    command = await visit.command("subscribe")
    for n in (3, 4):
        await visit.event("user", "kept", n, offset=n)
    await visit.event("user", "pool", "new", version=9)
    await visit.answer(command, snapshot="s", offset=3, latest={"pool": event_of("user", "pool", "old", version=8)})
    await watched.told(("snapshot", "s"), ("pool", "old"), ("kept", 4), ("pool", "new"))


async def test_of_the_latest_only_newer_versions_are_told_also_over_a_cut(watched: Watched) -> None:
    visit = await watched.begin("jackpot:1")
    await visit.subscribed(snapshot="s", latest={"pool": event_of("jackpot:1", "pool", 5, version=5)})
    for version in (4, 5, 7, 6):
        await visit.event("jackpot:1", "pool", version, version=version)
    await watched.told(("snapshot", "s"), ("pool", 5), ("pool", 7))
    await visit.socket.close(4508, "slow_consumer")
    visit = await watched.back()
    await visit.subscribed(recovered=True, latest={"pool": event_of("jackpot:1", "pool", 6, version=6)})
    await visit.event("jackpot:1", "pool", 8, version=8)
    await watched.told(("pool", 8))


async def test_a_gap_is_asked_for_and_what_follows_waits_for_it(watched: Watched) -> None:
    visit = await watched.begin("user")
    await visit.subscribed(snapshot="s", offset=1)
    await visit.event("user", "kept", 4, offset=4)
    command = await visit.command("subscribe")
    assert command["since"] == {"epoch": "e1", "offset": 1}
    await watched.until_state("catching-up")
    await visit.event("user", "kept", 5, offset=5)
    missed = [event_of("user", "kept", n, offset=n) for n in (2, 3, 4)]
    await visit.answer(command, offset=4, recovered=True, events=missed)
    await watched.told(("snapshot", "s"), ("kept", 2), ("kept", 3), ("kept", 4), ("kept", 5))
    await watched.until_state("live")


@pytest.mark.parametrize(
    "dishonest",
    [
        {"epoch": "e2", "offset": 9, "events": []},
        {"offset": 4, "events": [event_of("user", "kept", 4, offset=4)]},
        {"offset": 4, "events": [event_of("user", "kept", n, offset=n) for n in (2, 4)]},
    ],
    ids=["another epoch", "the first is missing", "a hole"],
)
async def test_recovered_is_believed_only_with_every_event_in_hand(watched: Watched, dishonest: dict[str, Any]) -> None:
    visit = await watched.begin("user")
    await visit.subscribed(snapshot="s", offset=1)
    await visit.socket.close(4500)
    visit = await watched.back()
    await visit.subscribed(recovered=True, **dishonest)
    assert "since" not in await visit.subscribed(snapshot="whole", epoch="e2", offset=9)
    await visit.event("user", "kept", 10, offset=10)
    await watched.told(("snapshot", "s"), ("snapshot", "whole"), ("kept", 10))


async def test_after_a_change_of_epoch_everything_counts_anew(watched: Watched) -> None:
    visit = await watched.begin("jackpot:1")
    await visit.subscribed(snapshot="s", offset=50)
    await visit.event("jackpot:1", "pool", "old", version=70)
    await visit.socket.close(4500)
    visit = await watched.back()
    asked = await visit.subscribed(snapshot="anew", epoch="e2", offset=2)
    assert asked["since"] == {"epoch": "e1", "offset": 50}
    await visit.event("jackpot:1", "kept", 3, offset=3)
    await visit.event("jackpot:1", "pool", "new", version=1)
    await watched.told(("snapshot", "s"), ("pool", "old"), ("snapshot", "anew"), ("kept", 3), ("pool", "new"))


async def test_a_channel_that_the_server_cannot_go_on_with_begins_anew(watched: Watched) -> None:
    visit = await watched.begin("user")
    await visit.subscribed(snapshot="s", offset=5)
    await visit.say({"type": "unsubscribed", "channel": "user", "code": "unavailable", "message": "Subscribe again."})
    await watched.until_state("catching-up")
    assert "since" not in await visit.subscribed(snapshot="anew", offset=9)
    await watched.told(("snapshot", "s"), ("snapshot", "anew"))
    await watched.until_state("live")


async def test_a_channel_that_is_refused_for_good_ends_and_holds_nothing_up(watched: Watched) -> None:
    visit = await watched.begin("jackpot:1", "user")
    await visit.refuse(await visit.command("subscribe"), "not_found")
    await visit.subscribed(snapshot="s")
    await watched.told(("end", "not_found"), ("snapshot", "s"))
    await watched.until_state("live")
    await visit.say({"type": "unsubscribed", "channel": "user", "code": "forbidden", "message": "No more."})
    await watched.told(("end", "forbidden"))


async def test_a_channel_that_is_refused_for_now_is_asked_for_again(watched: Watched) -> None:
    visit = await watched.begin("user")
    await visit.refuse(await visit.command("subscribe"), "rate_limited", retry_after_ms=600)
    refused_at = time.monotonic()
    await visit.subscribed(snapshot="s")
    assert time.monotonic() - refused_at > 0.55
    await watched.told(("snapshot", "s"))


async def test_a_server_that_leaves_gaps_for_ever_is_not_asked_for_ever_at_once(watched: Watched) -> None:
    visit = await watched.begin("user")
    began = time.monotonic()
    for turn in range(5):
        await visit.subscribed(snapshot=turn, epoch=f"e{turn}", offset=0)
        await visit.event("user", "kept", "far", offset=99)
    assert time.monotonic() - began > 1.9


async def test_a_channel_that_was_left_tells_nothing_however_late_the_answer(watched: Watched) -> None:
    visit = await watched.begin("user")
    late = await visit.command("subscribe")
    await watched.page.evaluate("leave()")
    await visit.command("unsubscribe")
    await watched.page.evaluate("void listen('user')")
    anew = await visit.command("subscribe")
    await visit.answer(late, snapshot="late")
    await visit.event("user", "kept", 1, offset=1)
    await visit.answer(anew, snapshot="anew", offset=1)
    await watched.told(("snapshot", "anew"))


async def test_late_and_doubled_and_unknown_answers_change_nothing(watched: Watched) -> None:
    visit = await watched.begin("user")
    command = await visit.command("subscribe")
    await visit.say({"type": "reply", "id": 9_999, "result": {}})
    await visit.say({"type": "something-new", "of": "the next version"})
    await visit.say({"type": "event", "channel": "nobody's", "event": "kept", "data": 1, "at": "", "offset": 1})
    await visit.answer(command, snapshot="s")
    await visit.answer(command, snapshot="again")
    await visit.say({"type": "error", "id": command["id"], "error": {"code": "internal", "message": ""}})
    await visit.event("user", "unheard-of", {"n": 1}, offset=1)
    await watched.told(("snapshot", "s"), ("unheard-of", {"n": 1}))


async def test_a_frame_that_is_no_message_ends_the_connection_and_nothing_is_missed(watched: Watched) -> None:
    visit = await watched.begin("user")
    await visit.subscribed(snapshot="s", offset=0)
    await watched.told(("snapshot", "s"))
    for n, frame in enumerate(("no json {", "null", "[]", '"text"', "{}", b"\x00\x01"), 1):
        await visit.socket.send(frame)
        await visit.lost()
        visit = await watched.back()
        await visit.subscribed(recovered=True, offset=n, events=[event_of("user", "kept", n, offset=n)])
        await watched.told(("kept", n))


async def test_a_welcome_without_the_time_is_no_welcome(watched: Watched) -> None:
    await watched.page.evaluate(BEGIN, {})
    visit = await watched.server.visit()
    await visit.reply(await visit.command("connect"), user="u")
    await visit.lost()
    await watched.back()
    await watched.until_state("live")


async def test_after_4400_to_4499_the_client_ends_and_says_so(watched: Watched) -> None:
    for code in (4400, 4403, 4409, 4413, 4499):
        visit = await watched.begin()
        await visit.socket.close(code)
        await watched.until_state("ended")
        assert len(await watched.page.evaluate("client.state.reason")) > 20
        assert await watched.page.evaluate("client.connect().catch((error) => error.name)") == "ConnectionEnded"
        assert watched.server.unseen_visits == 0


async def test_after_any_other_code_it_comes_back(watched: Watched) -> None:
    visit = await watched.begin()
    for code in (1000, 1001, 1011, 1012, 4500, 4503, 4508, 4509, 4510, 4529, 4999):
        await watched.until_state("live")
        await visit.socket.close(code)
        visit = await watched.back()
    await watched.until_state("live")
    assert await watched.page.evaluate("log") == ["state live", *(["state offline", "state live"] * 11)]


async def test_it_comes_back_when_a_draining_server_says(watched: Watched) -> None:
    visit = await watched.begin()
    await visit.say({"type": "closing", "code": "draining", "reconnect_in_ms": 700})
    await visit.socket.close(4503)
    closed_at = time.monotonic()
    await watched.until_state("offline")
    assert 300 < await watched.page.evaluate("client.state.retryAt - Date.now()") <= 700
    await watched.back()
    assert time.monotonic() - closed_at > 0.65


async def test_a_wish_that_is_no_time_is_not_obeyed_and_a_long_one_not_sat_out_once_online(watched: Watched) -> None:
    visit = await watched.begin()
    for wish in (-5, "soon", None, 1e15):
        await visit.say({"type": "closing", "code": "draining", "reconnect_in_ms": wish})
        await visit.socket.close(4503)
        if wish == 1e15:
            await watched.until_state("offline")
            assert 290_000 < await watched.page.evaluate("client.state.retryAt - Date.now()") <= 300_000
            await watched.page.evaluate("dispatchEvent(new Event('online'))")
        visit = await watched.back()


async def test_waits_double_up_to_a_ceiling_with_chance_in_them_and_begin_anew_once_proved(
    in_our_time: Watched,
) -> None:
    visit = await in_our_time.begin(chance=0.5)
    for n in range(1, 9):
        await visit.socket.close(4500)
        await in_our_time.page.wait_for_function("(n) => waits.length === n", arg=n)
        await in_our_time.page.clock.fast_forward(20_000)
        visit = await in_our_time.server.visit()
    assert await in_our_time.page.evaluate("waits.splice(0)") == [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]
    await visit.welcome()
    await in_our_time.until_state("live")
    await in_our_time.page.clock.fast_forward(11_000)
    await visit.socket.close(4500)
    await in_our_time.until_state("offline")
    assert await in_our_time.page.evaluate("waits") == [250]


async def test_a_silent_line_is_given_up_and_what_was_missed_is_fetched(in_our_time: Watched) -> None:
    visit = await in_our_time.begin("user")
    await visit.subscribed(snapshot="s", offset=1)
    await in_our_time.told(("snapshot", "s"))
    visit.deaf = True
    for _ in range(40):
        if not visit.gone.is_set():
            await in_our_time.page.clock.run_for(1_000)
    await visit.lost()
    visit = await in_our_time.back()
    await visit.subscribed(recovered=True, offset=2, events=[event_of("user", "kept", 2, offset=2)])
    await in_our_time.told(("kept", 2))


async def test_a_server_that_never_answers_connect_is_given_up(in_our_time: Watched) -> None:
    await in_our_time.page.evaluate(BEGIN, {})
    visit = await in_our_time.server.visit()
    await visit.command("connect")
    await in_our_time.page.clock.run_for(11_000)
    await visit.lost()
    await in_our_time.page.clock.run_for(1_000)
    await in_our_time.back()


async def test_a_ping_interval_that_makes_no_sense_is_no_storm(watched: Watched) -> None:
    await watched.page.evaluate(BEGIN, {})
    visit = await watched.server.visit()
    pings = 0

    async def reply(command: dict[str, Any], **result: Any) -> None:
        nonlocal pings
        pings += command["type"] == "ping"
        await Visit.reply(visit, command, **result)

    visit.reply = reply  # type: ignore[method-assign]
    await visit.welcome(ping_interval_ms=0)
    await watched.until_state("live")
    await watched.page.wait_for_timeout(1_500)
    assert pings <= 4


async def test_a_spin_is_sent_again_under_its_id_until_it_is_answered(watched: Watched) -> None:
    visit = await watched.begin()
    await watched.page.evaluate("void (window.spun = client.spin('w', 'r-1'))")
    first = await visit.command("spin")
    visit.socket.transport.abort()
    visit = await watched.back()
    again = await visit.command("spin")
    assert {**again, "id": 0} == {**first, "id": 0}
    await visit.reply(again, session_id="s", replayed=True)
    assert (await watched.page.evaluate("spun"))["session_id"] == "s"


async def test_a_spin_pressed_while_the_socket_closes_waits_for_the_next_one(watched: Watched) -> None:
    visit = await watched.begin()
    await watched.until_state("live")
    # As when the other side's close is on its way: the socket takes nothing more, and has not told of its end.
    await watched.page.evaluate(
        """() => {
          const real = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'readyState');
          const stand = (each) => Object.defineProperty(WebSocket.prototype, 'readyState', each);
          stand({ configurable: true, get: () => WebSocket.CLOSING });
          client.addEventListener('state', () => stand(real), { once: true });
          window.spun = client.spin('w', 'r-2');
        }"""
    )
    await visit.socket.close(4503)
    visit = await watched.back()
    await visit.reply(await visit.command("spin"), session_id="s")
    assert (await watched.page.evaluate("spun"))["session_id"] == "s"


async def test_another_command_is_not_sent_again(watched: Watched) -> None:
    visit = await watched.begin()
    # Before the client has taken its welcome in, it has no connection that a command could go over.
    await watched.until_state("live")
    await watched.page.evaluate(
        "void (window.asked = client.command('presence', { channel: 'x' }).catch((e) => e.name))"
    )
    await visit.command("presence")
    await visit.socket.close(4500)
    assert await watched.page.evaluate("asked") == "ConnectionLost"
    visit = await watched.back()
    await watched.until_state("live")
    await watched.page.evaluate("void client.command('presence', { channel: 'y' }).catch(() => 0)")
    assert (await visit.command("presence"))["channel"] == "y"


async def test_the_token_is_renewed_before_it_ends_and_when_the_server_asks(watched: Watched) -> None:
    await watched.page.evaluate(BEGIN, {})
    visit = await watched.server.visit()
    assert (await visit.welcome(life_s=3))["token"] == "token-1"
    command = await visit.command("refresh")
    assert command["token"] == "token-2"
    await visit.refuse(command, "unavailable")
    await visit.say({"type": "closing", "code": "expiring"})
    command = await visit.command("refresh")
    assert command["token"] == "token-3"
    await visit.reply(command, expires_at="2999-01-01T00:00:00Z")
    assert await watched.page.evaluate("tokens") == [False, True, True]


async def test_a_refused_token_is_exchanged_once(watched: Watched) -> None:
    visit = await watched.begin()
    await visit.socket.close(4401)
    visit = await watched.server.visit()
    await visit.command("connect")
    assert await watched.page.evaluate("tokens") == [False, True]
    await visit.socket.close(4401)
    await watched.until_state("ended")
    assert watched.server.unseen_visits == 0


async def test_a_plain_token_ends_with_its_connection_and_is_not_sent_again(watched: Watched) -> None:
    visit = await watched.begin(plain="mine")
    await watched.until_state("live")
    await visit.say({"type": "closing", "code": "expiring"})
    await watched.page.evaluate("void client.command('presence', { channel: 'x' }).catch(() => 0)")
    await visit.command("presence")
    await visit.socket.close(4401)
    await watched.until_state("ended")


async def test_a_handler_that_throws_stops_nothing_but_itself(watched: Watched) -> None:
    visit = await watched.begin()
    await watched.page.evaluate(
        """void client.subscribe('user', {
          snapshot: () => { throw new Error('the page broke') },
          event: (name, data) => log.push([name, data]),
        })"""
    )
    await visit.subscribed(snapshot="s", offset=1)
    await visit.event("user", "kept", 2, offset=2)
    await watched.told(("kept", 2))
    assert watched.thrown == ["the page broke"]
    watched.thrown.clear()
