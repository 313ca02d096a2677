"""How settings are written, and what is said of those that are written otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from framework.config import Config
from framework.model.latency import Fixed, Recorded
from framework.model.money import Amount
from framework.model.rules import SelfTrade

Load = Callable[..., Config]
FaultsOf = Callable[..., list[str]]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'


def test_everything_that_can_be_said_is_read(load: Load) -> None:
    config = load(
        """
        bot = "main-1"
        report_currency = "USD"
        display_tz = "Europe/Berlin"
        [paper]
        tape = "tapes/mine"
        rules = "bitget-spot"
        speed = "max"
        loop = true
        seed = 7
        balances = ["1000.5 USDT", "0.2 BTC"]
        latency = "40 ms"
        start = 2024-08-09T02:00:00+02:00
        spread_bps = 2.5
        self_trade = "cancel_both"
        [journal]
        folder = "runs"
        [log]
        level = "debug"
        format = "json"
        """
    )
    paper = config.paper
    assert paper.balances == (Amount(Decimal("1000.5"), "USDT"), Amount(Decimal("0.2"), "BTC"))
    assert paper.latency == Fixed(40_000_000)
    assert paper.start == datetime(2024, 8, 9, tzinfo=UTC)
    assert paper.start_ns == 1_723_161_600_000_000_000
    assert (paper.speed, paper.loop, paper.seed) == ("max", True, 7)
    assert (paper.spread_bps, paper.self_trade) == (Decimal("2.5"), SelfTrade.CANCEL_BOTH)
    assert (config.journal.folder, config.log.level, config.log.format) == ("runs", "debug", "json")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            "[paper]\nlatency = 20",
            '[paper] latency: expected such as "25 ms", "500 us", "20-60 ms", "12.5, 31, 40 ms" or "recorded:FILE"',
        ),
        ('[paper]\nlatency = "60-20 ms"', "[paper] latency: expected the smaller number first"),
        ('[paper]\nlatency = "recorded:no.txt"', "[paper] latency: expected a readable text file at no.txt"),
        ('[paper]\ntimeframe = "1 minute"', "[paper] timeframe: timeframe: expected a whole number and ms, s, m"),
        ("[paper]\nspeed = 0", '[paper] speed: expected a whole number from 1 to 1000000, or "max", found 0'),
        ("[paper]\nspeed = 1.5", "[paper] speed: expected a whole number"),
        ("[paper]\nspeed = true", "[paper] speed: expected a whole number"),
        ("[paper]\nseed = true", "[paper] seed: expected a whole number, found True"),
        ("[paper]\nseed = -1", "[paper] seed: expected a number from 0, found -1"),
        ("[paper]\nbalances = 5", '[paper] balances: expected an amount such as "200 USDT"'),
        ('[paper]\nbalances = ["1 BTC", "2 BTC"]', "[paper] balances: expected each asset once, found BTC twice"),
        ('[paper]\nbalances = ["0 BTC"]', "[paper] balances: expected an amount above 0, found 0 BTC"),
        ('[paper]\nbalances = ["nan BTC"]', "[paper] balances: expected a finite number"),
        ("[paper]\nstart = 2024-08-09T00:00:00", "[paper] start: expected an instant with its offset"),
        ("[paper]\nspread_bps = -1", "[paper] spread_bps: expected basis points from 0 to 1000, found -1"),
        ('[paper]\nself_trade = "maybe"', "[paper] self_trade: expected 'none', 'cancel_taker'"),
        ("paper = 3", "[paper]: expected a table, found 3"),
        ('bot = "Has Space"', "bot: expected 1 to 12 of a-z, 0-9 and -"),
        ('report_currency = "usdt"', "report_currency: expected an asset in capital letters"),
        ('display_tz = "Mars/Base"', "display_tz: expected a time zone"),
        ('display_tz = "../../etc/passwd"', "display_tz: expected a time zone"),
        ('[log]\nlevel = "loud"', "[log] level: expected 'debug', 'info', 'warning' or 'error', found 'loud'"),
        (f'{SMA}each = ["BTC"]', "[strategy.sma] each: expected an instrument such as"),
        (f'{SMA}each = ["BTC/USDT@x", "BTC/USDT@x"]', "[strategy.sma] each: expected each instrument once"),
        (f"{SMA}params = 3", "[strategy.sma] params: expected a table, found 3"),
        (f"{SMA}params = {{ a = nan }}", "[strategy.sma] params: a: expected a finite number"),
        (f"{SMA}params = {{ a = [2024-01-01] }}", "[strategy.sma] params: a: expected text in quotes"),
        (
            f'{SMA}params_for."BTC/USDT@x" = {{ fast = 2 }}',
            "[strategy.sma]: params_for: expected each = [...] beside it",
        ),
        (
            f'{SMA}each = ["BTC/USDT@x"]\nparams.instrument = "ETH/USDT@x"',
            "[strategy.sma]: expected params without instrument",
        ),
        (
            f'{SMA}each = ["BTC/USDT@x"]\nparams_for."BTC/USDT@y" = {{ fast = 2 }}',
            "[strategy.sma]: params_for: 'BTC/USDT@y' is not in each; did you mean 'BTC/USDT@x'?",
        ),
        (SMA.replace("sma]", '"Big Name"]'), "[strategy]: expected names of 1 to 24 of a-z, 0-9, _, / and -"),
    ],
)
def test_a_wrong_value_names_file_key_and_what_was_expected(faults_of: FaultsOf, line: str, complaint: str) -> None:
    (fault,) = faults_of(line)
    assert fault.startswith(f"config/paper.toml: {complaint}")


@pytest.mark.parametrize("text", ["500 us", "1 s", "25.5 ms", "20-60 ms", "3, 4, 5 ms"])
def test_what_check_takes_for_a_latency_a_run_takes_too(load: Load, text: str) -> None:
    config = load(f'[paper]\nlatency = "{text}"\n')
    assert Config.from_canonical(config.canonical()).paper.latency == config.paper.latency


def test_of_a_recorded_latency_the_numbers_decide_and_the_file_may_go(load: Load, tmp_path: Path) -> None:
    def latency(name: str, numbers: str) -> Config:
        file = tmp_path / name
        file.write_text(numbers, encoding="utf-8")
        config = load(f'[paper]\nlatency = "recorded:{file.as_posix()}"\n')
        file.unlink()
        return config

    first = latency("a.txt", "12.5\n40\n")
    assert first.paper.latency == Recorded((12_500_000, 40_000_000))
    assert Config.from_canonical(first.canonical()).paper.latency == first.paper.latency
    assert latency("b.txt", "12.5\n40\n").canonical() == first.canonical()
    assert latency("a.txt", "12.5\n41\n").canonical() != first.canonical()
