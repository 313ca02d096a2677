"""Numbers, times and foreign text as people read them. Everything that is shown passes here."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from framework.model.errors import ConfigError
from framework.model.instants import utc
from framework.model.instrument import Instrument
from framework.model.money import MONEY, plain

COUNTED: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def clean(text: str, limit: int = 200) -> str:
    """Text from a plugin, a venue or a file, made safe to print: control characters shown as escapes, long text cut.

    Terminals obey control characters, and bidirectional marks reorder what a person reads; neither is let through.
    """
    if len(text) > limit:
        text = f"{text[: limit - 3]}..."
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def digits_for(equity: Decimal) -> int:
    """Decimals that show a millionth of the equity: 2 for 12,300 USDT, 7 for 0.2 BTC."""
    return max(2, min(8, 6 - equity.adjusted())) if equity else 2


def money(value: Decimal, digits: int = 2, *, signed: bool = False) -> str:
    """`-1,234.50`; with `signed`, gains carry a plus. Never `-0.00`."""
    rounded = f"{value:,.{digits}f}"
    if not any(digit in rounded for digit in "123456789"):
        return rounded.lstrip("-")
    return f"+{rounded}" if signed and value > 0 else rounded


class Split(NamedTuple):
    """Net profit and where it came from, rounded so that what is shown adds up: `net = price + spread - fees + funding`."""

    net: str
    price: str
    spread: str
    fees: str
    funding: str

    @classmethod
    def of(cls, net: Decimal, spread: Decimal, fees: Decimal, funding: Decimal, digits: int) -> Split:
        """Round; `price` is what is left of the rounded others, as it is what is left of the exact ones."""
        step = Decimal(1).scaleb(-digits)
        net, spread, fees, funding = (value.quantize(step, context=MONEY) for value in (net, spread, fees, funding))
        price = net + fees - spread - funding
        return cls(
            money(net, digits, signed=True),
            money(price, digits, signed=True),
            money(spread, digits, signed=True),
            money(fees, digits),
            money(funding, digits, signed=True),
        )


def price_text(instrument: Instrument, points: int) -> str:
    """`61,648.20`: every decimal of the instrument, so that columns line up."""
    return f"{instrument.price_exact(points):,.{instrument.price_digits}f}"


def size_text(instrument: Instrument, points: int) -> str:
    """`0.0016`, `12,000`: no more decimals than it needs."""
    return grouped(instrument.size_exact(points))


def grouped(value: Decimal) -> str:
    """The number with thousands separators and no trailing zeros."""
    whole, dot, rest = plain(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{dot}{rest}"


def percent(part: int, whole: int) -> int:
    """A share in whole percent, rounded down; 0 of nothing, and of less."""
    return 100 * max(part, 0) // whole if whole > 0 else 0


def zone(name: str) -> ZoneInfo:
    """The time zone that times are shown in.

    Raises:
        ConfigError: no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f'display_tz: expected a time zone such as "UTC" or "Europe/Berlin", found "{clean(name, 60)}"'
        ) from error


def moment(ts_ns: int, tz: ZoneInfo) -> datetime:
    """The instant in a time zone, to the microsecond."""
    return utc(ts_ns).astimezone(tz)


def span(seconds: float) -> str:
    """A length of time as one says it: `eleven minutes`, `1 hour` as `one hour`, `61 days`."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count = int(seconds / length + 0.5)
        if seconds >= length * 0.95 or unit == "second":
            number = COUNTED[count] if count < len(COUNTED) else f"{count:,}"
            return f"{number} {unit}" if count == 1 else f"{number} {unit}s"
    raise AssertionError
