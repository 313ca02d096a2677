"""A strategy's seat is plain state."""

from __future__ import annotations

from framework.engine.seat import Seat
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
