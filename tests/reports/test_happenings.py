"""What happened, in a line for people and an object for programs."""

from __future__ import annotations

import json
from decimal import Decimal

from framework.model.events import FeedState, FeedStatus, Fill, OrderReport, ReportKind, Source
from framework.model.orders import write
from framework.reports.happenings import VERBS, FeedSeen, FillHappened, NoSeen, QuarantineSeen
from tests.reports.synthetic import BTC, START_NS, Run


def fill_of(fee: str, asset: str) -> FillHappened:
    order = Run().order("mm", size_points=1_000_000, price_points=6_164_820)
    write(order, fills=2)
    return FillHappened.of(order, Fill("t1", 6_164_820, 500_000, Decimal(fee), asset, is_maker=False), START_NS)


def test_a_fill_says_its_part_and_role() -> None:
    assert fill_of("0.1", "USDT").text == "mm bought 0.5 BTC at 61,648.20 (part 2, taker)"


def test_a_fill_is_exact_for_programs() -> None:
    told = json.loads(fill_of("0.00051", "BTC").json, parse_float=Decimal)
    assert told["event"] == "order.filled"
    assert (told["price"], told["size"], told["fee"]) == (Decimal("61648.20"), Decimal("0.5"), Decimal("0.00051"))
    assert (told["role"], told["fee_asset"], told["ts_ns"]) == ("taker", "BTC", START_NS)


def test_a_fee_in_base_counts_at_the_price_of_its_fill() -> None:
    assert fill_of("0.5", "USDT").fee_quote == Decimal("0.5")
    assert fill_of("0.001", "BTC").fee_quote == Decimal("61.6482")
    assert fill_of("0.001", "BGB").fee_quote == 0


def test_every_kind_of_no_has_words() -> None:
    order = Run().order("mm")
    for kind in VERBS:
        seen = NoSeen.of(order, OrderReport(order.client_order_id, START_NS, kind, Source.VENUE, reason="off_tick"))
        assert seen.text == f"mm {VERBS[kind]}: off tick"
        assert json.loads(seen.json)["event"] == f"order.{kind.value}"


def test_only_refused_and_rejected_are_refusals() -> None:
    order = Run().order("mm")
    refusals = []
    for kind in VERBS:
        seen = NoSeen.of(order, OrderReport(order.client_order_id, START_NS, kind, Source.VENUE, reason="funds"))
        if seen.is_refusal:
            refusals.append(kind)
    assert refusals == [ReportKind.REFUSED, ReportKind.REJECTED]


def test_every_state_of_a_feed_has_words() -> None:
    for state in FeedState:
        seen = FeedSeen(FeedStatus(BTC, START_NS, state, "why\n"))
        assert seen.text.startswith("BTC/USDT ")
        assert seen.text.endswith(": why\\n")
        assert json.loads(seen.json) == {
            "event": f"feed.{state.value}",
            "ts_ns": START_NS,
            "instrument": "BTC/USDT@bitget",
            "detail": "why\n",
        }


def test_a_quarantine_keeps_its_reason_whole_for_programs() -> None:
    seen = QuarantineSeen(START_NS, "sma", "x" * 1_000)
    assert len(seen.text) < 350
    assert len(json.loads(seen.json)["reason"]) == 1_000
