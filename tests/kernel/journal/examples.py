"""Records of every kind, and journals made of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from hypothesis import strategies as st

from framework.kernel.book_records import (
    BooksAdopted,
    CapitalPriced,
    FundingBooked,
    FundingPaid,
    OrderRecalled,
    PositionsNetted,
)
from framework.kernel.journal import MAGIC, JournalWriter, encode
from framework.kernel.journal.marks import SegmentClosed, SegmentOpened
from framework.kernel.market_records import FiltersListed, MarketListed
from framework.kernel.records import (
    FORMAT,
    AccountResumed,
    AnswerTaken,
    CancelMade,
    Checkpoint,
    EventHeard,
    FeedNoted,
    HistoryHeard,
    IntentTaken,
    KillNoticed,
    KillStepped,
    LatchFailed,
    LimitLifted,
    MadeDurable,
    NetNoted,
    OperatorAsked,
    OrderBounded,
    OrderHeld,
    OrderMade,
    QuestionAsked,
    Record,
    ReplyTaken,
    ReportTaken,
    RequestSent,
    RequestWithheld,
    RunStarted,
    RunStopped,
    SessionOpened,
    StateSaved,
    StrategyQuarantined,
    SweepStepped,
    Turn,
    VenueBanned,
)
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.questions import Ask, Question, Reply, SeenFill
from framework.model.request_answer import RequestAnswer

FILL = Fill("t1", 6_165_512, 1_000, Decimal("0.0006165512"), "USDT", is_maker=True)
QUESTION = Question(1, "bitget", "main", Ask.FILLS, since_ns=9, asked_ns=15)
RECORDS: list[Record] = [
    RunStarted(FORMAT, "r1", "0.1.0", "3.11", "paper", "sample", "00", b"{}", {"mm": "11"}, 5),
    Turn(10, 3),
    IntentTaken("mm", "ladder", "BTC/USDT@bitget", "ladder 2"),
    OrderMade("id-1", "mm", "BTC/USDT@bitget", True, 1_000, 6_165_512, "gtc", True, False, ""),
    RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "place", ("id-1", "id-2"), ((1, 2),)),
    ReportTaken(OrderReport("id-1", 12, ReportKind.FILLED, Source.VENUE, "v1", fill=FILL)),
    VenueBanned("bitget", "main", 120),
    FeedNoted("BTC/USDT@bitget", "gap", "3 trades missing"),
    StrategyQuarantined("mm", "ValueError: no"),
    OrderHeld("id-1", "self_cross", "id-0", (1, 2)),
    OrderBounded("id-1", 6_165_511, "id-0"),
    CancelMade("id-1", "ladder"),
    OperatorAsked(15, 4, "kill", "strategy:mm", "odd fills", "uid 1000"),
    KillStepped("strategy:mm", "tripped", "operator", "odd fills", "uid 1000", "r1-2"),
    KillNoticed(77, "global", "the loop stands still"),
    SweepStepped("r1-2", "swept", 4, 60_000_000, "", 1, 3),
    CapitalPriced("BTC/USDT@bitget", Decimal("61655.05")),
    StateSaved("mm", b"\x80"),
    BooksAdopted({"BTC": Decimal("0.5")}, {"BTC/USDT:USDT@bitget": -3}, {"BTC/USDT:USDT@bitget": Decimal("-0.03")}),
    PositionsNetted("BTC/USDT:USDT@bitget", "short", "long", 4, 6_000_000),
    OrderRecalled("id-0", "mm", "BTC/USDT@bitget", True, 500),
    FundingBooked(
        "bitget",
        19,
        (FundingPaid("f1", "BTC/USDT:USDT@bitget", "USDT", Decimal(-3), 17, {"mm": Decimal(-2)}),),
        {"f1": 17},
    ),
    NetNoted("strategy mm", "max_loss", Decimal("-12.5"), None),
    LimitLifted("strategy mm", "", ""),
    MarketListed("BTC/USDT", "bitget", 2, 6, 1, 1, 1, "9" * 20, Decimal(1), None, Decimal(0), Decimal("0.001"), 400),
    FiltersListed(
        MarketListed("BTC/USDT", "bitget", 1, 6, 1, 1, 1, "9" * 20, Decimal(5), None, Decimal(0), Decimal("0.001"), 400)
    ),
    AccountResumed(1, {"USDT": Decimal("10.5")}, {"mm": {"USDT": Decimal(10)}}),
    EventHeard("trade", "BTC/USDT@bitget", 2, 1, (6_100_000, 10, 1), ("77",)),
    HistoryHeard("BTC/USDT@bitget", "1m", 50, (EventHeard("bar", "BTC/USDT@bitget", 2, 1, (1, 2, 3)),)),
    QuestionAsked(QUESTION),
    ReplyTaken(Reply(QUESTION, 19, ts_venue_ns=18, fills=(SeenFill("id-1", "v1", "BTC/USDT@bitget", True, FILL, 17),))),
    AnswerTaken(RequestAnswer(3, "bitget", {"place": 2}, 8, is_limited=True, retry_after_ns=5)),
    MadeDurable(12),
    RequestWithheld(3),
    SessionOpened(b"rules", b"latch"),
    LatchFailed("latch: no space"),
    RunStopped(20, 4, "end of tape"),
    Checkpoint(21, {"orders": b"\x01"}),
]

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(max_size=20)
MONEY = st.decimals(allow_nan=False, allow_infinity=False)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Everything that a field of that type may hold."""
    known = {int: NUMBERS, str: TEXTS, bytes: st.binary(max_size=20), Decimal: MONEY}
    if kind in known:
        return known[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs(kind)
    parts = get_args(kind)
    if parts and type(None) in parts:
        return st.none() | values(parts[0])
    if parts and getattr(kind, "__origin__", None) is tuple:
        inner = values(parts[0])
        return st.lists(inner, max_size=4).map(tuple) if parts[-1] is ... else st.tuples(*map(values, parts))
    if parts and getattr(kind, "__origin__", None) is dict:
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=4)
    return st.from_type(kind)


def structs(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = {name: values(hint) for name, hint in get_type_hints(kind).items()}
    if kind is RunStarted:
        fields["format"] = st.just(FORMAT)
    return st.builds(kind, **fields)


def written(path: Path, *records: Record) -> bytes:
    """A journal with these records, and its bytes."""
    with JournalWriter(path, "r1") as writer:
        for record in records:
            writer.write(record)
    return path.read_bytes()


OPENED = encode(SegmentOpened(FORMAT, "r1", 1))
BEGIN = len(MAGIC) + len(OPENED)
"""Where the first record begins."""
CLOSED_BYTES = len(encode(SegmentClosed(1, "0" * 64)))


def unclosed(*records: Record) -> bytes:
    """The bytes of a journal whose writer was cut off behind its last record."""
    return MAGIC + OPENED + b"".join(map(encode, records))


def frame_ends(records: list[Record]) -> list[int]:
    """Where each frame ends, the beginning first."""
    ends = [BEGIN]
    for record in records:
        ends.append(ends[-1] + len(encode(record)))
    return ends
