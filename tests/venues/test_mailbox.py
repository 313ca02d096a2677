from __future__ import annotations

from framework.kernel.clock import ManualClock
from framework.model.events import FeedState, FeedStatus, Quote, Trade
from framework.model.instrument import Instrument
from framework.venues.mailbox import Mailbox

BTC = Instrument("BTC/USDT", "bitget", 2, 6)
ETH = Instrument("ETH/USDT", "bitget", 2, 4)


def quote(ts_ns: int, instrument: Instrument = BTC) -> Quote:
    return Quote(instrument, ts_ns, 1, 1, 2, 1)


def trade(ts_ns: int, instrument: Instrument = BTC) -> Trade:
    return Trade(instrument, ts_ns, 1, 1, True, ts_ns)


def test_of_quotes_the_latest_is_kept_and_of_trades_all() -> None:
    box = Mailbox(ManualClock(100))
    box.put([quote(1), trade(2), quote(3), quote(4, ETH), trade(5)])
    events, now_ns = box.take()
    assert events == [trade(2), quote(3), quote(4, ETH), trade(5)]
    assert now_ns == 100
    assert box.take()[0] == []


def test_what_is_put_in_is_stamped_later_than_all_that_was_taken() -> None:
    clock = ManualClock(100)
    box = Mailbox(clock)
    assert box.take()[1] == 100
    with box as now_ns:
        assert now_ns == 101
    clock.now_ns = 50
    assert box.take()[1] == 101


def test_where_there_is_no_room_a_gap_is_told_and_the_market_begins_anew() -> None:
    box = Mailbox(ManualClock(), events_max=3)
    assert box.put([trade(1), trade(2, ETH), trade(3)])
    assert not box.put([trade(4)])
    assert not box.put([trade(5), trade(6), trade(7)])
    events, _ = box.take()
    assert [event for event in events if event.instrument is ETH] == [trade(2, ETH)]
    gap, *later = [event for event in events if event.instrument is BTC]
    assert isinstance(gap, FeedStatus)
    assert gap.state is FeedState.GAP
    assert later == []
    assert box.put([trade(8)])
    assert box.overflows == 1


def test_quotes_and_states_need_no_room() -> None:
    box = Mailbox(ManualClock(), events_max=0)
    assert box.put([quote(1), FeedStatus(BTC, 2, FeedState.STALE)])
    assert len(box.take()[0]) == 2


def test_whoever_waits_is_woken() -> None:
    woken: list[int] = []
    box = Mailbox(ManualClock(), woken=lambda: woken.append(1))
    assert not box.has_some
    box.put([trade(1)])
    assert box.has_some
    assert woken == [1]


def test_the_bell_rings_once_until_somebody_takes() -> None:
    woken: list[int] = []
    box = Mailbox(ManualClock(), woken=lambda: woken.append(1))
    box.put([trade(1)])
    box.put([trade(2)])
    assert woken == [1]
    box.take()
    box.put([trade(3)])
    assert woken == [1, 1]
