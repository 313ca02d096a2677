"""The seams: what one part needs of another, as Protocols that `app` fills.

Engine, router and venues are strangers; they meet only here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, Protocol

from framework.kernel.records import Record
from framework.model.batch import Batch, Change, Cleared
from framework.model.events import FeedStatus, Fill, MarketEvent, OrderReport, Pulse, Quote
from framework.model.figures import Figures, Holding
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.questions import Booked, Question, Reply, SeenFill
from framework.model.request_answer import RequestAnswer

LEAVES_WITHIN_NS: Final = 10_000_000_000
"""The longest that a port may keep a creating request before its first byte leaves."""


class Schedule(Protocol):
    """Something that hands events back at their time: the heap of a tape run, the loop of a daemon."""

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        """Call `action` at an instant. Ties break by priority (lower first), then by order of asking."""
        ...


class Feed(Protocol):
    """A read-only stream of market events in the order of `ts_recv_ns`. It holds no key and cannot send."""

    instruments: Sequence[Instrument]

    def __iter__(self) -> Iterator[MarketEvent]: ...


class OrderPort(Protocol):
    """Where cleared requests go. Answers come back later, as order reports."""

    def send(self, cleared: Cleared) -> None:
        """Hand one request to the transport; returns before any answer exists.

        A creating request that has not left `LEAVES_WITHIN_NS` after its clearing never does, and is reported as held
        back: proofs of absence rest on it.
        """
        ...


class Query(Protocol):
    """What a venue is asked. It changes nothing there, and whoever holds one cannot send an order by it."""

    def ask(self, question: Question) -> None:
        """Put a question; returns before any answer exists. Its reply comes later, or never: whoever asks, watches."""
        ...


class ReplySink(Protocol):
    """Who takes the replies to questions, each in a turn of its own."""

    def replied(self, reply: Reply) -> None:
        """Take one reply."""
        ...


class ReportSink(Protocol):
    """Who takes order reports: the engine, a turn later."""

    def report(self, report: OrderReport) -> None:
        """Take one report."""
        ...

    def answered(self, answer: RequestAnswer) -> None:
        """Take what the answer to a request says of limits; before the reports of its orders, if it says anything."""
        ...


class Journal(Protocol):
    """The append-only record of inputs and decisions."""

    def write(self, record: Record) -> None:
        """Append one typed record (`framework.kernel.records`)."""
        ...


class FundingBooks(Protocol):
    """Which funding payments of perpetuals are in the books."""

    def asked_ns(self, venue: str) -> int:
        """All that was paid before is known, except what the venue shows late."""
        ...

    def book(self, reply: Reply, fills: Iterable[tuple[str, SeenFill]], *, is_held: bool) -> None:
        """Book the payments of a reply that are not known.

        Args:
            fills: what the venue shows of our fills, all of them booked, with the strategy of each.
            is_held: the balances that the books begin with hold all payments.
        """
        ...


class Desk(Protocol):
    """What the router may read of the market and of our own orders and holdings, and where it admits orders."""

    def admit(self, order: Order, *, is_refused: bool = False, is_held: bool = False) -> None:
        """A new order: known from now on, and its size reserved.

        Args:
            is_refused: it is about to be refused: it stands nowhere and reserves nothing.
            is_held: it waits for money that is not there yet: it reserves nothing until `release`.
        """
        ...

    def release(self, order: Order) -> None:
        """A held order waits no more for money: its size is reserved from now on."""
        ...

    def change(self, order: Order, change: Change) -> None:
        """An unsent order has another price and size, and another reservation, at once."""
        ...

    def bound(self, order: Order, price_points: int) -> None:
        """An unsent market order takes what is there up to a price, at once (IOC), and no more."""
        ...

    def change_asked(self, order: Order, change: Change) -> None:
        """The venue is to change an order: until it answers, the larger of both is reserved."""
        ...

    def cancel_asked(self, order: Order) -> None:
        """An order is to be taken back."""
        ...

    def order(self, client_order_id: str) -> Order | None:
        """An order by its id."""
        ...

    def handed_over(self, batch: Batch) -> None:
        """A request was given to the transport: its orders are in flight."""
        ...

    def quote(self, instrument: Instrument) -> Quote | None:
        """The last best bid and ask, if any came yet."""
        ...

    def open_orders(self, instrument: Instrument) -> Sequence[Order]:
        """Our orders there that are not done, every strategy's, oldest first."""
        ...

    def count_open(self, instrument: Instrument) -> int:
        """How many of them there are."""
        ...

    def open_of(self, strategy: str) -> Sequence[Order]:
        """One strategy's orders that are not done, oldest first."""
        ...

    def position_points(self, strategy: str, instrument: Instrument) -> int:
        """A strategy's position in size points, net of fees taken in base."""
        ...

    def account_points(self, instrument: Instrument) -> int:
        """What the account holds of a derivative, in size points: every strategy's and nobody's."""
        ...

    def net_out(self, instrument: Instrument, buyer: str, seller: str, price_points: int, size_points: int) -> None:
        """One strategy takes over from another, in the books alone, without a fee."""
        ...

    def moves(self) -> int:
        """How often anybody's holdings changed: while it stays the same, so do all positions."""
        ...

    def free(self, strategy: str, asset: str) -> Decimal:
        """What a strategy may still use of an asset: its ledger less what its open orders reserve."""
        ...

    def left_points(self, order: Order) -> int:
        """The most of it that may still fill: as it stands, or as a change would have it that was not answered.

        Of one that is done, what has filled at most without our having been told.
        """
        ...

    def lacks_fills(self, order: Order) -> bool:
        """Whether it ended while fills of it may be missing: until `settle` what they would use is not free."""
        ...

    def is_freeing(self, strategy: str, asset: str) -> bool:
        """Whether such orders keep some of an asset from a strategy."""
        ...

    def settle(self, order: Order) -> None:
        """All that filled of a done order is in the books."""
        ...

    def changes(self, order: Order) -> Sequence[Change]:
        """What may still become of it: changes that left and were not answered, oldest first, and one that is to leave."""
        ...

    def is_changing(self, order: Order) -> bool:
        """Whether a change of it left and was not answered: the next one waits for that."""
        ...

    def rate(self, owned: str, asset: str) -> Decimal:
        """What one unit of an asset is worth in another, at the last quotes; 0 where nothing tells."""
        ...

    def net(self, strategy: str, asset: str, instrument: Instrument | None = None) -> Decimal:
        """A strategy's profit since the start, fees included, of all instruments or of one, at the last quotes."""
        ...

    def is_priced(self, strategy: str, asset: str, instrument: Instrument | None = None) -> bool:
        """Whether every position that `net` counts has a price by now, in the asset."""
        ...

    def pulse(self, instrument: Instrument) -> Pulse:
        """How its feed does."""
        ...

    def reserved(self, order: Order) -> Decimal:
        """What an order reserves now, in the asset that it spends."""
        ...

    def has_booked(self, order: Order, fill: Fill) -> bool:
        """Whether a fill of an order's market and direction was booked before."""
        ...

    def is_booked(self, seen: SeenFill, since_ns: int) -> Booked:
        """Whether a fill that a venue shows was booked, of whatever order of ours, forgotten ones too.

        Args:
            since_ns: it happened then at the earliest, on our Clock.
        """
        ...

    def is_halted(self, strategy: str) -> bool:
        """Whether a strategy was stopped or put aside: nothing new is made for it."""
        ...


