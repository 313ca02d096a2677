"""What an account at Bitget is before anything is traded: its kind, its key's rights, clocks, markets and settings.

It is asked by connections that could not send an order, and nothing at the venue is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from framework.gateway.bitget.questions import BitgetQuestions
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.dial import TcpDial
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.errors import ConfigError, Timeout
from framework.model.instrument import Instrument
from framework.model.key_rights import KeyFault, KeyRights, key_faults
from framework.model.money import shorten
from framework.model.rules import MarketRules, VenueRules
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.modes import mode_faults
from framework.venues.bitget.products import AccountKind, Product, product_named, wire_symbol
from framework.venues.bitget.rights import needs
from framework.venues.bitget.rules import FUTURES, SPOT, UNIFIED
from framework.venues.bitget.seen import LeverageSeen
from framework.venues.bitget.server_clock import ClockSkew
from framework.venues.bitget.signing import Credentials

READY_S: Final = 10.0
FOUND_S: Final = 30.0
"""So long all the questions of a start may take: an endpoint lets itself be asked once a second."""
PATIENCE: Final = 4
"""So often a question is asked again, a second apart: a start may follow another at once."""

Answer = TypeVar("Answer")


class Purpose(Struct, frozen=True):
    """What an account is wanted for."""

    symbols: Sequence[str] = ()
    """Unified symbols that are to be traded: `BTC/USDT`, `BTC/USDT:USDT`."""
    products: Collection[Product] = ()
    """Where no symbols are named."""
    may_trade: bool = True
    accepted: Collection[str] = ()
    """Rights that a person accepts although nothing here uses them, by the venue's own words."""
    terms: Terms = Terms()
    grids: Mapping[str, tuple[int, int]] = {}
    """Symbol -> decimals of prices and sizes in which its journal is kept; where there is none, the venue's own."""

    @property
    def all_products(self) -> tuple[Product, ...]:
        """Those of the symbols too."""
        return tuple(dict.fromkeys((*self.products, *map(product_named, self.symbols))))


class FoundKey(Struct, frozen=True):
    """What a key was found to be."""

    kind: AccountKind
    skew: ClockSkew
    rights: KeyRights
    faults: tuple[KeyFault, ...]
    """Why it may not trade; empty: it may."""


class FoundAccount(Struct, frozen=True):
    """What an account was found to be."""

    key: FoundKey
    rules: VenueRules
    """With the markets that were asked for, their filters as the venue lists them now, and the account's own fees."""
    instruments: tuple[Instrument, ...]
    """In the order of the symbols."""
    levers: Mapping[str, LeverageSeen | None]
    """Perpetual -> how the account stands for it; None: the key may not ask."""
    mode_faults: tuple[str, ...] = ()
    """What of that is not as it must be, and which setting to change; empty: nothing."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Why nothing may be traded, in sentences; empty: it may."""
        return (*(fault.text for fault in self.key.faults), *self.mode_faults)


async def find_key(dial: TcpDial, credentials: Credentials, clock: Clock, wanted: Purpose) -> FoundKey:
    """Ask what a key is. Nothing is changed, and no order could be sent.

    Raises:
        VenueError: the key is refused, or nobody answers.
    """
    return await _asked(dial, credentials, clock, partial(key_by, wanted))


async def find_account(dial: TcpDial, credentials: Credentials, clock: Clock, wanted: Purpose) -> FoundAccount:
    """Ask everything that must be known before trading. Nothing is changed, and no order could be sent.

    Raises:
        ConfigError: a symbol that the venue does not list, or that takes no orders.
        VenueError: the key is refused, or nobody answers.
    """
    return await _asked(dial, credentials, clock, partial(account_by, wanted))


async def _asked(
    dial: TcpDial, credentials: Credentials, clock: Clock, ask: Callable[[BitgetQuestions], Awaitable[Answer]]
) -> Answer:
    wire = BitgetWire(dial.name, clock, credentials)
    # The word stays closed, and there is no connection for what creates an order.
    road = Road(dial, KillWord(), clock, wire.ping, creating=0, cancelling=0, asking=1)
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(READY_S):
                await stack.enter_async_context(road.up())
        except TimeoutError:
            text = f"{dial.name}: expected an answer within {READY_S:g} s, found none; is anybody there?"
            raise Timeout(text) from None
        try:
            async with asyncio.timeout(FOUND_S):
                return await ask(BitgetQuestions(road, wire, clock, PATIENCE))
        except TimeoutError:
            raise Timeout(f"{dial.name}: expected all answers within {FOUND_S:g} s, found them slower") from None


