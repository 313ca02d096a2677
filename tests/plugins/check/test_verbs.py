"""Calls of what Strategy offers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.plugins.check import check_source
from framework.plugins.check.verbs import OFFERED, VALUES

Found = Callable[[str], list[str]]
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("call", "what", "fix"),
    [
        ("self.buy(i, 1, pirce=3)", "self.buy(...): got an unexpected keyword argument 'pirce'", "write price="),
        (
            "self.buy(i, 1, 60000)",
            "self.buy(...): too many positional arguments",
            "it takes instrument, size, notional",
        ),
        ("self.sell(i, amount=1)", "unexpected keyword argument 'amount'", "it takes instrument, size"),
        ("self.equity()", "self.equity(...): missing a required argument: 'asset'", "it takes asset"),
        ("self.byu(i, 1)", "Strategy has no byu", "write self.buy(...)"),
        ("self.postion(i)", "Strategy has no postion", "write self.position(...)"),
        ("self.now()", "self.now is a value and is not called", "write self.now)"),
        ("self.log('bought')", "self.log is a value and is not called", 'write self.log.info("event.name", ...)'),
    ],
)
def test_a_call_that_would_raise_is_found(found_in_class: Found, call: str, what: str, fix: str) -> None:
    (text,) = found_in_class(f"def on_fill(self, order, fill):\n    i = order.instrument\n    {call}")
    assert text.startswith("x.py:5: ")
    assert what in text
    assert fix in text


@pytest.mark.parametrize(
    "call",
    [
        "self.buy(i, 1, price=3, tif='ioc', tag='x')",
        "self.target(i, notional=3, within=0.1)",
        "self.ladder(i, bids=[], asks=[], keep_within_bps=1)",
        "self.buy(*given)",
        "self.buy(i, **given)",
        "self.offload(len, 'x', then=self.heard)",
        "self.heard(1)",
        "self.cancle(1)",
        "self.mean.push(1)",
        "self.venue.buy(1, 2, 3, 4)",
        "self.log.info('x')",
        "self.random.random()",
    ],
)
def test_a_call_that_fits_or_is_of_something_else_is_free(found_in_class: Found, call: str) -> None:
    body = "cancle = len\ndef heard(self, x):\n    pass\ndef on_fill(self, order, fill):\n    i = order.instrument\n"
    assert found_in_class(f"{body}    {call}") == []


def test_of_a_class_with_another_base_no_name_is_unknown(found: Found) -> None:
    source = "from framework import Strategy\nfrom mine import Mixin\nclass X(Mixin, Strategy):\n"
    assert found(source + "    def on_stop(self):\n        self.byu(1)\n") == []


def test_all_that_the_base_offers_is_known() -> None:
    assert {"buy", "sell", "cancel", "amend", "target", "ladder", "bars", "position", "offload"} <= set(OFFERED)
    assert {"now", "now_ns", "log", "random", "name"} <= VALUES


@pytest.mark.parametrize("path", sorted((ROOT / "strategies").glob("*.py")), ids=lambda path: path.name)
def test_the_samples_have_no_fault(path: Path) -> None:
    assert check_source(path) == []
