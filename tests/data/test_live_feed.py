from __future__ import annotations

import threading

import pytest

from framework.data import live_feed
from framework.data.live_feed import HOSTS, STREAMED, LiveFeed, hosts_of
from framework.kernel.clock import RealClock
from framework.model.errors import ConfigError, Unreachable
from framework.model.events import Depth, FeedState, FeedStatus, Funding, Mark, MarketEvent
from framework.model.instrument import Instrument
from framework.venues import http
from framework.venues.named import rules_named
from framework.venues.sockets import Dial, Socket
from framework.venues.streams import Topic
from tests.conformance.house import open_house
from tests.venues.bitget.public.server import public_server


def feed(host: str, *symbols: str) -> LiveFeed:
    hosts = hosts_of("bitget", host, "f.toml")
    return LiveFeed("bitget", symbols or ("BTC/USDT",), rules_named("bitget-spot"), hosts, RealClock(), 1, "f.toml")


def test_hosts_are_the_venues_own_or_on_this_machine() -> None:
    assert hosts_of("bitget", "", "f.toml") is HOSTS["bitget"]
    assert hosts_of("bitget", "127.0.0.1:80", "f.toml").ws == "ws://127.0.0.1:80"


@pytest.mark.fault("O5")
@pytest.mark.parametrize(
    "host",
    ["api.example.com:80", "127.0.0.1", "127.0.0.1:80/x", "me@127.0.0.1:80", "127.0.0.1:x", "http://localhost:1"],
)
def test_another_machine_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^f\.toml: \[paper\] feed_host: expected none, or a server on this machine"):
        hosts_of("bitget", host, "f.toml: [paper] feed_host")


def test_a_feed_gives_listed_markets_events_and_history() -> None:
    with public_server() as (server, host):
        one = feed(host)
        try:
            tape = one.start()
            (market,) = tape.instruments
            assert (market.id, market.tick_points, market.lot_points) == ("BTC/USDT@bitget", 1, 1)
            assert str(market.maker_fee) == "0.0008"
            bars = tape.history(market, "1m", 70)
            assert len(bars) == 70
            assert all(bar.ts_recv_ns <= tape.start_ns for bar in bars)
            assert tape.history(market, "7s", 5) == ()
            assert tape.history(market, "1m", 0) == ()
        finally:
            one.stop()
        assert [path.split("?")[0] for path in server.asked] == [
            "/api/v2/spot/public/symbols",
            "/api/v2/spot/market/candles",
        ]
        assert all(event.ts_recv_ns > tape.start_ns for event in tape.mailbox.take()[0])


def test_books_are_heard_where_they_are_asked_for() -> None:
    with public_server() as (_, host):
        one = feed(host)
        one.has_books_at_once = False
        try:
            tape = one.start()
            assert one._feed is not None
            assert one._loop is not None
            assert {channel.topic for channel in one._feed.channels} == {Topic.TRADES, Topic.QUOTES}
            one.hear_books(tape.instruments)
            one._loop.call_soon_threadsafe((heard := threading.Event()).set)
            assert heard.wait(10.0)
            assert {channel.topic for channel in one._feed.channels} == set(STREAMED)
        finally:
            one.stop()


@pytest.mark.parametrize(
    ("symbol", "says"),
    [("BTC/USTD", "lists no spot market 'BTC/USTD'; did you mean 'BTC/USDT'"), ("OLD/USDT", "takes no orders now")],
)
def test_a_market_that_cannot_be_traded_is_refused(symbol: str, says: str) -> None:
    with public_server() as (_, host):
        one = feed(host, symbol)
        with pytest.raises(ConfigError, match=says):
            one.start()
        one.stop()


def test_a_venue_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "RETRY_S", 0.0)
    one = feed("127.0.0.1:9")
    with pytest.raises(Unreachable, match="markets of bitget"):
        one.start()
    one.stop()


def test_a_feed_that_a_bug_of_ours_ends_is_stale_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> Dial:
        async def dial() -> Socket:
            raise KeyError("our bug")

        return dial

    monkeypatch.setattr(live_feed, "dialer", broken)
    with public_server() as (_, host):
        one = feed(host)
        told = threading.Event()
        one.mailbox.woken = told.set
        try:
            one.start()
            assert told.wait(10.0)
            (status,) = one.mailbox.take()[0]
        finally:
            one.stop()
    assert isinstance(status, FeedStatus)
    assert (status.state, status.instrument.symbol) == (FeedState.STALE, "BTC/USDT")
    assert "the feed broke and is heard no more: KeyError: 'our bug'" in status.detail


def test_a_perpetual_tells_its_mark_price_and_its_funding() -> None:
    """From a foreign venue's frames, by the same socket as its book and trades."""
    swap = Instrument("BTC/USDT:USDT", "bitget", 1, 4)
    with open_house() as house:
        hosts = hosts_of("bitget", f"127.0.0.1:{house.port}", "f.toml")
        rules = rules_named("bitget-futures")
        one = LiveFeed("bitget", (swap.symbol,), rules, hosts, RealClock(), 1, "f.toml", [swap])
        heard: dict[type, MarketEvent] = {}
        try:
            one.start()
            for moved in range(400):
                if {Mark, Funding, Depth} <= set(heard):
                    break
                house.show(middle=60_000 + moved)
                heard |= {type(event): event for event in one.mailbox.take()[0]}
                threading.Event().wait(0.05)
        finally:
            one.stop()
        mark, funding = heard[Mark], heard[Funding]
        assert isinstance(mark, Mark) and isinstance(funding, Funding)
        assert (mark.instrument, 59_000 < mark.price < 61_000) == (swap, True)
        assert funding.ts_due_ns > RealClock().now_ns
        assert abs(funding.rate) < 1
