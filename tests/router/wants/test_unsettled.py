"""Targets wait while fills of an order that ended may still come: what is held is not known then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.events import Quote, ReportKind
from tests.router.life import BTC, COIN, Life
from tests.wired import SECOND, Scripted


class ThinMarket(Life):
    """Two strategies with 100 coins each, where little is bid and fills reach us two seconds after the ends of orders."""

    def __init__(self) -> None:
        super().__init__(strategies={"a": Scripted(), "b": Scripted()})
        self.faults.of_report = (  # type: ignore[method-assign]
            lambda report: (2 * SECOND,) if report.kind is ReportKind.FILLED else (0,)
        )

    def turn(self, number: int) -> None:
        """A quarter of a second, and a bid of thirty coins at another price."""
        self.wait(SECOND // 4)
        bid = Quote(BTC, self.now_ns, 10_000 - number % 5, 300_000, 10_100, 10_000)
        for _ in self.core.play([bid]):
            pass

    def sold(self) -> Decimal:
        """What left the account."""
        return 2 * COIN - sum(self.venue.balances()["BTC"])


@pytest.mark.parametrize(("turns", "left"), [(2, 400_000), (100, 0)])
def test_a_target_waits_for_the_fills_of_its_order_that_ended(turns: int, left: int) -> None:
    life = ThinMarket()
    for number in range(100):
        life.turn(number)
        if number < turns:  # it goes on by itself from what it waited for
            life.act(lambda me: me.target(BTC, 0))
        assert life.sold() <= COIN, "the coins of the other strategy stay"
    assert life.core.engine.portfolio.position_points("a", BTC) == left
    assert life.difference == {}


def test_a_target_waits_for_fills_of_other_orders_of_its_pair_too() -> None:
    life = ThinMarket()
    life.act(lambda me: me.sell(BTC, 40, price=100, tif="ioc"))
    life.act(lambda me: me.target(BTC, 90))
    for number in range(60):
        life.turn(number)
        life.act(lambda me: me.target(BTC, 90))
        assert life.sold() <= Decimal(40)
    assert life.core.engine.portfolio.position_points("a", BTC) == 900_000
