"""The order port of the plain dialect: a cleared batch goes out as one request, its answer comes back as reports.

What the answer does not say is unknown: a missing entry, a server's error, a broken connection, silence.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from framework.gateway.outcome import (
    NOT_SENT,
    TOO_MANY,
    Answered,
    NotSent,
    Outcome,
    Unknown,
    answering,
    is_in_doubt,
    is_over,
    retry_after_ns,
)
from framework.gateway.passage import AGE_MAX_NS, passage_of
from framework.gateway.plain.codec import (
    DONE,
    REJECTIONS,
    OrderResult,
    Sign,
    read_entries,
    read_failure,
    trade_request,
)
from framework.gateway.road import Road
from framework.gateway.told_to_wait import ToldToWait
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.batch import Batch, BatchKind, Change, Cleared
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instants import NS_PER_S
from framework.model.orders import Order
from framework.model.reasons import RATE_LIMITED
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.ports import ReportSink

BAN_STATUS: Final = 418
FORBIDDEN: Final = 403
UNSEEN: Final = frozenset({TOO_MANY, BAN_STATUS})
"""The plain dialect's venue looks at nothing of a request that it answers so."""

BAN_NS: Final = 120 * NS_PER_S
"""How long to be silent after a ban that names no time."""


class PlainPort:
    """Sends the batches of one account. Called on the loop of its road.

    Args:
        reports: takes what becomes of each order, never before `send` has returned.
        host: as requests name it.
        sign: see `Sign`.
        rules: the venue's limits.
        age_max_ns: orders older than this do not leave, wherever they waited.
    """

    def __init__(
        self,
        road: Road,
        word: KillWord,
        clock: Clock,
        reports: ReportSink,
        host: str,
        sign: Sign,
        rules: VenueRules,
        age_max_ns: int = AGE_MAX_NS,
    ) -> None:
        self._road = road
        self._word = word
        self._clock = clock
        self._reports = reports
        self._host = host
        self._sign = sign
        self._age_max_ns = age_max_ns
        self._waits = ToldToWait(rules)

    def send(self, cleared: Cleared) -> None:
        """See `OrderPort`. Called in one breath with the clearing: the epoch of now is the one that it was cleared in."""
        batch = cleared.batch
        build = partial(self._build, batch, self._clock.now_ns)
        done = partial(self._told, batch)
        if batch.kind is BatchKind.CANCEL:
            self._road.cancel(build, done)
        else:
            self._road.create(build, passage_of(cleared, self._word.epoch, self._age_max_ns), done)

    def _build(self, batch: Batch, handed_over_ns: int) -> bytes:
        """The request of a batch, when a connection is free."""
        self._waits.check(batch.request, handed_over_ns, self._clock.now_ns)
        return trade_request(batch, self._host, self._sign)

    def _told(self, batch: Batch, outcome: Outcome) -> None:
        now_ns = self._clock.now_ns
        if is_over(batch.kind, outcome):
            answer = answer_of(batch, outcome, now_ns)
            self._waits.hear(batch.request, answer, now_ns)
            self._reports.answered(answer)
        for order, report in zip(batch.orders, reports_of(batch, outcome, now_ns), strict=True):
            # The private stream may have told more than this answer does not.
            if report.kind is not ReportKind.UNKNOWN or is_in_doubt(order, batch.kind):
                self._reports.report(answering(batch, report))


def answer_of(batch: Batch, outcome: Outcome, now_ns: int) -> RequestAnswer:
    """What an outcome says of limits. A request that never left counts nowhere, as one that was answered."""
    if not isinstance(outcome, Answered):
        return RequestAnswer(batch.request_id, batch.venue)
    wait_ns = retry_after_ns(outcome)
    # A firewall's own page: nobody knows what it let through, and who goes on is shut out for longer.
    is_limited = outcome.status == TOO_MANY or (outcome.status == FORBIDDEN and read_failure(outcome.body) is None)
    return RequestAnswer(
        batch.request_id,
        batch.venue,
        is_limited=is_limited,
        retry_after_ns=wait_ns if is_limited else 0,
        banned_until_ns=now_ns + (wait_ns or BAN_NS) if outcome.status == BAN_STATUS else 0,
    )


def reports_of(batch: Batch, outcome: Outcome, now_ns: int) -> list[OrderReport]:
    """What an outcome says of each order of a batch: one report each, in their order."""
    match outcome:
        case NotSent(reason, detail):
            kind = NOT_SENT[batch.kind]
            return [_report(order, now_ns, kind, Source.GATEWAY, reason, detail) for order in batch.orders]
        case Unknown(reason, detail):
            return [_unknown(order, now_ns, reason, detail) for order in batch.orders]
        case Answered():
            return _answered(batch, outcome, now_ns)


def _answered(batch: Batch, answer: Answered, now_ns: int) -> list[OrderReport]:
    if answer.status == 200:
        entries = read_entries(answer.body)
        if entries is None:
            return [_unknown(order, now_ns, "odd_answer", "no list of results") for order in batch.orders]
        return _listed(batch, entries, now_ns)
    failure = read_failure(answer.body)
    detail = f"status {answer.status}" if failure is None else failure.detail
    if answer.status in UNSEEN:
        reason = RATE_LIMITED
    elif failure is None or not 400 <= answer.status < 500:
        return [_unknown(order, now_ns, "server_error", detail) for order in batch.orders]
    else:
        reason = failure.error
    kind = REJECTIONS[batch.kind]
    return [_report(order, now_ns, kind, Source.VENUE, reason, detail) for order in batch.orders]


def _listed(batch: Batch, entries: dict[str, OrderResult], now_ns: int) -> list[OrderReport]:
    changes = batch.changes or (None,) * len(batch.orders)
    return [
        _read(batch, order, change, entries.get(order.client_order_id), now_ns)
        for order, change in zip(batch.orders, changes, strict=True)
    ]


def _read(batch: Batch, order: Order, change: Change | None, entry: OrderResult | None, now_ns: int) -> OrderReport:
    """The report of one order's entry. A result that we do not know proves nothing."""
    word, kind = DONE[batch.kind]
    if entry is None:
        return _unknown(order, now_ns, "missing_entry", "the answer does not name it, or names it twice")
    if entry.result == word:
        return OrderReport(
            order.client_order_id,
            now_ns,
            kind,
            Source.VENUE,
            entry.venue_id,
            price_points=0 if change is None else change.price_points,
            size_points=0 if change is None else change.size_points,
        )
    if entry.result == "rejected":
        return _report(order, now_ns, REJECTIONS[batch.kind], Source.VENUE, entry.reason, entry.detail)
    return _unknown(order, now_ns, "odd_answer", "a result of no known kind")


def _unknown(order: Order, now_ns: int, reason: str, detail: str) -> OrderReport:
    return _report(order, now_ns, ReportKind.UNKNOWN, Source.GATEWAY, reason, detail)


def _report(order: Order, now_ns: int, kind: ReportKind, source: Source, reason: str, detail: str) -> OrderReport:
    return OrderReport(order.client_order_id, now_ns, kind, source, "", reason, detail)
