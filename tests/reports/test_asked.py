"""Answers of a daemon as tables: units beside amounts, times in the run's zone."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from framework.app.control.facts import fills as fill_facts
from framework.app.control.facts import positions as position_facts
from framework.model.figures import Holding
from framework.model.money import MONEY, ZERO
from framework.reports import asked
from framework.reports.happenings import FillHappened
from tests.reports.synthetic import BTC, Run, full_run

ORDER = {
    "order": "bot-1", "strategy": "mm", "instrument": "BTC/USDT@bitget", "side": "buy", "size": "0.0016",
    "filled": "0", "price": "61648.2", "state": "open", "pending": "", "tag": "ladder",
}  # fmt: skip
TRIP = {
    "trip": "t1", "scope": "global", "state": "over", "cause": "loss", "reason": "odd \x1b[31m", "who": "me", "ts_ns": 1_723_161_253_000_000_000,
    "phase": "swept", "detail": "", "flattening": "", "cancelled": 3, "filled": 0, "left": 0, "emptied_ns": 0, "swept_ms": 1.0,
}  # fmt: skip


def over_the_wire(answer: dict[str, object]) -> dict[str, object]:
    """As a command gets it."""
    found = json.loads(json.dumps(answer, default=str))
    assert isinstance(found, dict)
    return found


def test_fills_have_units_and_the_time_of_the_zone() -> None:
    run = full_run()
    seen = [happening for happening in run.session.happenings if isinstance(happening, FillHappened)][:1]
    table = asked.fills(over_the_wire({**fill_facts(seen), "display_tz": "Europe/Berlin"}))
    (row,) = table.rows
    told = dict(zip(table.columns, row, strict=True))
    assert told["TIME Europe/Berlin"].startswith("08-09 0")
    assert told["SIZE"].endswith(" BTC") or told["SIZE"].endswith(" ETH")
    assert told["PRICE"].endswith(" USDT")
    assert told["FEE"].rpartition(" ")[2] in ("BTC", "ETH", "USDT")
    assert (told["ROLE"], told["STRATEGY"]) == (seen[0].role, seen[0].strategy)


def test_positions_have_units_and_signs_and_no_endless_digits() -> None:
    run = full_run()
    table = asked.positions(over_the_wire(position_facts(run.session)))
    assert table.rows
    for row in table.rows:
        told = dict(zip(table.columns, row, strict=True))
        assert told["POSITION"][0] in "+-"
        for name in ("AVERAGE PRICE", "REALISED", "UNREALISED"):
            number, _, unit = told[name].partition(" ")
            assert unit == "USDT"
            assert len(number.partition(".")[2]) <= 8


def test_positions_that_are_nobodys_stand_behind_the_strategies() -> None:
    run = Run(["mm"])
    run.ledgers.unassigned = [Holding(BTC, -600, Decimal(61600), ZERO, Decimal("0.5"))]
    (row,) = asked.positions(over_the_wire(position_facts(run.session))).rows
    assert row == ["(unassigned)", "BTC/USDT@bitget", "-0.0006 BTC", "61,600 USDT", "0 USDT", "+0.5 USDT"]


def test_endless_digits_are_rounded() -> None:
    third = {
        "strategy": "mm",
        "instrument": "BTC/USDT:USDT@binance",
        "position": "-0.5",
        "avg_price": str(MONEY.divide(1, 3)),
    }
    (row,) = asked.positions({"positions": [{**third, "realised": "0", "unrealised": "12345.6"}]}).rows
    assert row == ["mm", "BTC/USDT:USDT@binance", "-0.5 BTC", "0.33333333 USDT", "0 USDT", "+12,345.6 USDT"]


@pytest.mark.parametrize(("pending", "state"), [("", "open"), ("cancel", "open, cancel asked")])
def test_orders_say_what_is_asked_of_them(pending: str, state: str) -> None:
    (row,) = asked.orders({"orders": [{**ORDER, "pending": pending}]}).rows
    assert row == ["bot-1", "mm", "BTC/USDT@bitget", "buy", "0.0016 BTC", "0", "61,648.2 USDT", state, "ladder"]
    (market,) = asked.orders({"orders": [{**ORDER, "price": "market"}]}).rows
    assert market[6] == "market"


def test_orders_and_fills_of_spot_and_perpetual_are_told_apart() -> None:
    markets = ["BTC/USDT@bitget", "BTC/USDT:USDT@bitget"]
    orders = asked.orders({"orders": [{**ORDER, "instrument": market} for market in markets]})
    fill = {**ORDER, "ts_ns": TRIP["ts_ns"], "fee": "0.1", "fee_asset": "USDT", "role": "maker"}
    fills = asked.fills({"fills": [{**fill, "instrument": market} for market in markets]})
    for table in (orders, fills):
        assert [row[table.columns.index("INSTRUMENT")] for row in table.rows] == markets
        assert [row[table.columns.index("SIZE")] for row in table.rows] == ["0.0016 BTC"] * 2


def test_strategies_and_trips_are_safe_to_print() -> None:
    row = {
        "strategy": "mm", "position": "flat", "open": "1", "fills": "2", "refused": "0", "net": "-1.50", "fees": "0.20",
        "is_quarantined": True,
    }  # fmt: skip
    table = asked.strategies({"strategies": [row], "currency": "USDT"})
    assert table.rows == [["mm PUT ASIDE", "flat", "1", "2", "0", "-1.50 USDT", "0.20 USDT"]]
    (trip,) = asked.trips({"trips": [TRIP], "display_tz": "UTC"}).rows
    assert trip == [
        "08-08 23:54:13",
        "global",
        "over",
        "loss",
        "odd \\x1b[31m",
        "me",
        "swept: 3 cancelled, 0 left",
        "t1",
    ]
    (unknown,) = asked.trips({"trips": [TRIP | {"ts_ns": 0}], "display_tz": "UTC"}).rows
    assert unknown == ["unknown", *trip[1:]]


def test_an_answer_without_rows_is_an_empty_table() -> None:
    for shown in (asked.orders, asked.fills, asked.positions, asked.strategies, asked.trips):
        assert shown({"ok": False, "text": "nothing runs"}).rows == []
