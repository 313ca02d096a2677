"""What a trial writes down of what its strategy did, for the test to look at."""

from __future__ import annotations

from framework.model.batch import Cleared
from framework.model.errors import PluginError
from framework.model.events import FeedStatus, OrderReport
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.model.orders import Order


class Notes:
    """A run's listener that keeps intents, reports and plots, and raises what a handler raised."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.reports: list[tuple[Order, OrderReport]] = []
        self.plots: dict[str, list[tuple[int, float]]] = {}

    def asked(self, intents: list[Intent]) -> None:
        """The strategy asked for these in one turn."""
        self.intents += intents

    def reported(self, order: Order, report: OrderReport) -> None:
        """A report was applied."""
        self.reports.append((order, report))

    def sent(self, cleared: Cleared) -> None:
        """A request left; the venue keeps it."""

    def went_as(self, request_id: int, requests: int) -> None:
        """A request went as several: the simulated venue takes each as one."""

    def left_dust(self, strategy: str, instrument: Instrument, ts_ns: int, points: int) -> None:
        """A target left what no order can carry; `t.position` shows it."""

    def fed(self, status: FeedStatus) -> None:
        """A feed's state changed; the test said so itself."""

    def plotted(self, strategy: str, name: str, ts_ns: int, value: float) -> None:  # noqa: ARG002
        """The strategy plotted a point."""
        self.plots.setdefault(name, []).append((ts_ns, value))

    def quarantined(self, strategy: str, ts_ns: int, reason: str) -> None:  # noqa: ARG002
        """A handler raised: the test fails with it.

        Raises:
            PluginError: always; what the handler raised is its context.
        """
        raise PluginError(f"the strategy raised: {reason}")
