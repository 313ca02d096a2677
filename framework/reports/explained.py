"""One order's story, from a journal: intent, checks, what it waited for, requests, reports, fills."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from framework.kernel.records import (
    CancelMade,
    IntentTaken,
    OrderBounded,
    OrderHeld,
    OrderMade,
    Record,
    ReportTaken,
    RequestSent,
    StrategyQuarantined,
    Turn,
)
from framework.model.errors import ConfigError
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.reports.story import Story, StoryStep

LAST: Final = "last"
BESIDE_MIN: Final = 60
"""Columns from which on what happened stands beside its time."""
COMPARED_MAX: Final = 5_000
"""Ids, the latest ones, among which the nearest spelling is looked for."""


def find_order(wanted: str, records: Iterable[Record]) -> tuple[OrderMade, Mapping[str, str]]:
    """The order that is meant, and whose every order is (id -> strategy).

    Args:
        wanted: an id, the end of one that no other id has, or `last`.

    Raises:
        ConfigError: there is none, with the nearest id where one is near.
    """
    made = {record.client_order_id: record for record in records if isinstance(record, OrderMade)}
    if not made:
        raise ConfigError(f"explain {wanted}: the journal has no orders")
    owners = {name: order.strategy for name, order in made.items()}
    name = next(reversed(made)) if wanted == LAST else wanted
    if name in made:
        return made[name], owners
    ends = [known for known in made if known.endswith(wanted)]
    if len(ends) == 1:
        return made[ends[0]], owners
    if ends:
        raise ConfigError(
            f"explain {wanted}: {len(ends)} orders end so, such as {ends[0]} and {ends[-1]}; give more of it"
        )
    close = difflib.get_close_matches(wanted, list(made)[-COMPARED_MAX:], 1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise ConfigError(f"explain {wanted}: no such order among {len(made):,}; {hint}`last` is the newest")


class Teller:
    """Reads a journal once more and picks what concerns one order."""

    def __init__(self, order: OrderMade, owners: Mapping[str, str], instrument: Instrument | None) -> None:
        self.story = Story(order, instrument)
        self._owners = owners
        self._common = _common(owners).rfind("-") + 1
        """Characters that all ids of the run begin with."""
        self._now_ns = 0
        self._is_made = False
        self._wanted: StoryStep | None = None
        """The target or ladder of its kind that was asked for last."""
        self._changes: list[tuple[int, int]] = []
        """Amends that were asked for and have not left."""
        self._is_done = False
        self._trades: set[str] = set()
        """Those that its fills were of: streams tell some again."""

    def read(self, records: Iterable[Record]) -> Story:
        """All of it."""
        for record in records:
            self._take(record)
        return self.story

    def _take(self, record: Record) -> None:
        name = self.story.order.client_order_id
        match record:
            case Turn():
                self._now_ns = record.ts_ns
            case IntentTaken():
                self._intent(record)
            case OrderMade() if record.client_order_id == name:
                self._made()
            case OrderHeld() | OrderBounded():
                self._waits(record)
            case CancelMade(client_order_id, owner) if client_order_id == name:
                self._say("dropped", f"the {owner} wants it no longer: the router takes it back")
            case RequestSent() if name in record.orders:
                self._request(record)
            case ReportTaken(report) if report.client_order_id == name:
                self._report(report)
            case StrategyQuarantined(strategy, reason) if strategy == self.story.order.strategy:
                if self._is_made and not self._is_done:
                    self._say("dropped", f"{strategy} was put aside: {reason}")
            case _:
                pass

    def _say(self, kind: str, text: str) -> None:
        self.story.steps.append(StoryStep(self._now_ns, kind, text))

    def _intent(self, intent: IntentTaken) -> None:
        order = self.story.order
        if intent.verb == order.owner and (intent.strategy, intent.instrument) == (order.strategy, order.instrument):
            if not self._is_made:
                rungs = len(intent.rungs)
                said = f"{intent.verb} {intent.subject}" if not rungs else f"ladder of {rungs} rungs"
                self._wanted = StoryStep(self._now_ns, "intent", f"{order.strategy} wants {said} of {order.instrument}")
        elif intent.subject == order.client_order_id and intent.verb == "cancel":
            self._say("intent", f"{order.strategy} cancels it")
        elif intent.subject == order.client_order_id and intent.verb == "amend":
            self._say("intent", f"{order.strategy} amends it to {self._terms(intent.size_points, intent.price_points)}")
            self._changes.append((intent.price_points, intent.size_points))

    def _made(self) -> None:
        self._is_made = True
        order = self.story.order
        if self._wanted is not None:
            self.story.steps.append(self._wanted)
            self._say("order", f"made for the {order.owner}: {self._words()}")
        else:
            self._say("intent", f"{order.strategy} asks to {self._words()}")

    def _waits(self, record: OrderHeld | OrderBounded) -> None:
        name = self.story.order.client_order_id
        if record.client_order_id == name and isinstance(record, OrderBounded):
            self._say(
                "netted", f"up to {self._price(record.price_points)} alone (IOC), not to meet our own {record.against}"
            )
        elif record.client_order_id == name and isinstance(record, OrderHeld):
            what = "waits" if record.change is None else "its change waits"
            self._say("netted", f"{what}: it would trade with our own {record.against} ({record.reason})")
        elif record.against == name:
            what = "stops short of" if isinstance(record, OrderBounded) else "waits for"
            self._say("netted", f"{record.client_order_id} of {self._owner(record.client_order_id)} {what} it")

    def _request(self, request: RequestSent) -> None:
        self.story.requests += 1
        at = request.orders.index(self.story.order.client_order_id)
        if request.kind == "place":
            self._say("checks", "passed every check, and the gate")
        if request.changes:
            self._merge(request.changes[at])
        shared = self._shared([name for name in request.orders if name != request.orders[at]])
        change = f" to {self._terms(request.changes[at][1], request.changes[at][0])}" if request.changes else ""
        where = f"{request.venue}/{request.account}"
        self._say("request", f"{request.request_id} {request.request or request.kind}{change} at {where}{shared}")

    def _shared(self, others: list[str]) -> str:
        """Who else a request carries: their strategies, and the ends of their ids, which `explain` takes."""
        if not others:
            return ", alone"
        strategies = ", ".join(dict.fromkeys(self._owner(name) for name in others))
        ends = ", ".join(name[self._common :] for name in others)
        return f", shared with {len(others)} of {strategies}: {ends}"

    def _merge(self, change: tuple[int, int]) -> None:
        """Older changes that never left were merged into the one that does."""
        if change not in self._changes:
            return
        at = len(self._changes) - 1 - self._changes[::-1].index(change)
        if at:
            self._say("merged", f"{at} older {'change' if at == 1 else 'changes'} into this request, unsent")
        del self._changes[: at + 1]

    def _report(self, report: OrderReport) -> None:
        if report.fill is not None:
            self._fill(report, report.fill)
            return
        who = "" if report.source is Source.VENUE else f" by our {report.source.value}"
        why = " ".join(text for text in (report.reason, report.detail and f"({report.detail})") if text)
        said = f"{report.kind.value.replace('_', ' ')}{who}"
        if report.kind is ReportKind.AMENDED:
            said += f" to {self._terms(report.size_points, report.price_points)}"
            if report.source is Source.ROUTER:
                said += ", where it waited: no request"
                self._changes.clear()
        if report.kind is ReportKind.REFUSED:
            self._say("checks", f"{said}: {why}")
        else:
            self._say("report", f"{said}: {why}" if why else said)
        ends = (ReportKind.CANCELLED, ReportKind.EXPIRED, ReportKind.REJECTED, ReportKind.REFUSED)
        self._is_done = self._is_done or report.kind in ends

    def _fill(self, report: OrderReport, fill: Fill) -> None:
        if fill.trade_id in self._trades:
            return
        self._trades.add(fill.trade_id)
        self.story.filled_points += fill.size_points
        side = report.detail if report.source is Source.ROUTER else "maker" if fill.is_maker else "taker"
        fee = f"fee {plain(fill.fee)} {fill.fee_asset}"
        price = self._price(fill.price_points)
        self._say("fill", f"{self._size(fill.size_points)} at {price}, {side}, {fee}, trade {fill.trade_id}")

    def _owner(self, name: str) -> str:
        return self._owners.get(name, "?")

    def _words(self) -> str:
        order = self.story.order
        flags = [order.tif, *["post only"] * order.post_only, *["reduce only"] * order.reduce_only]
        side = "buy" if order.is_buy else "sell"
        return f"{side} {self._terms(order.size_points, order.price_points)}, {', '.join(flags)}"

    def _terms(self, size_points: int, price_points: int) -> str:
        return f"{self._size(size_points)} at {self._price(price_points) if price_points else 'market'}"

    def _price(self, points: int) -> str:
        instrument = self.story.instrument
        return f"{points} price points" if instrument is None else instrument.price_text(points)

    def _size(self, points: int) -> str:
        instrument = self.story.instrument
        return f"{points} size points" if instrument is None else f"{instrument.size_text(points)} {instrument.base}"


def _common(names: Iterable[str]) -> str:
    """What all names begin with: the first and the last in order of letters differ where any two do."""
    names = sorted(names)
    first, last = names[0], names[-1]
    equal = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:equal]


def story_lines(story: Story, width: int) -> Iterator[str]:
    """A story for people, no line longer than `width`; on a narrow one, what happened stands below its time."""
    from textwrap import wrap

    from framework.kernel.screen import flowed
    from framework.model.counting import counted
    from framework.model.instants import utc
    from framework.reports.repeated import without_repeats
    from framework.reports.words import clean

    order = story.order
    yield from flowed([clean(order.client_order_id), clean(order.strategy), order.instrument], width, "", "  ")
    whole = order.size_points
    yield f"{'whole' if story.filled_points >= whole else f'{story.filled_points / whole:.1%}'} filled, {counted(story.requests, 'request')}"
    yield ""
    day, start_ns = "", story.steps[0].ts_ns if story.steps else 0
    for step in without_repeats(story.steps):
        ts = utc(step.ts_ns)
        if f"{ts:%Y-%m-%d}" != day:
            day = f"{ts:%Y-%m-%d}"
            yield f"{day} UTC       after  what"
        head = f"{ts:%H:%M:%S.%f}  {_span(step.ts_ns - start_ns):>8}  {step.kind:<8} "
        text = clean(step.text, 2_000)
        if width < BESIDE_MIN:
            yield head.rstrip()
            yield from wrap(text, width, initial_indent="  ", subsequent_indent="  ")
            continue
        lines = wrap(text, width - len(head)) or [""]
        yield head + lines[0]
        yield from (" " * len(head) + line for line in lines[1:])


def _span(span_ns: int) -> str:
    return f"+{span_ns / 1e6:.1f} ms" if span_ns < 1e9 else f"+{span_ns / 1e9:.1f} s"
