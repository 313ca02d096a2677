"""What a journal holds: one typed record for each input and decision.

The format is append-only history: a field is never given another meaning. New fields go to the end with a default; a
change that old readers would misread raises `FORMAT`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from framework.kernel.book_records import BooksAdopted, CapitalPriced, FundingBooked, OrderRecalled, PositionsNetted
from framework.kernel.market_records import FiltersListed, MarketListed
from framework.model.events import OrderReport
from framework.model.orders import Order
from framework.model.questions import Question, Reply
from framework.model.request_answer import RequestAnswer

FORMAT: Final = 2
"""2: segments have a beginning and an end; the records are those of 1."""


class RunStarted(Struct, frozen=True, array_like=True, tag="run"):
    """First record: everything that decides the run, so that it can be run again."""

    format: int
    run_id: str
    framework: str
    python: str
    """Minor version, `3.11`: floats and dicts are the same within one."""
    mode: str
    tape: str
    tape_digest: str
    config: bytes
    """The config's canonical JSON, less speed and paths."""
    plugins: dict[str, str]
    """Plugin -> digest of its code."""
    started_ns: int
    laps: int = 1
    """How often the tape was to be played; 0: for ever."""


class SessionOpened(Struct, frozen=True, array_like=True, tag="session"):
    """What a session of a daemon found outside of journal and settings, before its first turn."""

    rules: bytes
    """Of the venue, as they hold for the account (`framework.model.rules.VenueRules`), msgpack."""
    latch: bytes
    """The latch's page, as its file has it; empty: there was none that can be trusted, or no session before."""


class AccountResumed(Struct, frozen=True, array_like=True, tag="resumed"):
    """A paper account goes on where an earlier run left it."""

    saved_ns: int
    balances: dict[str, Decimal]
    capital: dict[str, dict[str, Decimal]]
    """Strategy -> asset -> owned."""


class EventHeard(Struct, frozen=True, array_like=True, tag="heard"):
    """A market event of a live feed, in full (`framework.data.heard`)."""

    kind: str
    instrument: str
    ts_recv_ns: int
    ts_venue_ns: int
    values: tuple[int, ...]
    texts: tuple[str, ...] = ()


class HistoryHeard(Struct, frozen=True, array_like=True, tag="history"):
    """The bars before the start that a venue gave for a strategy's warm-up."""

    instrument: str
    timeframe: str
    count: int
    """Bars that were asked for."""
    bars: tuple[EventHeard, ...]


class Turn(Struct, frozen=True, array_like=True, tag="turn", gc=False):
    """The records that follow belong to this instant. `cursor` counts the tape's events played before it ended."""

    ts_ns: int
    cursor: int


class IntentTaken(Struct, frozen=True, array_like=True, tag="intent"):
    """A strategy asked for something, as it said it."""

    strategy: str
    verb: str
    instrument: str
    subject: str
    """Client order id of place, cancel and amend; the wanted state of target and ladder."""
    price_points: int = 0
    """AMEND: the wanted price."""
    size_points: int = 0
    """AMEND: the wanted total size."""
    rungs: tuple[tuple[bool, int, int], ...] = ()
    """LADDER: is a buy, price, size, of each rung."""


class OrderMade(Struct, frozen=True, array_like=True, tag="order", gc=False):
    """An order was accepted into the router, with all that identifies it."""

    client_order_id: str
    strategy: str
    instrument: str
    is_buy: bool
    size_points: int
    price_points: int
    tif: str
    post_only: bool
    reduce_only: bool
    tag: str
    owner: str = ""
    """`target` or `ladder` where the router made it for one; empty: the strategy's own verb."""

    @classmethod
    def of(cls, order: Order) -> OrderMade:
        """The record of an order as it is now."""
        return cls(
            order.client_order_id,
            order.strategy,
            order.instrument.id,
            order.is_buy,
            order.size_points,
            order.price_points,
            order.tif,
            order.post_only,
            order.reduce_only,
            order.tag,
            order.owner,
        )


class OrderHeld(Struct, frozen=True, array_like=True, tag="held"):
    """An order, or a change of one, waits in the router before it may leave."""

    client_order_id: str
    reason: str
    """`self_cross`."""
    against: str = ""
    """The order that it waits for."""
    change: tuple[int, int] | None = None
    """Price and size points of the change that waits; None: the order itself."""


class OrderBounded(Struct, frozen=True, array_like=True, tag="bounded"):
    """An unsent market or IOC order takes what is there up to a price alone (IOC), not to meet an order of ours."""

    client_order_id: str
    price_points: int
    against: str


class CancelMade(Struct, frozen=True, array_like=True, tag="takeback"):
    """The router takes an order back by itself: a target or ladder that made it wants it no longer."""

    client_order_id: str
    owner: str


class RequestSent(Struct, frozen=True, array_like=True, tag="request", gc=False):
    """A cleared request, written before its first byte leaves."""

    request_id: int
    venue: str
    account: str
    instrument: str
    kind: str
    orders: tuple[str, ...]
    changes: tuple[tuple[int, int], ...]
    request: str = ""
    """The form it was sent in (`framework.model.batch.RequestKind`); empty in journals written before it was kept."""


class RequestWithheld(Struct, frozen=True, array_like=True, tag="withheld"):
    """A request whose record had to be durable first did not leave after all: meanwhile the gate shut, or limits did."""

    request_id: int


