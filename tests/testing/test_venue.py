"""The venue of a trial answers as its page says, with the instrument's own fees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.model.events import Fill, ReportKind
from framework.testing import Trial, trial
from tests.wired import Scripted

BTC = "BTC/USDT@bitget"


def quoted(**given: Any) -> Trial:
    t = trial(Scripted(start=lambda s: s.quotes(BTC)), balances={"USDT": "1000", "BTC": "1"}, **given)
    t.quote(BTC, 60000, 60001)
    return t


def fills(t: Trial) -> list[Fill]:
    return [report.fill for _, report in t.reports if report.fill is not None]


@pytest.mark.parametrize(
    ("verb", "price", "fee", "asset"),
    [("buy", 60001, "0.00001", "BTC"), ("sell", 60000, "0.6", "USDT")],
)
def test_a_market_order_meets_the_other_side_and_pays_the_takers_fee(
    verb: str, price: int, fee: str, asset: str
) -> None:
    t = quoted()
    getattr(t.strategy, verb)(BTC, "0.01")
    t.advance("1s")
    (fill,) = fills(t)
    assert (fill.price_points, fill.fee, fill.fee_asset, fill.is_maker) == (price * 100, Decimal(fee), asset, False)


def test_a_limit_order_is_a_makers_and_each_fill_has_a_name_of_its_own() -> None:
    t = quoted()
    order = t.strategy.buy(BTC, "0.01", price=59000)
    t.advance("1s")
    assert fills(t) == []
    t.fill(order, "0.004")
    t.fill(order)
    assert [(fill.trade_id, fill.price_points, fill.is_maker) for fill in fills(t)] == [
        ("f1", 5_900_000, True),
        ("f2", 5_900_000, True),
    ]
    assert sum(fill.size_points for fill in fills(t)) == order.size_points


def test_refusals_are_used_up_in_order() -> None:
    t = quoted()
    t.refuse_next("first")
    t.refuse_next("second")
    for _ in range(3):
        t.strategy.buy(BTC, "0.001", price=50000)
    t.advance("1s")
    assert [(report.kind, report.reason) for _, report in t.reports] == [
        (ReportKind.REJECTED, "first"),
        (ReportKind.REJECTED, "second"),
        (ReportKind.ACCEPTED, ""),
    ]


def test_without_auto_accept_even_a_market_order_waits() -> None:
    t = quoted(auto_accept=False)
    order = t.strategy.buy(BTC, "0.001")
    t.advance("1s")
    assert t.reports == []
    t.accept(order)
    t.fill(order)
    assert order.is_done
