"""Trades that were booked: each counts once, also of an order that is forgotten by now."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from framework.engine.kept import KeptTrade
from framework.model.questions import Booked

FORGOTTEN_MAX: Final = 50_000
"""Trades that are still known when their orders are forgotten."""

TradeKey = tuple[str, str, bool]
"""Instrument (its id names the venue), trade id, whether we bought: a trade with ourselves has two sides of one id."""


class BookedTrades:
    """Keys of trades: as long as their order is known, and after it the newest of them."""

    def __init__(self) -> None:
        self.forgotten_ns = 0
        """Trades booked until this instant may be forgotten; 0: none is."""
        self._booked: dict[TradeKey, int] = {}
        """Trade -> when it was booked, on our Clock."""
        self._of: dict[str, list[TradeKey]] = {}
        """Order that is known -> its trades."""
        self._orphaned: deque[TradeKey] = deque()
        """Trades of orders that are forgotten, in the order of that."""

    def add(self, client_order_id: str, key: TradeKey, ts_ns: int) -> bool:
        """Book a trade of an order. False: it was booked before."""
        if key in self._booked:
            return False
        self._booked[key] = ts_ns
        self._of.setdefault(client_order_id, []).append(key)
        return True

    def __contains__(self, key: TradeKey) -> bool:
        return key in self._booked

    def is_booked(self, key: TradeKey, since_ns: int) -> Booked:
        """Whether a trade was booked, of whatever order.

        Args:
            since_ns: it happened at this instant at the earliest, on our Clock.
        """
        if key in self._booked:
            return Booked.YES
        return Booked.NO if since_ns > self.forgotten_ns else Booked.PERHAPS

    def kept(self) -> tuple[KeptTrade, ...]:
        """All of them, for a checkpoint."""
        forgotten = [(key, "") for key in self._orphaned]
        known = [(key, client_order_id) for client_order_id, keys in self._of.items() for key in keys]
        return tuple([KeptTrade(*key, self._booked[key], order) for key, order in (*forgotten, *known)])

    def restore(self, trades: Iterable[KeptTrade], forgotten_ns: int) -> None:
        """As a checkpoint has them."""
        self.forgotten_ns = forgotten_ns
        for trade in trades:
            key = trade.instrument, trade.trade_id, trade.is_buy
            self._booked[key] = trade.ts_ns
            if trade.client_order_id:
                self._of.setdefault(trade.client_order_id, []).append(key)
            else:
                self._orphaned.append(key)

    def forget(self, client_order_id: str) -> None:
        """An order is no longer known; its trades are, for as long as there is room."""
        self._orphaned.extend(self._of.pop(client_order_id, ()))
        while len(self._orphaned) > FORGOTTEN_MAX:
            self.forgotten_ns = max(self.forgotten_ns, self._booked.pop(self._orphaned.popleft()))
