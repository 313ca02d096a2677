"""Seeded bugs: each takes one safeguard of the framework away, in the words of its own code. The simulation must catch all.

An edit that does not fit the code any more fails loudly: make it anew, so that it still takes that safeguard away.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.simulation.mutants.patched import Edit


class Bug(NamedTuple):
    """What is wrong, and the edits that make it so."""

    name: str
    what: str
    edits: tuple[Edit, ...]
    focus: tuple[str, ...] = ()
    """Of a bug that shows seldom, the classes of faults that it needs: it is hunted with these alone, often."""


def bug(name: str, what: str, *edits: tuple[str, str, str], focus: str = "") -> Bug:
    """A bug, its edits as (module, old, new), its focus as words."""
    return Bug(name, what, tuple([Edit(*edit) for edit in edits]), tuple(focus.split()))


PORT: Final = "gateway.plain.port"
CODEC: Final = "gateway.plain.codec"
STREAM: Final = "gateway.plain.stream"
WORD: Final = "kernel.kill_word"
BLOTTER: Final = "engine.blotter"
DOUBT: Final = "router.doubt.doubt"
DOUBTS: Final = "router.doubt.doubts"
ABSENCE: Final = "router.doubt.absence"
BUDGET: Final = "router.budget.budget"
GAUGE: Final = "router.budget.gauge"
RESERVE: Final = "router.budget.reserve"
SENDER: Final = "router.sending.sender"
SLOTS: Final = "router.sending.slots"
SWITCH: Final = "router.kill.switch"
SWEEP: Final = "router.kill.sweep"
RECOVERY: Final = "recovery"
RECALL: Final = "engine.recall"

REJECT_ALL: Final = (
    "return [_report(order, now_ns, REJECTIONS[batch.kind], Source.VENUE, 'failed', '') for order in batch.orders]"
)
TOLD: Final = "        now_ns = self._clock.now_ns\n        if is_over(batch.kind, outcome):"
AGAIN: Final = """        if isinstance(outcome, Unknown) and batch.kind is BatchKind.PLACE:
            from msgspec.structs import replace
            orders = [replace(order, client_order_id=order.client_order_id + {suffix!r}) for order in batch.orders]
            self.send(Cleared(replace(batch, orders=tuple(orders)), self._clock.now_ns))
