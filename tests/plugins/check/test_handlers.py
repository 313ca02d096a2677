"""Handlers: names that nobody calls, signatures that do not fit, events that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework.plugins.check.handlers import FED_BY, HANDLERS

Found = Callable[[str], list[str]]
OFFLOAD = "make it a plain def, and hand slow work over with self.offload(fn, ..., then=self.on_result)"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("on_trad", "rename it to on_trade"),
        ("on_fils", "rename it to on_fill"),
        ("onBar", "rename it to on_bar"),
        ("on_Quote", "rename it to on_quote"),
        ("onquote", "rename it to on_quote"),
        ("on_candle", f"handlers are {', '.join(HANDLERS)}"),
    ],
)
def test_a_misnamed_handler_is_told_its_name(found_in_class: Found, name: str, fix: str) -> None:
    assert found_in_class(f"def {name}(self, event):\n    pass") == [
        f"x.py:3: {name} is no handler and nobody calls it ({fix})"
    ]


@pytest.mark.parametrize("name", ["once", "only", "price_on", "online_mean", "helper", "_on_trad"])
def test_ordinary_methods_are_no_handlers(found_in_class: Found, name: str) -> None:
    assert found_in_class(f"def {name}(self, x):\n    pass") == []


def test_a_method_handed_to_offload_may_begin_with_on(found_in_class: Found) -> None:
    body = """
def on_fill(self, order, fill):
    self.offload(len, [], then=self.on_result)
def on_result(self, result):
    pass
"""
    assert found_in_class(body) == []


@pytest.mark.parametrize(
    "signature", ["self", "self, order, report, more", "bar, *, key", "self, order, fill, tag", "", "self, *, bar"]
)
def test_a_handler_with_other_arguments_does_not_fit(found_in_class: Found, signature: str) -> None:
    (text,) = found_in_class(f"def on_order({signature}):\n    pass")
    assert text.startswith("x.py:3: on_order(")
    assert "write def on_order(self, order, report)" in text


@pytest.mark.parametrize(
    "signature", ["self, o, r", "self, *args", "self, order, report=None", "me, a, b, c=1, **more"]
)
def test_arguments_may_be_called_anything(found_in_class: Found, signature: str) -> None:
    assert found_in_class(f"def on_order({signature}):\n    pass") == []


def test_a_static_handler_does_not_fit(found_in_class: Found) -> None:
    assert len(found_in_class("@staticmethod\ndef on_stop(self):\n    pass")) == 1


def test_async_handlers_are_shown_offload(found_in_class: Found) -> None:
    assert found_in_class("async def on_fill(self, order, fill):\n    pass") == [
        f"x.py:3: on_fill is async ({OFFLOAD})"
    ]


def test_a_handler_with_yield_never_runs(found_in_class: Found) -> None:
    (text,) = found_in_class("def on_stop(self):\n    yield 1")
    assert "on_stop has a yield and so never runs" in text


def test_timers_take_self_alone_and_are_called_with_their_span(found_in_class: Found) -> None:
    assert found_in_class('@every("15s")\ndef draw(self):\n    pass') == []
    assert "draw(self, now) does not fit" in found_in_class('@cron("0 0 * * *")\ndef draw(self, now):\n    pass')[0]
    assert "@every without its span" in found_in_class("@every\ndef draw(self):\n    pass")[0]


@pytest.mark.parametrize(("handler", "subscription"), FED_BY.items())
def test_a_handler_without_its_subscription_is_never_called(
    found_in_class: Found, handler: str, subscription: str
) -> None:
    alone = f"def {handler}(self, event):\n    pass"
    fix = f"call self.{subscription}(...) in on_start"
    assert found_in_class(alone) == [f"x.py:3: {handler} is never called: nothing subscribes ({fix})"]
    asked = "'BTC/USDT@bitget', '1m'" if subscription == "bars" else "'BTC/USDT@bitget'"
    assert found_in_class(f"{alone}\ndef on_start(self):\n    self.{subscription}({asked})") == []


def test_a_subscription_without_its_handler_is_missing_something(found_in_class: Found) -> None:
    (text,) = found_in_class("def on_start(self):\n    self.bars('BTC/USDT@bitget', '1m')")
    assert "X subscribes with self.bars(...) and has no on_bar (write on_bar, or take the call out)" in text
    assert found_in_class("def on_start(self):\n    self.quotes('BTC/USDT@bitget')") == [], "self.quote reads it"


def test_a_child_strategy_may_leave_handlers_and_subscriptions_to_its_parent(found: Found) -> None:
    source = """
import framework
class _Base(framework.Strategy):
    def on_start(self):
        self.bars("BTC/USDT@bitget", "1m")
    def on_bar(self, bar): ...
class Child(_Base):
    def on_bar(self, bar): ...
    def on_trad(self, trade): ...
"""
    assert found(source) == ["x.py:9: on_trad is no handler and nobody calls it (rename it to on_trade)"]


def test_other_classes_are_not_judged(found: Found) -> None:
    assert found("class Model:\n    def on_trad(self): ...\n    async def go(self): ...\n") == []
