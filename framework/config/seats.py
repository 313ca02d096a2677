"""Seats: one for each strategy instance that a `[strategy.NAME]` table asks for, and the check of their capital."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any, Final

from framework.model.errors import ConfigError
from framework.model.money import MONEY, ZERO, Amount, plain


@dataclass(frozen=True)
class StrategySeat:
    """One strategy instance to be: which plugin, with what capital and parameters."""

    name: str
    """`mm`, or `sma/BTC` where a table is expanded over instruments."""
    use: str
    """Name of the plugin."""
    capital: tuple[Amount, ...]
    """What this instance may use, each asset once."""
    parameters: dict[str, Any]
    where: str
    """`config/paper.toml: [strategy.sma]`, for messages."""


def _base(symbol: str, venue: str) -> str:  # noqa: ARG001 - labels are called alike
    return symbol.partition("/")[0]


def _pair(symbol: str, venue: str) -> str:  # noqa: ARG001 - labels are called alike
    return symbol.partition(":")[0].replace("/", "-")


def _full(symbol: str, venue: str) -> str:
    return f"{symbol.replace('/', '-').replace(':', '-')}-{venue}"


LABELS: Final[Sequence[Callable[[str, str], str]]] = (_base, _pair, _full)
"""What an instance is called after its table, shortest first: `BTC`, `BTC-USDT`, `BTC-USDT-bitget`."""


def labels_of(instruments: Sequence[str]) -> Sequence[str]:
    """The shortest kind of label that tells these instrument ids apart."""
    parts = [(symbol, venue) for symbol, _, venue in (instrument.partition("@") for instrument in instruments)]
    for label in LABELS:
        labels = [label(symbol, venue) for symbol, venue in parts]
        if len(frozenset(labels)) == len(labels):
            break
    return labels


def expand(
    name: str,
    use: str,
    capital: tuple[Amount, ...],
    parameters: Mapping[str, Any],
    parameters_for: Mapping[str, Mapping[str, Any]],
    each: Sequence[str],
    where: str,
) -> tuple[StrategySeat, ...]:
    """The seats of one table: one, or one for each instrument of `each` with its own parameters laid over."""
    if not each:
        return (StrategySeat(name, use, capital, dict(parameters), where),)
    return tuple(
        StrategySeat(
            f"{name}/{label}",
            use,
            capital,
            {**parameters, **parameters_for.get(instrument, {}), "instrument": instrument},
            where,
        )
        for label, instrument in zip(labels_of(each), each, strict=True)
    )


def check_capital(seats: Iterable[StrategySeat], balances: Iterable[Amount]) -> None:
    """Hold the sum of the seats' capital against the balances, asset by asset.

    Raises:
        ConfigError: one line for each asset of which more is promised than is there.
    """
    held = {amount.asset: amount.value for amount in balances}
    wanted: dict[str, list[tuple[str, Decimal]]] = {}
    for seat in seats:
        for amount in seat.capital:
            wanted.setdefault(amount.asset, []).append((seat.name, amount.value))
    faults = [
        _too_much(asset, shares, held.get(asset, ZERO))
        for asset, shares in wanted.items()
        if _total(shares) > held.get(asset, ZERO)
    ]
    if faults:
        raise ConfigError("\n".join(faults))


def _total(shares: Iterable[tuple[str, Decimal]]) -> Decimal:
    return reduce(MONEY.add, (value for _, value in shares), ZERO)


def _too_much(asset: str, shares: Sequence[tuple[str, Decimal]], held: Decimal) -> str:
    listed = ", ".join(f"{name} {plain(value)}" for name, value in shares)
    return (
        f"capital: expected at most the {plain(held)} {asset} of [paper] balances, found {plain(_total(shares))} {asset} "
        f"({listed}); lower a capital or raise the balance"
    )