"""

MISSING_FILLS: Final = (
    "engine.desk", "if may_overtake(report) and self.may_lack(order.instrument.venue):", "if False:",
)  # fmt: skip

OUTCOMES: Final = (
    bug(
        "timeout_is_rejected", "An order without an answer counts as rejected.",
        (PORT, "return [_unknown(order, now_ns, reason, detail) for order in batch.orders]", REJECT_ALL),
    ),
    bug(
        "server_error_is_rejected", "A 5xx counts as a rejection.",
        (PORT, 'return [_unknown(order, now_ns, "server_error", detail) for order in batch.orders]', REJECT_ALL),
    ),
    bug(
        "missing_entry_is_rejected", "What a batch's answer does not name counts as rejected.",
        (PORT, 'return _unknown(order, now_ns, "missing_entry", "the answer does not name it, or names it twice")',
         "return _report(order, now_ns, REJECTIONS[batch.kind], Source.VENUE, 'missing', '')"),
        focus="partial",
    ),
    bug(
        "garbage_is_rejected", "An answer that cannot be read counts as a rejection.",
        (PORT, 'return [_unknown(order, now_ns, "odd_answer", "no list of results") for order in batch.orders]',
         REJECT_ALL),
    ),
    bug(
        "retry_with_the_same_id", "An order without an answer is sent again.",
        (PORT, TOLD, AGAIN.format(suffix="") + TOLD),
    ),
    bug(
        "retry_with_a_new_id", "An order without an answer is sent again under another name.",
        (PORT, TOLD, AGAIN.format(suffix="r") + TOLD),
    ),
    bug(
        "cancel_refused_is_cancelled", "A cancel that meets no order is taken for done.",
        (BLOTTER, '        """A cancel or amend was refused: the order is as it was."""',
         "        if report.reason == 'unknown_order':\n            return self._step(order, OrderState.CANCELLED)"),
        focus="late_request lose_reply kill stream_slow",
    ),
    bug(
        "no_questions", "Nobody asks after orders in doubt.",
        (DOUBTS, "if order.is_done or order.state is OrderState.QUEUED or order.client_order_id in self._doubts:",
         "if True:"),
    ),
    bug(
        "questions_pile_up", "Rounds of questions do not wait for one another, however many they ask after (was so once).",
        (DOUBTS, "if self._gives_way(venue, doubts):", "if False:"),
        (DOUBT, "crowd * NS_PER_S // 2", "0"),
        focus="lose_request lose_reply flood query_lose",
    ),
    bug(
        "absent_before_it_left", "What is asked before an order leaves speaks for its absence (was so once).",
        (DOUBTS, "or order.state is OrderState.QUEUED or", "or"),
        (DOUBTS, "            self._begin_anew(order)\n", ""),
        ("router.doubt.reconcile", "if is_old if seen is None else", "if True if seen is None else"),
        (DOUBT, "max(until_ns + NS_PER_S, now_ns + APART_NS)", "max(until_ns, now_ns) + 1"),  # so that it shows more often
        (DOUBT, "now_ns + APART_NS + NS_PER_S + crowd_ns", "now_ns + APART_NS"),
        focus="slow_disk stream_lose late_request",
    ),
    bug(
        "older_pictures_are_believed",
        "An order in doubt is believed from what was asked before it came into doubt (was so once).",
        (DOUBT, "self.current_ns = now_ns", "self.current_ns = 0"),
    ),
    bug(
        "absent_before_the_bound", "Answers that lack an order prove its absence while it may still arrive.",
        (ABSENCE, "or reply.looked_ns <= self.accepted_until_ns:", "or False:"),
        (DOUBTS, "or reply.looked_ns > doubt.absence.accepted_until_ns", "or True"),
    ),
    bug(
        "not_found_is_absent", "One answer that lacks an order proves that it is absent.",
        (ABSENCE, "or reply.looked_ns <= self.accepted_until_ns:", "or False:"),
        (DOUBTS, "or reply.looked_ns > doubt.absence.accepted_until_ns", "or True"),
        (ABSENCE, "all(last_ns - first_ns >= APART_NS for first_ns, last_ns in looks)",
         "any(first_ns for first_ns, _ in looks)"),
    ),
)  # fmt: skip

WIRE: Final = (
    bug(
        "gate_before_the_wait", "The word is not looked at where bytes leave.",
        (WORD, "refusal = self._refusal_of(passage, clock_ns)", "refusal = None"),
    ),
    bug(
        "trip_closes_nothing", "A trip is journaled and swept, and the word stays open.",
        (SWITCH, "        self._close(scope, reason)\n        watched = self._scopes.setdefault(",
         "        watched = self._scopes.setdefault("),
    ),
    bug(
        "strategy_scope_is_not_looked_at", "Where bytes leave, a strategy's own trip is overlooked.",
        (WORD, "scopes_at(self.venue, self.account, self.instrument, *self.strategies)",
         "scopes_at(self.venue, self.account, self.instrument)"),
    ),
    bug(
        "no_journal_before_the_wire", "A request does not wait until its record is durable.",
        (SENDER, "if self.when_durable is None or kind is CANCEL:", "if True:"),
    ),
    bug(
        "latch_forgets", "A trip closes the word and is not kept on the disk.",
        (SWITCH, "self.latched.trip(trip)", "pass"),
    ),
    bug(
        "own_orders_meet", "Nobody looks whether our orders would trade with each other.",
        ("router.crossing.crossing",
         "        instrument = order.instrument\n        found = self._standing", "        return None\n        found = self._standing"),
    ),
    bug(
        "no_limits", "No limit refuses anything.",
        ("router.risk.risk", "if self.is_exempt(order):", "if True:"),
    ),
    bug(
        "stale_orders_leave", "However long an order waited, it leaves.",
        ("router.gate", "if now_ns < self.stale_at_ns(order):", "if True:"),
        ("router.gate", "if order.ts_created_ns < too_old_ns and not order.reduce_only:", "if False:"),
        (SENDER, "        self._drop_stale(lane, now_ns)\n", ""),
        (WORD, "if late_ns >= 0 else None", "if False else None"),
    ),
)  # fmt: skip

BOOKS: Final = (
    bug(
        "no_fill_dedup", "A fill that is told twice counts twice.",
        (BLOTTER, "if not self.booked.add(order.client_order_id, _key(order, fill), report.ts_recv_ns):",
         "if not self.booked.add(order.client_order_id, _key(order, fill), report.ts_recv_ns) and False:"),
    ),
    bug(
        "late_fill_is_dropped", "A fill of an order that is done is no fill.",
        (BLOTTER, "if not self.booked.add(order.client_order_id, _key(order, fill), report.ts_recv_ns):",
         "if order.is_done or not self.booked.add(order.client_order_id, _key(order, fill), report.ts_recv_ns):"),
    ),
    bug(
        "terminal_may_regress", "A late acknowledgement brings an order back that is done.",
        (BLOTTER, "if to is order.state or (to is OPEN and order.is_done and order.state is not OrderState.ABSENT):",
         "if to is order.state:"),
        (BLOTTER, "        if to not in STEPS[order.state]:", "        if False:"),
    ),
    bug(
        "targets_overlook_missing_fills", "A target is made though orders that ended may have filled more than was told.",
        MISSING_FILLS,
        ("router.wants.wants", "if self._endings.hides(target.strategy, target.instrument):", "if False:"),
        focus="stream_slow stream_reorder",
    ),
    bug(
        "slices_overlook_missing_fills", "So are slices of a flattening.",
        MISSING_FILLS,
        ("router.kill.flatten", "unsettled = dict.fromkeys((order.strategy, order.instrument) for order in self._unsettled())",
         "unsettled = dict[tuple[str, Instrument], None]()"),
        focus="kill stream_slow stream_reorder",
    ),
    bug(
        "fees_are_forgotten", "Fees of fills are not booked.",
        (CODEC, "        read_amount(fill.fee),", "        Decimal(0),"),
    ),
    bug(
        "float_in_the_ledger", "Fees pass through a float.",
        (CODEC, "amount = Decimal(text)", "amount = Decimal(float(text))"),
    ),
    bug(
        "failed_sync_is_durable", "What a disk could not sync counts as durable.",
        ("kernel.journal.segment", "        self._file.sync()\n        self._synced",
         "        try:\n            self._file.sync()\n        except OSError:\n            pass\n        self._synced"),
    ),
    bug(
        "gaps_are_not_seen", "A message that is missing on the private stream is not missed.",
        (STREAM, 'self._missed(f"messages {expected} to {message.seq} while the stream was away")', "pass"),
        (STREAM, 'self._missed(f"messages {expected} to {message.seq - 1}")', "pass"),
    ),
)  # fmt: skip

RATES: Final = (
    bug(
        "no_budget", "Requests are not counted.",
        (BUDGET, "tuple([(gauge, cost.of(orders)) for cost, gauge in self._drawn_on[kind]])",
         "tuple([(gauge, 0) for cost, gauge in self._drawn_on[kind]])"),
    ),
    bug(
        "window_from_sending", "A request weighs one window from when it was sent, not from its answer.",
        (BUDGET, "gauge.over(units, now_ns)\n                if gauge.strikes:",
         "gauge.over(units, drawn.sent_ns)\n                if gauge.strikes:"),
    ),
    bug(
        "budget_forgets_the_unanswered", "What has no answer is forgotten a window after it was sent.",
        (BUDGET, "self._held_ns = LEAVES_WITHIN_NS + rules.acceptance_bound_ns", "self._held_ns = 0"),
    ),
    bug(
        "a_report_answers_a_cancel", "The end of an order counts as the answer to its last cancel (was so once).",
        (SENDER, "if request_id is None or (lane.hears_answers and kind is not PLACE):",
         "if request_id is None:"),
        focus="busy flood manual slow_reply",
    ),
    bug(
        "budget_without_reserve", "New orders may use all of a limit that cancels need as well.",
        (RESERVE, "self._single if need < self._single else min(need, self._most)", "0"),
        (RESERVE, "gauge.reserve = self._single", "gauge.reserve = 0"),
        focus="flood manual",
    ),
    bug(
        "cancels_behind_places", "Cancels wait for their turn like any order.",
        (SLOTS, "        return Service.CANCEL", "        return Service.ORDINARY"),
    ),
    bug(
        "ban_is_ignored", "A 418 is taken for any other answer.",
        (BUDGET, "self.ban(answer.banned_until_ns)", "pass"),
    ),
    bug(
        "ban_misses_what_waits", "What waits for a connection when a ban is told leaves all the same (was so once).",
        ("gateway.told_to_wait", "if now_ns < self._banned_until_ns:", "if False:"),
        focus="crowd busy",
    ),
    bug(
        "pause_misses_what_waits",
        "What waits for its record or for a connection when a 429 is told leaves all the same (was so once).",
        (SENDER, "is_shut = lane.budget.is_shut(batch.request, now_ns)", "is_shut = False"),
        ("gateway.told_to_wait", "if rest is not None and", "if False and"),
        focus="crowd busy slow_disk",
    ),
    bug(
        "retry_after_is_ignored", "After a 429 requests go on.",
        (GAUGE, "self.paused_until_ns = max(self.paused_until_ns, now_ns + pause_ns)", "pass"),
        ("gateway.told_to_wait", "if rest is not None and", "if False and"),
    ),
)  # fmt: skip

KILL: Final = (
    bug(
        "no_sweep", "A trip cancels nothing.",
        (SWEEP, "now_ns, left = self._clock.now_ns, self.left()", "now_ns, left = self._late_ns, []"),
        (SWEEP, "bool(left) or self._stands(now_ns)", "bool(left)"),
        (SWEEP, "elif self.unknown():", "elif False:"),
    ),
    bug(
        "one_sweep_only", "The sweep looks at what is open when it begins, and not again after the last late arrival.",
        (SWEEP, "if self.is_hard or not is_protective(order)]",
         "if order.state is OrderState.OPEN and (self.is_hard or not is_protective(order))]"),
        (SWEEP, "elif now_ns < self._late_ns:", "elif False:"),
        (SWEEP, "elif self.unknown():", "elif False:"),
        focus="late_request kill",
    ),
    bug(
        "protective_orders_are_swept", "A sweep takes away what guards positions, as if it were hard.",
        (SWEEP, "    return order.reduce_only", "    return False"),
    ),
    bug(
        "armed_without_a_sweep", "A scope may be armed while it is being swept.",
        (SWITCH, "        found += self.obstacles(scope)\n", ""),
    ),
    bug(
        "armed_without_the_id", "Any id arms.",
        (SWITCH, "if trip is not None and trip_id != trip.id:", "if False:"),
    ),
)  # fmt: skip

CRASHES: Final = (
    bug(
        "flight_is_forgotten", "After a restart nobody looks after orders that were in flight.",
        (RECOVERY, 'report_end(core, order, ReportKind.UNKNOWN, "it was in flight when the daemon ended")', "pass"),
    ),
    bug(
        "sent_is_taken_for_unsent", "After a restart an order whose request was journaled counts as never sent.",
        (RECALL, "        if not orders:\n", "        if not orders or kind is BatchKind.PLACE:\n"),
    ),
    bug(
        "flight_is_sent_again", "After a restart what was in flight is sent again.",
        (RECOVERY, 'report_end(core, order, ReportKind.UNKNOWN, "it was in flight when the daemon ended")',
         "self._core.router.sender.put(__import__('framework.model.batch', fromlist=['BatchKind']).BatchKind.PLACE, order)"),
    ),
    bug(
        "latch_is_not_read", "A restart arms whatever its latch says.",
        ("router.kill.latched", "if not self.page.is_armed(scope)]", "if False]"),
    ),
    bug(
        "fills_count_again", "After a restart from a checkpoint nobody knows which trades were booked.",
        ("engine.desk", "blotter.booked.restore(kept.trades, kept.forgotten_ns)", "blotter.booked.restore((), 0)"),
    ),
    bug(
        "ban_is_forgotten", "After a restart a ban is over.",
        (RECOVERY, "        core.router.sender.restore(self.recall.bans)\n", ""),
        focus="crash crowd",
    ),
    bug(
        "clock_is_never_set", "After a restart bans, pauses and windows end as if nobody had set our clock (was so once).",
        ("router.budget.recalled", "CLOCK_SET_NS: Final = 2 * NS_PER_S", "CLOCK_SET_NS: Final = 0"),
        focus="crash clock crowd",
    ),
    bug(
        "budget_of_before_is_forgotten", "After a restart nothing that was sent before it weighs on a limit.",
        (RECOVERY, "takers = [self._held.takers, self._budgets.takers]", "takers = [self._held.takers]"),
        (RECOVERY, "        self._budgets.allow_for_lost(self.recall.orders, core.clock.now_ns)\n", ""),
        ("checkpoint", "            budgets.restore(", "            (lambda *kept: None)("),
    ),
    bug(
        "own_orders_of_before_meet", "After a restart new orders may trade with those of before (was so once).",
        (RECOVERY, "            core.router.orders.yielding.stands(order)\n", ""),
        focus="crash",
    ),
)  # fmt: skip

BUGS: Final = {each.name: each for each in (*OUTCOMES, *WIRE, *BOOKS, *RATES, *KILL, *CRASHES)}
