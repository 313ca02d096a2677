"""Recorded minutes of bid, ask and trades in LEAN zips."""

from __future__ import annotations

import zipfile
from itertools import chain
from pathlib import Path

import pytest

from framework.data.minutes import MinuteFolder
from framework.model.errors import DataError
from framework.model.events import Bar, FeedState, FeedStatus, MarketEvent, Quote
from framework.model.instrument import Instrument

MIDNIGHT_NS = 1_522_800_000_000_000_000  # 2018-04-04
MINUTE_NS = 60_000_000_000
DAY = range(1440)
BUNDLED = Path(__file__).parents[2] / "framework" / "data" / "tapes" / "coinbase-2018-04"


def quote_row(minute: int, bid: str = "99.99", ask: str = "100.01", sizes: tuple[str, str] = ("1.5", "2")) -> str:
    return f"{minute * 60_000},98,100,97,{bid},{sizes[0]},99,101,98,{ask},{sizes[1]}"


def trade_row(minute: int) -> str:
    return f"{minute * 60_000},100,101,99,100.5,3.25"


def pack(folder: Path, date: str, quotes: list[str], trades: list[str]) -> None:
    for kind, rows in (("quote", quotes), ("trade", trades)):
        with zipfile.ZipFile(folder / f"{date}_{kind}.zip", "w") as archive:
            archive.writestr(f"{date}_btcusd_minute_{kind}.csv", "\n".join(rows) + "\n")


def played(folder: Path, instrument: Instrument) -> list[MarketEvent]:
    events = list(chain.from_iterable(MinuteFolder(folder, instrument).chunks()))
    times = [event.ts_recv_ns for event in events]
    assert times == sorted(times)
    return events


def statuses(events: list[MarketEvent]) -> list[FeedStatus]:
    return [event for event in events if isinstance(event, FeedStatus)]


def test_each_minute_is_a_quote_and_then_a_bar_at_its_close(tmp_path: Path, btc: Instrument) -> None:
    pack(tmp_path, "20180404", list(map(quote_row, DAY)), list(map(trade_row, DAY)))
    events = played(tmp_path, btc)
    assert events[:3] == [
        Quote(btc, MIDNIGHT_NS + MINUTE_NS, 9999, 150000, 10001, 200000),
        Bar(btc, MIDNIGHT_NS + MINUTE_NS, MIDNIGHT_NS, "1m", 10000, 10100, 9900, 10050, 325000),
        Quote(btc, MIDNIGHT_NS + 2 * MINUTE_NS, 9999, 150000, 10001, 200000),
    ]
    assert len(events) == 2 * 1440


def test_a_minute_without_trades_has_a_quote_only(tmp_path: Path, btc: Instrument) -> None:
    pack(tmp_path, "20180404", list(map(quote_row, DAY)), [trade_row(minute) for minute in DAY if minute != 5])
    events = played(tmp_path, btc)
    assert len(events) == 2 * 1440 - 1
    assert statuses(events) == []


def test_missing_quotes_are_a_gap_over_days_too(tmp_path: Path, btc: Instrument) -> None:
    pack(tmp_path, "20180404", [quote_row(minute) for minute in range(1438)], list(map(trade_row, DAY)))
    pack(tmp_path, "20180405", [quote_row(minute) for minute in range(1, 1440)], list(map(trade_row, DAY)))
    gap, live = statuses(played(tmp_path, btc))
    assert (gap.state, gap.ts_recv_ns) == (FeedState.GAP, MIDNIGHT_NS + 1439 * MINUTE_NS)
    assert gap.detail == "3 minutes missing, 2018-04-04 23:58 to 2018-04-05 00:01 UTC (20180405_quote.zip)"
    assert (live.state, live.ts_recv_ns) == (FeedState.LIVE, MIDNIGHT_NS + 1442 * MINUTE_NS)


