"""From what a verb was told to the intents it leaves: numbers on the grid and known words, or an order refused.

Nothing in here raises over a number or a word: a strategy that computed one badly hears of it in `on_order`, like of any
other refusal, and goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Final, Literal, TypeVar

from framework.model.errors import GridError
from framework.model.instrument import Instrument, on_grid
from framework.model.intents import Amend, Intent, Ladder, Place, Rung, Style, Target
from framework.model.money import Amount, Number, exact, shorten
from framework.model.orders import Order, TimeInForce, write, write_one
from framework.strategy.context import Context

Tif = Literal["gtc", "ioc", "fok"]
"""How long an order stands: until cancelled, or at once as far as it goes, or at once and wholly."""
StyleName = Literal["market", "passive"]
"""How a target is reached: at the market, or by post-only orders at the best price of our own side."""
Pair = tuple[Number, Number]
"""Price and size of a rung."""
Word = TypeVar("Word", bound=StrEnum)

TARGET_TAG: Final = "target"
"""Tag of a target's orders where the strategy gives none."""
RUNGS_MAX: Final = 500
"""Of one side of a ladder: no venue takes more orders of a pair."""
TAG_CHARACTERS_MAX: Final = 64


def place(
    context: Context,
    traded: Instrument,
    *,
    is_buy: bool,
    size: Number | None,
    notional: Number | None,
    price: Number | None,
    tif: str,
    post_only: bool,
    reduce_only: bool,
    tag: str,
) -> Place:
    """A new order of `buy` or `sell`."""
    order = context.new_order(traded, is_buy=is_buy)
    try:
        # What is usual stands in the order already.
        if tag != "":
            write_one(order, "tag", _tag(tag))
        if tif != "gtc":
            write_one(order, "tif", _word(TimeInForce, tif, "tif"))
        if post_only is not False or reduce_only is not False:
            write(order, post_only=_flag(post_only, "post_only"), reduce_only=_flag(reduce_only, "reduce_only"))
        if price is not None:
            write_one(order, "price_points", traded.order_price(price, is_buy=is_buy))
        write_one(order, "size_points", _size_points(context, order, size, notional))
    except GridError as error:
        return Place(order, str(error))
    return Place(order)


def amend(order: Order, price: Number | None, size: Number | None) -> Amend:
    """A change of an order; what is not given stays the same."""
    there = order.instrument
    try:
        price_points = order.price_points if price is None else there.order_price(price, is_buy=order.is_buy)
        size_points = order.size_points if size is None else there.order_size(size)
    except GridError as error:
        return Amend(order, order.price_points, order.size_points, str(error))
    return Amend(order, price_points, size_points)


def target(
    context: Context,
    traded: Instrument,
    *,
    size: Number | None,
    notional: Number | None,
    style: str,
    within: float | None,
    tag: str,
) -> Target | Place:
    """A wanted position; one that does not fit becomes a refused order of the target's tag."""
    try:
        if (size is None) == (notional is None):
            raise GridError(f"target of {traded.id}: expected either size= or notional=")  # noqa: TRY301  # one road for all
        return Target(
            context.name,
            traded,
            None if size is None else _position_points(traded, size),
            None if notional is None else _quote_value(notional, traded),
            _word(Style, style, "style"),
            None if within is None else _distance(within, "within"),
            _tag(tag),
        )
    except GridError as error:
        return _refused(context, traded, error, tag or TARGET_TAG)


def ladder(
    context: Context,
    traded: Instrument,
    *,
    bids: Iterable[Pair],
    asks: Iterable[Pair],
    keep_within_bps: float,
    tag: str,
) -> Iterator[Intent]:
    """The wanted ladder, and a refused order for each rung that does not fit.

    Where anything but a rung does not fit, the ladder that stands is left as it is.
    """
    try:
        tag, keep_within_bps = _tag(tag), _distance(keep_within_bps, "keep_within_bps")
        pairs = [*_pairs(True, bids, traded), *_pairs(False, asks, traded)]
    except GridError as error:
        yield _refused(context, traded, error, tag)
        return
    found = [_rung(context, traded, is_buy, pair, tag) for is_buy, pair in pairs]
    rungs = tuple(rung for rung in found if isinstance(rung, Rung))
    yield Ladder(context.name, traded, rungs, keep_within_bps, tag)
    yield from (rung for rung in found if isinstance(rung, Place))


