"""`replay`: the same decisions again, or the first difference by name."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from framework.app.assembly import PaperRun
from framework.app.replay import replay
from framework.kernel.journal import MAGIC, encode, read_journal
from framework.kernel.records import OrderMade, Record, RunStarted
from framework.model.errors import DataError
from tests.app.conftest import MakeConfig, Trade


def rewritten(journal: Path, records: list[Record]) -> Path:
    """A journal with other records."""
    journal.write_bytes(MAGIC + b"".join(map(encode, records)))
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


def test_a_torn_journal_replays_as_far_as_it_goes(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    journal.write_bytes(journal.read_bytes()[:-3])
    verdict = replay(journal)
    assert verdict.is_identical
    assert verdict.torn_bytes > 0
    assert "ends inside a record" in verdict.lines()[-1]


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
    with pytest.raises(DataError, match="plugin sma_cross with code 000000000000"):
        replay(rewritten(journal, records))


def test_another_tape_is_refused(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    with pytest.raises(DataError, match="expected the one the run was played on"):
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