class Listener(Protocol):
    """Who is told of a run as it goes: the terminal view, the report. It changes nothing."""

    def reported(self, order: Order, report: OrderReport) -> None:
        """A report was applied; `order` is up to date."""
        ...

    def sent(self, cleared: Cleared) -> None:
        """A request left."""
        ...

    def went_as(self, request_id: int, requests: int) -> None:
        """A request that left went as several."""
        ...

    def left_dust(self, strategy: str, instrument: Instrument, ts_ns: int, points: int) -> None:
        """A target is as near as orders can bring it: so many points are missing (below 0: too many), 0: none now."""
        ...

    def fed(self, status: FeedStatus) -> None:
        """A feed's state changed."""
        ...

    def plotted(self, strategy: str, name: str, ts_ns: int, value: float) -> None:
        """A strategy plotted a point."""
        ...

    def quarantined(self, strategy: str, ts_ns: int, reason: str) -> None:
        """A strategy was put aside."""
        ...


class Ledgers(Protocol):
    """What a view may read of the books: figures by strategy and of the account."""

    @property
    def strategies(self) -> Sequence[str]:
        """Names, in the order of config."""
        ...

    def figures(self, strategy: str, asset: str) -> Figures:
        """One strategy's figures in one asset, at the last quotes."""
        ...

    def account(self, asset: str) -> Figures:
        """All ledgers and what is unassigned, together."""
        ...

    def nobodys(self) -> Sequence[Holding]:
        """Positions of derivatives that no strategy holds."""
        ...
