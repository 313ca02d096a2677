"""A strategy's seat is plain state."""

from __future__ import annotations

from framework.engine.seat import Seat
from framework.model.orders import Order
from framework.strategy.base import Strategy
from framework.strategy.fill import Fill
from tests.wired import Bench, Scripted, spot

BTC, ETH = spot(), spot("ETH/USDT")


def test_a_new_seat_may_not_speak_nor_subscribe() -> None:
    seat = Seat("a", Scripted())
    assert (seat.is_muted, seat.is_starting, seat.is_quarantined, seat.calls, seat.outbox) == (
        True,
        False,
        False,
        0,
        [],
    )


def test_subscriptions_are_kept_in_the_order_they_were_made() -> None:
    start = lambda s: (s.quotes(ETH), s.bars(BTC, "1m", warmup=5), s.trades(ETH))  # noqa: E731
    seat = Bench({"a": Scripted(start=start)}, instruments=(BTC, ETH)).seats["a"]
    assert list(seat.instruments) == [ETH, BTC]
    assert seat.bar_requests == [(BTC, "1m", 5)]


class Deaf(Strategy):
    """Has no handlers."""


class Keen(Strategy):
    """Hears of its fills, and from its start on of its orders."""

    def on_start(self) -> None:
        self.on_order = self.on_fill  # type: ignore[method-assign]  # a handler that it gives itself

    def on_fill(self, order: Order, fill: Fill) -> None:
        """Something filled."""


def test_only_handlers_of_its_own_are_called_with_what_becomes_of_its_orders() -> None:
    bench = Bench({"deaf": Deaf(), "keen": Keen()}, instruments=(BTC,))
    assert [(seat.hears_fills, seat.hears_orders) for seat in bench.seats.values()] == [(False, False), (True, True)]
    seat = Seat("keen", Keen())
    assert (seat.hears_fills, seat.hears_orders) == (True, False)