def _pairs(is_buy: bool, side: object, traded: Instrument) -> Iterator[tuple[bool, object]]:
    if isinstance(side, str) or not isinstance(side, Iterable):
        name = "bids" if is_buy else "asks"
        raise GridError(f"{name} of {traded.id}: expected (price, size) pairs, found {shorten(side)}")
    for count, pair in enumerate(side):
        if count == RUNGS_MAX:
            name = "bids" if is_buy else "asks"
            raise GridError(f"{name} of {traded.id}: expected at most {RUNGS_MAX} rungs, found more")
        yield is_buy, pair


def _rung(context: Context, traded: Instrument, is_buy: bool, pair: object, tag: str) -> Rung | Place:
    try:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise GridError(f"rung of {traded.id}: expected a (price, size) pair, found {shorten(pair)}")  # noqa: TRY301  # as above
        return Rung(is_buy, traded.order_price(pair[0], is_buy=is_buy), traded.order_size(pair[1]))
    except GridError as error:
        return _refused(context, traded, error, tag, is_buy=is_buy)


def _refused(context: Context, traded: Instrument, error: GridError, tag: object, *, is_buy: bool = True) -> Place:
    """An order that will never be sent: it carries the refusal to the journal, the report and `on_order`."""
    order = context.new_order(traded, is_buy=is_buy)
    try:
        write(order, tag=_tag(tag))
    except GridError:
        write(order, tag="")
    return Place(order, str(error))


def _size_points(context: Context, order: Order, size: Number | None, notional: Number | None) -> int:
    traded = order.instrument
    if (size is None) == (notional is None):
        raise GridError(f"order of {traded.id}: expected either a size or notional=")
    if size is not None:
        return traded.order_size(size)
    assert notional is not None
    value = _quote_value(notional, traded)
    if value <= 0:
        raise GridError(f"notional of {traded.id}: expected above 0, found {shorten(notional)}")
    quote, price_points = context.quote(traded), order.price_points
    if not price_points and quote is not None:
        price_points = quote.ask_points if order.is_buy else quote.bid_points
    if not price_points:
        raise GridError(f"order of {traded.id}: notional= needs a price, and no quote of that side has come yet")
    return traded.size_for(value, price_points)


def _position_points(traded: Instrument, size: Number) -> int:
    """A position in points, signed: a float is cut to the lot, towards nothing; anything else must be on it."""
    return on_grid(size, traded.size_digits, traded.lot_points, ROUND_DOWN, f"target of {traded.id}", "lot")


def _quote_value(notional: Number, traded: Instrument) -> Decimal:
    """A notional in the quote asset: a number, or text with that asset."""
    if isinstance(notional, str) and " " in notional.strip():
        amount = Amount.parse(notional.strip(), f"notional of {traded.id}")
        if amount.asset != traded.quote:
            raise GridError(f"notional of {traded.id}: expected {traded.quote}, found {amount.asset}")
        return amount.value
    return exact(notional, f"notional of {traded.id}")


def _distance(value: Number, what: str) -> float:
    number = exact(value, what)
    if number < 0:
        raise GridError(f"{what}: expected 0 or more, found {shorten(value)}")
    return float(number)


def _word(words: type[Word], given: object, what: str) -> Word:
    """One of a few words, whatever its capitals."""
    try:
        return words(str(given).lower())
    except ValueError:
        known = ", ".join(f'"{word.value}"' for word in words)
        raise GridError(f"{what}: expected one of {known}, found {shorten(given)}") from None


def _flag(given: object, what: str) -> bool:
    """The journal knows True and False alone; numpy's own, 1 and 0 mean them."""
    if given not in (True, False):
        raise GridError(f"{what}: expected True or False, found {shorten(given)}")
    return bool(given)


def _tag(tag: object) -> str:
    if not isinstance(tag, str):
        raise GridError(f"tag: expected a text, found {shorten(tag)}; write str(...)")
    text = str.__str__(tag)  # of a subclass, too: its own __str__ may say anything
    if len(text) > TAG_CHARACTERS_MAX:
        raise GridError(f"tag: expected at most {TAG_CHARACTERS_MAX} characters, found {shorten(text)}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise GridError(f"tag: expected text that UTF-8 can write, found {shorten(text)}") from error
    return text
