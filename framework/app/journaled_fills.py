"""Every fill of a journal, for spreadsheets and tax programs: in units and money, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from framework.app.assembly import tape_of
from framework.config import Config
from framework.data.heard import instrument_of
from framework.kernel.book_records import OrderRecalled
from framework.kernel.market_records import MarketListed
from framework.kernel.records import OrderMade, Record, ReportTaken, RunStarted
from framework.model.errors import FrameworkError
from framework.model.events import Fill, OrderReport, Source
from framework.model.instrument import Instrument
from framework.reports.records import time_text


class FillRow(NamedTuple):
    """One fill. Amounts are text without an exponent; `value` is `size` times `price`, a fee below 0 was received."""

    time: str
    """UTC, when we heard of it."""
    strategy: str
    instrument: str
    side: str
    size: str
    price: str
    value: str
    fee: str
    fee_asset: str
    role: str
    order: str
    trade_id: str


def fills_of(records: Iterable[Record]) -> Iterator[FillRow]:
    """The fills in their order. One whose order or market the journal holds no longer has neither strategy nor amounts."""
    made: dict[str, OrderMade | OrderRecalled] = {}
    markets: dict[str, Instrument] = {}
    told: set[tuple[str, str]] = set()
    for record in records:
        match record:
            case RunStarted():
                markets |= tape_markets(record)
            case MarketListed():
                markets[f"{record.symbol}@{record.venue}"] = instrument_of(record)
            case OrderMade() | OrderRecalled():
                made[record.client_order_id] = record
            case ReportTaken(report) if report.fill is not None:
                name = (report.client_order_id, report.fill.trade_id)
                if name not in told:
                    told.add(name)
                    yield _row(report, report.fill, made.get(report.client_order_id), markets)
            case _:
                pass


def tape_markets(started: RunStarted) -> Mapping[str, Instrument]:
    """The markets of the tape that a run was on; none where it heard a feed, or where the tape is gone."""
    try:
        tape = tape_of(Config.from_canonical(started.config), started.tape, 1)
    except FrameworkError:
        return {}
    return {instrument.id: instrument for instrument in tape.instruments}


def _row(
    report: OrderReport, fill: Fill, order: OrderMade | OrderRecalled | None, markets: Mapping[str, Instrument]
) -> FillRow:
    market = markets.get(order.instrument) if order else None
    size = market.size_text(fill.size_points) if market else ""
    price = market.price_text(fill.price_points) if market else ""
    role = "inside" if report.source is Source.ROUTER else "maker" if fill.is_maker else "taker"
    return FillRow(
        time=time_text(report.ts_recv_ns),
        strategy=order.strategy if order else "",
        instrument=order.instrument if order else "",
        side=("buy" if order.is_buy else "sell") if order else "",
        size=size,
        price=price,
        value=f"{(Decimal(size) * Decimal(price)).normalize():f}" if market else "",
        fee=f"{fill.fee:f}",
        fee_asset=fill.fee_asset,
        role=role,
        order=report.client_order_id,
        trade_id=fill.trade_id,
    )
