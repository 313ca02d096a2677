"""What a running daemon answers, as tables for people: amounts with their units, times in the run's own zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from framework.model.money import MONEY
from framework.reports.words import clean, grouped, moment, zone

Row = Mapping[str, Any]
PLACES: Final = Decimal("1e-8")


class Shown(NamedTuple):
    """A table."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[str]
    """Columns of numbers."""


def orders(answer: Mapping[str, object]) -> Shown:
    """Open orders, oldest first by strategy."""

    def cells(row: Row) -> tuple[str, ...]:
        base, quote = units(row["instrument"])
        price = f"{_number(row['price'])} {quote}" if row["price"] != "market" else "market"
        state = f"{row['state']}, {row['pending']} asked" if row["pending"] else row["state"]
        whose = row["order"], row["strategy"], row["instrument"], row["side"]
        return (*whose, f"{_number(row['size'])} {base}", _number(row["filled"]), price, state, row["tag"])

    columns = ("ORDER", "STRATEGY", "INSTRUMENT", "SIDE", "SIZE", "FILLED", "PRICE", "STATE", "TAG")
    return _shown(columns, cells, answer.get("orders"), ("SIZE", "FILLED", "PRICE"))


def fills(answer: Mapping[str, object]) -> Shown:
    """The last fills, oldest first."""
    name = str(answer.get("display_tz") or "UTC")
    shown_in = zone(name)

    def cells(row: Row) -> tuple[str, ...]:
        base, quote = units(row["instrument"])
        fee = f"{_number(row['fee'])} {row['fee_asset']}"
        when = moment(int(row["ts_ns"]), shown_in).strftime("%m-%d %H:%M:%S")
        size, price = f"{_number(row['size'])} {base}", f"{_number(row['price'])} {quote}"
        return (when, row["strategy"], row["instrument"], row["side"], size, price, fee, row["role"], row["order"])

    columns = (f"TIME {name}", "STRATEGY", "INSTRUMENT", "SIDE", "SIZE", "PRICE", "FEE", "ROLE", "ORDER")
    return _shown(columns, cells, answer.get("fills"), ("SIZE", "PRICE", "FEE"))


def positions(answer: Mapping[str, object]) -> Shown:
    """What every strategy holds."""

    def cells(row: Row) -> tuple[str, ...]:
        base, quote = units(row["instrument"])
        position = f"{_number(row['position'], is_signed=True)} {base}"
        gains = (f"{_number(row[name], is_signed=True)} {quote}" for name in ("realised", "unrealised"))
        return (row["strategy"], row["instrument"], position, f"{_number(row['avg_price'])} {quote}", *gains)

    columns = ("STRATEGY", "INSTRUMENT", "POSITION", "AVERAGE PRICE", "REALISED", "UNREALISED")
    return _shown(columns, cells, answer.get("positions"), columns[2:])


def strategies(answer: Mapping[str, object]) -> Shown:
    """Every strategy, in the order of config; money in the run's report currency."""
    currency = str(answer.get("currency", ""))

    def cells(row: Row) -> tuple[str, ...]:
        name = f"{row['strategy']} PUT ASIDE" if row["is_quarantined"] else row["strategy"]
        money = (f"{row[what]} {currency}".rstrip() for what in ("net", "fees"))
        return (name, row["position"], row["open"], row["fills"], row["refused"], *money)

    columns = ("STRATEGY", "POSITION", "OPEN", "FILLS", "REFUSED", "NET", "FEES")
    return _shown(columns, cells, answer.get("strategies"), columns[2:])


def trips(answer: Mapping[str, object]) -> Shown:
    """What tripped, oldest first; what a person has armed again since is `over`."""
    name = str(answer.get("display_tz") or "UTC")
    shown_in = zone(name)

    def cells(row: Row) -> tuple[str, ...]:
        ts_ns = int(row["ts_ns"])  # 0: no latch told when
        when = moment(ts_ns, shown_in).strftime("%m-%d %H:%M:%S") if ts_ns else "unknown"
        phase = f"{row['phase']}: {_swept(row)}" if row["phase"] else row["phase"]
        told = row["scope"], _state(row), row["cause"], row["reason"], row["who"]
        return (when, *told, phase, row["trip"])

    columns = (f"TIME {name}", "SCOPE", "STATE", "CAUSE", "REASON", "WHO", "SWEEP", "TRIP")
    return _shown(columns, cells, answer.get("trips"), (), letters_max=200)


def _state(row: Row) -> str:
    """States in capitals, as everywhere; what is `over` is none."""
    state = str(row["state"])
    return state if state == "over" else state.upper()


def _swept(row: Row) -> str:
    """`1 cancelled, 3 filled meanwhile, 2 left; flattening waits for global`."""
    filled = f", {row['filled']} filled meanwhile" if row["filled"] else ""
    more = "".join(f"; {row[name]}" for name in ("detail", "flattening") if row[name])
    return f"{row['cancelled']} cancelled{filled}, {row['left']} left{more}"


def units(instrument: str) -> tuple[str, str]:
    """Base and quote asset of an id: `BTC`, `USDT` of `BTC/USDT:USDT@binance`."""
    base, _, rest = instrument.rpartition("@")[0].partition("/")
    return base, rest.partition(":")[0]


def _shown(
    columns: Sequence[str],
    cells: Callable[[Row], Iterable[object]],
    rows: object,
    right: Sequence[str],
    letters_max: int = 60,
) -> Shown:
    listed = rows if isinstance(rows, list) else []
    return Shown(columns, [[clean(str(cell), letters_max) for cell in cells(row)] for row in listed], right)


def _number(text: object, *, is_signed: bool = False) -> str:
    """With thousands separators, to eight decimals."""
    value = Decimal(str(text).replace(",", ""))
    rounded = value.quantize(PLACES, context=MONEY) if value else Decimal(0)
    return f"{'+' if is_signed and rounded > 0 else ''}{grouped(rounded)}"
