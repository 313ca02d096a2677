"""The real matcher against the slow, obvious one, by the same commands; and what must hold whatever happens."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.model.events import Depth, OrderReport, Quote, ReportKind
from framework.model.instrument import Instrument
from framework.model.rules import SelfTrade
from tests.venues.sim.oracle import Oracle
from tests.venues.sim.stage import Stage

INSTRUMENT = Instrument(
    "BTC/USDT",
    "stage",
    price_digits=1,
    size_digits=3,
    tick_points=1,
    lot_points=1,
    size_min_points=2,
    size_max_points=40,
    notional_min=Decimal("0.02"),
    price_band=Decimal("0.08"),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.0025"),
    open_orders_max=6,
)
BALANCES = {"BTC": Decimal("0.2"), "USDT": Decimal("2.2")}

PRICES = st.integers(97, 103)
SIZES = st.integers(1, 12)
SIDES = st.sampled_from(["buy", "sell"])
FLAGS = st.sampled_from(
    [
        *([{}] * 6),
        *([{"post_only": True}] * 3),
        {"tif": "ioc"},
        {"tif": "fok"},
        {"reduce_only": True},
        {"reduce_only": True, "tif": "ioc"},
    ]
)
SPREADS = st.tuples(st.integers(97, 102), SIZES, st.integers(1, 3), SIZES)
LEVELS = st.lists(st.tuples(st.integers(0, 4), SIZES), max_size=4)
PICKS = st.integers(0, 7)
"""Which order to cancel or amend: most of those that rest, else one that is done or was never placed."""

MARKET = st.one_of(
    st.tuples(st.just("quote"), SPREADS),
    st.tuples(st.just("quote"), SPREADS),
    st.tuples(st.just("depth"), SPREADS, LEVELS, LEVELS),
    st.tuples(st.just("delta"), st.lists(st.tuples(PRICES, st.integers(0, 5)), max_size=3)),
    st.tuples(st.just("trade"), SIDES, PRICES, st.integers(1, 30)),
    st.tuples(st.just("trade"), SIDES, PRICES, st.integers(1, 30)),
    st.tuples(st.just("trade"), SIDES, PRICES, st.integers(1, 30)),
    st.tuples(st.just("bar"), PRICES, st.integers(0, 3), st.integers(1, 30)),
    st.tuples(st.just("wait"), st.sampled_from([1, 40, 99, 100, 250])),
    st.tuples(st.just("wait"), st.sampled_from([1, 40, 99, 100, 250])),
    st.just(("seam",)),
)
PLACES = st.tuples(st.just("place"), SIDES, SIZES, st.one_of(st.just(0), *[PRICES] * 7), FLAGS)
COMMANDS = st.one_of(
    PLACES,
    PLACES,
    PLACES,
    st.tuples(st.just("cancel"), PICKS),
    st.tuples(st.just("amend"), PICKS, PRICES, SIZES),
)
SCRIPTS = st.lists(st.one_of(MARKET, COMMANDS), min_size=25, max_size=60)


class Duel:
    """The same commands to both; after each, both must have said and hold the same."""

    def __init__(self, mode: SelfTrade, *, amend_keeps_place: bool) -> None:
        self.stage = Stage(INSTRUMENT, balances=dict(BALANCES), self_trade=mode, amend_keeps_place=amend_keeps_place)
        self.oracle = Oracle(INSTRUMENT, dict(BALANCES), mode, amend_keeps_place=amend_keeps_place)
        self.placed = 0

    def play(self, verb: str, *facts: Any) -> None:
        """One command."""
        self.oracle.now_ns = self.stage.now_ns
        getattr(self, verb)(*facts)
        self.stage.wait()
        assert [said(report) for report in self.stage.reports] == self.oracle.told
        assert self.stage.venue.balances() == self.oracle.balances()
        ours = sorted(
            (order.client_order_id, order.price_points, order.left_points) for order in self.stage.venue.open_orders()
        )
        assert ours == sorted((order.name, order.price, order.left) for order in self.oracle.orders)

    def quote(self, spread: tuple[int, int, int, int]) -> None:
        """Best prices."""
        bid, bid_size, width, ask_size = spread
        self.book(Quote(INSTRUMENT, self.stage.now_ns, bid, bid_size, bid + width, ask_size))

    def depth(
        self, spread: tuple[int, int, int, int], bids: list[tuple[int, int]], asks: list[tuple[int, int]]
    ) -> None:
        """A snapshot: the best of both sides and levels behind them."""
        bid, bid_size, width, ask_size = spread
        bid_levels = {bid - 1 - behind: size for behind, size in bids} | {bid: bid_size}
        ask_levels = {bid + width + 1 + behind: size for behind, size in asks} | {bid + width: ask_size}
        rising, falling = sorted(ask_levels.items()), sorted(bid_levels.items(), reverse=True)
        self.book(Depth(INSTRUMENT, self.stage.now_ns, tuple(falling), tuple(rising), is_snapshot=True))

    def delta(self, changes: list[tuple[int, int]]) -> None:
        """Changes on either side of 100, each price once."""
        changes = list(dict(changes).items())
        bids = tuple(level for level in changes if level[0] < 100)
        asks = tuple(level for level in changes if level[0] > 100)
        bids_known, asks_known, _ = self.oracle.state()
        bids = tuple(level for level in bids if level[1] or level[0] in bids_known)
        asks = tuple(level for level in asks if level[1] or level[0] in asks_known)
        self.book(Depth(INSTRUMENT, self.stage.now_ns, bids, asks, is_snapshot=False))

    def book(self, event: Quote | Depth) -> None:
        """To both."""
        self.stage.venue.observe(event)
        self.oracle.observe_book(event)

    def trade(self, side: str, price: int, size: int) -> None:
        """A public trade."""
        before = self.stage.venue.filled_points(INSTRUMENT)
        self.stage.trade(side, price, size)
        self.oracle.trade(side, price, size)
        assert self.stage.venue.filled_points(INSTRUMENT) - before <= size

    def bar(self, low: int, height: int, volume: int) -> None:
        """A bar."""
        self.stage.bar(low, low + height, volume)
        self.oracle.bar(low, low + height, volume)

    def seam(self) -> None:
        """A looped tape."""
        self.stage.seam()
        self.oracle.seam()

    def place(self, side: str, size: int, price: int, flags: dict[str, Any]) -> None:
        """A new order."""
        name = "o0" if self.placed % 9 == 8 else f"o{self.placed}"
        self.placed += 1
        self.stage.place(name, side, size, price, **flags)
        self.oracle.place(name, side, size, price, **flags)

    def cancel(self, pick: int) -> None:
        """A cancel."""
        name = self.picked(pick)
        self.stage.cancel(name)
        self.oracle.cancel(name)

    def amend(self, pick: int, price: int, size: int) -> None:
        """An amend."""
        name = self.picked(pick)
        self.stage.amend(name, price, size)
        self.oracle.amend(name, price, size)

    def picked(self, pick: int) -> str:
        """The order that a number stands for."""
        resting = self.oracle.orders
        return resting[pick % len(resting)].name if resting and pick < 7 else f"o{pick}"

    def wait(self, ms: int) -> None:
        """Time passes."""
        self.stage.wait(ms)


def said(report: OrderReport) -> tuple[Any, ...]:
    """A report as the oracle says it."""
    if report.fill is not None:
        fill = report.fill
        facts = (fill.price_points, fill.size_points, fill.is_maker, fill.fee, fill.fee_asset)
        return (report.client_order_id, "filled", "", *facts)
    if report.kind is ReportKind.AMENDED:
        return (report.client_order_id, "amended", "", report.price_points, report.size_points)
    words = (report.client_order_id, report.kind.value, report.reason)
    return words if report.reason or report.kind is ReportKind.CANCELLED else words[:2]


@pytest.mark.parametrize("mode", SelfTrade)
@settings(max_examples=60)
@given(script=SCRIPTS, keeps=st.booleans())
def test_both_say_and_hold_the_same(mode: SelfTrade, script: list[tuple[Any, ...]], keeps: bool) -> None:
    duel = Duel(mode, amend_keeps_place=keeps)
    for command in script:
        duel.play(*command)


@pytest.mark.parametrize("seed", range(24))
def test_both_say_and_hold_the_same_for_long(seed: int) -> None:
    """A busier mix than Hypothesis draws: most orders rest near the quote, and most trades reach them."""
    rng = random.Random(seed)
    duel = Duel(list(SelfTrade)[seed % 4], amend_keeps_place=seed % 8 < 4)
    mid = 100
    for _ in range(200):
        mid = min(102, max(98, mid + rng.choice((-1, 0, 0, 0, 1))))
        duel.play(*drawn(rng, mid))
    assert duel.stage.venue.filled_points(INSTRUMENT) > 0


def drawn(rng: random.Random, mid: int) -> tuple[Any, ...]:
    """A command near the middle of the market."""
    size, side = rng.randint(2, 12), rng.choice(("buy", "sell"))
    spread = (mid - rng.randint(0, 1), rng.randint(1, 8), rng.randint(1, 2), rng.randint(1, 8))
    price = mid + rng.randint(-2, 2)
    levels = [[(behind, rng.randint(1, 8)) for behind in range(3)] for _ in range(2)]
    flags = rng.choice(
        ({}, {}, {"post_only": True}, {"post_only": True}, {"tif": "ioc"}, {"tif": "fok"}, {"reduce_only": True})
    )
    return rng.choices(
        (
            ("quote", spread),
            ("depth", spread, *levels),
            ("delta", [(price, rng.randint(0, 5))]),
            ("trade", side, price, rng.randint(1, 20)),
            ("bar", price - 1, 2, rng.randint(1, 20)),
            ("seam",),
            ("wait", rng.choice((1, 40, 99, 100))),
            ("place", side, size, price if rng.random() < 0.9 else 0, flags),
            ("cancel", rng.randint(0, 7)),
            ("amend", rng.randint(0, 7), price, size),
        ),
        weights=(30, 10, 4, 30, 2, 1, 25, 40, 3, 6),
    )[0]


@settings(max_examples=60)
@given(script=SCRIPTS, mode=st.sampled_from(SelfTrade))
def test_nothing_is_made_or_lost(script: list[tuple[Any, ...]], mode: SelfTrade) -> None:
    duel = Duel(mode, amend_keeps_place=False)
    stage = duel.stage
    for command in script:
        duel.play(*command)
        assert all(free >= 0 and locked >= 0 for free, locked in stage.venue.balances().values())
    for order in stage.venue.open_orders():
        stage.cancel(order.client_order_id)
    wanted = dict(BALANCES)
    for report in stage.reports:
        if report.fill is not None:
            base = INSTRUMENT.size_exact(report.fill.size_points)
            value = INSTRUMENT.notional(report.fill.price_points, report.fill.size_points)
            sign = 1 if report.fill.fee_asset == "BTC" else -1  # the fee comes out of what comes in
            wanted["BTC"] += sign * base
            wanted["USDT"] -= sign * value
            wanted[report.fill.fee_asset] -= report.fill.fee
    assert stage.venue.balances() == {asset: (amount, 0) for asset, amount in wanted.items()}


@given(orders=st.lists(st.tuples(SIDES, SIZES, PRICES), min_size=2, max_size=30))
def test_orders_that_trade_with_each_other_only_lose_the_fees(orders: list[tuple[str, int, int]]) -> None:
    stage = Stage(INSTRUMENT, balances=dict(BALANCES), self_trade=SelfTrade.NONE)
    for number, (side, size, price) in enumerate(orders):
        stage.place(f"o{number}", side, size, price)
    fees = dict.fromkeys(BALANCES, Decimal(0))
    for report in stage.reports:
        if report.fill is not None:
            fees[report.fill.fee_asset] += report.fill.fee
    for asset, (free, locked) in stage.venue.balances().items():
        assert free + locked + fees[asset] == BALANCES[asset]
