"""A run put together from its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.assembly import PaperRun, check_limits, tape_of
from framework.config import Config
from framework.kernel.journal import read_journal
from framework.kernel.records import FeedNoted, Record
from framework.model.errors import ConfigError, DataError, PluginError
from tests.app.conftest import MakeConfig, Trade, forget, records_of, straight


def test_seed_changes_the_run(config: MakeConfig) -> None:
    first, second = (records_of(config(only=("sma",), seed=seed), straight) for seed in (1, 2))
    assert first != second


def test_a_run_that_begins_its_tape_again_is_another_one(config: MakeConfig) -> None:
    plain, looped = (config(only=("sma",), loop=loop) for loop in (False, True))
    ids = [PaperRun.of(settings, forget, tape_of(settings)).id for settings in (plain, looped, plain)]
    assert ids[0] == ids[2] != ids[1]


def test_a_looped_tape_announces_its_seam(config: MakeConfig) -> None:
    settings = config(only=("sma",))
    run_ns = PaperRun.of(settings, forget).tape.end_ns
    seams: list[FeedNoted] = []

    def note(record: Record) -> None:
        if isinstance(record, FeedNoted) and record.state == "seam":
            seams.append(record)

    looped = config(only=("sma",), loop=True)
    run = PaperRun.of(looped, lambda _: note, tape_of(looped))
    for ts_ns in run.instants():
        if ts_ns > run_ns + 30_000_000_000:
            break
    assert [seam.instrument for seam in seams] == ["BTC/USDT@bitget", "ETH/USDT@bitget"]


def test_history_before_the_start_warms_up(config: MakeConfig, trade: Trade) -> None:
    settings = config("config/paper-minute.toml", only=("sma",), start="2018-04-04T06:00:00Z")
    summary = trade(settings)
    assert summary.fills > 0
    first = next(record for record in read_journal(Path(summary.journal)) if hasattr(record, "started_ns"))
    assert first.started_ns == settings.paper.start_ns


def test_capital_above_the_balances_is_refused(config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r"expected at most the 10 USDT of \[paper\] balances"):
        PaperRun.of(config(balances=["10 USDT"]), forget)


def test_a_start_outside_the_tape_is_refused(config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r"start: expected an instant of the tape"):
        PaperRun.of(config(start="2030-01-01T00:00:00Z"), forget)


def test_a_journal_that_cannot_be_written_ends_the_run_with_words(config: MakeConfig) -> None:
    def full(_record: Record) -> None:
        raise DataError("journal x: expected to write, found: No space left on device")

    run = PaperRun.of(config(only=("sma",)), lambda _: full)
    with pytest.raises(DataError, match="No space left"):
        straight(run)


def test_the_id_is_of_what_decides_the_run(config: MakeConfig) -> None:
    def run_id(**paper: object) -> str:
        return PaperRun.of(config(only=("sma",), **paper), forget).id

    assert run_id() == run_id(speed=3)
    assert len({run_id(), run_id(seed=2), run_id(latency="1 ms"), run_id(balances=["9000 USDT"])}) == 4


def test_no_strategy_is_said_in_words(config: MakeConfig) -> None:
    settings = config().model_copy(update={"strategy": {}})
    with pytest.raises(ConfigError, match="expected at least one enabled"):
        PaperRun.of(settings, forget)


def test_every_plugin_that_cannot_be_used_is_told_at_once(config: MakeConfig) -> None:
    settings = config()
    tables = dict(settings.strategy)
    tables["mm"] = tables["mm"].model_copy(update={"use": "market_makr"})
    tables["grid"] = tables["grid"].model_copy(update={"params": {"levls": 3}})
    with pytest.raises(PluginError) as raised:
        PaperRun.of(settings.model_copy(update={"strategy": tables}), forget)
    assert "market_makr" in str(raised.value)
    assert "did you mean 'market_maker'" in str(raised.value)
    assert "no parameter 'levls'; did you mean 'levels'?" in str(raised.value)


def test_a_candle_file_of_any_name_trades_with_its_symbol_set(config: MakeConfig, trade: Trade, tmp_path: Path) -> None:
    tape = tmp_path / "prices.csv"
    minutes = [f"{1_700_000_000_000 + 60_000 * n},100,101,99,{100 + n % 2},5\n" for n in range(60)]
    tape.write_text("".join(["time,open,high,low,close,volume\n", *minutes]), encoding="utf-8")
    settings = config(only=("grid",), tape=str(tape), symbol="BTC/USDT", timeframe="1m")
    assert trade(settings).events == 60


@pytest.mark.parametrize(
    ("paper", "begins"),
    [
        ({"tape": "nonsense"}, "command line: [paper] tape: expected a bundled tape's name, or a file or folder"),
        ({"rules": "bitget-spt"}, "command line: [paper] rules: expected the name of a rule table"),
        ({"balances": ["100 USDT"]}, "config/paper.toml: [strategy.*] capital: expected at most the 100 USDT"),
        ({"symbol": "BTC/USDT"}, "config/paper.toml: [paper] symbol: expected none with the tape binance-2024-08-08"),
    ],
)
def test_what_is_refused_names_file_and_key(config: MakeConfig, paper: dict[str, object], begins: str) -> None:
    with pytest.raises(ConfigError) as raised:
        PaperRun.of(config(**paper), forget)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith(begins)
    assert all(line.startswith((begins.partition("[")[0], "config/paper.toml: [")) for line in lines)


def test_a_report_currency_that_no_market_values_is_refused(config: MakeConfig) -> None:
    settings = config(only=("sma",)).model_copy(update={"report_currency": "EUR"})
    with pytest.raises(ConfigError, match=r"no market of the tape values USDT in EUR; use one of USDT, BTC, ETH"):
        PaperRun.of(settings, forget)


def test_a_run_with_limits_it_could_not_hold_is_not_begun() -> None:
    config = Config.model_validate({"limits": {"account": {"mian": {"max_open_orders": 1}}}})
    with pytest.raises(ConfigError, match=r"\[limits.account.mian\]: no such account in this run; did you mean 'main'"):
        check_limits(config, tape_of(config))
