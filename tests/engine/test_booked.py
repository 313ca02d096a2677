"""Booked trades: once each, also when their order is forgotten; and what is forgotten for good is known to be."""

from __future__ import annotations

import pytest

from framework.engine import booked
from framework.engine.booked import BookedTrades
from framework.model.questions import Booked

BTC = "BTC/USDT@bitget"


def test_a_trade_is_booked_once_and_a_side_of_it_is_another() -> None:
    trades = BookedTrades()
    assert trades.add("o1", (BTC, "t1", True), 10)
    assert not trades.add("o2", (BTC, "t1", True), 11)
    assert trades.add("o1", (BTC, "t1", False), 12)
    assert (BTC, "t1", True) in trades


def test_a_trade_outlives_its_order_and_then_only_its_age_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booked, "FORGOTTEN_MAX", 2)
    trades = BookedTrades()
    for number in range(4):
        trades.add(f"o{number}", (BTC, f"t{number}", True), 10 * number)
    for number in range(3):
        trades.forget(f"o{number}")
    assert [(BTC, f"t{number}", True) in trades for number in range(4)] == [False, True, True, True]
    assert trades.is_booked((BTC, "t2", True), 0) is Booked.YES
    assert trades.is_booked((BTC, "t9", True), 0) is Booked.PERHAPS  # t0 was booked at 0
    assert trades.is_booked((BTC, "t9", True), 1) is Booked.NO


def test_without_anything_forgotten_every_trade_is_booked_or_not() -> None:
    trades = BookedTrades()
    trades.add("o1", (BTC, "t1", True), 10)
    trades.forget("o1")
    trades.forget("never-filled")
    assert trades.is_booked((BTC, "t1", True), 5) is Booked.YES
    assert trades.is_booked((BTC, "t2", True), 5) is Booked.NO
