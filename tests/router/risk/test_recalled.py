"""What limits have counted, counted again from a journal: as a run that never ended has it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from framework.config.limits import limits_of
from framework.kernel.records import LimitLifted, NetNoted, Record, ReportTaken, RequestSent, Turn
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order
from framework.router.risk import Risk
from framework.router.risk.recalled import RiskRecall
from tests.wired import NOON, SECOND, FakeDesk, order_of, quote, spot

BTC = spot()
K = ReportKind
LIMITS: dict[str, Any] = {"message_rate": "5/s", "max_orders_per_fill": 100, "max_equal_rejects": 2}


class Recalled:
    """Limits that learn from records."""

    def __init__(self, *records: Record, orders: tuple[str, ...] = ("o1", "o2"), **limits: Any) -> None:
        self.desk = FakeDesk(quote(BTC, NOON), free={"USDT": "1000"})
        self.orders: dict[str, Order] = {name: order_of(BTC, name) for name in orders}
        self.desk.order = self.orders.get  # type: ignore[method-assign,assignment]  # what the desk has by now
        self.risk = Risk(
            limits_of(limits or LIMITS), desk=self.desk, clock=self.desk, schedule=self.desk,  # type: ignore[arg-type]
            strategies=("a",), instruments=(BTC,), accounts={"bitget": "main"},
        )  # fmt: skip
        recall = RiskRecall(self.risk, self.desk)
        for record in records:
            recall.takers[type(record)](record)

    @property
    def messages(self) -> list[int]:
        (scope,) = self.risk.scopes
        assert scope.messages is not None
        return list(scope.messages._last_ns)

    @property
    def conduct(self) -> tuple[int, int, int]:
        (scope,) = self.risk.scopes
        assert scope.conduct is not None
        return tuple(scope.conduct.counts)  # type: ignore[return-value]


def sent(kind: str, *names: str) -> RequestSent:
    return RequestSent(1, "bitget", "main", BTC.id, kind, names, ())


def told(name: str, kind: ReportKind, source: Source = Source.VENUE, reason: str = "", ts_ns: int = NOON) -> Record:
    return ReportTaken(OrderReport(name, ts_ns, kind, source, reason=reason))


def test_orders_changes_cancels_and_fills_are_counted_when_they_left() -> None:
    again = Recalled(
        Turn(NOON, 0), sent("place", "o1", "o2"),
        Turn(NOON + 1, 0), sent("amend", "o1"),
        Turn(NOON + 2, 0), sent("cancel", "o1", "o2", "forgotten"), told("o2", K.FILLED),
    )  # fmt: skip
    assert again.messages == [NOON, NOON, NOON + 1, NOON + 2, NOON + 2]
    assert again.conduct == (2, 2, 1)


def test_equal_rejects_hold_their_side_until_they_are_lifted() -> None:
    rejects = [told("o1", K.REJECTED, reason="minimum", ts_ns=NOON + number) for number in range(2)]
    assert Recalled(Turn(NOON, 0), *rejects).risk.breached == ["all"]
    assert Recalled(Turn(NOON, 0), *rejects, LimitLifted("all", "", "")).risk.breached == []


def test_losses_go_on_from_what_was_noted_and_other_limits_notes_are_left_out() -> None:
    limits = {"max_loss": "50 USDT", "loss_window": "1h", "max_drawdown": "80 USDT"}
    again = Recalled(
        Turn(NOON, 0), NetNoted("all", "max_loss", Decimal(10), None), NetNoted("all", "max_drawdown", Decimal(30), None),
        NetNoted("strategy gone", "max_loss", Decimal(10), Decimal(99)),
        Turn(NOON + 60 * SECOND, 0), NetNoted("all", "max_loss", Decimal(5), Decimal(55)),
        **limits,
    )  # fmt: skip
    (scope,) = again.risk.scopes
    rolling, drawdown = scope.losses
    assert rolling.net.fallen(NOON + 120 * SECOND, Decimal(0)) == 10
    assert rolling.reached == 55
    assert (drawdown.known_net, drawdown.reached) == (30, None)
    assert not rolling.news() or not drawdown.news()
    assert again.risk.breached == ["all"]
