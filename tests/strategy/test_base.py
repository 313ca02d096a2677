"""The base class: its seat is what it reads, and reading is one's own; State survives."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from framework.model.errors import PluginError
from framework.model.orders import Order
from framework.strategy.base import Strategy
from framework.strategy.context import Context
from tests.strategy.seated import BTC, ETH, NOW_NS, Bot, FakeContext, fake, outbox


def test_the_fake_has_all_that_a_context_has() -> None:
    wanted = {name for name in [*vars(Context), *Context.__annotations__] if not name.startswith("_")}
    assert not {name for name in wanted if not hasattr(fake_of(), name)}


def fake_of() -> FakeContext:
    return FakeContext(Bot())


# Reading.


def test_position_and_inventory_are_floats(bot: Bot) -> None:
    assert bot.position(BTC) == 1.5
    assert bot.inventory(BTC) == 1.5 * 61655.5
    assert bot.inventory(ETH) == 0.0  # no quote came yet


def test_money_is_read_as_floats(bot: Bot) -> None:
    assert (bot.free("USDT"), bot.equity("USDT")) == (12.5, 100.0)
    assert type(bot.free("USDT")) is float


def test_market_and_orders_are_read_by_instrument(bot: Bot) -> None:
    assert bot.quote("BTC/USDT@bitget") == fake(bot).quotes[BTC]
    assert bot.quote(ETH) is None
    assert bot.book(BTC) is not None
    assert bot.book(ETH) is None
    assert bot.rules("ETH/USDT@bitget") is ETH
    assert (bot.rules(BTC).tick, bot.rules(BTC).lot, bot.rules(BTC).size_min) == (0.01, 0.00001, 0.00001)
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
    bot.plot("spread", None)
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


def test_a_strategy_may_stop_itself() -> None:
    bot = Bot()
    context = FakeContext(bot)
    bot.halt("lost too much")
    bot.halt("")
    assert context.asked == [("halt", "lost too much"), ("halt", "no reason given")]
