"""What happened to a run, each a fact that can be said in one line for people and in one object for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from framework.model.events import FeedState, FeedStatus, Fill, OrderReport, ReportKind
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO
from framework.model.orders import Order
from framework.reports.kill_seen import KillSeen, SweepSeen
from framework.reports.seen import Seen
from framework.reports.words import clean, price_text, size_text


class FillHappened(Seen, frozen=True):
    """One of our fills, with what must be remembered of its order."""

    event: ClassVar[str] = "order.filled"
    noun: ClassVar[str] = "fill"
    ts_ns: int
    strategy: str
    instrument: Instrument
    is_buy: bool
    price_points: int
    size_points: int
    fee: Decimal
    fee_asset: str
    is_maker: bool
    client_order_id: str
    trade_id: str
    part: int
    """1 for the first fill of the order, 2 for the second ..."""
    is_whole: bool
    """This fill alone filled the order."""
    is_inside: bool = False
    """Another order of ours was the other side: no venue had it, and no fee was paid."""

    @classmethod
    def of(cls, order: Order, fill: Fill, ts_ns: int, *, is_inside: bool = False) -> FillHappened:
        """Remember a fill."""
        return cls(
            ts_ns=ts_ns,
            strategy=order.strategy,
            instrument=order.instrument,
            is_buy=order.is_buy,
            price_points=fill.price_points,
            size_points=fill.size_points,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            is_maker=fill.is_maker,
            client_order_id=order.client_order_id,
            trade_id=fill.trade_id,
            part=order.fills,
            is_whole=order.fills <= 1 and fill.size_points >= order.size_points,
            is_inside=is_inside,
        )

    @property
    def role(self) -> str:
        """`maker`, `taker`, or `inside`."""
        if self.is_inside:
            return "inside"
        return "maker" if self.is_maker else "taker"

    @property
    def value(self) -> Decimal:
        """Price x size, in the quote asset."""
        return self.instrument.notional(self.price_points, self.size_points)

    @property
    def fee_saved(self) -> Decimal:
        """What a venue would have taken for it: a maker's fee of an order that was post-only, else a taker's."""
        rate = self.instrument.maker_fee if self.is_maker else self.instrument.taker_fee
        return MONEY.multiply(self.value, rate) if self.is_inside else ZERO

    @property
    def fee_quote(self) -> Decimal:
        """The fee in the quote asset, one taken in base at this fill's price; 0 in any other asset."""
        if self.fee_asset == self.instrument.quote:
            return self.fee
        if self.fee_asset == self.instrument.base:
            return self.fee * self.instrument.price_exact(self.price_points)
        return ZERO

    @property
    def text(self) -> str:
        """`mm bought 0.0016 BTC at 61,648.20 (part 1, maker)`."""
        instrument = self.instrument
        part = "" if self.is_whole else f"part {self.part}, "
        return (
            f"{clean(self.strategy, 40)} {'bought' if self.is_buy else 'sold'} "
            f"{size_text(instrument, self.size_points)} {instrument.base} "
            f"at {price_text(instrument, self.price_points)} ({part}{self.role})"
        )

    @property
    def facts(self) -> dict[str, object]:
        """Exact values for programs."""
        return {
            "strategy": self.strategy,
            "instrument": self.instrument.id,
            "side": "buy" if self.is_buy else "sell",
            "size": self.instrument.size_exact(self.size_points),
            "price": self.instrument.price_exact(self.price_points),
            "fee": self.fee,
            "fee_asset": self.fee_asset,
            "role": self.role,
            "order": self.client_order_id,
            "trade_id": self.trade_id,
        }


VERBS = {
    ReportKind.REFUSED: "refused",
    ReportKind.REJECTED: "rejected by the venue",
    ReportKind.EXPIRED: "expired",
    ReportKind.UNKNOWN: "without an answer",
    ReportKind.CANCEL_REJECTED: "cancelled too late",
    ReportKind.AMEND_REJECTED: "change refused",
}
"""Ends that are counted by reason, in words."""


WITHDRAWN = "withdrawn"
"""Reason of the router for an order that its own strategy took back before it left."""

REFUSALS = (ReportKind.REFUSED, ReportKind.REJECTED)


