"""`run.py budget`: the table, the sentences, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli import main

KEPT = Path(__file__).parents[1] / "replays" / "kill"
PLUGIN = """from framework import Quote, Strategy

class X(Strategy):
    instrument: str = "BTC/USDT@bitget"
    together: int = 1
    per_s: int = 4
    @property
    def rates(self):
        return {"orders": f"{self.per_s}/s", "together": self.together}
    def on_start(self) -> None:
        self.quotes(self.instrument)
    def on_ready(self, resumed: bool) -> None:
        self.left = 3
    def on_quote(self, quote: Quote) -> None:
        if self.left:
            self.left -= 1
            for _ in range(3):
                self.buy(self.instrument, notional=20, price=quote.bid * 0.9)
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir()
    Path("config").mkdir()
    Path("strategies/x.py").write_text(PLUGIN)
    settings(4)


def settings(per_s: int, together: int = 1) -> None:
    Path("config/paper.toml").write_text(
        f'[strategy.a]\nuse = "x"\ncapital = "1000 USDT"\nparams = {{ per_s = {per_s}, together = {together} }}\n'
    )


def test_what_fits_gives_0_and_says_what_is_full_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budget"]) == 0
    out = capsys.readouterr().out
    assert "place" in out
    assert "10/1s" in out
    assert "place is full first" in out
    assert "It can live within the limits, and nothing waits." in out


def test_what_fits_by_waiting_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    settings(30)
    assert main(["budget"]) == 0
    assert "orders wait for others" in capsys.readouterr().out


def test_what_cannot_live_gives_1(capsys: pytest.CaptureFixture[str]) -> None:
    settings(100)
    assert main(["budget", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["can_live"] is False
    settings(40, 10)
    assert main(["budget", "--json"]) == 0


def test_a_recorded_run_is_reckoned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paper", "--speed", "max", "--json"]) == 0
    capsys.readouterr()
    (run,) = Path("var/paper").iterdir()
    assert main(["budget", "--run", str(run), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["source"].startswith("run ")
    assert facts["orders_per_s"] >= 0.9
    peaks = {bucket["bucket"]: bucket["recorded_peak"] for bucket in facts["buckets"]}
    assert peaks["place"] + peaks["place_batch"] > 0
    assert main(["budget", "--run", "last"]) == 0
    assert "sent" in capsys.readouterr().out


def test_a_run_that_is_not_there_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budget", "--run", "nowhere"]) == 2
    assert "found no such place" in capsys.readouterr().err


def test_a_daemons_journal_is_reckoned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budget", "--run", str(KEPT), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["source"] == "2 sessions of kill"
    assert facts["orders_per_s"] > 1
    assert {bucket["bucket"]: bucket["recorded_peak"] for bucket in facts["buckets"]}["place_batch"] > 0


def test_the_verdict_is_qualified_where_a_strategy_declares_no_rates(capsys: pytest.CaptureFixture[str]) -> None:
    Path("strategies/quiet.py").write_text("from framework import Strategy\n\nclass Quiet(Strategy):\n    pass\n")
    with Path("config/paper.toml").open("a") as file:
        file.write('[strategy.b]\nuse = "quiet"\ncapital = "1 USDT"\n')
    assert main(["budget"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "What declares rates can live within the limits, and nothing waits. Whether all can is not known: b" in out
    assert "It can live within" not in out


def test_a_key_in_the_environment_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_SECRETS", "/home/anna/.bot-secrets")
    monkeypatch.setenv("BOT_BITGET_KEY", "bg_0123456789abcdef")
    assert main(["budget", "--config", "config/paper.toml"]) == 0
