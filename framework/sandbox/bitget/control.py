"""The control door, for tests: faults, keys, the seen address, the clock's skew, and what the market does.

Each of them may also be told by a fault of kind `change`, when a request comes: so a file can say it as well.

GET, POST, DELETE /control/faults    the list of faults
POST /control/keys      {"name", "is_revoked"?, "ips"?, "scopes"?}   changes a key in mid-run
POST /control/address   {"address"}   from where requests seem to come; empty: from where they do
POST /control/lead      {"uid", "is_lead"}   who is held to one order a second
POST /control/skew      {"ms"}   how far the venue's clock is ahead; negative: behind
POST /control/quote     {"symbol", "bid", "ask", "bid_size"?, "ask_size"?}   spot and perpetual
POST /control/trade     {"symbol", "price", "size", "side"}   somebody trades
POST /control/filters   {"symbol", "price_digits"?, "size_digits"?, "notional_min"?}   a market is listed with other filters
POST /control/funding   {"symbol", "rate", "at_ms"?}   positions pay, or receive, now or at that instant
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from framework.model.errors import ConfigError, GridError
from framework.model.events import Depth, Trade
from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.listings import ListedProduct, Listing, listed
from framework.sandbox.bitget.playable import unplayable
from framework.sandbox.bitget.refused import BitgetRefusal
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import Fault, FaultKind, FaultList, read_faults
from framework.sandbox.plain.wire import QuoteNow, TradeNow

Action = Callable[[], None]
SKEW_MS_MAX: Final = 86_400_000
"""A day: beyond that funding of years would be paid at once."""


class KeyNow(Struct, forbid_unknown_fields=True):
    """What a key is from now on; what is not named stays."""

    name: str
    is_revoked: bool | None = None
    ips: list[str] | None = None
    scopes: list[str] | None = None


class AddressNow(Struct, forbid_unknown_fields=True):
    """From where requests seem to come."""

    address: str


class LeadNow(Struct, forbid_unknown_fields=True):
    """Whether an account is a lead trader's."""

    uid: str
    is_lead: bool


class SkewNow(Struct, forbid_unknown_fields=True):
    """How much the venue's clock is ahead; negative: behind."""

    ms: Annotated[int, Meta(ge=-SKEW_MS_MAX, le=SKEW_MS_MAX)]


class FiltersNow(Struct, forbid_unknown_fields=True):
    """A market's filters; what is not named is as at the start."""

    symbol: str
    """`BTC/USDT`, or `BTC/USDT:USDT` for the perpetual."""
    price_digits: int | None = None
    size_digits: int | None = None
    notional_min: Decimal | None = None


class FundingNow(Struct, forbid_unknown_fields=True):
    """A perpetual's funding."""

    symbol: str
    rate: Decimal
    """Part of a position's worth that longs pay; below 0: shorts."""
    at_ms: int = 0
    """By the venue's clock; what is past, or not told, is now."""


