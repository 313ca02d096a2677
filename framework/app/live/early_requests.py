"""Requests that left before there was a session to count them: a sweep's, while a start still compares books."""

from __future__ import annotations

from framework.core import Core
from framework.model.batch import Cleared
from framework.model.events import FeedStatus, OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.ports import Listener


class EarlyRequests:
    """A `Listener` from before the venue is asked until a session listens. Of all that it is told it keeps requests."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sent: dict[int, Cleared] = {}
        self._went_as: dict[int, int] = {}
        core.listeners.append(self)

    def hand_over(self, listener: Listener) -> None:
        """Tell a listener that was not there yet of them, and listen no longer."""
        self._core.listeners.remove(self)
        for request_id, cleared in self._sent.items():
            listener.sent(cleared)
            if request_id in self._went_as:
                listener.went_as(request_id, self._went_as[request_id])

    # Listener

    def sent(self, cleared: Cleared) -> None:
        """Keep it."""
        self._sent[cleared.batch.request_id] = cleared

    def went_as(self, request_id: int, requests: int) -> None:
        """Keep how many it went as."""
        self._went_as[request_id] = requests

    def reported(self, order: Order, report: OrderReport) -> None:  # noqa: ARG002 - as all listeners are told
        """Of a request whose bytes never left nothing is counted."""
        if report.source is Source.GATEWAY and report.kind is not ReportKind.UNKNOWN:
            self._sent.pop(report.request_id, None)

    def left_dust(self, strategy: str, instrument: Instrument, ts_ns: int, points: int) -> None:
        """No request."""

    def fed(self, status: FeedStatus) -> None:
        """No request."""

    def plotted(self, strategy: str, name: str, ts_ns: int, value: float) -> None:
        """No request."""

    def quarantined(self, strategy: str, ts_ns: int, reason: str) -> None:
        """No request."""
