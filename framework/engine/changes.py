"""Changes of orders on their way: one that is to leave, and those that left and were not answered, oldest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from framework.engine.blotter import UNSENT
from framework.model.batch import Batch, Change
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order


class AskedChange(NamedTuple):
    """A change that left and was not answered."""

    change: Change
    request_id: int
    """0: a checkpoint of before did not say."""


class OrderChanges:
    """By order. Until a change is answered its order may have the terms of before, or those."""

    def __init__(self) -> None:
        self.wanted: dict[str, Change] = {}
        """Order -> the change that is to leave; a newer one replaces it."""
        self.asked: dict[str, deque[AskedChange]] = {}
        """Order -> the changes that left and were not answered: answers that name no request keep their order."""

    def of(self, order: Order) -> Sequence[Change]:
        """Whatever may still become of an order."""
        if not self.wanted and not self.asked:
            return ()
        wanted = self.wanted.get(order.client_order_id)
        return (*self.asked_of(order.client_order_id), *([wanted] if wanted is not None else []))

    def asked_of(self, client_order_id: str) -> list[Change]:
        """Those of an order that left."""
        return [each.change for each in self.asked.get(client_order_id, ())]

    def is_out(self, order: Order) -> bool:
        """Whether a change of an order left and was not answered."""
        return order.client_order_id in self.asked

    def most_points(self, order: Order) -> int:
        """The largest size that an order may have at the venue: a fill can overtake the answer to a change."""
        asked = self.asked.get(order.client_order_id, ())
        return max(order.size_points, *[each.change.size_points for each in asked]) if asked else order.size_points

    def handed_over(self, batch: Batch) -> None:
        """The changes of a request left."""
        for order, change in zip(batch.orders, batch.changes, strict=True):
            if self.wanted.get(order.client_order_id) is change:  # not if a newer one waits already
                del self.wanted[order.client_order_id]
            asked = AskedChange(change, batch.request_id)
            self.asked.setdefault(order.client_order_id, deque()).append(asked)

    def answered(self, report: OrderReport) -> None:
        """Changes that are no longer to come. What the router itself refused was never asked for here.

        A refusal of the gate speaks of the one that did not leave; an answer that names its request of that one, else of the
        oldest. An AMENDED answers the change to its own terms and those before it; told twice, by answer and stream, it
        answers nothing the second time. A reconcile has looked after all of them.
        """
        order_id = report.client_order_id
        if report.source is Source.GATE:
            self.wanted.pop(order_id, None)
        asked = self.asked.get(order_id)
        if asked is None or report.source in UNSENT:
            return
        if report.source is Source.RECONCILE:
            asked.clear()
        elif report.kind is ReportKind.AMEND_REJECTED:
            for its in self.refused(report):
                asked.remove(its)
        else:
            told = Change(report.price_points, report.size_points)
            same = _named(asked, report) or [each for each in asked if each.change == told]
            while same and same[0] in asked:
                asked.popleft()
        if not asked:
            del self.asked[order_id]

    def refused(self, report: OrderReport) -> list[AskedChange]:
        """The one change that a refusal speaks of: the oldest, where it or a checkpoint does not say which; none that is out."""
        asked = self.asked.get(report.client_order_id, ())
        nameless = [each for each in asked if not (each.request_id and report.request_id)]
        return _named(asked, report) or nameless[:1]

    def drop(self, client_order_id: str) -> None:
        """Nothing more becomes of an order."""
        self.wanted.pop(client_order_id, None)
        self.asked.pop(client_order_id, None)

    def kept(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """Price and size of those that left, for a checkpoint."""
        return {
            name: tuple([(each.change.price_points, each.change.size_points) for each in asked])
            for name, asked in self.asked.items()
        }

    def changed_by(self) -> dict[str, tuple[int, ...]]:
        """Their requests."""
        return {name: tuple([each.request_id for each in asked]) for name, asked in self.asked.items()}

    def restore(self, kept: Mapping[str, Sequence[tuple[int, int]]], changed_by: Mapping[str, Sequence[int]]) -> None:
        """As a checkpoint has them; one of before lacks their requests."""
        for name, changes in kept.items():
            both = zip(changes, changed_by.get(name, (0,) * len(changes)), strict=True)
            self.asked[name] = deque(AskedChange(Change(*change), request_id) for change, request_id in both)


def _named(asked: Sequence[AskedChange], report: OrderReport) -> list[AskedChange]:
    """The change whose request an answer names, if it names one that is out."""
    return [each for each in asked if report.request_id and each.request_id == report.request_id]
