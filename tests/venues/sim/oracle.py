"""A slow, obvious exchange: the oracle of the real one.

Everything is worked out anew from the whole history each time: no guards, no caches, no lines, no lazy queues. Volume
is served point by point. Money is a plain sum of Decimals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from framework.model.events import Depth, Quote
from framework.model.instrument import Instrument
from framework.model.rules import SelfTrade

SETTLED_NS = 100_000_000
INFINITE = 10**18


@dataclass
class Resting:
    """An order and all that was ever seen of its queue."""

    name: str
    is_buy: bool
    price: int
    left: int
    filled: int
    flags: dict[str, Any]
    locked: Decimal = Decimal(0)
    place: int = 0
    """Rises with each order that comes to rest; -1: not resting."""
    ahead: int = 0
    crossed_ns: int | None = None
    seen: list[tuple[int, int]] = field(default_factory=list)
    cut: int = 0


class Oracle:
    """One instrument, one account, no latency."""

    def __init__(
        self, instrument: Instrument, balances: dict[str, Decimal], mode: SelfTrade, *, amend_keeps_place: bool
    ) -> None:
        self.instrument = instrument
        self.mode = mode
        self.amend_keeps_place = amend_keeps_place
        self.free = dict(balances)
        self.now_ns = 0
        self.history: list[Any] = []
        self.taken: dict[tuple[bool, int], int] = {}
        self.orders: list[Resting] = []
        self.used: set[str] = set()
        self.told: list[tuple[Any, ...]] = []
        self.places = 0
        self.unsaid = ""
        """The order that came in last, while nothing was said of it."""
        self.has_book = False
        self.last_trade: tuple[str, int, int] | None = None

    # --- the displayed book ---

    def state(self) -> tuple[dict[int, int], dict[int, int], Quote | None]:
        """Bids, asks and the quote over them, from the whole history."""
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        quote = None
        for event in self.history:
            if event is None:
                bids, asks, quote = {}, {}, None
            elif isinstance(event, Quote):
                quote = event
            elif isinstance(event, Depth):
                quote = None
                if event.is_snapshot:
                    bids, asks = {}, {}
                for levels, changes in ((bids, event.bids), (asks, event.asks)):
                    for price, size in changes:
                        levels[price] = size
                        if size == 0:
                            del levels[price]
        return bids, asks, quote

    def shown(self, is_bid: bool) -> list[tuple[int, int]]:
        """Displayed levels, best first."""
        bids, asks, quote = self.state()
        levels = bids if is_bid else asks
        if quote is not None:
            best, size = (
                (quote.bid_points, quote.bid_size_points) if is_bid else (quote.ask_points, quote.ask_size_points)
            )
            levels = {price: size for price, size in levels.items() if (price < best if is_bid else price > best)}
            levels[best] = size
        return sorted(levels.items(), reverse=is_bid)

    def size_at(self, is_bid: bool, price: int) -> int | None:
        """Displayed size at a price, None beyond what was ever displayed."""
        bids, asks, quote = self.state()
        known = list((bids if is_bid else asks).keys())
        if quote is not None:
            known.append(quote.bid_points if is_bid else quote.ask_points)
        if not known or (price < min(known) if is_bid else price > max(known)):
            return None
        return dict(self.shown(is_bid)).get(price, 0)

    def seen_at(self, is_bid: bool, price: int) -> int | None:
        """As `size_at`, but a quote says nothing of what is behind its best."""
        quote = self.state()[2]
        if quote is not None:
            if is_bid and price < quote.bid_points:
                return None
            if not is_bid and price > quote.ask_points:
                return None
        return self.size_at(is_bid, price)

    # --- market events ---

    def observe_book(self, event: Quote | Depth) -> None:
        """A quote or a depth."""
        self.history.append(event)
        self.has_book = True
        self.forget_taken()
        for order in self.orders:
            shown = self.seen_at(order.is_buy, order.price)
            if shown is not None:
                order.seen.append((self.now_ns, shown))
        for order in self.by_priority(is_buy=True) + self.by_priority(is_buy=False):
            self.cross(order)

    def show_trades(self) -> None:
        """Without any book, a request meets the last trade: the aggressor's price on one side, a tick off on the other."""
        if self.has_book or self.last_trade is None:
            return
        side, price, size = self.last_trade
        bid = price - self.instrument.tick_points if side == "buy" else price
        self.history.append(Quote(self.instrument, self.now_ns, bid, size, bid + self.instrument.tick_points, size))
        self.forget_taken()

    def forget_taken(self) -> None:
        """What was taken is at most what is displayed now."""
        for side, price in list(self.taken):
            taken = min(self.taken[side, price], self.size_at(side, price) or 0)
            self.taken[side, price] = taken
            if not taken:
                del self.taken[side, price]

    def seam(self) -> None:
        """All that was displayed is void."""
        self.history.append(None)
        self.taken = {}
        for order in self.orders:
            self.settle(order)
            order.seen = []
            order.crossed_ns = None

    def cross(self, order: Resting) -> None:
        """The other side's best reaches this order."""
        if not self.is_crossed(order):
            order.crossed_ns = None
            return
        if order.crossed_ns is None:
            order.crossed_ns = self.now_ns
        if self.now_ns - order.crossed_ns < SETTLED_NS:
            return
        for price, size in self.shown(not order.is_buy):
            if (price > order.price) if order.is_buy else (price < order.price):
                return
            taken = self.taken.get((not order.is_buy, price), 0)
            filled = min(order.left, size - taken)
            if filled > 0:
                self.taken[not order.is_buy, price] = taken + filled
                self.fill(order, order.price, filled, is_maker=True)

    def is_crossed(self, order: Resting) -> bool:
        """Whether the other side's best displayed price reaches the order's."""
        opposite = self.shown(not order.is_buy)
        if not opposite:
            return False
        return opposite[0][0] <= order.price if order.is_buy else opposite[0][0] >= order.price

    def trade(self, side: str, price: int, size: int) -> None:
        """A public trade, point by point."""
        self.last_trade = (side, price, size)
        is_buy = side == "sell"
        got: dict[str, int] = {}
        for _ in range(size):
            for order in self.by_priority(is_buy=is_buy):
                if order.price < price if is_buy else order.price > price:
                    continue
                if got.get(order.name, 0) == order.left:
                    continue
                line = [other for other in self.orders if other.is_buy == is_buy and other.price == order.price]
                for other in line:
                    self.settle(other)
                    if other.price != price:
                        other.ahead = 0
                if order.ahead > 0:
                    for other in line:
                        other.ahead -= 1
                else:
                    got[order.name] = got.get(order.name, 0) + 1
                break
        for name, filled in got.items():
            order = next(order for order in self.orders if order.name == name)
            self.fill(order, order.price, filled, is_maker=True)

    def bar(self, low: int, high: int, volume: int) -> None:
        """A bar: buys above its low, then sells below its high."""
        for order in self.by_priority(is_buy=True) + self.by_priority(is_buy=False):
            if not volume or (order.price <= low if order.is_buy else order.price >= high):
                continue
            for other in self.orders:
                if other.is_buy == order.is_buy and other.price == order.price:
                    other.ahead = 0
            size = min(volume, order.left)
            volume -= size
            self.fill(order, order.price, size, is_maker=True)

    def settle(self, order: Resting) -> None:
        """All that was seen long enough ago, again and again: a minimum does not mind."""
        for ts_ns, shown in order.seen:
            if self.now_ns - ts_ns >= SETTLED_NS:
                order.ahead = min(order.ahead, shown)

    def by_priority(self, *, is_buy: bool) -> list[Resting]:
        """Best price first, then by time."""
        side = [order for order in self.orders if order.is_buy == is_buy]
        return sorted(side, key=lambda order: (-order.price if is_buy else order.price, order.place))

    # --- commands ---

    def place(self, name: str, side: str, size: int, price: int, **flags: Any) -> None:
        """A new order."""
        self.show_trades()
        order = Resting(name, side == "buy", price, size, 0, flags)
        reason = self.unplaceable(order)
        if reason:
            self.tell(name, "rejected", reason)
            return
        walk, stopped = self.walk(order)
        if order.is_buy and not price:
            need = sum((self.value(at, points) for at, points, maker in walk), Decimal(0))
        else:
            need = self.need(order, price, order.left)
        if not self.lock(order, need):
            self.tell(name, "rejected", "insufficient_balance")
            return
        self.used.add(name)
        self.unsaid = name
        self.enter(order, walk, stopped)
        self.acknowledge(name)

    def unplaceable(self, order: Resting) -> str:
        """The first thing wrong with a new order."""
        if order.name in self.used:
            return "duplicate_id"
        if order.flags.get("reduce_only") and not order.is_buy:
            held = int(self.free["BTC"] * self.instrument.size_scale)
            held -= held % self.instrument.lot_points
            if not held:
                return "reduce_only"
            order.cut = max(0, order.left - held)
            order.left -= order.cut
        reason = self.filtered(order.is_buy, order.price, order.left)
        if not reason and order.price and order.flags.get("tif", "gtc") == "gtc":
            reason = "open_orders" if len(self.orders) >= self.instrument.open_orders_max else ""
        return reason

    def filtered(self, is_buy: bool, price: int, size: int) -> str:
        """The first filter broken."""
        rules = self.instrument
        bids, asks = self.shown(True), self.shown(False)
        mid = Decimal(bids[0][0] + asks[0][0]) / 2 if bids and asks else None
        if price % rules.tick_points:
            return "off_tick"
        if size % rules.lot_points:
            return "off_lot"
        if size < rules.size_min_points:
            return "min_size"
        if size > rules.size_max_points:
            return "max_size"
        at = Decimal(price) if price else mid
        if at is not None and at * size / rules.price_scale / rules.size_scale < rules.notional_min:
            return "min_notional"
        if price and mid and rules.price_band is not None:
            if is_buy and price > mid * (1 + rules.price_band):
                return "price_band"
            if not is_buy and price < mid * (1 - rules.price_band):
                return "price_band"
        return ""

    def walk(self, order: Resting) -> tuple[list[tuple[int, int, Resting | None]], bool]:
        """What an arriving order would meet: (price, size, our own order or None), and whether it is stopped there."""
        walk: list[tuple[int, int, Resting | None]] = []
        left = order.left
        for price, size, met in self.offers(order):
            if not left:
                break
            if met is None or self.mode is SelfTrade.NONE:
                walk.append((price, min(left, size), met))
                left -= min(left, size)
                continue
            if self.mode in (SelfTrade.CANCEL_MAKER, SelfTrade.CANCEL_BOTH):
                walk.append((price, 0, met))
            if self.mode in (SelfTrade.CANCEL_TAKER, SelfTrade.CANCEL_BOTH):
                return walk, True
        return walk, False

    def offers(self, order: Resting) -> list[tuple[int, int, Resting | None]]:
        """All that stands against an order: displayed points one by one, our own orders where their queue has them."""
        offers: list[tuple[int, int, Resting | None]] = []
        shown = dict(self.shown(not order.is_buy))
        own = self.by_priority(is_buy=not order.is_buy)
        for maker in own:
            self.settle(maker)
        for price in sorted({*shown, *(maker.price for maker in own)}, reverse=not order.is_buy):
            if order.price and (price > order.price if order.is_buy else price < order.price):
                break
            available = max(0, shown.get(price, 0) - self.taken.get((not order.is_buy, price), 0))
            for point in range(available + 1):
                here = [maker for maker in own if maker.price == price and min(maker.ahead, available) == point]
                offers += [(price, maker.left, maker) for maker in here]
                offers += [(price, 1, None)] if point < available else []
        return offers

    def enter(self, order: Resting, walk: list[tuple[int, int, Resting | None]], stopped: bool) -> None:
        """Trade, then rest or expire."""
        tif = order.flags.get("tif", "gtc")
        if order.flags.get("post_only") and (walk or stopped):
            self.end(order, "expired", "post_only_would_take")
            return
        if tif == "fok" and sum(size for _, size, _ in walk) < order.left:
            self.end(order, "expired", "fok_unfilled")
            return
        for price, size, maker in joined(walk):
            if maker is None:
                self.taken[not order.is_buy, price] = self.taken.get((not order.is_buy, price), 0) + size
                self.fill(order, price, size, is_maker=False)
            elif size:
                self.fill(order, price, size, is_maker=False)
                self.fill(maker, price, size, is_maker=True)
            else:
                self.end(maker, "expired", "self_trade")
        if not order.left:
            return
        if stopped or not order.price or tif != "gtc":
            reason = "self_trade" if stopped else "ioc_unfilled" if order.price else "no_liquidity"
            self.end(order, "expired", reason)
            return
        self.rest(order)

    def rest(self, order: Resting) -> None:
        """Behind all that is displayed, and behind our own."""
        shown = self.size_at(order.is_buy, order.price)
        order.ahead = INFINITE if shown is None else shown
        for other in self.orders:
            if other.is_buy == order.is_buy and other.price == order.price:
                self.settle(other)
                order.ahead = max(order.ahead, other.ahead)
        self.places += 1
        order.place = self.places
        order.seen = []
        order.crossed_ns = self.now_ns if self.is_crossed(order) else None
        self.orders.append(order)

    def cancel(self, name: str) -> None:
        """Take an order back."""
        self.show_trades()
        order = next((order for order in self.orders if order.name == name), None)
        if order is None:
            self.tell(name, "cancel_rejected", "already_done" if name in self.used else "unknown_order")
        else:
            self.end(order, "cancelled", "")

    def amend(self, name: str, price: int, size: int) -> None:
        """Change an order."""
        self.show_trades()
        order = next((order for order in self.orders if order.name == name), None)
        if order is None:
            self.tell(name, "amend_rejected", "already_done" if name in self.used else "unknown_order")
            return
        left = size - order.filled
        reason = "size_below_filled" if left <= 0 else self.filtered(order.is_buy, price, left)
        if not reason and not self.lock(order, self.need(order, price, left)):
            reason = "insufficient_balance"
        if reason:
            self.tell(name, "amend_rejected", reason)
            return
        keeps = self.amend_keeps_place and price == order.price and left < order.left
        order.price, order.left, order.cut = price, left, 0
        self.tell(name, "amended", "", price, size)
        if not keeps:
            self.orders.remove(order)
            self.enter(order, *self.walk(order))

    # --- money ---

    def value(self, price: int, size: int) -> Decimal:
        """Price x size."""
        return Decimal(price) * size / self.instrument.price_scale / self.instrument.size_scale

    def need(self, order: Resting, price: int, left: int) -> Decimal:
        """What an order of that price and size locks."""
        return self.value(price, left) if order.is_buy else Decimal(left) / self.instrument.size_scale

    def lock(self, order: Resting, amount: Decimal) -> bool:
        """Lock this much for an order instead of what it locks."""
        asset = "USDT" if order.is_buy else "BTC"
        if self.free[asset] + order.locked < amount:
            return False
        self.free[asset] += order.locked - amount
        order.locked = amount
        return True

    def fill(self, order: Resting, price: int, size: int, *, is_maker: bool) -> None:
        """Exchange money."""
        rate = self.instrument.maker_fee if is_maker else self.instrument.taker_fee
        base, quote = Decimal(size) / self.instrument.size_scale, self.value(price, size)
        got, asset = (base, "BTC") if order.is_buy else (quote, "USDT")
        fee = (got * rate).quantize(Decimal("0.00000001"), ROUND_CEILING)
        order.left -= size
        order.filled += size
        still_needed = self.need(order, order.price, order.left) if order.price or not order.is_buy else None
        paid = quote if order.is_buy else base
        after = order.locked - paid if still_needed is None else still_needed
        self.free["USDT" if order.is_buy else "BTC"] += order.locked - paid - after
        order.locked = after
        self.free[asset] += got - fee
        self.tell(order.name, "filled", "", price, size, is_maker, fee, asset)
        if not order.left:
            if order in self.orders:
                self.orders.remove(order)
            if order.cut:
                self.end(order, "expired", "reduce_only")

    def end(self, order: Resting, kind: str, reason: str) -> None:
        """The order is over."""
        self.lock(order, Decimal(0))
        order.left = 0
        if order in self.orders:
            self.orders.remove(order)
        self.tell(order.name, kind, reason)

    def acknowledge(self, name: str) -> None:
        """Say that an order was accepted, unless its first fill said so."""
        if name == self.unsaid:
            self.unsaid = ""
            self.told.append((name, "accepted"))

    def tell(self, name: str, *said: Any) -> None:
        """Answer."""
        if said[0] == "filled" and name == self.unsaid:
            self.unsaid = ""
        self.acknowledge(name)
        self.told.append((name, *said))

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset -> (free, locked)."""
        locked = {asset: Decimal(0) for asset in self.free}
        for order in self.orders:
            locked["USDT" if order.is_buy else "BTC"] += order.locked
        return {asset: (free, locked[asset]) for asset, free in self.free.items()}


def joined(walk: list[tuple[int, int, Resting | None]]) -> list[tuple[int, int, Resting | None]]:
    """Single points of one displayed level that follow each other, as one fill."""
    steps: list[tuple[int, int, Resting | None]] = []
    for price, size, maker in walk:
        if steps and maker is None and steps[-1][2] is None and steps[-1][0] == price:
            steps[-1] = (price, steps[-1][1] + size, None)
        else:
            steps.append((price, size, maker))
    return steps
