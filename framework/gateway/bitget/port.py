"""The order port of Bitget: a cleared batch goes out as one signed request over the order road."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec.structs import replace

from framework.gateway.bitget.names import Names
from framework.gateway.bitget.plan_cancels import PlanCancels
from framework.gateway.bitget.reports import opened, reports_of
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.outcome import (
    TOO_MANY,
    Answered,
    NotSent,
    Outcome,
    answering,
    is_in_doubt,
    is_over,
    retry_after_ns,
)
from framework.gateway.passage import AGE_MAX_NS, passage_of
from framework.gateway.road import Road
from framework.gateway.told_to_wait import ToldToWait
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.kernel.logging import get_logger
from framework.model.batch import Batch, BatchKind, Cleared, RequestKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.ports import ReportSink
from framework.venues.bitget.asked import Edit, Request, Terms
from framework.venues.bitget.codes import HALTS, Meaning, meaning_of, refusal_words
from framework.venues.bitget.dialect import dialect_of, named, new_order
from framework.venues.bitget.endpoints import Endpoint
from framework.venues.bitget.envelope import Envelope
from framework.venues.bitget.products import AccountKind, product_of, wire_symbol
from framework.venues.bitget.rules.counting import REMAINING_HEADER

FORBIDDEN: Final = 403
MISFITS: Final = frozenset({Meaning.RULE.value, Meaning.MINIMUM.value})
COUNT: Final = re.compile(r"[0-9]{1,7}", re.ASCII)

log = get_logger()


class BitgetPort:
    """Sends the batches of one account. Called on the loop of its road.

    Args:
        reports: takes what becomes of each order, never before `send` has returned.
        rules: the account's limits.
        account: as probed at the start; never changed in the middle of a run.
        names: learns the venue's ids from the answers.
        ask_points: the best ask of an instrument now, 0 where none is known: what bounds a market buy on spot.
        halt: told, with what to do, when the key, its rights, its address or the account are refused in mid-session.
        busy: told when the venue takes nothing new for a while: it is being maintained, or too busy.
        age_max_ns: orders older than this do not leave, wherever they waited.
        mistimed: told, in the venue's words, when it finds a request dated wrong: its clock has moved from ours.
    """

    def __init__(
        self,
        road: Road,
        word: KillWord,
        clock: Clock,
        reports: ReportSink,
        wire: BitgetWire,
        rules: VenueRules,
        account: AccountKind,
        terms: Terms,
        names: Names,
        ask_points: Callable[[Instrument], int],
        halt: Callable[[str], None],
        busy: Callable[[str], None],
        age_max_ns: int = AGE_MAX_NS,
        mistimed: Callable[[str], None] = lambda why: None,  # noqa: ARG005
    ) -> None:
        self._road = road
        self._word = word
        self._clock = clock
        self._reports = reports
        self._wire = wire
        self._rules = rules
        self._account = account
        self._terms = terms
        self._names = names
        self._ask_points = ask_points
        self._halt = halt
        self._busy = busy
        self._age_max_ns = age_max_ns
        self._mistimed = mistimed
        self._waits = ToldToWait(rules)
        self._plans = PlanCancels(self._road.cancel)
        self.misfit: Callable[[Instrument], None] = lambda there: None  # noqa: ARG005
        """Told of a market whose filters an order did not fit, in the venue's eyes."""

    def send(self, cleared: Cleared) -> None:
        """See `OrderPort`. Called in one breath with the clearing: the epoch of now is the one that it was cleared in."""
        batch = cleared.batch
        if batch.kind is BatchKind.CANCEL and any(one.client_order_id in self._names.plans for one in batch.orders):
            self._cancel_with_plans(batch)
            return
        done = partial(self._told, batch)
        request = self._written(batch)
        if isinstance(request, NotSent):
            asyncio.get_running_loop().call_soon(done, request)
            return
        # Stamped and signed when a connection is free, not here: what waited does not leave with an old time.
        build = partial(self._build, batch, request, self._clock.now_ns)
        if batch.kind is BatchKind.CANCEL:
            self._road.cancel(build, done)
        else:
            self._road.create(build, passage_of(cleared, self._word.epoch, self._age_max_ns), done)

    def _cancel_with_plans(self, batch: Batch) -> None:
        """No cancel of orders reaches a trigger order: each goes by a request that is counted for itself, the others as planned."""
        plans = [one for one in batch.orders if one.client_order_id in self._names.plans]
        orders = tuple(one for one in batch.orders if one not in plans)
        dialect = dialect_of(self._account, product_of(batch.instrument), self._terms)
        parts = CancelParts(len(plans) + bool(orders), partial(self._heard, batch))
        build = partial(self._build, batch, handed_over_ns=self._clock.now_ns)
        if orders:
            rest = replace(batch, orders=orders)
            request = self._written(rest)
            assert isinstance(request, Request), request
            self._road.cancel(partial(build, request), partial(self._told_part, rest, parts))
            parts.requests += 1
        for one in plans:
            request = dialect.cancel_plan(named(one), self._names.plans[one.client_order_id])
            done = partial(self._told_plan, replace(batch, orders=(one,)), parts, request.endpoint)
            parts.requests += self._plans.send(one.client_order_id, request.endpoint, partial(build, request), done)

    def _told_part(self, batch: Batch, parts: CancelParts, outcome: Outcome) -> None:
        """The orders of a cancel that goes with trigger orders."""
        parts.told(answer_of(batch, outcome))
        self._report(batch, outcome)

    def _told_plan(self, batch: Batch, parts: CancelParts, endpoint: Endpoint, outcome: Outcome) -> None:
        """A trigger order's cancel is done when it is answered: no stream tells of it."""
        answer = replace(answer_of(batch, outcome), left=None)
        if answer.is_limited and not endpoint.bucket:  # too much for an endpoint that the router does not count
            self._waits.rest(endpoint.path, self._clock.now_ns, answer.retry_after_ns or self._rules.pause_ns)
            answer = RequestAnswer(batch.request_id, batch.venue)
        parts.told(answer)
        envelope = opened(outcome, "cancel plan")
        (order,), now_ns = batch.orders, self._clock.now_ns
        if envelope is not None and envelope.is_success and not _failures(envelope.data):
            self._reports.report(
                OrderReport(order.client_order_id, now_ns, ReportKind.CANCELLED, Source.VENUE, order.venue_order_id)
            )
            return
        self._report(batch, outcome)

    def _build(self, batch: Batch, request: Request, handed_over_ns: int) -> bytes:
        """The request, when a connection is free: limits may have been told while it waited for one."""
        now_ns, endpoint = self._clock.now_ns, request.endpoint
        if endpoint.bucket:
            self._waits.check(batch.request, handed_over_ns, now_ns)
        else:
            self._waits.check_buckets((endpoint.path,), handed_over_ns, now_ns)
        return self._wire.request(request)

    def _written(self, batch: Batch) -> Request | NotSent:
        there = batch.instrument
        dialect = dialect_of(self._account, product_of(there), self._terms)
        if batch.request is RequestKind.CANCEL_SYMBOL:
            return dialect.cancel_symbol(wire_symbol(there.symbol))
        if batch.kind is BatchKind.CANCEL:
            return dialect.cancel(
                [named(order) for order in batch.orders], batched=batch.request is RequestKind.CANCEL_BATCH
            )
        if batch.kind is BatchKind.AMEND:
            if self._account is AccountKind.CLASSIC:
                return NotSent("amend_unsupported", "a classic account cancels and places instead: two orders, not one")
            changes = zip(batch.orders, batch.changes, strict=True)
            return dialect.amend(
                [
                    Edit(
                        named(order),
                        there.price_text(to.price_points),
                        there.size_text(to.size_points - order.inside_points),
                    )
                    for order, to in changes
                ],
                batched=batch.request is RequestKind.AMEND_BATCH,
            )
        ask_points = self._ask_points(there)
        orders = [new for order in batch.orders if (new := new_order(order, ask_points)) is not None]
        if len(orders) < len(batch.orders):
            return NotSent("no_quote", f"market buy of {there.id}: expected an ask to bound it by, found none")
        return dialect.place(orders, batched=batch.request is RequestKind.PLACE_BATCH)

    def _told(self, batch: Batch, outcome: Outcome) -> None:
        if is_over(batch.kind, outcome):
            self._heard(batch, answer_of(batch, outcome))
        self._report(batch, outcome)

    def _heard(self, batch: Batch, answer: RequestAnswer) -> None:
        """What an answer says of limits."""
        self._waits.hear(batch.request, answer, self._clock.now_ns)
        self._reports.answered(answer)

    def _report(self, batch: Batch, outcome: Outcome) -> None:
        """What an outcome says of each order."""
        envelope = opened(outcome, batch.request.value)
        orders = {order.client_order_id: order for order in batch.orders}
        for report in reports_of(batch, outcome, envelope, self._clock.now_ns):
            self._names.learn(report.venue_order_id, report.client_order_id)
            # The private stream may have told more than this answer does not.
            if report.kind is not ReportKind.UNKNOWN or is_in_doubt(orders[report.client_order_id], batch.kind):
                self._reports.report(answering(batch, report))
            if report.reason in MISFITS:
                self.misfit(batch.instrument)
        self._look(batch, outcome, envelope)

    def _look(self, batch: Batch, outcome: Outcome, envelope: Envelope | None) -> None:
        """Halt where a person must look: a key, right, address or account that was good is refused."""
        if envelope is None or envelope.is_success or not isinstance(outcome, Answered):
            return
        meaning = meaning_of(envelope.code, outcome.status)
        if meaning is Meaning.UNKNOWN:
            log.error("answer.unknown", venue=batch.venue, code=envelope.code, text=envelope.message)
        if meaning is Meaning.MAINTENANCE and batch.kind is not BatchKind.CANCEL:
            self._busy(f"bitget {batch.request.value}: {refusal_words(envelope)}")
        if meaning is Meaning.TIME:
            self._mistimed(refusal_words(envelope))
        if meaning in HALTS:
            self._halt(f"bitget {batch.request.value}: {refusal_words(envelope, self._wire.bound)}")


