"""What was not as it should be during a run, besides refusals: one sentence each, and none of a run without any."""

from __future__ import annotations

from typing import Final

from framework.model.counting import counted
from framework.model.events import FeedState, ReportKind
from framework.reports.session import Session
from framework.reports.tally import Reason
from framework.reports.words import clean

FEED_NOUNS: Final = {
    FeedState.GAP: "gap",
    FeedState.STALE: "silence",
    FeedState.DEFECT: "defect",
    FeedState.SEAM: "seam",
}
"""What can be wrong with a feed, as it is called in the report."""
BAD: Final = (FeedState.GAP, FeedState.STALE, FeedState.DEFECT)
"""A seam belongs to a looped tape and is no trouble."""


def troubles(session: Session) -> list[str]:
    """Trips of the kill switch, changes that were refused, slow handlers, feeds in trouble and fees without a price; safe to print."""
    slow = [
        f"{clean(name, 40)}: {counted(count, 'handler call')} took too long; run.log has the stack, and slow work "
        "belongs into self.offload"
        for name, count in session.slow.items()
    ]
    wrong = [counted(session.feed_events[state], FEED_NOUNS[state]) for state in BAD if session.feed_events[state]]
    named = f"; run.py journal export {clean(session.facts.journal)} --kind feed names each" * bool(
        session.facts.journal
    )
    feed = [f"the feed had {', '.join(wrong)}; strategies were told in on_feed{named}"] if wrong else []
    count = session.unpriced_fees
    fees = f"{counted(count, 'fee')} in an asset without a price: paid in the ledger, missing in fees and net"
    trips = [f"the kill switch tripped: {clean(seen.text, 300)}" for seen in session.trips]
    return [*trips, *_changes(session), *slow, *feed, *([fees] if count else [])]


def _changes(session: Session) -> list[str]:
    """Changes of orders that were refused: the order rests as it was, and its strategy may stand still."""
    found: dict[str, list[Reason]] = {}
    for (strategy, kind, _), reason in session.reasons.found.items():
        if kind is ReportKind.AMEND_REJECTED:
            found.setdefault(strategy, []).append(reason)
    return [
        f"{clean(strategy, 40)}: {counted(sum(each.count for each in reasons), 'change')} of orders refused, the last: "
        f"{clean(max(reasons, key=lambda each: each.last.ts_ns).last.why, 200)}"
        for strategy, reasons in found.items()
    ]
