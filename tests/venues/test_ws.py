"""The stream against a server in memory on the virtual loop, and against one over a real socket."""

from __future__ import annotations

import asyncio
import io
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from framework.kernel import virtual_loop
from framework.kernel.clock import ManualClock
from framework.kernel.logging import configure
from framework.model.events import Depth, FeedState, FeedStatus, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.mailbox import Mailbox
from framework.venues.sockets import LineDown, Socket
from framework.venues.streams import Channel, Heard
from framework.venues.ws import OVERLAP_S, PublicFeed
from tests.venues.bitget.public.samples import BOOK, QUOTES, TRADES, book, crc, push, trade

CHANNELS = (BOOK, QUOTES, TRADES)
BIDS = [("100.00", "1.5"), ("99.90", "2.000")]
ASKS = [("100.10", "0.5000"), ("101.00", "3")]
SNAPSHOT = book(BIDS, ASKS, crc(BIDS, ASKS))
QUOTE = push("books1", [{"bids": [["100.00", "1"]], "asks": [["100.10", "1"]], "ts": "5"}], action="snapshot")


class Server:
    """Answers subscriptions and pings; a test pushes and breaks what it likes."""

    def __init__(self) -> None:
        self.sockets: list[Wire] = []
        self.is_away = False
        self.is_mute = False
        self.trades = [trade(1)]
        self.dialled_s: list[float] = []

    @property
    def attempts(self) -> int:
        return len(self.dialled_s)

    async def dial(self) -> Socket:
        self.dialled_s.append(asyncio.get_running_loop().time())
        if self.is_away:
            raise LineDown("connection refused")
        self.sockets.append(Wire(self))
        return self.sockets[-1]

    @property
    def last(self) -> Wire:
        return self.sockets[-1]


class Wire:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent: list[str] = []
        self.sent_s: list[float] = []
        self.is_closed = False
        self.is_mute = server.is_mute
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def send(self, text: str) -> None:
        self.sent.append(text)
        self.sent_s.append(asyncio.get_running_loop().time())
        if text == "ping":
            if not self.is_mute:
                self.frames.put_nowait(b"pong")
            return
        if self.is_mute:
            return
        said = json.loads(text)
        for arg in said["args"]:
            self.frames.put_nowait(json.dumps({"event": said["op"], "arg": arg}).encode())
            if said["op"] == "subscribe":
                first = {
                    "books": SNAPSHOT,
                    "books1": QUOTE,
                    "trade": push("trade", list(self.server.trades), action="snapshot"),
                }
                self.frames.put_nowait(first[arg["channel"]])

    async def receive(self) -> bytes:
        frame = await self.frames.get()
        if frame is None:
            raise LineDown("cut")
        return frame

    async def close(self) -> None:
        self.is_closed = True

    def push(self, *frames: bytes) -> None:
        for frame in frames:
            self.frames.put_nowait(frame)

    @property
    def operations(self) -> Counter[str]:
        return Counter("ping" if text == "ping" else json.loads(text)["op"] for text in self.sent)


class Played:
    """What came of a scene."""

    def __init__(self, codec: type[PublicCodec], seed: int, channels: tuple[Channel, ...]) -> None:
        self.clock = ManualClock(1_700_000_000_000_000_000)
        self.server = Server()
        self.box = Mailbox(self.clock)
        self.events: list[MarketEvent] = []
        memory: dict[Instrument, int] = {}
        self.feed = PublicFeed(
            self.server.dial,
            lambda: codec(CHANNELS, heard_trades=memory),
            channels,
            self.box,
            random.Random(seed),
        )

    def take(self) -> list[MarketEvent]:
        events, _ = self.box.take()
        self.events += events
        return events

    @property
    def states(self) -> list[FeedState]:
        return [event.state for event in self.events if isinstance(event, FeedStatus)]

    @property
    def details(self) -> str:
        return "; ".join(event.detail for event in self.events if isinstance(event, FeedStatus))


def play(
    scene: Callable[[Played], Awaitable[None]],
    codec: type[PublicCodec] = PublicCodec,
    seed: int = 1,
    channels: tuple[Channel, ...] = CHANNELS,
) -> Played:
    played = Played(codec, seed, channels)

    async def main() -> None:
        task = asyncio.create_task(played.feed.run())
        try:
            await asyncio.sleep(5)
            await scene(played)
        finally:
            played.take()
            task.cancel()

    virtual_loop.run(main(), played.clock)
    return played