class CancelParts:
    """The requests by which one planned cancel goes: limits hear of one, when all are over or one was too many."""

    def __init__(self, count: int, answered: Callable[[RequestAnswer], None]) -> None:
        self._count = count
        self._answered = answered
        self._left: int | None = None
        self.requests = 0
        """That were handed over; a trigger order whose cancel waits already needs none."""

    def told(self, answer: RequestAnswer) -> None:
        """One of them is over: a cancel always is. What is left is told of the planned endpoint alone."""
        self._left = answer.left if self._left is None else self._left
        was_out = self._count > 0
        self._count = 0 if answer.is_limited else self._count - 1
        if was_out and self._count <= 0:
            self._answered(replace(answer, left=self._left, more_requests=max(0, self.requests - 1)))


def _failures(data: object) -> bool:
    return isinstance(data, dict) and bool(data.get("failureList"))


def answer_of(batch: Batch, outcome: Outcome) -> RequestAnswer:
    """What an outcome says of limits: what is left of the endpoint's second, and whether it was too much."""
    if not isinstance(outcome, Answered):
        return RequestAnswer(batch.request_id, batch.venue)
    left = outcome.headers.get(REMAINING_HEADER, "")
    # A firewall's own page: nobody knows what it let through, and who goes on is shut out for longer.
    is_limited = outcome.status == TOO_MANY or (outcome.status == FORBIDDEN and opened(outcome, "answer") is None)
    return RequestAnswer(
        batch.request_id,
        batch.venue,
        left=int(left) if COUNT.fullmatch(left) else None,
        is_limited=is_limited,
        retry_after_ns=retry_after_ns(outcome) if is_limited else 0,
    )
