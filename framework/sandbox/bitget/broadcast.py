"""The public channels of one market: books, trades, ticker, candles."""

from __future__ import annotations

from typing import Any, Final

from framework.model.events import Trade
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.candles import length_of, row_text
from framework.sandbox.bitget.funding import next_funding_ms
from framework.sandbox.bitget.listener import Subscriber
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.order_book import PushedBook, book_row
from framework.sandbox.bitget.public_v2 import mix_ticker, spot_ticker
from framework.sandbox.bitget.public_v3 import ticker
from framework.sandbox.bitget.refused import BitgetRefusal
from framework.sandbox.bitget.topics import BOOKS, SubscribedTopic
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import Fault, FaultKind, FaultList

BOOK_NS_SPOT: Final = 200_000_000  # reference 9.4
BOOK_NS_PERPETUAL: Final = 150_000_000
TRADES_FIRST: Final = 50
CANDLES_FIRST: Final = 500


class Broadcast:
    """Tells listeners what one market does. `pending` are trades not told yet."""

    def __init__(self, venue: BitgetVenue, market: ListedMarket, faults: FaultList) -> None:
        self.market = market
        self.book = PushedBook(market, venue.clock.now_ns)
        self.pending: list[Trade] = []
        self.is_changed = True
        self._venue = venue
        self._faults = faults
        self._due_ns = 0
        self._interval_ns = BOOK_NS_SPOT if market.listing.is_spot else BOOK_NS_PERPETUAL

    def begin(self, listener: Subscriber, topic: SubscribedTopic) -> None:
        """What a new subscription hears first."""
        if topic.name == "trade":
            newest = list(reversed(self.market.trades))[:TRADES_FIRST]
            listener.push(topic, [self._trade(trade, listener.is_v3) for trade in newest])
        elif topic.name == "candle":
            self._candles(listener, topic, CANDLES_FIRST, "snapshot")
        elif topic.name == "ticker":
            listener.push(topic, [self._ticker(listener.is_v3)])
        else:
            if not self.book.bids and not self.book.asks:
                self.book.refresh()
            self._whole_book(listener, topic)

    def beat(self, listeners: list[Subscriber]) -> None:
        """Tell what is due: trades at once, the rest five times a second and only when something changed."""
        now_ns = self._venue.clock.now_ns
        listening = [(one, topic) for one in listeners for topic in one.topics if topic.listing is self.market.listing]
        trades, self.pending = self.pending, []
        if trades:
            for listener, topic in listening:
                if topic.name == "trade":
                    rows = [self._trade(trade, listener.is_v3) for trade in reversed(trades)]
                    listener.push(topic, rows, "update")
                elif topic.name == "candle":
                    self._candles(listener, topic, 1, "update")
        if not self.is_changed or now_ns < self._due_ns:
            return
        self.is_changed, self._due_ns = False, now_ns + self._interval_ns
        asks, bids = self.book.refresh()
        self._tell_book(listening, asks, bids)
        for listener, topic in listening:
            if topic.name == "ticker":
                listener.push(topic, [self._ticker(listener.is_v3)])

    def _tell_book(self, listening: list[tuple[Subscriber, SubscribedTopic]], asks: Any, bids: Any) -> None:
        asked = [(listener, topic) for listener, topic in listening if topic.name.startswith("books")]
        if not asked or not (asks or bids):
            return
        fault = self._faults.take_named("ws:books")
        if fault is not None and fault.kind is FaultKind.BOOK_GAP:
            return
        for listener, topic in asked:
            if topic.name in BOOKS:
                self._whole_book(listener, topic)
            elif fault is not None and fault.kind is FaultKind.GARBAGE:
                listener.put('{"action":"update","arg":{')
            else:
                row = self._row(bids, asks, self.book.previous_seq, listener.is_v3, fault)
                listener.push(topic, [row], "update")

    def _whole_book(self, listener: Subscriber, topic: SubscribedTopic) -> None:
        most = BOOKS.get(topic.name)
        row = self._row(self.book.bids[:most], self.book.asks[:most], 0, listener.is_v3, None)
        if most is not None and not listener.is_v3:
            row["checksum"] = 0  # fixed depths carry none that can be verified (reference 9.4, 11)
        listener.push(topic, [row])

    def _row(self, bids: Any, asks: Any, previous_seq: int, is_v3: bool, fault: Fault | None) -> dict[str, Any]:
        is_wrong = fault is not None and fault.kind is FaultKind.WRONG_CHECKSUM
        crc = self.book.checksum ^ (1 if is_wrong else 0)
        return book_row(bids, asks, self.book.seq, previous_seq, self._now_ms, is_v3=is_v3, crc=crc)

    def _trade(self, trade: Trade, is_v3: bool) -> dict[str, str]:
        there, side = self.market.listing.instrument, "buy" if trade.is_buy else "sell"
        price, size = there.price_text(trade.price_points), there.size_text(trade.size_points)
        ts, number = str(trade.ts_recv_ns // 1_000_000), str(trade.trade_id)
        if is_v3:
            return {"p": price, "S": side, "T": ts, "v": size, "i": number, "L": number, "isRPI": "no"}
        return {"ts": ts, "price": price, "size": size, "side": side, "tradeId": number}

    def _ticker(self, is_v3: bool) -> dict[str, Any]:
        if is_v3:
            return ticker(self.market, self._now_ms)
        if self.market.listing.is_spot:
            shown: dict[str, Any] = spot_ticker(self.market, self._now_ms)
            shown["open24h"] = shown.pop("open")
            del shown["usdtVolume"], shown["symbol"]
        else:
            shown = mix_ticker(self.market, self._now_ms)
            due = str(next_funding_ms(self._now_ms))
            shown |= {"nextFundingTime": due, "symbolType": 1, "deliveryPrice": "0"}
        return {"instId": self.market.listing.symbol, **shown}

    def _candles(self, listener: Subscriber, topic: SubscribedTopic, most: int, action: str) -> None:
        try:
            call = Call(self._venue, {}, [], self._now_ms)
            length_ns, is_utc = length_of(topic.interval, call)
        except BitgetRefusal as refused:
            arg = listener.topics.pop(topic)
            listener.put({"event": "error", "arg": arg, "code": 30001, "msg": refused.message})
            return
        found = self.market.minutes.candles(length_ns, self._venue.clock.now_ns, is_utc=is_utc)[-most:]
        rows = [row_text(self.market, row) for row in found]
        if listener.is_v3:
            names = ("start", "open", "high", "low", "close", "volume", "turnover")
            listener.push(topic, [dict(zip(names, row, strict=True)) for row in rows], action)
        else:
            listener.push(topic, [[*row, row[-1]] for row in rows], action)

    @property
    def _now_ms(self) -> int:
        return self._venue.clock.now_ns // 1_000_000
