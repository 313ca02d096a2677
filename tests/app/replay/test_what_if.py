"""Other parameters in a run that was: where the intents part, and who is not touched."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from framework.app.replay.session import TOO_OLD, Beginning
from framework.app.replay.sessions import Sessions
from framework.app.replay.what_if import ON_PAPER, ONLY_SPOT, OTHER_CODE, OnPaper, what_if_of_daemon, what_if_of_run
from framework.kernel.journal.places import find_journal
from framework.kernel.market_records import MarketListed
from framework.kernel.records import Record, RunStarted
from framework.model.errors import DataError, PluginError
from tests.app.conftest import MakeConfig, Trade
from tests.app.replay.test_session import rewritten
from tests.app.replay.test_sessions import journal_of, session

KEPT = Path(__file__).parents[2] / "replays"


def test_intents_of_a_tapes_run_part_where_the_parameter_says(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma", "rebalance"))).journal)
    same = what_if_of_run(journal, ["sma/ETH.fast=6"])
    assert (same.partings, list(same.lines(5))[-1]) == ((), "no intent differs")
    found = what_if_of_run(journal, ["sma/ETH.fast=3"])
    assert {parting.strategy for parting in found.partings} == {"sma/ETH"}
    tally = found.tallies["sma/ETH"]
    assert tally.same < tally.run
    assert found.tallies["sma/BTC"].same == found.tallies["sma/BTC"].run
    lines = list(found.lines(1))
    assert lines[0].endswith("what if sma/ETH.fast=3")
    assert any(line.startswith("... and ") for line in lines)
    facts = json.loads(json.dumps(found.facts(2)))
    assert (len(facts["differences"]), facts["instants"]) == (2, len(found.partings))


def test_a_strategy_that_the_parameter_puts_aside_is_named_with_the_reason(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    found = what_if_of_run(journal, ["sma/ETH.fast=0"])
    assert list(found.put_aside) == ["sma/ETH"]
    assert found.is_different
    assert found.facts(1)["put_aside"] == found.put_aside
    (line,) = [line for line in found.lines(0) if "put aside" in line]
    assert line == f"sma/ETH would be put aside, and asks for nothing from then on: {found.put_aside['sma/ETH']}"
    assert "length" in line
    assert not what_if_of_run(journal, ["sma/ETH.fast=6"]).put_aside


def test_a_run_that_was_cut_off_is_played_as_far_as_it_went(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    assert what_if_of_run(journal, ["sma.fast=8", "sma/ETH.fast=6"]).partings == ()


def test_a_parameter_that_is_not_there_is_refused_with_the_nearest(config: MakeConfig, trade: Trade) -> None:
    journal = Path(trade(config(only=("sma",))).journal)
    said = r"^--what-if sma.slow=9 sma.fats=3: \[strategy.sma\]: .*\.py: SmaCross has no parameter 'fats'; did you mean 'fast'"
    with pytest.raises(PluginError, match=said):
        what_if_of_run(journal, ["sma.slow=9", "sma.fats=3"])


def test_live_sessions_are_played_on_paper_on_both_sides() -> None:
    kept = find_journal(KEPT / "kill")
    same = what_if_of_daemon(kept, ["mm.spread_bps=2.0"], with_changes=True)
    assert [each.partings for each in same] == [(), ()]
    found = what_if_of_daemon(kept, ["mm.spread_bps=4"], with_changes=True)
    assert all(each.partings and each.note.endswith(ON_PAPER) for each in found)
    assert ON_PAPER in list(found[0].lines(1))


def test_a_live_session_is_played_with_its_own_code_or_says_so(tmp_path: Path) -> None:
    def with_other_code(record: Record) -> Record:
        return msgspec.structs.replace(record, python="3.0") if isinstance(record, RunStarted) else record

    folder = rewritten(find_journal(KEPT / "kill"), tmp_path / "journal", with_other_code)
    with pytest.raises(DataError, match=r"expected what it was made with: Python 3\.0, .*--with-changes"):
        what_if_of_daemon(folder, ["mm.spread_bps=4"])
    found = what_if_of_daemon(folder, ["mm.spread_bps=4"], with_changes=True)
    assert {each.note for each in found} == {OTHER_CODE + ON_PAPER}


def test_a_live_session_begins_with_what_it_began_with() -> None:
    for last in Sessions(find_journal(KEPT / "faults")):
        earlier, records = last.earlier, list(last.records)
    head = Beginning.of(records[:100])
    assert head is not None
    given = {amount.asset: amount.value for seat in head.config.seats() for amount in seat.capital}
    paper = OnPaper(head, earlier, records, head.config)
    assert paper.run.owned["mm"] != given
    assert paper.run.balances == paper.run.owned["mm"]
    assert OnPaper(head, (), records, head.config).run.owned["mm"] == given


def test_sessions_that_cannot_be_played_say_why(tmp_path: Path) -> None:
    (old,) = what_if_of_daemon(journal_of(tmp_path / "journal", session("a", 1)), ["mm.a=1"])
    assert (old.obstacle, list(old.lines(1))[-1]) == (TOO_OLD, f"cannot be replayed: {TOO_OLD}")


def test_perpetuals_have_no_simulated_venue_to_answer(tmp_path: Path) -> None:
    def as_perpetual(record: Record) -> Record:
        is_market = isinstance(record, MarketListed)
        return msgspec.structs.replace(record, symbol="BTC/USDT:USDT") if is_market else record

    folder = rewritten(find_journal(KEPT / "kill"), tmp_path / "journal", as_perpetual)
    assert {each.obstacle for each in what_if_of_daemon(folder, ["mm.spread_bps=4"])} == {ONLY_SPOT}
