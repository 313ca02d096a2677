"""`replay`: the same decisions again, or the first difference by name."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from framework.app.assembly import PaperRun
from framework.app.replay.recorded import replay
from framework.kernel.journal import MAGIC, JournalWriter, encode, read_journal
from framework.kernel.records import OrderMade, Record, RunStarted, RunStopped, Turn
from framework.model.errors import ConfigError, DataError
from tests.app.conftest import MakeConfig, Trade


def rewritten(journal: Path, records: list[Record]) -> Path:
    """A journal with other records."""
    journal.unlink()
    with JournalWriter(journal, "rewritten") as writer:
        for record in records:
            writer.write(record)
    return journal


def test_a_run_replays_identically(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma", "rebalance"))).journal)
    verdict = replay(journal.parent)
    assert verdict.is_identical
    assert verdict.records == sum(1 for _ in read_journal(journal)) > 100


def test_an_interrupted_run_replays_identically(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid",))
    start_ns = PaperRun.of(settings, lambda _: lambda _record: None).start_ns
    journal = Path(trade(settings, stop_at_ns=start_ns + 100_000_000_000).journal)
    assert replay(journal).is_identical


@pytest.mark.parametrize("start", ["", "2018-04-04T06:00:00Z"])
def test_a_run_that_was_stopped_before_it_began_replays_identically(
    config: MakeConfig, trade: Trade, start: str
) -> None:
    settings = config("config/paper-minute.toml", only=("sma",), **({"start": start} if start else {}))
    summary = trade(settings, stop_at_ns=-1)
    assert summary.stopped_by == "Ctrl-C"
    assert summary.events < 10
    assert replay(Path(summary.journal)).is_identical


@pytest.mark.parametrize("has_note", [True, False])
def test_a_looped_run_replays_identically_with_and_without_its_note(
    config: MakeConfig, trade: Trade, *, has_note: bool
) -> None:
    settings = config(only=("sma",), loop=True)
    end_ns = PaperRun.of(settings, lambda _: lambda _record: None).tape.end_ns
    journal = Path(trade(settings, stop_at_ns=end_ns + 20_000_000_000).journal)
    if not has_note:
        journal.with_name("run.json").unlink()
    verdict = replay(journal)
    assert verdict.is_identical, verdict.difference
    first = next(iter(read_journal(journal)))
    assert isinstance(first, RunStarted)
    assert first.laps == 0


def test_a_run_at_a_recorded_latency_replays_without_the_file(config: MakeConfig, trade: Trade, tmp_path: Path) -> None:
    file = tmp_path / "ping.txt"
    file.write_text("12.5\n31\n40\n", encoding="utf-8")
    summary = trade(config(only=("sma",), latency=f"recorded:{file}"))
    file.unlink()
    assert summary.fills > 0
    assert replay(Path(summary.journal)).is_identical


def test_a_tape_that_went_away_is_said_in_words(config: MakeConfig, trade: Trade, tmp_path: Path) -> None:
    tape = tmp_path / "BTC-USDT-1m.csv"
    minutes = [f"{1_700_000_000_000 + 60_000 * n},100,101,99,100,5\n" for n in range(60)]
    tape.write_text("".join(["time,open,high,low,close,volume\n", *minutes]), encoding="utf-8")
    settings = config("config/paper.toml", only=("grid",), tape=str(tape))
    journal = Path(trade(settings).journal)
    tape.rename(tmp_path / "moved.csv")
    with pytest.raises(ConfigError, match=r"played on BTC-USDT-1m\.csv: say with --tape where it is now"):
        replay(journal)
    verdict = replay(journal, str(tmp_path / "moved.csv"))
    assert verdict.is_identical, verdict.difference
    (tmp_path / "moved.csv").write_text("".join(["time,open,high,low,close,volume\n", *minutes[:-1]]), encoding="utf-8")
    with pytest.raises(DataError, match=r"expected the files of BTC-USDT-1m\.csv that the run was played on"):
        replay(journal, str(tmp_path / "moved.csv"))


def test_a_journal_of_format_1_replays(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    first, *others = read_journal(journal)
    assert isinstance(first, RunStarted)
    older = [msgspec.structs.replace(first, format=1), *others]
    journal.write_bytes(MAGIC + b"".join(map(encode, older)))
    assert replay(journal).is_identical


def test_a_torn_journal_replays_as_far_as_it_goes(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    journal.write_bytes(journal.read_bytes()[:-3])
    verdict = replay(journal)
    assert verdict.is_identical
    assert verdict.torn_bytes > 0
    assert "ends inside a record" in verdict.lines()[-1]


def test_a_run_killed_while_it_stopped_replays_as_far_as_it_went(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid",))
    start_ns = PaperRun.of(settings, lambda _: lambda _record: None).start_ns
    journal = Path(trade(settings, stop_at_ns=start_ns + 100_000_000_000).journal)
    records = list(read_journal(journal))
    stop = next(number for number, record in enumerate(records) if isinstance(record, RunStopped))
    begun = max(number for number, record in enumerate(records[:stop]) if isinstance(record, Turn))
    verdict = replay(rewritten(journal, records[: begun + 1]))  # nothing of its last turn is left
    assert verdict.is_identical, verdict.difference
    assert verdict.records == begun


def test_a_second_stop_is_a_difference(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    records = list(read_journal(journal))
    stop = next(record for record in records if isinstance(record, RunStopped))
    forged = msgspec.structs.replace(stop, ts_ns=stop.ts_ns + 1, reason="another")
    assert "found the end of the run" in replay(rewritten(journal, [*records, forged])).difference


def test_the_first_difference_is_named(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    records = list(read_journal(journal))
    index = next(number for number, record in enumerate(records) if isinstance(record, OrderMade))
    records[index] = msgspec.structs.replace(records[index], size_points=records[index].size_points + 1)
    verdict = replay(rewritten(journal, records))
    assert not verdict.is_identical
    assert verdict.records == index
    assert f"record {index + 1}" in verdict.difference
    assert "journal: OrderMade" in verdict.difference
    assert "replay:  OrderMade" in verdict.difference


def test_a_record_too_many_is_a_difference(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    records = list(read_journal(journal))
    verdict = replay(rewritten(journal, [*records, records[-1]]))
    assert "found the end of the run" in verdict.difference


def test_other_plugin_code_is_said_before_the_run(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    records = list(read_journal(journal))
    assert isinstance(records[0], RunStarted)
    records[0] = msgspec.structs.replace(records[0], plugins={"sma_cross": "0" * 64})
    journal = rewritten(journal, records)
    with pytest.raises(DataError, match=r"plugin sma_cross with code 000000000000.*--with-changes"):
        replay(journal)
    verdict = replay(journal, with_changes=True)
    assert verdict.is_identical, verdict.difference
    assert verdict.lines()[-1].startswith("compared although this changed since: plugin sma_cross with code 0000")
    assert verdict.facts()["changes"] == list(verdict.changes)


def test_the_first_decision_that_other_code_takes_is_named(
    config: MakeConfig, trade: Trade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (Path("config") / "paper.toml").read_text(encoding="utf-8").replace('"sma_cross"', '"mine"')
    code = (Path("strategies") / "sma_cross.py").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir()
    Path("strategies/mine.py").write_text(code, encoding="utf-8")
    Path("own.toml").write_text(settings, encoding="utf-8")
    journal = Path(trade(config("own.toml", only=("sma",))).journal)
    assert replay(journal).is_identical
    Path("strategies/mine.py").write_text(code.replace("fast > slow", "fast < slow"), encoding="utf-8")
    verdict = replay(journal, with_changes=True)
    assert not verdict.is_identical
    assert verdict.records > 1
    assert "journal: IntentTaken" in verdict.difference


def test_another_tape_is_refused(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    with pytest.raises(
        DataError, match=r"tape coinbase-2018-04: expected the files of binance-2024-08-08 that the run was played on"
    ):
        replay(journal, "coinbase-2018-04")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "expected it to begin with"), (b"hello", "it is not a journal"), (MAGIC, "expected it to begin with")],
)
def test_what_is_no_journal_is_said_in_words(tmp_path: Path, content: bytes, message: str) -> None:
    journal = tmp_path / "journal.bin"
    journal.write_bytes(content)
    with pytest.raises(DataError, match=message):
        replay(journal)


def test_a_damaged_note_is_said_in_words(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    journal.with_name("run.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="expected JSON"):
        replay(journal)


def test_facts_are_json(config: MakeConfig, trade: Trade) -> None:
    verdict = replay(Path(trade(config(only=("sma",))).journal))
    assert json.loads(json.dumps(verdict.facts()))["is_identical"] is True
