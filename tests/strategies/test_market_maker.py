"""What the market maker quotes, how it leans, and when it withdraws."""

from __future__ import annotations

import pytest

from framework import trial
from framework.model.errors import PluginError
from framework.model.events import ReportKind
from framework.testing import Trial
from strategies.market_maker import LEVELS_MAX, MarketMaker

BTC, ETH = "BTC/USDT@bitget", "ETH/USDT@bitget"
BALANCES = {"USDT": "2000", "BTC": "0.02", "ETH": "0.5"}


def making(**parameters: object) -> Trial:
    chosen = {"spread_bps": 10.0, "levels": 2, "step_bps": 2.0, "notional": 100.0, "max_inventory": 200.0, **parameters}
    return trial(MarketMaker(**chosen), balances=BALANCES)


def prices(t: Trial) -> tuple[list[float | None], list[float | None]]:
    return [order.price for order in t.orders.bids], [order.price for order in t.orders.asks]


def test_it_quotes_levels_on_both_sides_of_the_middle() -> None:
    t = making()
    t.quote(BTC, 59999, 60001)
    assert prices(t) == ([59970.0, 59958.0], [60030.0, 60042.0])
    assert {order.size for order in t.orders} == {0.001666}
    assert all(order.post_only for order in t.orders)


def test_several_pairs_are_quoted_apart() -> None:
    t = making(instruments=(BTC, ETH))
    t.quote(BTC, 59999, 60001)
    assert len(t.orders) == 4
    t.quote(ETH, 2999, 3001)
    assert [order.instrument.id for order in t.orders] == [BTC] * 4 + [ETH] * 4


def test_it_never_quotes_better_than_the_market() -> None:
    t = making(spread_bps=0.0, step_bps=0.0, levels=1)
    t.quote(BTC, 59990, 60010)
    assert prices(t) == ([59990.0], [60010.0])


def test_what_it_buys_moves_its_quotes_down() -> None:
    t = making(skew_bps=10.0, levels=1)
    t.quote(BTC, 59999, 60001)
    t.fill(t.orders.bids[0])
    t.quote(BTC, 59999, 60001)
    (bid,), (ask,) = prices(t)
    assert bid is not None and bid == pytest.approx(59940, abs=1), "half of max_inventory is half of the skew"
    assert ask == 60001, "and never below the market's own ask"


def test_at_max_inventory_the_side_that_leads_away_is_withdrawn() -> None:
    t = making(levels=1, max_inventory=90.0)
    t.quote(BTC, 59999, 60001)
    t.fill(t.orders.bids[0])
    t.quote(BTC, 59999, 60001)
    assert prices(t)[0] == []
    assert len(t.orders.asks) == 1

    t.fill(t.orders.asks[0])
    t.quote(BTC, 59999, 60001)
    assert len(t.orders.bids) == 1, "back home, both sides are quoted"


def test_it_never_asks_to_sell_more_than_it_holds() -> None:
    """A fee taken in base leaves less than was bought: a full level of it would be refused on every quote."""
    t = trial(MarketMaker(levels=2, notional=48.66, max_inventory=200.0), balances={"USDT": "1000"})
    t.quote(BTC, 59999, 60001)
    assert prices(t)[1] == [], "nothing is held yet"
    t.fill(t.orders.bids[0])
    assert t.position(BTC) == 0.00081, "0.00081018, as far as its points show it"
    t.quote(BTC, 59999, 60001)
    assert [order.size for order in t.orders.asks] == [0.00081]

    t.fill(t.orders.bids[0])
    t.quote(BTC, 59999, 60001)
    assert [order.size for order in t.orders.asks] == [0.000811, 0.000809]
    assert not [report for _, report in t.reports if report.kind is ReportKind.REFUSED]


def test_sold_out_it_only_buys() -> None:
    t = making(levels=1, max_inventory=90.0)
    t.quote(BTC, 59999, 60001)
    t.fill(t.orders.asks[0])
    t.quote(BTC, 59999, 60001)
    assert prices(t)[1] == []
    assert len(t.orders.bids) == 1


def test_orders_within_the_band_keep_their_place() -> None:
    t = making(keep_within_bps=2.0)
    t.quote(BTC, 59999, 60001)
    before = [order.price for order in t.orders]
    t.quote(BTC, 60005, 60007)  # 1 bp
    assert [order.price for order in t.orders] == before
    t.quote(BTC, 60029, 60031)  # 5 bp
    assert not set(before) & {order.price for order in t.orders}


@pytest.mark.parametrize("state", ["stale", "gap", "ended"])
def test_a_feed_that_is_not_live_withdraws_its_ladder_and_no_other(state: str) -> None:
    t = making(instruments=(BTC, ETH))
    t.quote(BTC, 59999, 60001)
    t.quote(ETH, 2999, 3001)
    t.feed(BTC, state)
    assert [order.instrument.id for order in t.orders] == [ETH] * 4
    t.feed(BTC, "live")
    t.quote(BTC, 59999, 60001)
    assert len(t.orders) == 8


def test_home_survives_a_restart() -> None:
    t = making(levels=1, skew_bps=10.0)
    t.quote(BTC, 59999, 60001)
    t.fill(t.orders.bids[0])
    t.restart()
    t.quote(BTC, 59999, 60001)
    assert t.strategy.state.home[BTC] == 0.02
    assert t.orders.bids[0].price == pytest.approx(59940, abs=1)


def test_centre_and_inventory_are_drawn() -> None:
    t = making()
    t.quote(BTC, 59999, 60001)
    assert t.plots[f"centre {BTC}"][-1][1] == 60000.0
    assert t.plots[f"inventory {BTC}"][-1][1] == 0.0


@pytest.mark.parametrize("levels", [0, LEVELS_MAX + 1, 1_000_000_000])
def test_a_ladder_without_levels_or_with_too_many_is_refused(levels: int) -> None:
    with pytest.raises(PluginError, match=f"levels: expected 1 to {LEVELS_MAX}, found {levels}"):
        making(levels=levels)
