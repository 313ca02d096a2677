"""A throttle that only a person lifts, in a process of its own, lifted over its control socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framework.cli import main
from framework.kernel.journal import read_journal
from framework.kernel.records import OperatorAsked

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main(sys.argv[1:]))"]
PEST = '''
from framework import Quote, Strategy


class Pest(Strategy):
    """A reduce-only buy on spot, again and again: there is nothing that it could reduce, and the venue says so."""

    instrument: str = "BTC/USDT@bitget"

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        if not self.orders(self.instrument):
            self.buy(self.instrument, "0.001", price=quote.bid * 0.99, reduce_only=True)
'''
SETTINGS = """
[paper]
balances = ["20000 USDT"]
[strategy.pest]
use = "pest"
capital = "1000 USDT"
[limits.strategy.pest]
max_equal_rejects = 3
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A paper run of the pest; it does not outlive its test."""
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "pest.py").write_text(PEST)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "paper.toml").write_text(SETTINGS)
    command = [*RUN, "paper", "--speed", "60", "--loop", "--json"]
    around = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=around | {"PYTHONPATH": str(ROOT)}
    ) as child:
        yield child
        child.kill()


def next_of(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    """The next line of a kind."""
    assert process.stdout is not None
    for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if told["event"] == event:
            return told
    pytest.fail(f"the run ended before {event}")


@pytest.mark.fault("E32")
@pytest.mark.timeout(120)
def test_equal_rejects_hold_a_side_until_a_person_lifts_them_over_the_socket(
    process: subprocess.Popen[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        main([*words, "--folder", str(tmp_path / "var"), "--json"])
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    rejected = [next_of(process, "order.rejected")["reason"] for _ in range(3)]
    assert rejected == ["reduce_only"] * 3
    trip = next_of(process, "kill.tripped")
    assert trip["reason"].startswith("max_equal_rejects: limit 3, found 3 times reduce_only")
    assert next_of(process, "order.refused")["reason"] == "max_equal_rejects"
    next_of(process, "sweep.swept")

    lift = ("arm", "--trip", trip["trip"], "--reason", "the size is mended")
    assert ask(*lift)["state"] == "reducing"
    assert ask(*lift)["state"] == "armed"
    assert next_of(process, "order.rejected")["reason"] == "reduce_only", "it asks the venue again"
    assert ask("stop")["ok"]
    next_of(process, "run.ended")

    (journal,) = (tmp_path / "var").glob("paper/*/journal.bin")
    records = list(read_journal(journal))
    assert [record.verb for record in records if isinstance(record, OperatorAsked)][:2] == ["arm", "arm"]
