"""`run.py new NAME`: a plugin that trades, a test that passes, and a table in the settings, to start from."""

from __future__ import annotations

import argparse
import keyword
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final

from framework.kernel.screen import say
from framework.model.errors import ConfigError
from framework.model.money import shorten
from framework.strategy.face import HOMES

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,23}", re.ASCII)

STRATEGY: Final = Template('''\
"""$Class: say here what it trades on, and when it loses."""

from __future__ import annotations

from framework import Bar, Ema, Strategy


class $Class(Strategy):
    """Hold `notional` while the price is above its mean; else hold nothing. Loses in a market without direction."""

    instrument: str = "$instrument"
    timeframe: str = "$timeframe"
    length: int = 20
    notional: str = "200 $currency"

    def on_start(self) -> None:
        """Ask for bars and build the mean."""
        self.bars(self.instrument, self.timeframe)
        self.mean = Ema(self.length)

    def on_bar(self, bar: Bar) -> None:
        """Compare the close with the mean."""
        mean = self.mean.push(bar.close)
        if mean is not None:
            self.plot("mean", mean)
            self.target(self.instrument, notional=self.notional if bar.close > mean else 0, within=0.05)
''')

TEST: Final = Template('''\
"""What $name does, on a market moved by hand."""

from __future__ import annotations

from framework import trial
from strategies.$name import $Class

MARKET = "$instrument"


def test_it_buys_above_its_mean_and_sells_below() -> None:
    t = trial($Class(length=3), balances={"$currency": "1000"})
    for close in (61800, 61800, 61800, 61900):
        t.bar(MARKET, close, timeframe="$timeframe")
    assert t.position(MARKET) > 0.003

    t.bar(MARKET, 61000, timeframe="$timeframe")
    assert t.position(MARKET) < 0.0001


def test_it_does_nothing_before_its_mean_is_known() -> None:
    t = trial($Class(length=3), balances={"$currency": "1000"})
    t.bar(MARKET, 61800, timeframe="$timeframe")
    assert t.intents == []
''')

SETTINGS: Final = Template("""\

[strategy.$name]
use = "$name"
capital = "$capital"
params = { instrument = "$instrument" }
""")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("name", help="a-z, 0-9 and _, such as my_idea")
    parser.add_argument(
        "--config", type=Path, default=Path("config/paper.toml"), metavar="FILE", help="settings to add it to"
    )


def run(args: argparse.Namespace) -> int:
    """Write the three, or nothing.

    Raises:
        ConfigError: a name that cannot be used, something that is there already, settings that are faulty or full.
    """
    name: str = args.name
    check_name(name)
    strategy, test = Path("strategies") / f"{name}.py", Path("tests/strategies") / f"test_{name}.py"
    _refuse_what_is_there(name, [strategy, strategy.with_suffix(""), test])
    words = {"name": name, "Class": class_name(name), **market_words(args.config)}
    settings = _with_stanza(args.config, name, words)
    _write(strategy, STRATEGY.substitute(words))
    _write(test, TEST.substitute(words))
    _write(args.config, settings)
    say(f"Made {strategy.as_posix()}, {test.as_posix()} and [strategy.{name}] in {args.config.as_posix()}.")
    say("\n".join(next_steps(args.config, strategy, test, name)))
    return 0


def next_steps(settings: Path, strategy: Path, test: Path, name: str) -> list[str]:
    """What to do now, each line a command that can be copied."""
    config = "" if settings == Path("config/paper.toml") else f" --config {settings.as_posix()}"
    steps = [
        (f"python3 run.py paper --only {name}{config}", "see it trade as it is"),
        (f"edit {strategy.as_posix()}", "its docstring, parameters, on_start and on_bar"),
        (f"python3 run.py check{config}", "faults of plugins and settings, with file and line"),
        (f'make test ARGS="{test.as_posix()}"', "its test; change it with the strategy"),
    ]
    width = max(len(command) for command, _ in steps)
    return ["Next:", *(f"  {command:<{width}}  {what}" for command, what in steps)]


def check_name(name: str) -> None:
    """Hold a name against what file, class and settings can carry.

    Raises:
        ConfigError: with what was expected.
    """
    if NAME.fullmatch(name) is None:
        raise ConfigError(f"new: expected a name of 1 to 24 of a-z, 0-9 and _, a letter first, found {shorten(name)}")
    if keyword.iskeyword(name):
        raise ConfigError(f"new: {name!r} is a word of Python's own; choose another name")
    if class_name(name) in HOMES:
        raise ConfigError(f"new: {class_name(name)} is a name of framework's own; choose another, such as my_{name}")


def class_name(name: str) -> str:
    """`my_idea` as a class: `MyIdea`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _refuse_what_is_there(name: str, paths: list[Path]) -> None:
    from framework.plugins import find_plugins

    there = [path.as_posix() for path in paths if path.exists()]
    there += [plugin.where for plugin in find_plugins().values() if plugin.name == name and plugin.path is None]
    if there:
        raise ConfigError(f"new: {', '.join(there)} is there already and stays as it is; choose another name")


def market_words(file: Path) -> dict[str, str]:
    """A market of the settings that its balances can pay, and bars that its tape can give.

    Raises:
        ConfigError, DataError: the settings are faulty, or have no market.
    """
    from framework.app.rehearsal import markets_of
    from framework.config import load_config

    config = load_config(file, takes_keys=True)
    markets, held = markets_of(config), [amount.asset for amount in config.paper.balances]
    if not markets.instruments:
        raise ConfigError(f"new: expected a market in {markets.source} of {file.as_posix()}, found none")
    payable = [there for there in markets.instruments if config.live.venue or there.quote in held]
    chosen = (payable or markets.instruments)[0]
    return {
        "instrument": chosen.id,
        "currency": chosen.quote,
        "capital": f"500 {chosen.quote}",
        "timeframe": markets.candles.get(chosen, "5s"),
    }


def _with_stanza(file: Path, name: str, words: Mapping[str, str]) -> str:
    """The text of the settings with the stanza added, proved to hold.

    Raises:
        ConfigError: the settings are faulty, have the name already, or leave no capital for it.
    """
    from framework.config import Config, check_capital, load_config
    from framework.config.fields import amounts_of

    config = load_config(file, takes_keys=True)
    if name in config.strategy:
        raise ConfigError(f"new: {file.as_posix()} has a [strategy.{name}] already; choose another name")
    added = Config.model_validate({"strategy": {name: {"use": name, "capital": amounts_of(words["capital"])}}})
    if not config.live.venue:
        check_capital([*config.seats(), *added.seats()], config.paper.balances)
    text = file.read_text(encoding="utf-8").rstrip("\n") + "\n" + SETTINGS.substitute(words)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"new: {file.as_posix()} cannot take a table at its end ({error}); add it by hand") from error
    return text


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"new: {path.as_posix()} cannot be written: {error.strerror}") from error
