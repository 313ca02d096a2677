"""The base class: verbs fill the outbox, bad numbers come back as refused orders, and reading is one's own."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.journal import encode
from framework.kernel.records import OrderMade
from framework.model.errors import GridError, PluginError
from framework.model.events import Level, Quote
from framework.model.instrument import POINTS_MAX, Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Rung, Style, Target
from framework.model.orders import Order, OrderState, TimeInForce
from framework.strategy.base import Strategy
from framework.strategy.context import Context

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6, lot_points=10)
ETH = Instrument(symbol="ETH/USDT", venue="bitget", price_digits=2, size_digits=4)
FINE = Instrument(symbol="A/USDT", venue="bitget", price_digits=8, size_digits=8)
NOW_NS = 1_723_161_600_123_456_789


class Book:
    instrument = BTC
    is_valid = True

    def bids(self, levels: int = 20) -> list[Level]:
        return [(1, 1)][:levels]

    def asks(self, levels: int = 20) -> list[Level]:
        return [(2, 1)][:levels]


class FakeContext:
    """A seat without an engine."""

    def __init__(self, strategy: Strategy) -> None:
        self.name = "mm"
        self.random = random.Random(1)
        self.log = object()
        self.is_muted = False
        self.now_ns = NOW_NS
        self.known = {there.id: there for there in (BTC, ETH, FINE)}
        self.quotes: dict[Instrument, Quote] = {}
        self.open: list[Order] = []
        self.outbox: list[Intent] = []
        self.asked: list[Any] = []
        self.made = 0
        strategy._context = self

    def instrument(self, id_or_instrument: str | Instrument) -> Instrument:
        return id_or_instrument if isinstance(id_or_instrument, Instrument) else self.known[id_or_instrument]

    def subscribe(self, kind: str, instrument: Instrument) -> None:
        self.asked.append((kind, instrument))

    def subscribe_bars(self, instrument: Instrument, timeframe: str, warmup: int | None) -> None:
        self.asked.append((instrument, timeframe, warmup))

    def next_order_id(self) -> str:
        self.made += 1
        return f"id-{self.made}"

    def emit(self, intent: Intent) -> None:
        self.outbox.append(intent)

    def position_points(self, instrument: Instrument) -> int:
        return 1_500_000

    def cash(self, asset: str) -> Decimal:
        return Decimal(7)

    def free(self, asset: str) -> Decimal:
        return Decimal("12.5")

    def equity(self, asset: str) -> float:
        return 100.0

    def quote(self, instrument: Instrument) -> Quote | None:
        return self.quotes.get(instrument)

    def book(self, instrument: Instrument) -> Book | None:
        return Book() if instrument is BTC else None

    def orders(self, instrument: Instrument | None, tag: str | None) -> list[Order]:
        return [
            order
            for order in self.open
            if (instrument is None or order.instrument is instrument) and (tag is None or order.tag == tag)
        ]

    def plot(self, name: str, value: float) -> None:
        self.asked.append((name, value))

    def offload(self, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]) -> None:
        then(function(*args))


class Bot(Strategy):
    """Does what a test tells it."""


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    context = FakeContext(bot)
    context.quotes[BTC] = Quote(BTC, 1, 6_165_500, 1_000_000, 6_165_600, 2_000_000)
    return bot


def outbox(bot: Strategy) -> list[Intent]:
    assert isinstance(bot._context, FakeContext)
    return bot._context.outbox


def fake(bot: Strategy) -> FakeContext:
    assert isinstance(bot._context, FakeContext)
    return bot._context


def test_the_fake_has_all_that_a_context_has() -> None:
    wanted = {name for name in [*vars(Context), *Context.__annotations__] if not name.startswith("_")}
    assert not {name for name in wanted if not hasattr(fake_of(), name)}


def fake_of() -> FakeContext:
    return FakeContext(Bot())


# Buy and sell.


def test_a_verb_leaves_a_place_and_gives_the_same_order_as_a_handle(bot: Bot) -> None:
    order = bot.buy(BTC, "0.01", price="61000.50", tif="ioc", reduce_only=True, tag="entry")
    assert outbox(bot) == [Place(order)]
    assert (order.client_order_id, order.strategy, order.instrument) == ("id-1", "mm", BTC)
    assert (order.is_buy, order.size_points, order.price_points) == (True, 10_000, 6_100_050)
    assert (order.tif, order.post_only, order.reduce_only, order.tag) == (TimeInForce.IOC, False, True, "entry")
    assert (order.state, order.ts_created_ns) == (OrderState.QUEUED, NOW_NS)


def test_an_instrument_may_be_named(bot: Bot) -> None:
    assert bot.sell("BTC/USDT@bitget", "0.01").instrument is BTC


def test_without_a_price_it_is_a_market_order(bot: Bot) -> None:
    assert bot.sell(BTC, "0.01").is_market
    assert not bot.sell(BTC, "0.01", price=1).is_market


def test_a_float_price_is_never_made_worse(bot: Bot) -> None:
    assert bot.buy(BTC, "0.01", price=61000.559).price_points == 6_100_055
    assert bot.sell(BTC, "0.01", price=61000.551).price_points == 6_100_056


BAD: list[dict[str, Any]] = [
    {"size": "nan"},
    {"size": math.inf},
    {"size": "0.0000001"},
    {"size": 0},
    {"size": -1},
    {"size": True},
    {"size": "much"},
    {"size": "1e400"},
    {"size": None},
    {"size": 1, "notional": 1},
    {"size": 1, "price": 0},
    {"size": 1, "price": -1.5},
    {"size": 1, "price": math.nan},
    {"size": 1, "price": "1.001"},
    {"notional": 0},
    {"notional": -200},
    {"notional": "-200 USDT"},
    {"notional": "200 BTC"},
    {"notional": "200 USDT USDT"},
    {"notional": "nan USDT"},
    {"notional": math.inf},
    {"notional": 1, "price": "x"},
]


@pytest.mark.parametrize("numbers", BAD, ids=str)
def test_bad_numbers_come_back_as_a_refused_order_and_not_as_an_exception(bot: Bot, numbers: dict[str, Any]) -> None:
    for verb in (bot.buy, bot.sell):
        order = verb(BTC, **numbers)
        place = outbox(bot)[-1]
        assert isinstance(place, Place)
        assert place.order is order
        assert "BTC/USDT@bitget: expected" in place.refusal


@given(
    st.one_of(st.floats(), st.decimals(), st.text(max_size=10), st.none(), st.integers()),
    st.one_of(st.floats(), st.decimals(), st.text(max_size=10), st.none(), st.integers()),
    st.booleans(),
)
def test_whatever_is_asked_for_an_order_that_the_journal_can_hold_comes_back(
    number: Any, price: Any, is_notional: bool
) -> None:
    bot = Bot()
    FakeContext(bot).quotes[FINE] = Quote(FINE, 1, 1, 1, 2, 1)
    order = bot.buy(FINE, **{"notional" if is_notional else "size": number}, price=price)
    assert 0 <= order.size_points <= POINTS_MAX
    assert 0 <= order.price_points <= POINTS_MAX
    encode(record_of(order))


def record_of(order: Order) -> OrderMade:
    return OrderMade(
        *(order.client_order_id, order.strategy, order.instrument.id, order.is_buy, order.size_points),
        *(order.price_points, order.tif.value, order.post_only, order.reduce_only, order.tag),
    )


def test_a_flag_that_only_looks_like_one_is_read_from_the_journal_again(bot: Bot) -> None:
    order = bot.buy(BTC, "0.01", price=1, post_only=1, reduce_only=0)  # type: ignore[arg-type]  # as numpy's are
    payload = encode(record_of(order))[8:]
    assert msgspec.msgpack.decode(payload, type=OrderMade) == record_of(order)
    assert (order.post_only, order.reduce_only) == (True, False)


@pytest.mark.parametrize("tag", [1, None, b"entry", ["entry"]])
def test_a_tag_is_a_text(bot: Bot, tag: Any) -> None:
    for act in (
        lambda: bot.buy(BTC, 1, tag=tag),
        lambda: bot.target(BTC, 1, tag=tag),
        lambda: bot.ladder(BTC, tag=tag),
    ):
        with pytest.raises(PluginError, match=r"^tag: expected a text, found .*; write str\(\.\.\.\)"):
            act()
    assert outbox(bot) == []


def test_an_unknown_time_in_force_is_an_error_of_the_strategy(bot: Bot) -> None:
    with pytest.raises(ValueError, match="gtx"):
        bot.buy(BTC, 1, tif="gtx")


# Notional.


@pytest.mark.parametrize("notional", [200, 200.0, "200", "200 USDT", " 200.00  USDT ", Decimal(200)])
def test_a_notional_is_a_number_or_an_amount_of_the_quote_asset(bot: Bot, notional: Any) -> None:
    order = bot.buy(BTC, notional=notional, price=100)
    assert order.size == 2.0


def test_a_notional_without_price_is_valued_at_the_price_it_will_meet(bot: Bot) -> None:
    assert bot.buy(BTC, notional="61656 USDT").size_points == 1_000_000  # at the ask
    assert bot.sell(BTC, notional="61655 USDT").size_points == 1_000_000  # at the bid
    assert outbox(bot)[0].order.is_market  # type: ignore[union-attr]  # a Place


def test_a_notional_is_rounded_down_to_the_lot(bot: Bot) -> None:
    order = bot.buy(BTC, notional=100, price=3)
    assert order.size_points == 33_333_330


@pytest.mark.parametrize("quote", [None, Quote(BTC, 1, 0, 0, 0, 0)])
def test_a_notional_without_price_or_quote_is_refused(bot: Bot, quote: Quote | None) -> None:
    """A book may have one side only: its other price is 0."""
    fake(bot).quotes = {} if quote is None else {BTC: quote}
    for verb in (bot.buy, bot.sell):
        verb(BTC, notional=200)
        assert "notional= needs a price, and no quote of that side has come yet" in outbox(bot)[-1].refusal  # type: ignore[union-attr]  # a Place


def test_another_asset_is_refused_by_name(bot: Bot) -> None:
    bot.buy(BTC, notional="200 EUR")
    assert outbox(bot)[-1].refusal == "notional of BTC/USDT@bitget: expected USDT, found EUR"  # type: ignore[union-attr]  # a Place


# Muted.


def test_a_muted_verb_gives_an_order_that_is_done_and_tells_why(bot: Bot) -> None:
    fake(bot).is_muted = True
    order = bot.buy(BTC, "0.01")
    assert (order.state, order.reason, order.is_done) == (OrderState.REFUSED, "muted", True)
    bot.cancel(order)
    bot.amend(order, price=5)
    assert outbox(bot) == [Place(order)]  # the seat counts it and lets nothing out


# Cancel and amend.


def test_cancel_takes_back_what_is_not_done(bot: Bot) -> None:
    order = bot.buy(BTC, "0.01", price=1)
    bot.cancel(order)
    order.state = OrderState.FILLED
    bot.cancel(order)
    assert outbox(bot)[1:] == [Cancel(order)]


def test_cancel_all_takes_back_ones_own_orders_of_an_instrument_or_tag(bot: Bot) -> None:
    first, second, third = (
        bot.buy(BTC, 1, price=1, tag="a"),
        bot.buy(BTC, 1, price=1, tag="b"),
        bot.buy(ETH, 1, price=1, tag="a"),
    )
    fake(bot).open = [first, second, third]
    outbox(bot).clear()
    bot.cancel_all("BTC/USDT@bitget", tag="a")
    bot.cancel_all(ETH)
    bot.cancel_all(tag="b")
    bot.cancel_all()
    assert outbox(bot) == [Cancel(order) for order in (first, third, second, first, second, third)]


def test_amend_gives_what_stays_the_same_again(bot: Bot) -> None:
    order = bot.buy(BTC, "0.01", price=100)
    bot.amend(order, price=101.999)
    bot.amend(order, size="0.02")
    bot.amend(order, price="102", size=0.03)
    assert outbox(bot)[1:] == [Amend(order, 10_199, 10_000), Amend(order, 10_000, 20_000), Amend(order, 10_200, 30_000)]


def test_amend_refuses_numbers_that_do_not_fit_and_leaves_a_done_order_alone(bot: Bot) -> None:
    order = bot.sell(BTC, "0.01", price=100)
    for numbers in ({"price": "1.001"}, {"price": math.nan}, {"size": 0}, {"size": "0.0000001"}):
        with pytest.raises(GridError):
            bot.amend(order, **numbers)  # type: ignore[arg-type]  # numbers of several kinds
    order.state = OrderState.CANCELLED
    bot.amend(order, price=5)
    assert len(outbox(bot)) == 1


# Target and ladder.


def test_a_target_is_a_signed_size_or_a_notional(bot: Bot) -> None:
    bot.target(BTC, -0.5, style="passive", within=0.1, tag="t")
    bot.target(BTC, notional="200 USDT")
    bot.target(BTC, notional=0)
    bot.target(BTC, "0.1234567")  # a wish, not an order: cut to points
    assert outbox(bot) == [
        Target("mm", BTC, -500_000, None, Style.PASSIVE, 0.1, "t"),
        Target("mm", BTC, None, Decimal(200)),
        Target("mm", BTC, None, Decimal(0)),
        Target("mm", BTC, 123_456, None),
    ]


@pytest.mark.parametrize(
    "numbers", [{}, {"size": 1, "notional": 1}, {"size": "x"}, {"notional": "1 EUR"}, {"size": math.nan}], ids=str
)
def test_a_target_that_does_not_fit_is_an_error(bot: Bot, numbers: dict[str, Any]) -> None:
    with pytest.raises(GridError):
        bot.target(BTC, **numbers)
    assert outbox(bot) == []


def test_an_unknown_style_is_an_error(bot: Bot) -> None:
    with pytest.raises(ValueError, match="slow"):
        bot.target(BTC, 1, style="slow")


def test_a_ladder_is_put_on_the_grid_bids_down_and_asks_up(bot: Bot) -> None:
    bot.ladder(BTC, bids=[(100.019, 1), ("99", "2")], asks=iter([(100.011, 1)]), keep_within_bps=2, tag="l")
    rungs = (Rung(True, 10_001, 1_000_000), Rung(True, 9_900, 2_000_000), Rung(False, 10_002, 1_000_000))
    assert outbox(bot) == [Ladder("mm", BTC, rungs, 2, "l")]


def test_a_ladder_without_rungs_clears_it_and_one_with_a_bad_rung_changes_nothing(bot: Bot) -> None:
    bot.ladder(BTC)
    assert outbox(bot) == [Ladder("mm", BTC, ())]
    with pytest.raises(GridError):
        bot.ladder(BTC, bids=[(100, 1), (0, 1)])
    assert len(outbox(bot)) == 1


# Reading.


def test_position_and_inventory_are_floats(bot: Bot) -> None:
    assert bot.position(BTC) == 1.5
    assert bot.inventory(BTC) == bot.inventory(BTC, "USDT") == 1.5 * 61655.5
    assert bot.inventory(ETH) == 0.0  # no quote came yet
    with pytest.raises(PluginError, match=r"expected its quote asset USDT, found 'EUR'"):
        bot.inventory(BTC, "EUR")


def test_money_is_read_as_floats(bot: Bot) -> None:
    assert (bot.free("USDT"), bot.equity("USDT")) == (12.5, 100.0)
    assert type(bot.free("USDT")) is float


def test_market_and_orders_are_read_by_instrument(bot: Bot) -> None:
    assert bot.quote("BTC/USDT@bitget") == fake(bot).quotes[BTC]
    assert bot.quote(ETH) is None
    assert bot.book(BTC) is not None
    assert bot.book(ETH) is None
    assert bot.rules("ETH/USDT@bitget") is ETH
    order = bot.buy(BTC, 1, tag="x")
    fake(bot).open = [order]
    assert list(bot.orders()) == list(bot.orders(BTC, tag="x")) == [order]
    assert list(bot.orders(ETH)) == list(bot.orders(tag="y")) == []


def test_time_is_the_clocks_to_the_microsecond(bot: Bot) -> None:
    assert bot.now_ns == NOW_NS
    assert bot.now == datetime(2024, 8, 9, 0, 0, 0, 123_456, tzinfo=UTC)


def test_name_chance_log_and_plot_come_from_the_seat(bot: Bot) -> None:
    assert (bot.name, bot.random, bot.log) == ("mm", fake(bot).random, fake(bot).log)
    bot.plot("spread", 1.5)
    assert fake(bot).asked == [("spread", 1.5)]


def test_subscriptions_name_kind_and_instrument(bot: Bot) -> None:
    for kind in ("quotes", "trades", "books", "marks", "fundings"):
        getattr(bot, kind)("BTC/USDT@bitget")
    bot.bars(ETH, "5m", warmup=30)
    bot.bars(ETH, "1h")
    assert fake(bot).asked == [
        *((kind, BTC) for kind in ("quote", "trade", "book", "mark", "funding")),
        (ETH, "5m", 30),
        (ETH, "1h", None),
    ]


def test_offload_hands_function_arguments_and_answer_over(bot: Bot) -> None:
    found: list[int] = []
    bot.offload(pow, 2, 10, then=found.append)
    assert found == [1024]


def test_handlers_do_nothing_until_they_are_written(bot: Bot) -> None:
    order = Order(client_order_id="1", strategy="mm", instrument=BTC, is_buy=True, size_points=1)
    for name in (name for name in dir(Strategy) if name.startswith("on_")):
        arguments = {"on_start": 0, "on_stop": 0, "on_order": 2, "on_fill": 2}.get(name, 1)
        assert getattr(bot, name)(*[order] * arguments) is None
    assert outbox(bot) == []


# State.


def test_state_is_a_dataclass_of_ones_own_and_survives_as_plain_values() -> None:
    class Counting(Strategy):
        class State:
            seen: int = 0
            name: str = ""

            def more(self) -> None:
                self.seen += 1

    first, second = Counting(), Counting()
    first.state.more()
    first.state.name = "x"
    assert is_dataclass(Counting.State)
    assert (first.state.seen, second.state.seen) == (1, 0)
    saved = msgspec.to_builtins(first.state)
    assert saved == {"seen": 1, "name": "x"}
    assert msgspec.convert(saved, Counting.State) == first.state


def test_a_strategy_without_state_has_an_empty_one(bot: Bot) -> None:
    assert fields(bot.state) == ()


def test_state_is_inherited_and_may_be_extended() -> None:
    class Parent(Strategy):
        class State:
            seen: int = 3

    class Child(Parent):
        pass

    class Other(Parent):
        class State(Parent.State):
            more: int = 4

    assert Child().state.seen == 3
    assert (Other().state.seen, Other().state.more) == (3, 4)


@pytest.mark.parametrize(
    ("annotations", "values", "message"),
    [
        ({}, {"seen": 0}, r"Bad\.State\.seen would not be saved; annotate it: `seen: int = \.\.\.`"),
        ({"seen": int}, {}, r"Bad\.State\.seen: expected a default, such as `seen: int = 0`"),
        ({"seen": list}, {"seen": []}, r"Bad\.State: mutable default .* use default_factory"),
    ],
)
def test_a_state_that_would_not_survive_is_refused(
    annotations: dict[str, Any], values: dict[str, Any], message: str
) -> None:
    state = type("State", (), {"__annotations__": annotations, **values})
    with pytest.raises(PluginError, match=f"^{message}"):
        type("Bad", (Strategy,), {"State": state})
