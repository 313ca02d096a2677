"""What verbs leave: numbers on the grid and known words, or a refusal that the strategy hears; never an exception."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.journal import encode
from framework.kernel.records import OrderMade
from framework.model.events import Quote, ReportKind
from framework.model.instrument import POINTS_MAX
from framework.model.intents import Amend, Cancel, Ladder, Place, Rung, Style, Target
from framework.model.orders import Order, OrderState, TimeInForce, write
from framework.strategy.base import Strategy
from tests.strategy.seated import BTC, ETH, FINE, NOW_NS, Bot, FakeContext, fake, outbox
from tests.wired import MS, SECOND, Bench, Scripted, quote, spot

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
    encode(OrderMade.of(order))


def test_a_flag_that_only_looks_like_one_is_read_from_the_journal_again(bot: Bot) -> None:
    order = bot.buy(BTC, "0.01", price=1, post_only=1, reduce_only=0)  # type: ignore[arg-type]  # as numpy's are
    payload = encode(OrderMade.of(order))[8:]
    assert msgspec.msgpack.decode(payload, type=OrderMade) == OrderMade.of(order)
    assert (order.post_only, order.reduce_only) == (True, False)


# Whatever a verb is told.

NO_NUMBERS: list[Any] = [math.nan, math.inf, -math.inf, "nan", "-inf", "much", "", "1" * 31, 10**19, Decimal("sNaN")]
NO_NUMBERS += [10**5000, 1e300, True, [], {}, (), object(), b"1", 1j, "0." + "0" * 30 + "1", "200 BTC"]
NOT_ABOVE_ZERO: list[Any] = [0, 0.0, -0.0, "0", -1, -1.5, "-1", Decimal(-1)]
OFF_GRID: list[Any] = ["1.00000001", Decimal("1.00000001"), "1e-9"]
NO_WORDS: list[Any] = ["zzz", "", None, 5, math.nan, [], b"gtc", "gtc "]
NO_TEXTS: list[Any] = [1, None, b"entry", ["entry"], math.nan, "\ud800", "x" * 65]
NO_FLAGS: list[Any] = ["yes", "false", 2, None, math.nan, []]
UNFIT: dict[str, list[Any]] = {
    "buy size": [*NO_NUMBERS, *NOT_ABOVE_ZERO, *OFF_GRID],
    "buy notional": [*NO_NUMBERS, *NOT_ABOVE_ZERO],
    "buy price": [*NO_NUMBERS, *NOT_ABOVE_ZERO, *OFF_GRID],
    "buy tif": NO_WORDS,
    "buy post_only": NO_FLAGS,
    "buy reduce_only": NO_FLAGS,
    "buy tag": NO_TEXTS,
    "target size": [*NO_NUMBERS, *OFF_GRID, "-0.0000001"],
    "target notional": NO_NUMBERS,
    "target style": NO_WORDS,
    "target within": [*NO_NUMBERS, -0.1, "-1"],
    "target tag": NO_TEXTS,
    "ladder bids": [5, math.nan, None, "12", [5], [(1,)], [(1, 2, 3)], ["12"], [None]],
    "ladder asks": [5, math.nan, None, "12", [5], [(1,)], [(1, 2, 3)], ["12"], [None]],
    "ladder price": [*NO_NUMBERS, *NOT_ABOVE_ZERO, *OFF_GRID, None],
    "ladder size": [*NO_NUMBERS, *NOT_ABOVE_ZERO, *OFF_GRID, None],
    "ladder keep_within_bps": [*NO_NUMBERS, -1, "-1", None],
    "ladder tag": NO_TEXTS,
    "amend price": [*NO_NUMBERS, *NOT_ABOVE_ZERO, *OFF_GRID],
    "amend size": [*NO_NUMBERS, *NOT_ABOVE_ZERO, *OFF_GRID],
}
EACH = [(*what.split(), value) for what, values in UNFIT.items() for value in values]


IDS = [f"{verb} {argument} {number}" for number, (verb, argument, _) in enumerate(EACH)]


def call(bot: Strategy, verb: str, argument: str, value: Any, there: Any = BTC) -> None:
    """The verb with arguments that fit, but for the one."""
    if verb == "ladder" and argument in ("price", "size"):
        pair = (value, 1) if argument == "price" else (100, value)
        bot.ladder(there, bids=[(99, 1), pair], asks=[(101, 1)])
    elif verb == "ladder":
        bot.ladder(there, **{"bids": [(99, 1)], argument: value})
    elif verb == "amend":
        bot.amend(bot.orders()[0], **{argument: value})
    else:
        size = {} if argument == "notional" else {"size": 1}
        getattr(bot, verb)(there, **{**size, argument: value})


@pytest.mark.fault("P19")
@pytest.mark.parametrize(("verb", "argument", "value"), EACH, ids=IDS)
def test_what_does_not_fit_is_refused_and_never_raised(bot: Bot, verb: str, argument: str, value: Any) -> None:
    fake(bot).quotes[BTC] = Quote(BTC, 1, 9_900, 1, 10_000, 1)
    fake(bot).open = [bot.buy(BTC, "0.01", price=100)]
    outbox(bot).clear()
    for name in ("buy", "sell") if verb == "buy" else (verb,):
        call(bot, name, argument, value)
        refusals = [intent.refusal for intent in outbox(bot) if isinstance(intent, Place | Amend) and intent.refusal]
        assert len(refusals) == 1
        assert ": expected" in refusals[0]
        for intent in outbox(bot):
            if isinstance(intent, Place):
                encode(OrderMade.of(intent.order))
        outbox(bot).clear()


@pytest.mark.parametrize(("verb", "argument", "value"), EACH, ids=IDS)
def test_a_refusal_is_heard_and_puts_nobody_aside(verb: str, argument: str, value: Any) -> None:
    there = spot(size_digits=6, lot_points=10)
    bench = Bench({"a": Scripted()}, instruments=(there,))
    bench.play(quote(there, bench.now_ns + MS, 9_900, 10_000))
    bench.act("a", lambda s: s.buy(there, 1, price=50))
    bench.wait(SECOND)
    strategy = bench.seats["a"].strategy
    assert isinstance(strategy, Scripted)
    strategy.seen.clear()
    bench.act("a", lambda s: call(s, verb, argument, value, there))
    bench.wait(SECOND)
    assert not strategy.got("halt")
    kind = ReportKind.AMEND_REJECTED if verb == "amend" else ReportKind.REFUSED
    assert (kind, "bad_number") in strategy.told()


def test_a_tag_is_a_plain_text_whatever_its_class_says(bot: Bot) -> None:
    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "LOUD"

    assert type(bot.buy(BTC, "0.01", tag=Loud("entry")).tag) is str
    assert bot.buy(BTC, "0.01", tag=Loud("x" * 64)).tag == "x" * 64


def test_distances_may_be_written_as_text(bot: Bot) -> None:
    bot.ladder(BTC, bids=[(99, 1)], keep_within_bps="1")  # type: ignore[arg-type]
    bot.target(BTC, 1, within="5")  # type: ignore[arg-type]
    ladder, target = outbox(bot)
    assert isinstance(ladder, Ladder)
    assert isinstance(target, Target)
    assert (ladder.keep_within_bps, target.within) == (1.0, 5.0)


@pytest.mark.parametrize(("given", "meant"), [("IOC", "ioc"), ("Fok", "fok"), (TimeInForce.GTC, "gtc")])
def test_words_may_be_written_in_capitals(bot: Bot, given: Any, meant: str) -> None:
    order = bot.buy(BTC, 1, price=1, tif=given)
    bot.target(BTC, 1, style="PASSIVE")  # type: ignore[arg-type]  # people do
    assert order.tif == meant
    assert outbox(bot) == [Place(order), Target("mm", BTC, 1_000_000, None, Style.PASSIVE)]


def test_a_word_that_is_none_names_those_that_are(bot: Bot) -> None:
    bot.buy(BTC, 1, tif="gtx")  # type: ignore[arg-type]  # the fault
    assert outbox(bot)[-1].refusal == 'tif: expected one of "gtc", "ioc", "fok", found \'gtx\''  # type: ignore[union-attr]  # a Place


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
    write(order, state=OrderState.FILLED)
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


def test_an_amend_that_does_not_fit_leaves_the_order_and_says_why(bot: Bot) -> None:
    order = bot.sell(BTC, "0.01", price=100)
    bot.amend(order, price="1.001")
    assert outbox(bot)[1:] == [
        Amend(order, 10_000, 10_000, "price of BTC/USDT@bitget: expected a multiple of the tick 0.01, found '1.001'")
    ]


def test_a_done_order_is_left_alone_whatever_the_numbers(bot: Bot) -> None:
    order = bot.sell(BTC, "0.01", price=100)
    write(order, state=OrderState.CANCELLED)
    bot.amend(order, price=5)
    bot.amend(order, price=math.nan)
    assert len(outbox(bot)) == 1


def test_another_strategys_order_is_left_alone(bot: Bot) -> None:
    foreign = Order(client_order_id="x", strategy="other", instrument=BTC, is_buy=True, size_points=10)
    bot.cancel(foreign)
    bot.amend(foreign, price=5)
    assert outbox(bot) == []


# Target and ladder.


def test_a_target_is_a_signed_size_or_a_notional(bot: Bot) -> None:
    bot.target(BTC, -0.5, style="passive", within=0.1, tag="t")
    bot.target(BTC, notional="200 USDT")
    bot.target(BTC, notional=0)
    bot.target(BTC, 0.12345678)  # a float is an estimate: cut to the lot
    bot.target(BTC, -0.12345678)
    bot.target(BTC, 0.1 + 0.2)
    assert outbox(bot) == [
        Target("mm", BTC, -500_000, None, Style.PASSIVE, 0.1, "t"),
        Target("mm", BTC, None, Decimal(200)),
        Target("mm", BTC, None, Decimal(0)),
        Target("mm", BTC, 123_450, None),
        Target("mm", BTC, -123_450, None),
        Target("mm", BTC, 300_000, None),
    ]


@pytest.mark.parametrize(
    "numbers", [{}, {"size": 1, "notional": 1}, {"size": "0.0000011"}, {"notional": "1 EUR"}], ids=str
)
def test_a_target_that_does_not_fit_is_a_refused_order_of_its_tag(bot: Bot, numbers: dict[str, Any]) -> None:
    bot.target(BTC, **numbers)
    bot.target(BTC, **numbers, tag="hedge")
    first, second = outbox(bot)
    assert isinstance(first, Place)
    assert isinstance(second, Place)
    assert "BTC/USDT@bitget: expected" in first.refusal
    assert (first.order.tag, second.order.tag, first.order.size_points) == ("target", "hedge", 0)


def test_a_ladder_is_put_on_the_grid_bids_down_and_asks_up(bot: Bot) -> None:
    bot.ladder(BTC, bids=[(100.019, 1), ("99", "2")], asks=iter([(100.011, 1)]), keep_within_bps=2, tag="l")
    rungs = (Rung(True, 10_001, 1_000_000), Rung(True, 9_900, 2_000_000), Rung(False, 10_002, 1_000_000))
    assert outbox(bot) == [Ladder("mm", BTC, rungs, 2, "l")]


def test_a_ladder_without_rungs_clears_it(bot: Bot) -> None:
    bot.ladder(BTC)
    assert outbox(bot) == [Ladder("mm", BTC, ())]


def test_a_rung_below_a_lot_is_refused_and_the_others_stand(bot: Bot) -> None:
    bot.ladder(BTC, bids=[(100, 1), (99, 0.000001)], asks=[(0, 1)])
    wanted, bid, ask = outbox(bot)
    assert wanted == Ladder("mm", BTC, (Rung(True, 10_000, 1_000_000),))
    assert isinstance(bid, Place)
    assert isinstance(ask, Place)
    assert bid.refusal == "size of BTC/USDT@bitget: expected at least one lot (0.00001), found 1e-06"
    assert (bid.order.is_buy, ask.order.is_buy, ask.order.tag) == (True, False, "ladder")


def test_a_ladder_told_nonsense_beside_its_rungs_stays_as_it_is(bot: Bot) -> None:
    bot.ladder(BTC, bids=[(100, 1)], keep_within_bps=math.nan)
    (refused,) = outbox(bot)
    assert isinstance(refused, Place)
    assert refused.refusal == "keep_within_bps: expected a finite number, found nan"
