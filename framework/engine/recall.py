"""The books of earlier sessions, made again from their journal: orders, ledgers, bans, saved states."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import compress
from typing import Any, Final

import msgspec

from framework.engine.desk import TradingDesk, may_overtake
from framework.engine.forgetting import DONE_KEPT_MAX
from framework.engine.kept import KeptBooks, KeptSession
from framework.engine.nobodys import book_adopted, book_netted
from framework.engine.portfolio import Portfolio
from framework.kernel.book_records import BooksAdopted, CapitalPriced, FundingBooked, OrderRecalled, PositionsNetted
from framework.kernel.checkpoint_part import part_of
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import (
    Checkpoint,
    OrderBounded,
    OrderMade,
    Record,
    ReportTaken,
    RequestSent,
    RunStarted,
    StateSaved,
    Turn,
    VenueBanned,
)
from framework.model.batch import KINDS, Batch, BatchKind, Change, RequestKind, request_kind
from framework.model.errors import ConfigError
from framework.model.events import OrderReport
from framework.model.instrument import Instrument
from framework.model.orders import UNASSIGNED, Order, OrderState, Owner, TimeInForce

BOOKS: Final = "books"
CHANGED_BY: Final = "changed_by"
"""Which requests were to change orders; not there where none was, or in journals of before."""
NONE: Final = b"\x80"
"""No entries."""
LACKING: Final = "lacking"
"""Orders that ended while fills of them may be missing; not there where there is none, or in journals of before."""
COSTS: Final = "costs"
"""What derivatives cost that are no strategy's; not there where there are none."""
SETTLED: Final = "settled"
"""See `BooksAdopted.settled_ns`; not there in journals of before."""
BY_HAND: Final = "by_hand"
"""See `framework.engine.by_hand`, less and more; not there where nothing was found, or in journals of before."""
NOTHING: Final = b"\x92\x80\x80"
"""Neither less nor more of anything."""
NEVER: Final = b"\x00"
"""Instant 0."""
SESSION: Final = "session"
"""Parts of a checkpoint."""

Amounts = dict[str, Decimal]

log = get_logger()


