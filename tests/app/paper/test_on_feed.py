"""Paper trading on a live feed, end to end: a server on loopback, the run, its journal played again, the account kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.app.assembly import PaperRun
from framework.app.drive import Stop
from framework.app.paper.account import NAME
from framework.app.paper.run import trade_on_paper
from framework.app.replay.recorded import replay
from framework.config import load_config
from framework.kernel.journal import read_journal
from framework.kernel.records import AccountResumed, EventHeard, HistoryHeard
from framework.model.errors import ConfigError
from framework.reports.session import Session
from framework.reports.summary import Summary
from tests.venues.bitget.public.server import public_server

SETTINGS = """
[paper]
feed = "bitget"
markets = ["BTC/USDT"]
feed_host = "{host}"
balances = ["1000 USDT", "1 BTC"]
latency = "1-2 ms"

[journal]
folder = "{folder}"

[strategy.mm]
use = "market_maker"
capital = ["500 USDT", "0.5 BTC"]
params = {{ instruments = ["BTC/USDT@bitget"], spread_bps = 1.0, levels = 1, notional = 20.0, max_inventory = 100.0 }}

[strategy.sma]
use = "sma_cross"
capital = "400 USDT"
params = {{ instrument = "BTC/USDT@bitget", timeframe = "1m", fast = 3, slow = 5, notional = "100 USDT" }}
"""


class UntilEnough:
    """Looks at the run and stops it after some events, or when it takes too long."""

    def __init__(self, run: PaperRun, stop: Stop, is_enough: Callable[[PaperRun], bool]) -> None:
        self._run, self._stop, self._is_enough = run, stop, is_enough
        self._looks = 0

    def start(self) -> None:
        pass

    def refresh(self, now_ns: int) -> None:
        self._looks += 1
        if self._is_enough(self._run) or self._looks > 80:
            self._stop.ask("enough")

    def stop(self) -> None:
        pass


def filled(run: PaperRun) -> bool:
    return run.owned["mm"].get("BTC") != run.config.strategy["mm"].capital[1].value and run.core.loop.cursor > 200


def trade(folder: Path, host: str, *, is_fresh: bool = False) -> Summary:
    file = folder / "settings.toml"
    file.write_text(SETTINGS.format(host=host, folder=folder.as_posix()))
    stop = Stop()

    def view(session: Session, run: PaperRun) -> UntilEnough:
        return UntilEnough(run, stop, filled)

    return trade_on_paper(load_config(file), view, stop, is_fresh=is_fresh)


def account(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((folder / NAME).read_text())["capital"]
    return found


def test_a_live_run_trades_is_kept_played_again_and_resumed(tmp_path: Path) -> None:
    with public_server() as (server, host):
        first = trade(tmp_path, host)
        kept = account(tmp_path)
        second = trade(tmp_path, host)
        third = trade(tmp_path, host, is_fresh=True)
        assert server.connections == 3

    for summary in (first, second, third):
        assert summary.stopped_by == "enough"
        assert summary.faults == []
        assert summary.ledger_difference == {}
        with pytest.raises(ConfigError, match="--tape elsewhere: expected a run on a tape, found one on a live feed"):
            replay(Path(summary.journal), "elsewhere")
        verdict = replay(Path(summary.journal))
        assert verdict.is_identical, verdict.difference
    assert kept["mm"]["BTC"] != "0.5"

    records = [list(read_journal(Path(summary.journal))) for summary in (first, second, third)]
    assert sum(isinstance(record, EventHeard) for record in records[0]) > 200
    (history,) = [record for record in records[0] if isinstance(record, HistoryHeard)]
    assert (history.timeframe, len(history.bars)) == ("1m", history.count)
    resumed = [[record for record in run if isinstance(record, AccountResumed)] for run in records]
    assert [len(found) for found in resumed] == [0, 1, 0]
    assert {name: str(value) for name, value in resumed[1][0].capital["mm"].items()} == kept["mm"]


def test_a_tape_has_nothing_to_begin_anew(tmp_path: Path) -> None:
    config = load_config(None, {"journal": {"folder": str(tmp_path)}})
    with pytest.raises(ConfigError, match="--fresh: expected a live feed"):
        trade_on_paper(config, lambda session, run: UntilEnough(run, Stop(), filled), Stop(), is_fresh=True)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('feed = "bitget"', "expected feed and markets together"),
        ('feed = "bitget"\nmarkets = ["BTC/USDT"]\nloop = true', "expected no start and no loop with a feed"),
        ('feed = "bitgte"\nmarkets = ["BTC/USDT"]', "bitget"),
    ],
)
def test_impossible_settings_of_a_feed_are_refused(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[paper]\n{line}\n[strategy.mm]\nuse = "market_maker"\ncapital = "1 USDT"\n')
    with pytest.raises(ConfigError, match=says):
        load_config(file)


def test_the_shipped_settings_are_read() -> None:
    config = load_config(Path("config/paper-bitget.toml"))
    assert config.paper.feed == "bitget"
    assert config.paper.feed_host == ""
