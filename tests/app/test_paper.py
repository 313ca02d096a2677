"""Whole paper runs on the bundled tapes."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from framework.app.assembly import END_OF_TAPE, PaperRun, tape_of
from framework.app.drive import Stop, drive, drive_async
from framework.kernel import virtual_loop
from framework.kernel.clock import ManualClock
from framework.kernel.journal import read_journal
from framework.kernel.records import FeedNoted, Record, RunStopped
from framework.model.errors import ConfigError, DataError
from tests.app.conftest import MakeConfig, Trade


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
    assert _records(settings, lambda run: drive(run.instants(), pace, Stop(), _nothing)) == _records(
        settings, _straight
    )
    assert pace.slept > 1000


def test_the_asyncio_driver_takes_the_same_decisions(config: MakeConfig) -> None:
    settings = config(only=("sma", "rebalance"))

    def on_virtual_loop(run: PaperRun) -> None:
        clock = ManualClock(run.start_ns)
        virtual_loop.run(
            drive_async(run.instants(), lambda ts_ns: virtual_loop.sleep_until(clock, ts_ns), Stop()), clock
        )

    assert _records(settings, on_virtual_loop) == _records(settings, _straight)


def test_an_interrupted_run_is_a_prefix_and_a_stop(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid",))
    whole = list(read_journal(Path(trade(settings).journal)))
    summary = trade(settings, stop_at_ns=PaperRun.of(settings, _forget).start_ns + 200_000_000_000)
    cut = list(read_journal(Path(summary.journal)))
    stop = next(index for index, record in enumerate(cut) if isinstance(record, RunStopped))
    assert 10 < stop < len(whole)
    # The stop stands behind the turn it belongs to, which the whole run may not have written.
    common = stop - 1 if cut[:stop] != whole[:stop] else stop
    assert cut[:common] == whole[:common]
    assert summary.stopped_by == "Ctrl-C"
    assert summary.ledger_difference == {}
    assert not [left for left in summary.left_open if left.kind == "order"]


def test_seed_changes_the_run(config: MakeConfig) -> None:
    first, second = (_records(config(only=("sma",), seed=seed), _straight) for seed in (1, 2))
    assert first != second


def test_a_looped_tape_announces_its_seam(config: MakeConfig) -> None:
    settings = config(only=("sma",))
    run_ns = PaperRun.of(settings, _forget).tape.end_ns
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
        PaperRun.of(config(balances=["10 USDT"]), _forget)


def test_a_start_outside_the_tape_is_refused(config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r"start: expected an instant of the tape"):
        PaperRun.of(config(start="2030-01-01T00:00:00Z"), _forget)


def test_a_journal_that_cannot_be_written_ends_the_run_with_words(config: MakeConfig) -> None:
    def full(_record: Record) -> None:
        raise DataError("journal x: expected to write, found: No space left on device")

    run = PaperRun.of(config(only=("sma",)), lambda _: full)
    with pytest.raises(DataError, match="No space left"):
        _straight(run)


def _records(settings: object, play: object) -> list[Record]:
    records: list[Record] = []
    run = PaperRun.of(settings, lambda _: records.append)  # type: ignore[arg-type]  # a Config, from the fixture
    play(run)  # type: ignore[operator]  # one of the drivers here
    for _ in run.stop(END_OF_TAPE):
        pass
    return records


def _straight(run: PaperRun) -> None:
    for _ in run.instants():
        pass


def _nothing() -> None:
    """No screen to look at."""


def _forget(_run_id: str) -> object:
    return lambda _record: None
