"""What came of a request: answered, not sent, or unknown. Nobody has to guess from an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from framework.model.batch import Batch, BatchKind
from framework.model.events import OrderReport, ReportKind
from framework.model.orders import Order, OrderState
from framework.model.retry_after import wait_ns

TOO_MANY: Final = 429

NOT_SENT: Final = {
    BatchKind.PLACE: ReportKind.REFUSED,
    BatchKind.CANCEL: ReportKind.CANCEL_REJECTED,
    BatchKind.AMEND: ReportKind.AMEND_REJECTED,
}
"""What an order hears of a request that did not leave."""


class Answered(Struct, frozen=True):
    """The venue answered, whole and well formed."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters; what came several times is joined by `, `."""
    body: bytes

    def __repr__(self) -> str:
        return f"Answered({self.status}, {len(self.body)} bytes)"


class NotSent(Struct, frozen=True):
    """No byte was handed over: it did not happen and may be asked again."""

    reason: str
    """A short stable word, for counting."""
    detail: str = ""


class HeldBack(Exception):
    """Raised by what builds a request, when a connection is free: it is not to leave any more.

    Args:
        outcome: what its orders hear.
    """

    def __init__(self, outcome: NotSent) -> None:
        super().__init__(f"{outcome.reason}: {outcome.detail}")
        self.outcome = outcome


class Unknown(Struct, frozen=True):
    """Some byte may have left and no answer came: it may have happened. Ask the venue; never send it again."""

    reason: str
    detail: str = ""


Outcome = Answered | NotSent | Unknown


def retry_after_ns(answer: Answered) -> int:
    """How long the venue asks to be left alone; 0: it does not say."""
    return wait_ns(answer.headers.get("retry-after", ""))


def is_over(kind: BatchKind, outcome: Outcome) -> bool:
    """Whether a request weighs on limits for one window more, and no longer.

    A cancel without an answer is over as well. Its connection was given up, so it is there by now, or comes within
    seconds. Better one 429 to a cancel, which says nothing of its order, than orders that stand because none may leave.
    """
    return kind is BatchKind.CANCEL or not isinstance(outcome, Unknown)


def is_in_doubt(order: Order, kind: BatchKind) -> bool:
    """Whether a request without an answer leaves it open what became of the order."""
    return order.state is OrderState.SENT if kind is BatchKind.PLACE else not order.is_done


def answering(batch: Batch, report: OrderReport) -> OrderReport:
    """A report tied to its request: where an order may have several of that kind out, and where the request never left."""
    is_placed = batch.kind is BatchKind.PLACE and report.kind is not ReportKind.REFUSED
    return report if is_placed else replace(report, request_id=batch.request_id)
