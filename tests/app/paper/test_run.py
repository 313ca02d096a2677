"""Whole paper runs on the bundled tapes."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from framework.app.assembly import END_OF_TAPE, PaperRun
from framework.app.drive import FULL_SPEED_STRIDE, Stop, drive
from framework.app.replay.recorded import replay
from framework.kernel.journal import read_journal
from framework.kernel.records import RunStopped
from framework.model.errors import DataError
from framework.ops.handler_watch import HandlerWatch
from framework.reports.closing import closing_lines
from tests.app.conftest import MakeConfig, Trade, forget, nothing, records_of, straight


class Uneven:
    """A pace that waits often and irregularly, without any real sleep."""

    def __init__(self) -> None:
        self._waits = itertools.cycle([0.0, 0.3, 0.0, 0.0, 0.1])
        self.slept = 0

    def wait_s(self, ts_ns: int) -> float:
        """Sometimes something."""
        return next(self._waits) if ts_ns % 7 else 0.0

    def sleep(self, wait_s: float) -> None:
        """Only counted."""
        assert wait_s > 0
        self.slept += 1


@pytest.mark.parametrize("file", ["config/paper.toml", "config/paper-minute.toml"])
def test_every_strategy_enabled_by_default_fills_on_its_default_tape(
    config: MakeConfig, trade: Trade, file: str
) -> None:
    summary = trade(config(file))
    assert summary.strategies
    assert {name: figures.fills for name, figures in summary.strategies.items() if not figures.fills} == {}
    assert summary.quarantined == {}
    assert summary.ledger_difference == {}
    assert summary.stopped_by == END_OF_TAPE
    assert summary.refusals_by_reason.get("rate_limited", 0) == 0


OPPOSITE = """
bot = "pair"
[paper]
tape = "binance-2024-08-08"
rules = "bitget-spot"
balances = ["20000 USDT", "0.2 BTC"]
latency = "20-60 ms"
[router]
self_cross = "SELF_CROSS"
[strategy.up]
use = "sma_cross"
capital = ["1000 USDT", "0.01 BTC"]
params = { timeframe = "5s", fast = 8, slow = 21, notional = "500 USDT" }
[strategy.down]
use = "sma_cross"
capital = ["1000 USDT", "0.01 BTC"]
params = { timeframe = "5s", fast = 21, slow = 8, notional = "500 USDT" }
"""


def test_two_strategies_of_opposite_minds_trade_inside(config: MakeConfig, trade: Trade, tmp_path: Path) -> None:
    runs = {}
    for self_cross in ("hold", "cross"):
        file = tmp_path / f"{self_cross}.toml"
        file.write_text(OPPOSITE.replace("SELF_CROSS", self_cross))
        runs[self_cross] = trade(config(str(file)))
    hold, cross = runs["hold"], runs["cross"]
    assert (hold.fills_inside, hold.fees_saved) == (0, {})
    assert cross.fills_inside > 0
    assert cross.fees_saved["USDT"] > 0
    assert cross.fees < hold.fees
    assert cross.requests < hold.requests
    assert cross.ledger_difference == {}
    assert cross.pnl == cross.price + cross.spread - cross.fees == sum(one.pnl for one in cross.strategies.values())
    assert replay(Path(cross.journal)).is_identical
    assert any("between our own orders, fees saved" in line for line in closing_lines(cross))


def test_summary_adds_up(config: MakeConfig, trade: Trade) -> None:
    summary = trade(config(only=("sma", "grid")))
    parts = summary.strategies.values()
    assert summary.pnl == summary.price + summary.spread - summary.fees
    assert summary.pnl == sum(part.pnl for part in parts)
    assert summary.fills == sum(part.fills for part in parts) > 0
    assert summary.requests_one_by_one >= summary.requests > 0
    assert summary.first_fill_s is not None
    assert Path(summary.report).is_file()


def test_a_pace_changes_nothing_in_the_journal(config: MakeConfig) -> None:
    settings = config(only=("sma", "rebalance"))
    pace = Uneven()
    assert records_of(settings, lambda run: drive(run.instants(), pace, Stop(), nothing)) == records_of(
        settings, straight
    )
    assert pace.slept > 1000


def test_at_full_speed_fewer_instants_are_told_and_the_journal_is_the_same(config: MakeConfig) -> None:
    told: list[int] = []

    def by_stride(run: PaperRun) -> None:
        run.core.loop.stride = FULL_SPEED_STRIDE
        told.append(sum(1 for _ in run.instants()))

    def each(run: PaperRun) -> None:
        told.append(sum(1 for _ in run.instants()))

    settings = config(only=("sma",))
    assert records_of(settings, by_stride) == records_of(settings, each)
    assert told[0] * 4 < told[1]


def test_an_interrupted_run_is_a_prefix_and_a_stop(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid",))
    whole = list(read_journal(Path(trade(settings).journal)))
    summary = trade(settings, stop_at_ns=PaperRun.of(settings, forget).start_ns + 200_000_000_000)
    cut = list(read_journal(Path(summary.journal)))
    stop = next(index for index, record in enumerate(cut) if isinstance(record, RunStopped))
    assert 10 < stop < len(whole)
    # The stop stands behind the turn it belongs to, which the whole run may not have written.
    common = stop - 1 if cut[:stop] != whole[:stop] else stop
    assert cut[:common] == whole[:common]
    assert summary.stopped_by == "Ctrl-C"
    assert summary.ledger_difference == {}
    assert not [left for left in summary.left_open if left.kind == "order"]


def test_slow_handlers_and_the_latency_of_offloaded_work_are_told(
    config: MakeConfig, trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Alarmed(HandlerWatch):
        def start(self) -> None:
            self.slow["sma/BTC"] += 3
            super().start()

    monkeypatch.setattr("framework.app.paper.run.HandlerWatch", Alarmed)
    summary = trade(config(only=("sma",)))
    (trouble,) = summary.troubles
    assert trouble.startswith("sma/BTC: 3 handler calls took too long")
    report = Path(summary.report).read_text(encoding="utf-8")
    assert "sma/BTC: 3 handler calls took too long" in report
    assert "offloads runs at once and answers 0.1 s of tape time later" in report


def test_what_strategies_own_wholly_leaves_nothing_that_nobody_owns(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("mm", "grid"), balances=["6000 USDT", "0.1 BTC", "1.5 ETH"])
    summary = trade(settings)
    assert summary.unowned == 0
    assert summary.equity - summary.equity_start == summary.pnl
    assert "no strategy owns" not in "\n".join(closing_lines(summary))


def test_equity_is_explained_by_strategies_and_by_what_nobody_owns(config: MakeConfig, trade: Trade) -> None:
    summary = trade(config(only=("sma",), balances=["10000 USDT", "0.5 BTC", "3 DOGE"]))
    assert summary.equity == summary.equity_start + summary.pnl + summary.unowned
    assert abs(summary.unowned) > 1, "half a bitcoin moved with the market"
    assert summary.not_valued == ["3 DOGE"]
    report = Path(summary.report).read_text(encoding="utf-8")
    assert "holdings no strategy owns" in report
    assert "3 DOGE (no price in this run)" in report
    words = "\n".join(closing_lines(summary))
    assert "holdings no strategy owns" in " ".join(words.split())
    assert "not valued  3 DOGE (no price in this run)" in words


@pytest.mark.parametrize(("is_there", "words"), [(False, ", without a report (run.py report makes it)"), (True, "")])
def test_whoever_ends_it_hard_while_the_report_is_written_learns_where_its_files_are(
    config: MakeConfig, trade: Trade, monkeypatch: pytest.MonkeyPatch, is_there: bool, words: str
) -> None:
    def ended(path: Path, *_: object) -> None:
        if is_there:
            path.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("framework.app.paper.run.written", ended)
    with pytest.raises(KeyboardInterrupt) as raised:
        trade(config(only=("sma",)), stop_at_ns=1)
    (note,) = raised.value.__notes__
    assert note.startswith(f"stopped hard{words}; what was journaled is in ")


def test_a_tape_whose_end_is_missing_ends_the_run_and_its_journal_is_named(
    config: MakeConfig, trade: Trade, tmp_path: Path
) -> None:
    tape = tmp_path / "tape"
    shutil.copytree("framework/data/tapes/binance-2024-08-08", tape)
    for file in tape.glob("*ethusdt*"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    with pytest.raises(DataError, match=r"found its end missing; .* what was journaled is in (\S+)") as raised:
        trade(config(only=("sma",), tape=str(tape)))
    assert list(read_journal(Path(str(raised.value).split()[-1]) / "journal.bin"))
