"""Opening tapes by name and by path, under a venue's rules, and what is said when it does not work."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from framework.data.candles import CandleModel
from framework.data.catalogue import BUNDLED, open_tape, tape_names
from framework.model.errors import ConfigError, DataError, FrameworkError
from framework.model.events import Bar, Depth, FeedStatus, Quote, Trade
from framework.model.rules import VenueRules
from tests.data.conftest import TAPE_TOML

CANDLES = "timestamp,open,high,low,close,volume\n" + "".join(
    f"{1_577_836_800 + 60 * n},1,2,0.5,1.5,10\n" for n in range(3)
)
TICKS = "t_us,k,a,b,c,d\n1,t,100.5,1,b,1\n2,q,100,1,101,1\n"


def described(folder: Path, toml: str = TAPE_TOML) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "tape.toml").write_text(toml)
    (folder / "ticks.csv").write_text(TICKS)
    return str(folder)


def test_the_bundled_names() -> None:
    assert tape_names() == ["binance-2024-08-08", "coinbase-2018-04"]


@pytest.mark.parametrize("name", ["binance-2024-08-08", "coinbase-2018-04"])
def test_bundled_files_are_those_of_their_checksums_and_carry_their_notice(name: str) -> None:
    folder = BUNDLED / name
    lines = [line.split() for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert {file: digest for digest, file in lines} == {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for _, file in lines
    }
    assert (folder / "LICENSE").is_file()
    assert (folder / "NOTICE").is_file()


def test_the_tick_tape(rules: VenueRules) -> None:
    tape = open_tape("binance-2024-08-08", rules)
    meta = json.loads((BUNDLED / "binance-2024-08-08" / "meta.json").read_text())
    events = list(tape)
    assert [str(instrument) for instrument in tape.instruments] == ["BTC/USDT@bitget", "ETH/USDT@bitget"]
    assert tape.title == "Binance tape 2024-08-08, BTC/USDT and ETH/USDT, 651 s"
    assert tape.licence.startswith("MIT")
    for symbol, instrument in zip(("BTCUSDT", "ETHUSDT"), tape.instruments, strict=True):
        rows = meta["symbols"][symbol]["rows"]
        own = [event for event in events if event.instrument is instrument]
        for letter, kind in (("q", Quote), ("t", Trade), ("d", Depth)):
            assert sum(type(event) is kind for event in own) == rows[letter]
    assert not [event for event in events if isinstance(event, FeedStatus)]
    times = [event.ts_recv_ns for event in events]
    assert times == sorted(times)
    assert tape.start_ns == meta["start_receive_epoch_us"] * 1000
    assert times[-1] == tape.end_ns
    assert max(len(chunk) for chunk in tape.chunks()) < 5000


def test_the_minute_tape_plays_dollars_as_tethers_where_the_rules_know_no_dollars(rules: VenueRules) -> None:
    tape = open_tape("coinbase-2018-04", rules)
    assert [str(instrument) for instrument in tape.instruments] == ["BTC/USDT@bitget", "ETH/USDT@bitget"]
    assert "BTC/USD is played as BTC/USDT: Bitget spot trades no BTC/USD." in tape.assumptions
    assert "Prices were recorded at Coinbase; orders follow the rules of Bitget spot." in tape.assumptions
    assert sum(isinstance(event, Bar) for event in tape) == 1007 + 1440 + 1009 + 1440
    assert (tape.end_ns - tape.start_ns, tape.step_ns) == (2 * 86_400_000_000_000, 60_000_000_000)


@pytest.mark.parametrize("name", ["binance-2024-08-08", "coinbase-2018-04"])
def test_points_are_fine_enough_for_the_rules_and_for_the_data(rules: VenueRules, name: str) -> None:
    btc = open_tape(name, rules).instruments[0]
    assert (btc.price_exact(btc.tick_points), btc.size_exact(btc.lot_points)) == (Decimal("0.01"), Decimal("0.000001"))


def test_a_candle_file_is_opened_by_its_path_and_its_symbol_read_from_its_name(
    tmp_path: Path, rules: VenueRules
) -> None:
    for name in ("BTC-USDT.csv", "binance_btcusdt_1m.csv", "my BTC_USDT minutes.csv"):
        (tmp_path / name).write_text(CANDLES)
        tape = open_tape(str(tmp_path / name), rules)
        assert [str(instrument) for instrument in tape.instruments] == ["BTC/USDT@bitget"]
        assert tape.title == f"{name}, BTC/USDT, 1m candles, 2020-01-01 to 2020-01-01"
        assert len(list(tape)) == 3


def test_symbol_timeframe_and_model_can_be_given(tmp_path: Path, rules: VenueRules) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(CANDLES.encode()))
    tape = open_tape(
        str(path), rules, symbol="BTC/EUR", timeframe="30s", model=CandleModel(half_spread_bps=Decimal(1000))
    )
    bar, *_ = tape
    assert isinstance(bar, Bar) and bar.quote is not None
    assert (bar.instrument.symbol, bar.timeframe) == ("BTC/EUR", "30s")
    assert (bar.quote.bid, bar.quote.ask) == (1.3, 1.7)


def test_a_folder_of_candle_files_is_one_tape(tmp_path: Path, rules: VenueRules) -> None:
    for name in ("eth-usdt.csv", "btc-usdt.csv"):
        (tmp_path / name).write_text(CANDLES)
    (tmp_path / "notes.txt").write_text("not a candle")
    tape = open_tape(str(tmp_path), rules)
    assert [instrument.symbol for instrument in tape.instruments] == ["BTC/USDT", "ETH/USDT"]
    assert [event.instrument.symbol for event in tape][:4] == ["BTC/USDT", "ETH/USDT", "BTC/USDT", "ETH/USDT"]


def test_a_folder_with_a_descriptor_is_opened_as_it_says(tmp_path: Path, rules: VenueRules) -> None:
    tape = open_tape(described(tmp_path / "mine"), rules)
    assert (tape.name, tape.title, tape.licence) == ("mine", "Mine", "none")
    assert [type(event) for event in tape] == [Trade, Quote]


def test_a_descriptor_may_name_candles(tmp_path: Path, rules: VenueRules) -> None:
    (tmp_path / "x.csv").write_text(CANDLES)
    (tmp_path / "tape.toml").write_text(
        'title = "C"\nlicence = "none"\nformat = "candles"\nnotes = ["Made up."]\n'
        '[[symbols]]\nsymbol = "ETH/USDT"\npath = "x.csv"\ntimeframe = "1m"\n'
    )
    tape = open_tape(str(tmp_path), rules)
    assert [instrument.symbol for instrument in tape.instruments] == ["ETH/USDT"]
    assert tape.assumptions[0] == "Made up."


def test_the_digest_tells_tapes_apart_and_stays_the_same(rules: VenueRules) -> None:
    first, second = (open_tape(name, rules).digest for name in tape_names())
    assert first != second
    assert first == open_tape("binance-2024-08-08", rules).digest


def failure(name_or_path: Path | str, rules: VenueRules, **options: str) -> str:
    with pytest.raises(FrameworkError) as caught:
        list(open_tape(str(name_or_path), rules, **options))  # type: ignore[arg-type]  # only text options are given
    assert isinstance(caught.value, ConfigError | DataError)
    return str(caught.value)


def test_an_unknown_name_lists_the_known_ones_and_the_nearest(rules: VenueRules) -> None:
    message = failure("binance-2024-08-09", rules)
    assert "expected a bundled tape's name, or a file or folder, found 'binance-2024-08-09'" in message
    assert "did you mean 'binance-2024-08-08'?" in message
    assert "known: binance-2024-08-08, coinbase-2018-04" in failure("nothing/like/it.csv", rules)
    assert "tape ~nobody-of-this-name/x: expected a file or folder that can be read" in failure(
        "~nobody-of-this-name/x", rules
    )


def test_a_file_name_without_a_market_says_how_to_give_it(tmp_path: Path, rules: VenueRules) -> None:
    for name, found in (("data.csv", "found none"), ("btc-usdt-eth-usdt.csv", "found BTC/USDT and ETH/USDT")):
        (tmp_path / name).write_text(CANDLES)
        message = failure(tmp_path / name, rules)
        assert f"markets of Bitget spot (BTC/USDT, ETH/USDT, BTC/EUR) in the file's name, {found}" in message
        assert "name the file like BTC-USDT.csv, or set symbol in [paper]" in message


@pytest.mark.parametrize("option", [{"symbol": "BTC/USDT"}, {"timeframe": "1m"}])
def test_a_tape_that_says_its_own_takes_no_symbol_or_timeframe(
    tmp_path: Path, rules: VenueRules, option: dict[str, str]
) -> None:
    for tape in ("binance-2024-08-08", described(tmp_path / "mine")):
        message = failure(tape, rules, **option)
        assert f"[paper] {next(iter(option))}: expected none with the tape {tape}, which says its own" in message


def test_a_symbol_that_the_rules_do_not_know_is_refused(tmp_path: Path, rules: VenueRules) -> None:
    (tmp_path / "data.csv").write_text(CANDLES)
    assert "expected one of BTC/USDT, ETH/USDT, BTC/EUR, found DOGE/USDT" in failure(
        tmp_path / "data.csv", rules, symbol="DOGE/USDT"
    )
    message = failure(described(tmp_path / "mine", TAPE_TOML.replace("BTC/USDT", "DOGE/USDT")), rules)
    assert "found DOGE/USDT; add it to the table of Bitget spot" in message


def test_two_files_of_one_symbol_are_refused(tmp_path: Path, rules: VenueRules) -> None:
    for name in ("btcusdt-2020.csv", "btcusdt-2021.csv"):
        (tmp_path / name).write_text(CANDLES)
    assert "expected one file for each symbol, found BTC/USDT, BTC/USDT; join the files" in failure(tmp_path, rules)
    assert "expected one file for the symbol BTC/USDT, found 2" in failure(tmp_path, rules, symbol="BTC/USDT")


def test_a_folder_without_candles_is_refused(tmp_path: Path, rules: VenueRules) -> None:
    assert "expected tape.toml or files ending in .csv or .csv.gz in the folder, found none" in failure(tmp_path, rules)


def test_a_descriptor_that_names_a_missing_file_is_refused_at_once(tmp_path: Path, rules: VenueRules) -> None:
    message = failure(described(tmp_path / "mine", TAPE_TOML.replace("ticks.csv", "none.csv", 1)), rules)
    assert "none.csv: expected a recording, found nothing there" in message


@pytest.mark.parametrize("raw", [b"", b"\x89PNG\r\n\x1a\n", b"hello\n", gzip.compress(CANDLES.encode(), mtime=0)[:-9]])
def test_a_file_that_is_no_candle_file_is_named(tmp_path: Path, rules: VenueRules, raw: bytes) -> None:
    path = tmp_path / "BTC-USDT.csv"
    path.write_bytes(raw)
    assert str(path) in failure(path, rules)


def test_a_folder_without_permission_is_named(
    tmp_path: Path, rules: VenueRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    message = failure(tmp_path, rules)
    assert str(tmp_path) in message
    assert "Permission denied" in message


def test_a_copy_of_a_bundled_folder_opens_by_path_and_says_when_a_file_is_cut_off(
    tmp_path: Path, rules: VenueRules
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(BUNDLED / "binance-2024-08-08", folder)
    file = next(folder.glob("*eth*.csv.gz"))
    file.write_bytes(file.read_bytes()[:100_000])
    tape = open_tape(str(folder), rules)
    events: list[object] = []
    with pytest.raises(DataError, match=rf"{file.name}: expected a whole gzip file.*copy or download it again"):
        events.extend(tape)
    assert len(events) > 10_000
