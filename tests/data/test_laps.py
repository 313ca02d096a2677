"""A looped tape: time, prices and trade ids go on, and each seam is announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.data.catalogue import open_tape
from framework.data.laps import LoopedTape
from framework.data.tape import Chunk, Tape
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Mark, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.rules import VenueRules

BTC = Instrument("BTC/USDT", "test", 2, 2, tick_points=5)
ETH = Instrument("ETH/USDT", "test", 2, 2)


class Recording:
    """A source that plays given events."""

    files: Sequence[Path] = ()
    assumptions: Sequence[str] = ()
    step_ns = 100

    def __init__(self, events: list[MarketEvent], instrument: Instrument = BTC, end_ns: int = 2050) -> None:
        self.instrument = instrument
        self.start_ns = 1000
        self.end_ns = end_ns
        self._events = events

    def chunks(self) -> Iterator[Chunk]:
        if self._events:
            yield list(self._events)


def quote(ts_ns: int, bid: int, ask: int, instrument: Instrument = BTC) -> Quote:
    return Quote(instrument, ts_ns, bid, 1, ask, 1)


def looped(*events: MarketEvent, laps: int = 2) -> list[MarketEvent]:
    return list(LoopedTape(Tape("t", "T", "MIT", [Recording(list(events))]), laps))


def test_every_kind_of_event_is_moved() -> None:
    events: list[MarketEvent] = [
        quote(1000, 1000, 1010),
        Trade(BTC, 1001, 1010, 3, True, 7, 900),
        Depth(BTC, 1002, ((1000, 1), (995, 2)), ((1010, 3),), is_snapshot=True),
        Bar(BTC, 1003, 940, "1s", 1000, 1010, 995, 1005, 4, 5),
        Mark(BTC, 1004, 1005),
        Bar(BTC, 1004, 941, "1s", 1000, 1010, 995, 1005, 4, 0, 1000, 3, 1010, 4),
        Funding(BTC, 1005, Decimal("0.0001"), 5000),
        FeedStatus(BTC, 1006, FeedState.DEFECT, "x"),
        quote(2050, 1020, 1030),
    ]
    second = looped(*events)[len(events) :]
    assert second == [
        FeedStatus(BTC, 2100, FeedState.SEAM, "lap 2 begins, prices are carried on"),
        quote(2100, 1020, 1030),
        Trade(BTC, 2101, 1030, 3, True, 8, 2000),
        Depth(BTC, 2102, ((1020, 1), (1015, 2)), ((1030, 3),), is_snapshot=True),
        Bar(BTC, 2103, 2040, "1s", 1020, 1030, 1015, 1025, 4, 5),
        Mark(BTC, 2104, 1025),
        Bar(BTC, 2104, 2041, "1s", 1020, 1030, 1015, 1025, 4, 0, 1020, 3, 1030, 4),
        Funding(BTC, 2105, Decimal("0.0001"), 6100),
        FeedStatus(BTC, 2106, FeedState.DEFECT, "x"),
        quote(3150, 1040, 1050),
    ]


def test_the_first_lap_is_the_recording_itself() -> None:
    events: list[MarketEvent] = [quote(1000, 1000, 1010), quote(1500, 900, 910)]
    assert looped(*events, laps=1) == events
    assert looped(*events)[:2] == events


@given(st.lists(st.tuples(st.integers(1000, 3000), st.integers(1, 40)), min_size=1, max_size=20), st.integers(2, 6))
def test_prices_are_carried_on_within_half_a_tick_on_the_grid_and_above_zero(
    quotes: list[tuple[int, int]], laps: int
) -> None:
    events = [quote(1000 + number, bid, bid + spread) for number, (bid, spread) in enumerate(quotes)]
    last: Quote | None = None
    seam = ""
    for event in looped(*events, laps=laps):
        if isinstance(event, FeedStatus):
            seam = event.detail
        elif isinstance(event, Quote):
            assert event.bid_points > 0
            if seam and last is not None:
                jump = abs(event.bid_points + event.ask_points - last.bid_points - last.ask_points)
                assert jump <= BTC.tick_points if "carried on" in seam and "jump" not in seam else jump > 0
                assert (event.bid_points - events[0].bid_points) % BTC.tick_points == 0
                seam = ""
            last = event


def test_prices_that_would_fall_to_zero_start_again_and_it_is_said() -> None:
    events = looped(quote(1000, 1000, 1010), quote(2000, 600, 610), laps=4)
    seams = [event.detail for event in events if isinstance(event, FeedStatus)]
    firsts = [event.bid_points for event in events if isinstance(event, Quote)][::2]
    assert seams == [
        "lap 2 begins, prices are carried on",
        "lap 3 begins, prices jump: carried on they would fall to zero",
        "lap 4 begins, prices are carried on",
    ]
    assert firsts == [1000, 600, 1000, 600]


def test_quotes_that_bars_carry_tell_how_far_prices_went_and_how_low() -> None:
    def bar(ts_ns: int, bid: int) -> Bar:
        prices = bid + 5, bid + 5, bid + 5, bid + 5
        return Bar(BTC, ts_ns, ts_ns - 60, "1s", *prices, 4, 0, bid, 1, bid + 10, 1)

    carried = [event.quote for event in looped(bar(1000, 100), bar(2000, 120)) if isinstance(event, Bar)]
    assert [there.bid_points for there in carried if there is not None] == [100, 120, 120, 140]
    falls = looped(bar(1000, 100), bar(2000, 50))
    assert any(isinstance(event, FeedStatus) and "jump" in event.detail for event in falls)


def test_the_lowest_price_of_all_counts_and_not_the_quotes_alone() -> None:
    deep = Depth(BTC, 1001, ((1000, 1), (5, 1)), ((1010, 1),), is_snapshot=True)
    events = looped(quote(1000, 1000, 1010), deep, quote(2000, 990, 1000), laps=2)
    assert any(isinstance(event, FeedStatus) and "jump" in event.detail for event in events)


def test_trade_ids_go_on_rising_and_missing_ones_stay_missing() -> None:
    ids = [
        event.trade_id
        for event in looped(Trade(BTC, 1000, 1, 1, True, 7), Trade(BTC, 1001, 1, 1, True, 9), laps=3)
        if isinstance(event, Trade)
    ]
    assert ids == [7, 9, 10, 12, 13, 15]
    unnumbered = [event.trade_id for event in looped(Trade(BTC, 1000, 1, 1, True)) if isinstance(event, Trade)]
    assert unnumbered == [0, 0]


def test_each_instrument_has_its_own_seam_and_its_own_shift() -> None:
    tape = Tape(
        "t",
        "T",
        "MIT",
        [Recording([quote(1000, 100, 110), quote(2000, 200, 210)]), Recording([quote(1000, 50, 60, ETH)], ETH)],
    )
    events = list(LoopedTape(tape, 2))[3:]
    assert [event.instrument for event in events if isinstance(event, FeedStatus)] == [BTC, ETH]
    assert [event.bid_points for event in events if isinstance(event, Quote)] == [200, 50, 300]


def test_a_lap_lasts_whole_steps_and_laps_do_not_overlap() -> None:
    tape = LoopedTape(Tape("t", "T", "MIT", [Recording([quote(1000, 100, 110)], end_ns=2000)]), 3)
    assert (tape.lap_ns, tape.start_ns, tape.end_ns, tape.laps) == (1100, 1000, 4200, 3)
    assert [event.ts_recv_ns for event in tape if isinstance(event, Quote)] == [1000, 2100, 3200]


def test_for_ever_is_for_ever_and_an_empty_tape_ends() -> None:
    tape = LoopedTape(Tape("t", "T", "MIT", [Recording([quote(1000, 100, 110)])]))
    assert tape.laps == 0
    assert len(list(islice(tape, 1000))) == 1000
    assert looped(laps=0) == []


def test_the_bundled_tape_loops_without_a_jump(rules: VenueRules) -> None:
    tape = open_tape("binance-2024-08-08", rules)
    once = sum(len(chunk) for chunk in tape.chunks())
    last: dict[Instrument, Quote] = {}
    jumps: dict[Instrument, float] = {}
    count, now_ns, after_seam = 0, 0, False
    for event in LoopedTape(tape, 2):
        count += 1
        assert event.ts_recv_ns >= now_ns
        now_ns = event.ts_recv_ns
        if isinstance(event, FeedStatus):
            after_seam = True
        elif isinstance(event, Quote):
            if after_seam:
                jumps.setdefault(event.instrument, event.mid - last[event.instrument].mid)
            last[event.instrument] = event
    assert count == 2 * once + 2
    assert len(jumps) == 2
    assert list(jumps.values()) == pytest.approx([0.0, 0.0], abs=0.005)
    assert LoopedTape(tape, 2).digest == tape.digest