class NoSeen(Seen, frozen=True):
    """An order that did not get what it asked for: refused, rejected, expired, or a cancel that came too late."""

    ts_ns: int
    strategy: str
    kind: ReportKind
    instrument: Instrument
    is_buy: bool
    size_points: int
    price_points: int
    client_order_id: str
    reason: str
    detail: str

    @classmethod
    def of(cls, order: Order, report: OrderReport) -> NoSeen:
        """Remember what a report says."""
        return cls(
            ts_ns=report.ts_recv_ns,
            strategy=order.strategy,
            kind=report.kind,
            instrument=order.instrument,
            is_buy=order.is_buy,
            size_points=order.size_points,
            price_points=order.price_points,
            client_order_id=order.client_order_id,
            reason=report.reason,
            detail=report.detail,
        )

    @property
    def event(self) -> str:
        """Its name in JSON lines: `order.refused`."""
        return f"order.{self.kind.value}"

    @property
    def is_refusal(self) -> bool:
        """Somebody said no; not an order that expired."""
        return self.kind in REFUSALS

    @property
    def noun(self) -> str:
        """What many of its kind are called."""
        return "refusal" if self.is_refusal else "ended order"

    @property
    def likeness(self) -> str:
        """A strategy that quotes on may hear the same no a hundred times a minute."""
        return f"{self.strategy} {self.instrument.id} {self.kind.value} {self.reason}"

    @property
    def text(self) -> str:
        """`mm refused: min notional 1 USDT, order 0.42`."""
        return f"{clean(self.strategy, 40)} {VERBS[self.kind]}: {clean(self.why)}"

    @property
    def why(self) -> str:
        """`min notional 1 USDT, order 0.42`: for people, not yet safe to print."""
        return self.detail or self.reason.replace("_", " ") or "no reason given"

    @property
    def facts(self) -> dict[str, object]:
        """Exact values for programs."""
        return {
            "strategy": self.strategy,
            "instrument": self.instrument.id,
            "side": "buy" if self.is_buy else "sell",
            "size": self.instrument.size_exact(self.size_points),
            "price": self.instrument.price_exact(self.price_points) if self.price_points else None,
            "reason": self.reason,
            "detail": self.detail,
            "order": self.client_order_id,
        }


FEED_WORDS = {
    FeedState.LIVE: "feed is back",
    FeedState.STALE: "feed is stale",
    FeedState.GAP: "feed has a gap",
    FeedState.SEAM: "tape starts again",
    FeedState.DEFECT: "feed has a defect",
    FeedState.ENDED: "feed ended",
}


class FeedSeen(Seen, frozen=True):
    """A feed changed its state, or something in it was wrong."""

    noun: ClassVar[str] = "feed event"
    status: FeedStatus

    @property
    def ts_ns(self) -> int:
        """When."""
        return self.status.ts_recv_ns

    @property
    def event(self) -> str:
        """Its name in JSON lines: `feed.stale`."""
        return f"feed.{self.status.state.value}"

    @property
    def text(self) -> str:
        """`BTC/USDT feed has a gap: 3 updates are missing`."""
        detail = f": {clean(self.status.detail)}" if self.status.detail else ""
        return f"{self.status.instrument.symbol} {FEED_WORDS[self.status.state]}{detail}"

    @property
    def facts(self) -> dict[str, object]:
        """Values for programs."""
        return {"instrument": self.status.instrument.id, "detail": self.status.detail}


class QuarantineSeen(Seen, frozen=True):
    """A strategy was put aside."""

    event: ClassVar[str] = "strategy.quarantined"
    noun: ClassVar[str] = "quarantine"
    ts_ns: int
    strategy: str
    reason: str

    @property
    def text(self) -> str:
        """`sma put aside: on_bar raised ZeroDivisionError`."""
        return f"{clean(self.strategy, 40)} put aside: {clean(self.reason, 300)}"

    @property
    def facts(self) -> dict[str, object]:
        """Values for programs."""
        return {"strategy": self.strategy, "reason": self.reason}


class DustSeen(Seen, frozen=True):
    """A target is as near as orders can bring it: the rest is dust."""

    event: ClassVar[str] = "target.left_dust"
    noun: ClassVar[str] = "rest of a target"
    ts_ns: int
    strategy: str
    instrument: Instrument
    points: int
    """Missing; below 0: too many."""

    @property
    def text(self) -> str:
        """`sma stays 0.0000005 BTC below its target: less than any order (dust)`."""
        return f"{clean(self.strategy, 40)} stays {self.rest}: less than any order (dust)"

    @property
    def rest(self) -> str:
        """`0.0000005 BTC below its target`."""
        size = size_text(self.instrument, abs(self.points))
        return f"{size} {self.instrument.base} {'below' if self.points > 0 else 'above'} its target"

    @property
    def facts(self) -> dict[str, object]:
        """Exact values for programs."""
        return {
            "strategy": self.strategy,
            "instrument": self.instrument.id,
            "missing": self.instrument.size_exact(self.points),
        }


Happening = FillHappened | NoSeen | FeedSeen | QuarantineSeen | DustSeen | KillSeen | SweepSeen
