"""Opening a tape: one that is bundled, by its name, or a person's own file or folder, by its path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final, assert_never

from framework.data.candles import CandleFile, CandleModel
from framework.data.descriptor import FILE_NAME, Descriptor, Format, Recording, descriptor_of
from framework.data.minutes import MinuteFolder
from framework.data.tape import Tape, TapeSource
from framework.data.ticks import TickFile
from framework.model.errors import ConfigError
from framework.model.instants import utc_text
from framework.model.rules import VenueRules
from framework.model.spelling import nearest

BUNDLED: Final = Path(__file__).parent / "tapes"
CANDLE_SUFFIXES: Final = (".csv", ".csv.gz", ".csv.zip")


def tape_names() -> list[str]:
    """Names of the bundled tapes."""
    return sorted(path.parent.name for path in BUNDLED.glob(f"*/{FILE_NAME}"))


def open_tape(
    name_or_path: str,
    rules: VenueRules,
    *,
    symbol: str = "",
    timeframe: str = "",
    model: CandleModel | None = None,
) -> Tape:
    """Open a tape, its symbols traded under a venue's rules.

    Args:
        name_or_path: a bundled tape (`tape_names()`), a candle file, or a folder of them or with a `tape.toml`.
        rules: of the venue that the tape is played at.
        symbol: of a candle file; empty: taken from its name, such as `BTC-USDT.csv`.
        timeframe: of candle files; empty: found in them.
        model: what is assumed of the market at a candle's close.

    Raises:
        ConfigError: there is no such tape, or the rules do not know a symbol of it.
        DataError: a file is missing, unreadable or damaged.
    """
    if name_or_path in tape_names():
        _refuse_said(name_or_path, symbol, timeframe)
        return tape_in(BUNDLED / name_or_path, rules, model)
    try:
        path = Path(name_or_path).expanduser()
        if not path.exists():
            raise unknown(name_or_path)
        if (path / FILE_NAME).is_file():
            _refuse_said(name_or_path, symbol, timeframe)
            return tape_in(path, rules, model)
        files = candle_files(path)
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"tape {name_or_path}: expected a file or folder that can be read, found {error}") from error
    return own_tape(path, files, rules, symbol, timeframe, model)


def _refuse_said(name: str, symbol: str, timeframe: str) -> None:
    """A described tape says these itself: what a person set would be ignored."""
    if symbol or timeframe:
        key = "symbol" if symbol else "timeframe"
        raise ConfigError(f"[paper] {key}: expected none with the tape {name}, which says its own; remove it")


def own_tape(
    path: Path, files: Sequence[Path], rules: VenueRules, symbol: str, timeframe: str, model: CandleModel | None
) -> Tape:
    """A tape of candle files. Raises as `open_tape`."""
    if symbol and len(files) > 1:
        raise ConfigError(
            f"tape {path}: expected one file for the symbol {symbol}, found {len(files)}; name one of them"
        )
    symbols = [symbol or symbol_in_name(file, rules) for file in files]
    if len(dict.fromkeys(symbols)) < len(symbols):
        raise ConfigError(f"tape {path}: expected one file for each symbol, found {', '.join(symbols)}; join the files")
    sources = [
        CandleFile(file, partial(rules.instrument, name), timeframe, model)
        for file, name in zip(files, symbols, strict=True)
    ]
    return Tape(path.name, candle_title(path, sources), "your own file", sources)


def tape_in(folder: Path, rules: VenueRules, model: CandleModel | None) -> Tape:
    """Open a folder with a `tape.toml`. Raises as `open_tape`."""
    descriptor = descriptor_of(folder)
    sources: list[TapeSource] = []
    said: list[str] = list(descriptor.notes)
    if descriptor.recorded_at:
        said.append(f"Prices were recorded at {descriptor.recorded_at}; orders follow the rules of {rules.title}.")
    for recording in descriptor.symbols:
        symbol = played_symbol(recording, rules)
        sources.append(recording_source(folder, descriptor, recording, symbol, rules, model))
        if symbol != recording.symbol:
            said.append(f"{recording.symbol} is played as {symbol}: {rules.title} trades no {recording.symbol}.")
    return Tape(folder.name, descriptor.title, descriptor.licence, sources, said)


def recording_source(
    folder: Path,
    descriptor: Descriptor,
    recording: Recording,
    symbol: str,
    rules: VenueRules,
    model: CandleModel | None,
) -> TapeSource:
    """The recording of one instrument of a described tape."""
    path = folder / recording.path
    if descriptor.format is Format.CANDLES:
        return CandleFile(path, partial(rules.instrument, symbol), recording.timeframe, model)
    instrument = rules.instrument(symbol, recording.price_digits, recording.size_digits)
    if descriptor.format is Format.MINUTES:
        return MinuteFolder(path, instrument)
    if descriptor.format is Format.TICKS:
        start_ns = descriptor.start_epoch_us * 1000
        return TickFile(path, instrument, start_ns, start_ns + recording.end_us * 1000)
    assert_never(descriptor.format)


def played_symbol(recording: Recording, rules: VenueRules) -> str:
    """The first of the recording's symbols that the rules know.

    Raises:
        ConfigError: they know none.
    """
    known = [market.symbol for market in rules.markets]
    for symbol in (recording.symbol, *recording.plays_as):
        if symbol in known:
            return symbol
    return rules.market(recording.symbol).symbol


def symbol_in_name(path: Path, rules: VenueRules) -> str:
    """The market whose base and quote stand in a file's name, together or one after the other.

    Raises:
        ConfigError: none does, or several do.
    """
    words = re.split(r"[^A-Z0-9]+", path.name.upper())
    names = {*words, *(first + second for first, second in pairwise(words))}
    known = [market.symbol for market in rules.markets]
    found = [symbol for symbol in known if symbol.partition(":")[0].replace("/", "") in names]
    if len(found) == 1:
        return found[0]
    which = f"found {' and '.join(found)}" if found else "found none"
    raise ConfigError(
        f"tape {path}: expected one of the markets of {rules.title} ({', '.join(known)}) in the file's name, {which}; "
        f"name the file like BTC-USDT.csv, or set symbol in [paper]"
    )


def candle_files(path: Path) -> list[Path]:
    """The file, or the candle files of the folder.

    Raises:
        ConfigError: there is none in the folder.
    """
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.name.lower().endswith(CANDLE_SUFFIXES))
    if not files:
        raise ConfigError(
            f"tape {path}: expected {FILE_NAME} or files ending in .csv or .csv.gz in the folder, found none"
        )
    return files


def candle_title(path: Path, sources: Sequence[CandleFile]) -> str:
    """What a person's own tape is called on the screen."""
    symbols = ", ".join(source.instrument.symbol for source in sources)
    start_ns, end_ns = min(source.start_ns for source in sources), max(source.end_ns for source in sources)
    return f"{path.name}, {symbols}, {sources[0].timeframe} candles, {utc_text(start_ns)[:10]} to {utc_text(end_ns - 1)[:10]}"


def unknown(name: str) -> ConfigError:
    """What to tell a person whose tape does not exist."""
    names = tape_names()
    return ConfigError(
        f"tape: expected a bundled tape's name, or a file or folder, found {name!r}{nearest(name, names)}"
    )
