"""What may go wrong between us and a simulated venue, decided by whoever overrides this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from framework.model.batch import Batch
from framework.model.events import OrderReport
from framework.model.questions import Question, Reply

ONCE: Final = (0,)
"""Delivered once, without delay."""


class Faults:
    """Nothing goes wrong. Each answer is a list of extra delays in ns: one for each copy that arrives; none is a loss."""

    def of_request(self, batch: Batch) -> Sequence[int]:  # noqa: ARG002  # for who overrides it
        """A request on its way to the venue."""
        return ONCE

    def of_report(self, report: OrderReport) -> Sequence[int]:  # noqa: ARG002  # as above
        """A report on its way back. An answer that carries the whole request's limits comes once in any case."""
        return ONCE

    def of_question(self, question: Question) -> Sequence[int]:  # noqa: ARG002  # as above
        """A question on its way to the venue; a copy is answered once more."""
        return ONCE

    def of_reply(self, reply: Reply) -> Reply:
        """What the venue says: it may lie, fail, or have forgotten."""
        return reply
