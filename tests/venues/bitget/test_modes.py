"""Modes and leverage are held against what was declared; the sentence names the setting."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.venues.bitget.asked import HoldMode, MarginMode, Terms
from framework.venues.bitget.modes import mode_faults
from framework.venues.bitget.seen import LeverageSeen

D = Decimal
GOOD = LeverageSeen(HoldMode.ONE_WAY, MarginMode.CROSSED, D(10))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (GOOD, ()),
        (None, ()),
        (LeverageSeen(HoldMode.ONE_WAY, None, D(0)), ()),
        (LeverageSeen(HoldMode.HEDGE, MarginMode.CROSSED, D(1)), ("hedge mode", "Position mode")),
        (LeverageSeen(HoldMode.ONE_WAY, MarginMode.ISOLATED, D(1)), ("isolated", "Margin mode")),
        (LeverageSeen(HoldMode.ONE_WAY, MarginMode.CROSSED, D(20)), ("at most 10, found 20", "Leverage")),
    ],
)
def test_what_is_not_as_declared_is_told_with_its_setting(seen: LeverageSeen | None, words: tuple[str, ...]) -> None:
    told = list(mode_faults("BTC/USDT:USDT", seen, Terms()))
    assert len(told) == bool(words)
    assert all(word in told[0] for word in words)


def test_what_was_declared_is_what_counts() -> None:
    hedged = LeverageSeen(HoldMode.HEDGE, MarginMode.ISOLATED, D(20))
    terms = Terms(hold_mode=HoldMode.HEDGE, margin_mode=MarginMode.ISOLATED, leverage_max=D(20))
    assert list(mode_faults("BTC/USDT:USDT", hedged, terms)) == []
    assert len(list(mode_faults("BTC/USDT:USDT", GOOD, terms))) == 2