class Control:
    """Obeys whoever reaches it: it is on loopback alone."""

    def __init__(self, venue: BitgetVenue, faults: FaultList) -> None:
        self._venue = venue
        self._faults = faults
        self._doors: dict[str, tuple[type[Struct], Callable[[Any], Action]]] = {
            "keys": (KeyNow, self._change_key),
            "address": (AddressNow, self._move),
            "lead": (LeadNow, self._lead),
            "skew": (SkewNow, self._skew),
            "quote": (QuoteNow, self._quote),
            "trade": (TradeNow, self._trade),
            "filters": (FiltersNow, self._list),
            "funding": (FundingNow, self._fund),
        }

    async def answer(self, request: web.Request) -> web.Response:
        """Do what a request wants; 400 with the words where it cannot be understood."""
        body, name = await request.read(), request.match_info["name"]
        try:
            said = self.obey(request.method, name, body)
        except ConfigError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.Response(body=msgspec.json.encode(said), content_type="application/json")

    def obey(self, method: str, name: str, body: bytes) -> Any:
        """As `answer`, without the wire."""
        if name == "faults":
            if method == "POST":
                self.play(read_faults(body, "/control/faults"), "/control/faults")
            elif method == "DELETE":
                self._faults.clear()
            return {"played": self._faults.played, "left": self._faults.left}
        self._action(name, body)()
        return {}

    def play(self, faults: Sequence[Fault], where: str) -> None:
        """Put faults behind those that are there.

        Raises:
            ConfigError: one of them could never play; none of them is put there.
        """
        for number, fault in enumerate(faults):
            why = unplayable(fault)
            if why:
                raise ConfigError(f"{where}: [{number}].{why}")
            if fault.kind is FaultKind.CHANGE:
                try:
                    self._action(fault.door, msgspec.json.encode(fault.content))
                except ConfigError as error:
                    raise ConfigError(f"{where}: [{number}]: {error}") from error
        self._faults.add(list(faults))

    def change(self, fault: Fault) -> None:
        """Do what a fault of kind CHANGE says."""
        self._action(fault.door, msgspec.json.encode(fault.content))()

    def _action(self, name: str, body: bytes) -> Action:
        """What a door is to do, looked at but not done yet.

        Raises:
            ConfigError: there is no such door, or it cannot do that.
        """
        if name not in self._doors:
            raise ConfigError(f"/control/{name}: expected one of faults, {', '.join(self._doors)}")
        kind, prepared = self._doors[name]
        try:
            return prepared(msgspec.json.decode(body, type=kind))
        except (msgspec.MsgspecError, UnicodeDecodeError, GridError) as error:
            raise ConfigError(f"/control/{name}: {error}") from error
        except BitgetRefusal as refused:
            raise ConfigError(f"/control/{name}: {refused.message}") from refused

    def _change_key(self, now: KeyNow) -> Action:
        key = next((one for one in self._venue.keys.values() if one.name == now.name), None)
        if key is None:
            names = ", ".join(one.name for one in self._venue.keys.values())
            raise ConfigError(f"/control/keys: name: expected one of {names}, found {now.name!r}")
        return partial(_change, key, now)

    def _move(self, now: AddressNow) -> Action:
        return partial(setattr, self._venue.doorman, "other_address", now.address)

    def _lead(self, now: LeadNow) -> Action:
        traders = self._venue.rates.lead_traders
        return partial(traders.add if now.is_lead else traders.discard, now.uid)

    def _skew(self, now: SkewNow) -> Action:
        return partial(setattr, self._venue, "skew_ms", now.ms)

    def _quote(self, now: QuoteNow) -> Action:
        there = self._spot(now.symbol).instrument
        bid, ask = now.levels(there)
        return lambda: self._venue.observe(Depth(there, self._venue.clock.now_ns, (bid,), (ask,), is_snapshot=True))

    def _trade(self, now: TradeNow) -> Action:
        there = self._spot(now.symbol).instrument
        price, size = now.level(there)
        return lambda: self._venue.observe(Trade(there, self._venue.clock.now_ns, price, size, now.side == "buy"))

    def _list(self, now: FiltersNow) -> Action:
        least = now.notional_min
        if least is not None and not (least.is_finite() and least >= 0):
            raise ConfigError(f"/control/filters: notional_min: expected an amount of 0 or more, found {least}")
        pair, _, settled = now.symbol.partition(":")
        listing = listed(ListedProduct.PERPETUAL if settled else ListedProduct.SPOT, pair.replace("/", "").upper())
        found = listing.filters(now.price_digits, now.size_digits, now.notional_min)
        return partial(setattr, self._venue.market(listing), "filters", found)

    def _fund(self, now: FundingNow) -> Action:
        venue = self._venue
        if not now.rate.is_finite() or abs(now.rate) > 1:
            raise ConfigError(
                f"/control/funding: rate: expected a part of a position's worth, -1 to 1, found {now.rate}"
            )
        listing = listed(ListedProduct.PERPETUAL, now.symbol.partition(":")[0].replace("/", "").upper())

        def fund() -> None:
            wait_ns = max(0, now.at_ms - venue.now_ms) * 1_000_000
            venue.later(wait_ns, lambda: venue.funding.pay(listing, now.rate, venue.now_ms))
            venue.turn()

        return fund

    def _spot(self, symbol: str) -> Listing:
        return listed(ListedProduct.SPOT, symbol.replace("/", "").upper())


def _change(key: Key, now: KeyNow) -> None:
    key.is_revoked = key.is_revoked if now.is_revoked is None else now.is_revoked
    key.ips = key.ips if now.ips is None else now.ips
    key.scopes = key.scopes if now.scopes is None else now.scopes