async def keep_talking(played: Played, seconds: int) -> None:
    """A market that quotes and moves its book once in ten seconds."""
    for _ in range(seconds // 10):
        played.server.last.push(QUOTE, SNAPSHOT)
        await asyncio.sleep(10)
        played.take()


def test_it_subscribes_and_tells_what_it_hears() -> None:
    async def scene(played: Played) -> None:
        played.server.last.push(push("trade", [trade(2)]))
        await asyncio.sleep(1)

    played = play(scene)
    assert [type(event) for event in played.events] == [Depth, Quote, Trade]
    assert played.server.last.operations == {"subscribe": 1}


def test_a_book_that_is_asked_for_later_is_heard_from_its_beginning_and_after_a_cut() -> None:
    async def scene(played: Played) -> None:
        assert not any(isinstance(event, Depth) for event in played.take())
        played.feed.listen([BOOK])
        played.feed.listen([BOOK, QUOTES])
        await asyncio.sleep(1)
        played.take()
        played.server.last.frames.put_nowait(None)
        await asyncio.sleep(5)

    played = play(scene, channels=(QUOTES, TRADES))
    assert [event.is_snapshot for event in played.events if isinstance(event, Depth)] == [True, True]
    first, second = played.server.sockets
    assert first.operations == {"subscribe": 2}
    assert second.operations == {"subscribe": 1}
    assert "no book" not in played.details
    assert played.states[-1] is FeedState.LIVE


def test_a_book_that_is_asked_for_while_a_successor_settles_is_asked_of_it_too() -> None:
    async def scene(played: Played) -> None:
        old, played.server.is_mute = played.server.last, True
        while played.server.last is old:
            old.push(QUOTE)
            await asyncio.sleep(10)
            played.take()
        played.feed.listen([BOOK])
        new = played.server.last
        new.is_mute = False
        new.push(QUOTE, push("trade", played.server.trades, action="snapshot"))
        await asyncio.sleep(2)

    played = play(scene, channels=(QUOTES, TRADES))
    assert played.server.last.operations["subscribe"] == 2
    assert played.server.last.operations["unsubscribe"] == 0
    assert '"books"' in played.server.last.sent[-1]


def test_it_pings_in_time_and_stays_connected() -> None:
    async def scene(played: Played) -> None:
        await keep_talking(played, 600)

    played = play(scene)
    assert played.feed.connections == 1
    assert 27 <= played.server.last.operations["ping"] <= 31
    assert played.states == []


@pytest.mark.fault("N26")
def test_a_connection_that_answers_nothing_is_given_up() -> None:
    async def scene(played: Played) -> None:
        played.server.last.is_mute = True
        await asyncio.sleep(33)
        assert played.server.sockets[0].is_closed

    played = play(scene)
    assert played.feed.connections == 2
    assert "no answer to a ping within 10 s" in played.details
    assert played.states[-1] is FeedState.LIVE


@pytest.mark.fault("N18", "N19")
def test_silence_of_one_channel_is_told_and_it_is_asked_for_anew() -> None:
    async def scene(played: Played) -> None:
        for _ in range(30):
            played.server.last.push(SNAPSHOT)
            await asyncio.sleep(1)

    played = play(scene)
    assert played.states == [FeedState.STALE, FeedState.LIVE]
    assert "no quotes for 20 s" in played.details
    assert played.server.last.operations["unsubscribe"] == 1
    assert played.feed.connections == 1


@pytest.mark.fault("N17")
def test_a_wrong_checksum_is_told_and_the_book_is_asked_for_anew() -> None:
    async def scene(played: Played) -> None:
        played.server.last.push(book([("99.95", "7")], [], 12345, action="update"))
        await asyncio.sleep(2)

    played = play(scene)
    assert played.states == [FeedState.GAP, FeedState.LIVE]
    assert "expected checksum 12345" in played.details
    snapshots = [event for event in played.events if isinstance(event, Depth) and event.is_snapshot]
    assert len(snapshots) == 2
    assert played.server.last.operations == {"subscribe": 2, "unsubscribe": 1}


@pytest.mark.fault("N24")
def test_a_book_that_never_verifies_costs_connections_not_the_venues_patience() -> None:
    async def scene(played: Played) -> None:
        for _ in range(400):
            played.server.last.push(book([("99.95", "7")], [], 12345, action="update"))
            await asyncio.sleep(1)

    played = play(scene)
    assert played.feed.connections >= 3
    for wire in played.server.sockets:
        assert wire.operations["subscribe"] <= 62
        gaps = [later - sooner for sooner, later in zip(wire.sent_s, wire.sent_s[1:], strict=False)]
        assert min(gaps, default=1.0) >= 0.1  # at most 10 messages a second


class Broken(PublicCodec):
    """With a bug of ours in it."""

    lives_s = OVERLAP_S + 30.0

    def hear(self, frame: bytes, now_ns: int) -> Heard:
        if frame == b"bug":
            raise KeyError("our bug")
        return super().hear(frame, now_ns)


@pytest.mark.parametrize("after_s", [10, int(OVERLAP_S) + 60])
def test_a_bug_of_ours_is_no_lost_connection(after_s: int) -> None:
    """Nor while the next connection is tried, since this one is old."""
    played = Played(Broken, 1, CHANNELS)

    async def main() -> None:
        task = asyncio.create_task(played.feed.run())
        await asyncio.sleep(1)
        played.server.is_away = True
        await keep_talking(played, after_s)
        played.server.last.push(b"bug")
        with pytest.raises(ExceptionGroup) as told:
            async with asyncio.timeout(600.0):
                await task
        assert told.group_contains(KeyError, match="our bug")

    virtual_loop.run(main(), played.clock)
    assert played.feed.connections == 1


@pytest.mark.fault("N20")
def test_garbage_ends_the_connection_and_the_next_one_fills_the_hole() -> None:
    async def scene(played: Played) -> None:
        played.server.last.push(push("trade", [trade(2)]))
        await asyncio.sleep(1)
        played.server.trades = [trade(4), trade(3), trade(2)]
        played.server.last.push(b"<html>502</html>")
        await asyncio.sleep(5)

    played = play(scene)
    assert [event.trade_id for event in played.events if isinstance(event, Trade)] == [2, 3, 4]
    assert played.states == [FeedState.GAP, FeedState.LIVE]
    assert played.feed.connections == 2


@pytest.mark.fault("N24")
def test_a_cut_connection_is_made_again_later_and_later() -> None:
    async def scene(played: Played) -> None:
        played.server.is_away = True
        played.server.last.push()
        played.server.last.frames.put_nowait(None)
        await asyncio.sleep(300)
        played.server.is_away = False
        await asyncio.sleep(31)

    out = io.StringIO()
    configure(lambda: 0, as_json=True, file=out)
    played = play(scene)
    configure(lambda: 0)
    assert 10 < played.server.attempts < 25
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    away = [line["times"] for line in told if line["event"] == "feed.unreachable"]
    assert away[0] == 1 and 4 <= len(away) <= 6 < sum(away), "seldom, and counted"
    assert played.states == [FeedState.GAP, FeedState.STALE, FeedState.LIVE]


@pytest.mark.fault("N24")
def test_reconnects_come_later_each_time_and_no_two_bots_at_once() -> None:
    async def scene(played: Played) -> None:
        played.server.is_away = True
        played.server.last.frames.put_nowait(None)
        await asyncio.sleep(200)

    pauses = []
    for seed in (1, 2):
        lost_s, *dialled_s = play(scene, seed=seed).server.dialled_s
        assert lost_s == 0.0
        pauses.append([later - sooner for sooner, later in pairwise(dialled_s)])
        most = [min(2.0**number, 30.0) for number in range(len(pauses[-1]))]
        assert len(most) > 8
        assert all(top / 2 <= pause <= top for pause, top in zip(pauses[-1], most, strict=True))
    assert not set(pauses[0]) & set(pauses[1])


class ShortLived(PublicCodec):
    """Of a venue that cuts a connection soon."""

    lives_s = 900.0


@pytest.mark.fault("N23")
def test_a_successor_that_does_not_get_to_know_everything_is_given_up_and_the_old_one_goes_on() -> None:
    async def scene(played: Played) -> None:
        server = played.server
        server.is_mute = True
        for number in range(2, 80):
            server.is_mute = number < 70
            for wire in server.sockets:
                if not wire.is_mute and not wire.is_closed:
                    wire.push(push("trade", [trade(number)]), QUOTE, SNAPSHOT)
            await asyncio.sleep(10)
            played.take()
        *given_up, last = server.sockets
        assert len(given_up) > 2
        assert all(wire.is_closed for wire in given_up)
        assert not last.is_closed

    played = play(scene, ShortLived)
    assert played.states == []
    assert [event.trade_id for event in played.events if isinstance(event, Trade)][:60] == list(range(2, 62))


@pytest.mark.fault("N23")
def test_before_the_venue_cuts_it_the_next_connection_takes_over_without_a_hole() -> None:
    async def scene(played: Played) -> None:
        for number in range(2, 8_700):
            wires = [wire for wire in played.server.sockets if not wire.is_closed]
            played.server.trades = [trade(number), trade(number - 1), trade(number - 2)]
            for wire in wires:
                wire.push(push("trade", [trade(number)]), QUOTE, SNAPSHOT)
            await asyncio.sleep(10)
            played.take()

    played = play(scene)
    assert played.feed.connections == 2
    assert played.server.sockets[0].is_closed
    assert played.states == []
    numbers = [event.trade_id for event in played.events if isinstance(event, Trade)]
    assert numbers == list(range(2, 8_700))


def test_a_refused_channel_is_told_with_the_venues_code() -> None:
    async def scene(played: Played) -> None:
        arg = {"instType": "SPOT", "channel": "trade", "instId": "BTCUSDT"}
        frame = {"event": "error", "arg": arg, "code": 30001, "msg": "channel does not exist"}
        played.server.last.push(json.dumps(frame).encode())
        await asyncio.sleep(1)

    played = play(scene)
    assert played.states == [FeedState.GAP]
    assert "trades refused: 30001" in played.details


def test_a_full_queue_is_a_gap_and_asks_anew() -> None:
    async def scene(played: Played) -> None:
        played.box._events_max = 5
        played.server.last.push(*[push("trade", [trade(number)]) for number in range(2, 20)])
        await asyncio.sleep(2)

    played = play(scene)
    assert FeedState.GAP in played.states
    assert played.server.last.operations["unsubscribe"] >= 1


# --- over a real socket ------------------------------------------------------------------------------------------------