def test_trades_that_stop_early_are_a_defect(tmp_path: Path, btc: Instrument) -> None:
    pack(tmp_path, "20180404", list(map(quote_row, DAY)), [trade_row(minute) for minute in range(1000)])
    (status,) = statuses(played(tmp_path, btc))
    assert (status.state, status.ts_recv_ns) == (FeedState.DEFECT, MIDNIGHT_NS + 1000 * MINUTE_NS)
    assert status.detail == "trade bars stop at 2018-04-04 16:40 UTC, before the day ends (20180404_trade.zip)"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (quote_row(1, "100.02"), "expected the bid below the ask, found 100.02 and 100.01"),
        (quote_row(1, "0"), "expected the bid below the ask"),
        (quote_row(1, sizes=("0", "1")), "expected sizes above 0, found 0 and 1"),
        (quote_row(0), "expected a minute from 2018-04-04 00:01 on, found 2018-04-04 00:00"),
        (quote_row(1440), "expected the ms of a whole minute of the day, found '86400000'"),
        (quote_row(1).replace("60000", "60001"), "expected the ms of a whole minute"),
        (trade_row(1), "expected 11 columns, found 6"),
        (quote_row(1, "x"), "expected a number, found 'x'"),
    ],
)
def test_an_unusable_row_is_left_out_and_told(tmp_path: Path, btc: Instrument, row: str, reason: str) -> None:
    rows = [quote_row(0), row, *map(quote_row, range(2, 1440))]
    pack(tmp_path, "20180404", rows, list(map(trade_row, DAY)))
    defect, gap, live = statuses(played(tmp_path, btc))
    assert (defect.state, gap.state, live.state) == (FeedState.DEFECT, FeedState.GAP, FeedState.LIVE)
    assert reason in defect.detail
    assert defect.detail.endswith("(20180404_quote.zip, line 2)")


def test_an_inconsistent_trade_bar_is_left_out(tmp_path: Path, btc: Instrument) -> None:
    trades = [trade_row(0), "60000,100,99,98,100,1", *map(trade_row, range(2, 1440))]
    pack(tmp_path, "20180404", list(map(quote_row, DAY)), trades)
    (defect,) = statuses(played(tmp_path, btc))
    assert "expected the high and the low around open and close" in defect.detail


def test_a_day_that_lacks_a_file_is_refused(tmp_path: Path, btc: Instrument) -> None:
    pack(tmp_path, "20180404", [quote_row(0)], [trade_row(0)])
    (tmp_path / "20180404_trade.zip").unlink()
    with pytest.raises(DataError, match=r"expected 20180404_trade\.zip, found none; add it"):
        MinuteFolder(tmp_path, btc)


def test_a_folder_without_days_and_a_wrong_name_are_refused(tmp_path: Path, btc: Instrument) -> None:
    with pytest.raises(
        DataError, match=r"expected zips such as 20180404_quote\.zip and 20180404_trade\.zip, found none"
    ):
        MinuteFolder(tmp_path, btc)
    pack(tmp_path, "20181304", [quote_row(0)], [trade_row(0)])
    with pytest.raises(DataError, match=r"expected names such as 20180404_quote\.zip, found '20181304'"):
        MinuteFolder(tmp_path, btc)
    with pytest.raises(DataError, match=r"none: expected a recording, found nothing there"):
        MinuteFolder(tmp_path / "none", btc)


def test_a_damaged_or_empty_zip_is_refused_at_once(tmp_path: Path, btc: Instrument) -> None:
    pack(tmp_path, "20180404", [quote_row(0)], [])
    with pytest.raises(DataError, match=r"20180404_trade\.zip: expected rows of data, found an empty file"):
        MinuteFolder(tmp_path, btc)
    (tmp_path / "20180404_quote.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(DataError, match=r"20180404_quote\.zip: expected a readable zip"):
        MinuteFolder(tmp_path, btc)


def test_the_bundled_minutes_have_their_known_defects() -> None:
    events = played(BUNDLED / "btcusd", Instrument("BTC/USD", "coinbase", 2, 8))
    told = statuses(events)
    missing = [int(status.detail.split()[0]) for status in told if status.state is FeedState.GAP]
    assert sum(isinstance(event, Quote) for event in events) == 1437 + 1436
    assert sum(isinstance(event, Bar) for event in events) == 1007 + 1440
    assert missing == [2, 1, 1, 1, 1]
    defects = [status.detail for status in told if status.state is FeedState.DEFECT]
    assert defects == ["trade bars stop at 2018-04-04 16:48 UTC, before the day ends (20180404_trade.zip)"]
    assert events[0] == Quote(events[0].instrument, MIDNIGHT_NS + MINUTE_NS, 742490, 188483821, 742491, 3335399601)
