"""The journal's records: append-only history, so their shape on disk is pinned."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from framework.kernel.records import FORMAT, Record

SHAPES = {
    "run": "format run_id framework python mode tape tape_digest config plugins started_ns laps",
    "market": "symbol venue price_digits size_digits tick_points lot_points size_min_points size_max_points "
    "notional_min price_band maker_fee taker_fee open_orders_max",
    "filters": "market",
    "session": "rules latch",
    "resumed": "saved_ns balances capital",
    "heard": "kind instrument ts_recv_ns ts_venue_ns values texts",
    "history": "instrument timeframe count bars",
    "turn": "ts_ns cursor",
    "intent": "strategy verb instrument subject",
    "order": "client_order_id strategy instrument is_buy size_points price_points tif post_only reduce_only tag",
    "held": "client_order_id reason against change",
    "bounded": "client_order_id price_points against",
    "takeback": "client_order_id owner",
    "request": "request_id venue account instrument kind orders changes",
    "withheld": "request_id",
    "report": "report",
    "ban": "venue account until_ns",
    "feed": "instrument state detail",
    "quarantine": "strategy reason",
    "operator": "ts_ns cursor verb scope reason who trip_id is_hard flatten",
    "kill": "scope state cause reason who trip_id",
    "noticed": "look scope reason",
    "latch": "fault",
    "sweep": "trip_id phase asked swept_ns detail filled cancelled",
    "priced": "instrument mid",
    "state": "strategy state",
    "adopted": "balances",
    "netted": "instrument buyer seller size_points price_points",
    "recalled": "client_order_id strategy instrument is_buy size_points",
    "funding": "venue asked_ns payments known",
    "net": "scope check net reached",
    "lifted": "scope strategy instrument",
    "question": "question",
    "reply": "reply",
    "answer": "answer",
    "durable": "written",
    "stop": "ts_ns cursor reason",
    "checkpoint": "ts_ns state",
}
"""Tag -> fields in the order in which format 1 has them. New ones go to the end, with a default."""


@pytest.mark.parametrize("kind", get_args(Record), ids=lambda kind: kind.__name__)
def test_a_records_first_fields_are_those_of_its_format(kind: type[msgspec.Struct]) -> None:
    config = kind.__struct_config__
    pinned = SHAPES[str(config.tag)].split()
    assert config.array_like
    assert config.frozen
    assert list(kind.__struct_fields__[: len(pinned)]) == pinned
    added = len(kind.__struct_fields__) - len(pinned)
    assert len(kind.__struct_defaults__) >= added
    assert FORMAT == 2  # 2 added marks around the records; these are still as 1 had them


def test_no_record_is_forgotten() -> None:
    assert {str(kind.__struct_config__.tag) for kind in get_args(Record)} == set(SHAPES)