class Recall:
    """Takes the records of a journal, oldest first, and does again what they tell. Nothing is sent, no strategy called.

    Args:
        instruments: by id, those of the settings of now.
        strategies: of the settings of now.
    """

    def __init__(
        self,
        desk: TradingDesk,
        portfolio: Portfolio,
        ids: OrderIds,
        instruments: dict[str, Instrument],
        strategies: Iterable[str],
    ) -> None:
        self._desk = desk
        self._portfolio = portfolio
        self._ids = ids
        self._instruments = instruments
        self._strategies = tuple(strategies)
        self._takers: dict[type[Record], Callable[[Any], None]] = {
            Turn: self._turn,
            OrderMade: self._admit,
            OrderBounded: self._bound,
            RequestSent: self._send,
            ReportTaken: self._report,
            CapitalPriced: self._price,
            BooksAdopted: self._assign,
            PositionsNetted: self._net,
            OrderRecalled: self._readmit,
            FundingBooked: self._fund,
            VenueBanned: self._ban,
            StateSaved: self._save,
            RunStarted: self._run,
        }
        self._ends: deque[OrderReport] = deque(maxlen=DONE_KEPT_MAX)
        """The last that may have overtaken fills of their orders."""
        self.records = 0
        self.began_ns = 0
        """Instant of the first turn; 0: there was none."""
        self.ended_ns = 0
        """Instant of the last turn."""
        self.settled_ns = 0
        """See `BooksAdopted.settled_ns`."""
        self.bans: dict[tuple[str, str], int] = {}
        self.sends_first = False
        """The last session's requests left before their records were durable: its end may be missing."""
        self.states: dict[str, bytes] = {}
        """Strategy -> its `State` as it was saved last."""

    @property
    def is_empty(self) -> bool:
        """There was no session before."""
        return self.records == 0

    @property
    def orders(self) -> list[Order]:
        """The orders that are not done, oldest first."""
        orders = [order for strategy in (*self._strategies, UNASSIGNED) for order in self._desk.open_of(strategy)]
        return sorted(orders, key=lambda order: order.ts_created_ns)

    @property
    def since_ns(self) -> int:
        """From here on the venue may have done what the journal does not tell."""
        ended = [lacking.ended_ns for lacking in self._desk.lacking()]
        return min([*ended, *[order.ts_created_ns for order in self.orders]], default=self.ended_ns)

    def take(self, record: Record) -> None:
        """Do again what one record tells.

        Raises:
            ConfigError: it is of a strategy or an instrument that the settings no longer have.
        """
        self.records += 1
        if isinstance(record, Checkpoint) and self.records == 1:
            self._restore(record)
            return
        take = self._takers.get(type(record))  # what leaves nothing behind has none
        if take is not None:
            take(record)

    def _restore(self, checkpoint: Checkpoint) -> None:
        """The journal is read from a checkpoint on: it tells what all before it did. One further on tells nothing new."""
        books = part_of(checkpoint, BOOKS, KeptBooks)
        session = part_of(checkpoint, SESSION, KeptSession)
        for name in [
            *(order.strategy for order in books.orders),
            *(each.strategy for each in books.ledgers if each.positions),
        ]:
            self._known(name)
        changed_by = part_of(checkpoint, CHANGED_BY, dict[str, tuple[int, ...]], NONE)
        lacking = part_of(checkpoint, LACKING, dict[str, tuple[int, int]], NONE)
        self._desk.restore(books, self._instrument, changed_by, lacking)
        if costs := part_of(checkpoint, COSTS, dict[str, Decimal], NONE):
            self._portfolio.assign_positions({}, {self._instrument(name): cost for name, cost in costs.items()})
        self._portfolio.by_hand.restore(*part_of(checkpoint, BY_HAND, tuple[Amounts, Amounts], NOTHING))
        self.settled_ns = part_of(checkpoint, SETTLED, int, NEVER)
        self.began_ns, self.ended_ns = session.began_ns, checkpoint.ts_ns
        self.sends_first, self.states = session.sends_first, dict(session.states)
        self.bans = {(venue, account): until_ns for venue, account, until_ns in session.bans}
        for run in session.runs:
            self._ids.remember(run)
        for client_order_id in session.ids:
            self._ids.skip(client_order_id)

    def _turn(self, turn: Turn) -> None:
        self.began_ns, self.ended_ns = self.began_ns or turn.ts_ns, turn.ts_ns

    def _bound(self, bounded: OrderBounded) -> None:
        order = self._desk.order(bounded.client_order_id)
        if order is not None and order.state is OrderState.QUEUED:
            self._desk.bound(order, bounded.price_points)

    def _report(self, taken: ReportTaken) -> None:
        self._desk.apply(taken.report)
        if may_overtake(taken.report):
            self._ends.append(taken.report)

    def ended_late(self, late_ns: Mapping[str, int]) -> list[tuple[Order, OrderReport]]:
        """The orders whose ends were told so shortly before the journal's own that fills of them may have been under way.

        To be asked once, when all is read.

        Args:
            late_ns: venue -> how long after the end of an order a fill of it may still come.
        """
        ends = [(self._desk.order(report.client_order_id), report) for report in self._ends]
        self._ends.clear()
        return [
            (order, report)
            for order, report in ends
            if order is not None
            and order.is_done
            and report.ts_recv_ns >= self.ended_ns - late_ns.get(order.instrument.venue, 0)
        ]

    def _price(self, priced: CapitalPriced) -> None:
        self._portfolio.price_came(self._instrument(priced.instrument), priced.mid)

    def _assign(self, adopted: BooksAdopted) -> None:
        self.settled_ns = max(self.settled_ns, adopted.settled_ns)
        book_adopted(self._portfolio, adopted, self._instrument)

    def _net(self, netted: PositionsNetted) -> None:
        for strategy in (netted.buyer, netted.seller):
            self._known(strategy)
        there = self._instrument(netted.instrument)
        book_netted(self._portfolio, there, netted)

    def _fund(self, booked: FundingBooked) -> None:
        for paid in booked.payments:
            for strategy in paid.shares:
                self._known(strategy)
                self._instrument(paid.instrument)
        self._desk.funding.take(booked)

    def _ban(self, banned: VenueBanned) -> None:
        key = banned.venue, banned.account
        self.bans[key] = max(self.bans.get(key, 0), banned.until_ns)

    def _save(self, saved: StateSaved) -> None:
        self.states[saved.strategy] = saved.state

    def _run(self, started: RunStarted) -> None:
        self._ids.remember(started.run_id)
        settings = msgspec.json.decode(started.config) if started.config else {}
        self.sends_first = settings.get("journal", {}).get("before_send") == "async"

    def _instrument(self, instrument_id: str) -> Instrument:
        instrument = self._instruments.get(instrument_id)
        if instrument is None:
            raise ConfigError(
                f"journal: expected {instrument_id}, which was traded before, among this run's instruments, found "
                f"{', '.join(self._instruments) or 'none'}; name it again until nothing of it is held"
            )
        return instrument

    def _known(self, strategy: str) -> None:
        if strategy not in self._strategies and strategy != UNASSIGNED:
            raise ConfigError(
                f"journal: expected strategy {strategy}, which has traded before, among {', '.join(self._strategies)};"
                " enable it again, or begin a new journal: what it holds is then shown as unassigned"
            )

    def _admit(self, made: OrderMade) -> None:
        self._known(made.strategy)
        order = Order(
            client_order_id=made.client_order_id,
            strategy=made.strategy,
            instrument=self._instrument(made.instrument),
            is_buy=made.is_buy,
            size_points=made.size_points,
            price_points=made.price_points,
            tif=TimeInForce(made.tif),
            post_only=made.post_only,
            reduce_only=made.reduce_only,
            tag=made.tag,
            owner=Owner(made.owner),
            ts_created_ns=self.ended_ns,
        )
        self._ids.skip(made.client_order_id)
        self._desk.admit(order)

    def _readmit(self, recalled: OrderRecalled) -> None:
        if self._desk.order(recalled.client_order_id) is None:
            there = self._instrument(recalled.instrument)
            self._desk.readmit(recalled_order(recalled, there, self.ended_ns), self.ended_ns)

    def _send(self, sent: RequestSent) -> None:
        """A request left, or was about to: nobody knows, so it is taken for sent."""
        kind = BatchKind(sent.kind)
        known = [self._desk.order(client_order_id) for client_order_id in sent.orders]
        stands = [order is not None and self._may_send(order, kind) for order in known]
        orders = tuple([order for order in compress(known, stands) if order is not None])
        if not orders:
            return
        changes = tuple([Change(*change) for change in compress(sent.changes, stands)])
        request = RequestKind(sent.request) if sent.request else request_kind(kind, len(orders))
        assert KINDS[request] is kind, sent
        there = self._instrument(sent.instrument)
        for order, change in zip(orders, changes, strict=False):
            self._desk.change_asked(order, change)
        self._desk.handed_over(Batch(sent.request_id, sent.venue, sent.account, there, request, orders, changes))

    def _may_send(self, order: Order, kind: BatchKind) -> bool:
        return order.state is OrderState.QUEUED if kind is BatchKind.PLACE else not order.is_done


def recalled_order(recalled: OrderRecalled, there: Instrument, now_ns: int) -> Order:
    """A forgotten order, done, as far as a late fill tells of it."""
    return Order(
        client_order_id=recalled.client_order_id,
        strategy=recalled.strategy,
        instrument=there,
        is_buy=recalled.is_buy,
        size_points=recalled.size_points,
        ts_created_ns=now_ns,
        state=OrderState.CANCELLED,
        is_acknowledged=True,
        detail="it was forgotten; a fill of it came late",
    )