async def key_by(wanted: Purpose, questions: BitgetQuestions) -> FoundKey:
    """As `find_key`, by questions on a road that is up."""
    skew = await questions.measure_clock()
    kind = await questions.account_kind()
    rights = await questions.key_rights(kind)
    needed = needs(kind, wanted.all_products, may_trade=wanted.may_trade)
    return FoundKey(kind, skew, rights, tuple(key_faults(rights, needed, wanted.accepted)))


async def account_by(wanted: Purpose, questions: BitgetQuestions) -> FoundAccount:
    """As `find_account`, by questions on a road that is up."""
    key, levers, wrong = await standing_by(wanted, questions)
    table = table_of(key.kind, wanted.all_products)
    markets = [await market_by(questions, key.kind, symbol) for symbol in wanted.symbols]
    rules = replace(table, markets=tuple(markets))
    instruments = tuple(instrument_on(rules, symbol, wanted.grids.get(symbol)) for symbol in wanted.symbols)
    return FoundAccount(key, rules, instruments, levers, wrong)


def instrument_on(rules: VenueRules, symbol: str, grid: tuple[int, int] | None) -> Instrument:
    """A market as it is listed now, in the points of its journal.

    Raises:
        ConfigError: it is listed with steps finer than those.
    """
    there = rules.instrument(symbol, *(grid or (0, 0)))
    if grid is not None and (there.price_digits, there.size_digits) != grid:
        raise ConfigError(
            f"markets: expected {symbol} with at most {grid[0]} decimals of a price and {grid[1]} of a size, as its "
            f"journal has them, found {there.price_digits} and {there.size_digits}; close what is open there and begin a "
            "new journal (move the account's folder away)"
        )
    return there


async def standing_by(
    wanted: Purpose, questions: BitgetQuestions
) -> tuple[FoundKey, Mapping[str, LeverageSeen | None], tuple[str, ...]]:
    """What a key is, how the account stands for each perpetual, and what of that is not as it must be."""
    key = await key_by(wanted, questions)
    perpetuals = [symbol for symbol in wanted.symbols if product_named(symbol) is not Product.SPOT]
    levers = {symbol: await questions.leverage(key.kind, wire_symbol(symbol)) for symbol in perpetuals}
    wrong = tuple(text for symbol, seen in levers.items() for text in mode_faults(symbol, seen, wanted.terms))
    return key, levers, wrong


def table_of(kind: AccountKind, products: Iterable[Product]) -> VenueRules:
    """Limits and costs of an account.

    Raises:
        ConfigError: spot and perpetuals of a classic account: two sets of limits.
    """
    if kind is AccountKind.UNIFIED:
        return UNIFIED
    traded = frozenset(products)
    if len(traded) > 1:
        raise ConfigError(
            "markets: expected spot alone or perpetuals alone, found both: a classic account has a wallet and limits of "
            "its own for each; run two daemons, or use a unified account"
        )
    return FUTURES if Product.USDT_FUTURES in traded else SPOT


async def market_by(questions: BitgetQuestions, kind: AccountKind, symbol: str) -> MarketRules:
    """A market with its filters as they are listed now, and the account's own fees.

    Raises:
        ConfigError: the venue does not list it, or it takes no orders.
    """
    product, wire = product_named(symbol), wire_symbol(symbol)
    listed = await questions.market(product, wire)
    if listed is None or listed.rules.symbol != symbol:
        raise ConfigError(
            f"markets: expected one that bitget lists, found {shorten(symbol)}; its public list has them all"
        )
    if not listed.is_open:
        raise ConfigError(f"markets: expected {symbol} to take orders, found its state {listed.status}; take it out")
    fees = await questions.fees(kind, product, wire)
    if fees is None:
        return listed.rules
    return replace(listed.rules, maker_fee=fees[0], taker_fee=fees[1])