class ReportTaken(Struct, frozen=True, array_like=True, tag="report", gc=False):
    """What was said of an order, by a venue or by ourselves."""

    report: OrderReport


class VenueBanned(Struct, frozen=True, array_like=True, tag="ban"):
    """A venue refuses everything of an account until an instant (418). It outlives the run."""

    venue: str
    account: str
    until_ns: int


class FeedNoted(Struct, frozen=True, array_like=True, tag="feed"):
    """A feed changed its state."""

    instrument: str
    state: str
    detail: str


class StrategyQuarantined(Struct, frozen=True, array_like=True, tag="quarantine"):
    """A strategy was put aside; its outbox of that handler was dropped."""

    strategy: str
    reason: str


class Checkpoint(Struct, frozen=True, array_like=True, tag="checkpoint"):
    """All that a restart needs of what came before, so that it need not read it."""

    ts_ns: int
    state: dict[str, bytes]
    """Whose state (`books`, `kill`, `budget/main@bitget`) -> in the form its owner gave it."""


class OperatorAsked(Struct, frozen=True, array_like=True, tag="operator"):
    """A person, a file, a signal or a watchdog asked for something: an input, applied between two instants."""

    ts_ns: int
    """The instant that was over when it was applied."""
    cursor: int
    verb: str
    """`kill`, `arm`, `pause`, `resume`, `resolve`, `adopt`; of a daemon `begin`, `stall`, `gap`, `busy`, `stray`, `key_lost`,
    `market_lost`, `disk_failed`, `mistimed`, `compare`, `broke`."""
    scope: str
    reason: str
    who: str
    trip_id: str = ""
    is_hard: bool = False
    flatten: bool = False
    subject: str = ""
    """`resolve`: the order; `adopt`: the strategy whose position a person closed by hand."""
    though_acknowledged: bool = False
    """`resolve`: absent, though the venue has told of it."""


class KillStepped(Struct, frozen=True, array_like=True, tag="kill"):
    """A scope of the kill switch stepped to a state (`framework.router.kill.states`)."""

    scope: str
    state: str
    cause: str
    reason: str
    who: str
    trip_id: str


class KillNoticed(Struct, frozen=True, array_like=True, tag="noticed"):
    """The gate found a scope closed by another thread: an input that came in the middle of a turn."""

    look: int
    """How often the gate had looked in this run: there a replay closes it again."""
    scope: str
    """Empty: nothing that was armed."""
    reason: str


class LatchFailed(Struct, frozen=True, array_like=True, tag="latch"):
    """The disk did not take an arming, which was refused for it: an input."""

    fault: str


class SweepStepped(Struct, frozen=True, array_like=True, tag="sweep"):
    """The sweep after a trip came to a phase."""

    trip_id: str
    phase: str
    asked: int
    """Orders that it asked to be cancelled so far."""
    swept_ns: int
    """From the trip to the last end of an order that the venue told."""
    detail: str
    filled: int = 0
    """Orders that were filled before their cancel came."""
    cancelled: int | None = None
    """Orders of those that it asked to be cancelled that are; None in journals written before it was counted."""


class StateSaved(Struct, frozen=True, array_like=True, tag="state"):
    """What a strategy wants to survive a restart, before what it decided on it."""

    strategy: str
    state: bytes
    """Its `State`, msgpack."""


class NetNoted(Struct, frozen=True, array_like=True, tag="net"):
    """What a restart must know of a limit on losses (`framework.router.risk.scopes.Loss`)."""

    scope: str
    """The limit's table: `all`, `strategy mm`."""
    check: str
    net: Decimal
    """At the beginning of this part of the window; without a window the best so far."""
    reached: Decimal | None
    """The loss at which it was breached, until a person lifts it."""


class LimitLifted(Struct, frozen=True, array_like=True, tag="lifted"):
    """A person lifted limits that stay breached; empty: all of them."""

    scope: str
    strategy: str
    instrument: str


class QuestionAsked(Struct, frozen=True, array_like=True, tag="question"):
    """A venue was asked something."""

    question: Question


class ReplyTaken(Struct, frozen=True, array_like=True, tag="reply"):
    """What a venue said of itself when it was asked, or that it said nothing: an input."""

    reply: Reply


class AnswerTaken(Struct, frozen=True, array_like=True, tag="answer"):
    """What the answer to a request said of limits: an input of a live run."""

    answer: RequestAnswer


class MadeDurable(Struct, frozen=True, array_like=True, tag="durable"):
    """The oldest request that waited for the disk may go on: an input of a live run."""

    written: int
    """How many records of the session survive a power cut for certain."""


class RunStopped(Struct, frozen=True, array_like=True, tag="stop"):
    """Strategies were stopped at this cursor; what follows is the tail of answers."""

    ts_ns: int
    cursor: int
    reason: str


Record = (
    RunStarted | MarketListed | FiltersListed | SessionOpened | AccountResumed | EventHeard | HistoryHeard | Turn
    | IntentTaken
    | OrderMade | OrderHeld | OrderBounded | CancelMade | RequestSent | RequestWithheld | ReportTaken | VenueBanned
    | FeedNoted | StrategyQuarantined | OperatorAsked | KillStepped | KillNoticed | LatchFailed | SweepStepped | CapitalPriced
    | StateSaved | BooksAdopted | PositionsNetted | OrderRecalled | FundingBooked | NetNoted | LimitLifted | QuestionAsked
    | ReplyTaken | AnswerTaken | MadeDurable | RunStopped | Checkpoint
)  # fmt: skip
